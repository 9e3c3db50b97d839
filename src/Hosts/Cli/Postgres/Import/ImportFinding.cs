using System.Globalization;

namespace Beffroi.Hosts.Cli.Postgres.Import;

/// <summary>What becomes of something when a database is taken over.</summary>
/// <param name="Database">The database there.</param>
/// <param name="Effect"><c>stops</c>: nothing is imported while it is so. <c>stays</c>: it does not come along. <c>changes</c>: it is otherwise here.</param>
/// <param name="What">What it is, and what can be done.</param>
internal sealed record ImportFinding(string Database, string Effect, string What)
{
    public const string Stops = "stops";

    public const string Stays = "stays";

    public const string Changes = "changes";

    /// <summary>Everything that does not come along as it is. Pure.</summary>
    /// <param name="name">The database there.</param>
    /// <param name="source">What is in it.</param>
    /// <param name="majors">The major versions there and here.</param>
    /// <param name="target">The database here.</param>
    /// <param name="present">How many tables that has already; null if it is yet to be made.</param>
    /// <param name="owner">Whose everything is here.</param>
    /// <param name="allowed">Extensions that there can be here.</param>
    public static IEnumerable<ImportFinding> Of(
        string name, SourceDatabase source, (int There, int Here) majors, string target, int? present, string owner, IReadOnlyCollection<string> allowed)
    {
        ImportFinding Finding(string effect, string what) => new(name, effect, what);
        var refused = source.Extensions.Select(e => e.Name).Where(e => !allowed.Contains(e)).ToList();
        var elsewhere = source.Extensions.Where(e => e.Schema != "public" && allowed.Contains(e.Name)).Select(e => e.Name).ToList();
        (bool Is, string What)[] stops =
        [
            (majors.There > majors.Here, string.Create(CultureInfo.InvariantCulture, $"It is of version {majors.There}, and here is {majors.Here}: a newer one can't be taken back.")),
            (present > 0, string.Create(CultureInfo.InvariantCulture, $"The database {target} has {present} tables already. Take another: --database {name}=OTHER.")),
            (refused.Count > 0, $"Extensions that can't be had here: {List(refused)}. What uses them has to do without (beffroi postgres extensions list)."),
            (elsewhere.Count > 0, $"Extensions in another schema than public: {List(elsewhere)}. Move them there: alter extension … set schema public."),
            (source.Untrusted.Count > 0, $"Functions in languages that reach files or programs: {List(source.Untrusted)}. Drop them there, or write them in a trusted language."),
            (source.EventTriggers.Count > 0, $"Event triggers, which only a superuser makes: {List(source.EventTriggers)}. Drop them there."),
            (source.ForeignServers.Count > 0, $"Ways to other servers (foreign data): {List(source.ForeignServers)}. Drop them there."),
            (source.Unreadable.Count > 0, $"The role that looks may not read: {List(source.Unreadable)}. Give it pg_read_all_data there."),
        ];
        (bool Is, string What)[] stays =
        [
            (source.Publications.Count > 0, $"Publications: {List(source.Publications)}."),
            (source.Subscriptions.Count > 0, $"Subscriptions: {List(source.Subscriptions)}."),
            (source.Tablespaces.Count > 0, $"Tablespaces: {List(source.Tablespaces)}. All is on one volume here."),
            (source.Settings.Count > 0, $"Settings of the database and of roles in it: {List(source.Settings)}. Set them here (alter database … set, --parameter)."),
            (source.Granted > 0, string.Create(CultureInfo.InvariantCulture, $"Rights that were granted on {source.Granted} tables, views and sequences: grant them here (beffroi postgres role set).")),
            (true, "Roles and their passwords."),
        ];
        (bool Is, string What)[] changes =
        [
            (source.Owners.Any(o => o != owner), $"Everything is {owner}'s here; there it is of {List([.. source.Owners.Where(o => o != owner)])}."),
            (source.Encoding != "UTF8", $"Text is in UTF-8 here; there it is in {source.Encoding}" + (source.Encoding == "SQL_ASCII" ? ", which says nothing of what is in it: what is not UTF-8 ends the import." : ".")),
            (source.Collation is not ("C" or "C.UTF-8" or "C.utf8" or "POSIX"), $"Text sorts by code point here (C.UTF-8); there it sorts by {source.Collation}. Where that matters, say it in queries and indexes: collate."),
        ];
        return [.. stops.Where(s => s.Is).Select(s => Finding(Stops, s.What)), .. stays.Where(s => s.Is).Select(s => Finding(Stays, s.What)), .. changes.Where(s => s.Is).Select(s => Finding(Changes, s.What))];
    }

    private static string List(IReadOnlyList<string> names) => string.Join(", ", names) + (names.Count >= 20 ? ", …" : "");
}
