using System.Globalization;
using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>Where a restore shall go to, checked against what can be reached. Pure.</summary>
internal static partial class RestoreTarget
{
    /// <summary>The target in PostgreSQL's words, or every fault.</summary>
    public static Result<RestorePoint> Of(RestorePostgres wanted, PostgresBackupStatus window)
    {
        var given = new[] { wanted.At is null ? null : "at", wanted.Lsn is null ? null : "lsn", wanted.Xid is null ? null : "xid", wanted.Name is null ? null : "name" }.OfType<string>().ToList();
        if (given.Count > 1)
        {
            return Problem.Invalid([.. given.Select(field => new FieldError(field, "Only one target can be given.", "one of at, lsn, xid, name; none for the latest"))]);
        }

        if (window.Earliest is not { } earliest)
        {
            return Problem.Conflict("no-backup", "There is no backup yet", "The first backup has not been made; `beffroi postgres backup list` shows when it is.");
        }

        return wanted switch
        {
            { At: { } at } => At(at, earliest, window.Latest),
            { Lsn: { } lsn } => Lsn().IsMatch(lsn) ? new RestorePoint("lsn", lsn) : Invalid("lsn", "This is no place in the WAL.", "two hexadecimal numbers, e.g. 0/3000060"),
            { Xid: { } xid } => Xid().IsMatch(xid) ? new RestorePoint("xid", xid) : Invalid("xid", "This is no number of a transaction.", "1 to 20 digits"),
            { Name: { } name } => Name().IsMatch(name)
                ? new RestorePoint("name", name)
                : Invalid("name", "This is not a name that can be given here.", "1 to 63 letters, digits, dots, hyphens and underscores"),
            _ => new RestorePoint("default", ""),
        };
    }

    private static Result<RestorePoint> At(DateTimeOffset at, DateTimeOffset earliest, DateTimeOffset? latest) =>
        latest is not { } until || at < earliest || at > until
            ? Invalid(
                "at", "This moment can't be restored.",
                latest is { } to
                    ? string.Create(CultureInfo.InvariantCulture, $"{earliest.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} to {to.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}; no target for the latest that there is")
                    : "no moment yet: WAL after the first backup is still on its way; no target for the latest that there is")
            : new RestorePoint("time", at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + "+00", at);

    private static Result<RestorePoint> Invalid(string field, string message, string allowed) => Problem.Invalid(new FieldError(field, message, allowed));

    [GeneratedRegex(@"\A[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Lsn();

    [GeneratedRegex(@"\A[0-9]{1,20}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Xid();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}

/// <summary>A target in PostgreSQL's words.</summary>
/// <param name="Type"><c>default</c>, <c>time</c>, <c>lsn</c>, <c>xid</c> or <c>name</c>.</param>
/// <param name="Target">Empty for <c>default</c>.</param>
/// <param name="At">The moment, where it is one (UTC).</param>
internal sealed record RestorePoint(string Type, string Target, DateTimeOffset? At = null)
{
    /// <summary>Whether a restore can begin from this backup, as far as that can be told: of a transaction or a name, nobody knows when it was.</summary>
    public bool IsAfter(BackupFacts backup) => Type switch
    {
        "time" => At >= BackupView.Time(backup.FinishedAt + 1),
        "lsn" => Lsn(Target) >= Lsn(backup.LsnStop),
        _ => true,
    };

    // Two halves of 32 bits each (pg_lsn).
    private static ulong Lsn(string text) => text.Split('/') is [var high, var low]
        && uint.TryParse(high, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var h) && uint.TryParse(low, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var l)
        ? ((ulong)h << 32) | l
        : 0;
}
