namespace Beffroi.Hosts.WebConsole;

/// <summary>Of a database's connection pooler.</summary>
internal sealed partial class ConsoleTexts
{
    public string Pooler => Say("Connection pooler", "Gestionnaire de connexions");

    public string PoolerHelp => Say(
        "PgBouncer on each node, at port 6432: many clients share few connections to PostgreSQL. It comes, goes and changes without a restart.",
        "PgBouncer sur chaque nœud, au port 6432 : de nombreux clients partagent peu de connexions à PostgreSQL. Il s’ajoute, se retire et change sans redémarrage.");

    public string PoolerOffHelp => Say("Clients connect to PostgreSQL itself.", "Les clients se connectent directement à PostgreSQL.");

    public string PoolerTransactionHelp => Say(
        "A connection is free for the next client after each transaction. Settings, temporary tables, LISTEN and advisory locks of a session don’t outlive one.",
        "Une connexion se libère après chaque transaction. Les réglages, tables temporaires, LISTEN et verrous consultatifs d’une session ne lui survivent pas.");

    public string PoolerSessionHelp => Say(
        "A connection is free for the next client when its client is gone: everything works as without a pooler.",
        "Une connexion se libère au départ de son client : tout fonctionne comme sans gestionnaire.");

    /// <summary>How it pools, in words.</summary>
    public string PoolerOf(string mode) => mode switch
    {
        "transaction" => Say("by transaction", "par transaction"),
        "session" => Say("by session", "par session"),
        "off" => Say("none", "aucun"),
        _ => mode,
    };
}
