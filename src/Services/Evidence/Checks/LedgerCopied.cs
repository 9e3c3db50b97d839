using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>A whole copy of the ledger is elsewhere.</summary>
internal sealed class LedgerCopied : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "ledger-copied",
        new("A collector has the whole ledger", "Un collecteur a le registre entier"),
        new(
            "That one of the ledger's collectors was sent it from the first entry on, and has acknowledged all that is older than ten minutes: a copy from which every entry can be read and verified if the platform's are lost. What the collector keeps, where and for how long, is its owner's to say.",
            "Que l'un des collecteurs du registre l'a reçu depuis la première écriture, et a accusé réception de tout ce qui date de plus de dix minutes : une copie d'où chaque écriture se lit et se vérifie si celles de la plateforme sont perdues. Ce que le collecteur conserve, où et combien de temps, c'est à son propriétaire de le dire."),
        Enforced: false,
        "secnumcloud-3.2/12.7.d")
    {
        JudgesBy = [ConfigurationFiles.Ledger],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var whole = await connection.Statement("""
            select f.name, not exists (
                select from platform.ledger_entries e where e.log_id = f.log_id and e.index = f.next_index
                and (e.entry::jsonb ->> 'loggedAt')::timestamptz < now() - interval '10 minutes')
            from platform.ledger_forwards f where f.log_id = $1 and f.first_index = 0 order by f.name
            """, organizationId).ListAsync(r => (Name: r.GetString(0), Current: r.GetBoolean(1)), cancellationToken);
        var names = string.Join(", ", whole.Where(f => f.Current).Select(f => f.Name));
        return whole.Count == 0
                ? new Observation(false, new(
                    "No collector was sent the ledger from its first entry: `beffroi ledger forward set NAME --from-start`.", "Aucun collecteur n'a reçu le registre depuis sa première écriture : `beffroi ledger forward set NOM --from-start`."))
            : names.Length == 0
                ? new Observation(false, new(
                    "No collector that was sent the ledger from its first entry has all that is older than ten minutes.", "Aucun collecteur qui reçoit le registre depuis sa première écriture n'a tout ce qui date de plus de dix minutes."))
            : new Observation(true, new($"All that is older than ten minutes has: {names}.", $"Tout ce qui date de plus de dix minutes, l'a reçu : {names}."));
    }
}
