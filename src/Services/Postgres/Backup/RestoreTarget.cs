using System.Globalization;
using System.Text.RegularExpressions;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>Where a restore shall go to, checked against what can be reached. Pure.</summary>
internal static partial class RestoreTarget
{
    /// <summary>The target in PostgreSQL's words, or every fault.</summary>
    public static Result<RestoreNote> Of(Guid source, RestorePostgres wanted, PostgresBackupStatus window)
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
            { At: { } at } => At(source, at, earliest, window.Latest),
            { Lsn: { } lsn } => Lsn().IsMatch(lsn) ? new RestoreNote(source, "lsn", lsn) : Invalid("lsn", "This is no place in the WAL.", "two hexadecimal numbers, e.g. 0/3000060"),
            { Xid: { } xid } => Xid().IsMatch(xid) ? new RestoreNote(source, "xid", xid) : Invalid("xid", "This is no number of a transaction.", "1 to 20 digits"),
            { Name: { } name } => Name().IsMatch(name)
                ? new RestoreNote(source, "name", name)
                : Invalid("name", "This is not a name that can be given here.", "1 to 63 letters, digits, dots, hyphens and underscores"),
            _ => new RestoreNote(source, "default", ""),
        };
    }

    private static Result<RestoreNote> At(Guid source, DateTimeOffset at, DateTimeOffset earliest, DateTimeOffset? latest) =>
        latest is not { } until || at < earliest || at > until
            ? Invalid(
                "at", "This moment can't be restored.",
                latest is { } to
                    ? string.Create(CultureInfo.InvariantCulture, $"{earliest.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} to {to.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}; no target for the latest that there is")
                    : "no moment yet: WAL after the first backup is still on its way; no target for the latest that there is")
            : new RestoreNote(source, "time", at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + "+00");

    private static Result<RestoreNote> Invalid(string field, string message, string allowed) => Problem.Invalid(new FieldError(field, message, allowed));

    [GeneratedRegex(@"\A[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Lsn();

    [GeneratedRegex(@"\A[0-9]{1,20}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Xid();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
