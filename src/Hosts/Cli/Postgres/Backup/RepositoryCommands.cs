using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres.Backup;

/// <summary><c>backup-repository</c>: the instance that keeps a space's backups.</summary>
internal static class RepositoryCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new("backup-repository", "The repository that keeps a space's backups")
    {
        options.Run(terminal, new Command("show", "Show it, with how much is locked and until when"), async (session, _, token) =>
        {
            Show(session, await GetAsync(session, token));
            return ExitCode.Ok;
        }),
        Maintain(options, terminal, "repair", "Make its instance anew and put back what somebody moved or rewrote; what is locked was never changed", "The repository is repaired."),
        Maintain(
            options, terminal, "rotate-key", "Copy its volume under a new key, with what is locked as locked as before; databases hold their WAL back meanwhile",
            "The repository's volume is under a new key; the earlier one is destroyed."),
    };

    private static Command Maintain(GlobalOptions options, Terminal terminal, string verb, string description, string done) => options.Run(
        terminal,
        new Command(verb, description) { options.NoWait },
        async (session, _, token) =>
        {
            var now = await session.Api.PostAsync(Paths.Space(session.Space) + "/backup-repository/" + verb, ApiClient.Wire.ResourceBackupRepositorySpecBackupRepositoryStatus, token);
            var code = session.Wait ? await session.FollowAsync(now!.Operation!.Value, done, token) : ExitCode.Ok;
            Show(session, await GetAsync(session, token));
            return code;
        });

    private static Task<Resource<BackupRepositorySpec, BackupRepositoryStatus>> GetAsync(Session session, CancellationToken cancellationToken) =>
        session.Api.GetAsync(Paths.Space(session.Space) + "/backup-repository", ApiClient.Wire.ResourceBackupRepositorySpecBackupRepositoryStatus, cancellationToken);

    private static void Show(Session session, Resource<BackupRepositorySpec, BackupRepositoryStatus> repository) =>
        session.Results.Value(repository, wire => wire.ResourceBackupRepositorySpecBackupRepositoryStatus, writer =>
        {
            var status = repository.Status;
            Columns.Pairs(
                writer,
                ("Repository", $"{repository.Organization}/{repository.Space}"),
                ("State", status.State),
                ("Address", status.Address),
                ("Used", status.VolumeUsedBytes is { } used ? string.Create(CultureInfo.InvariantCulture, $"{used >> 20} MiB") : null),
                ("Locked files", status.LockedFiles?.ToString(CultureInfo.InvariantCulture)),
                ("Locked until", status.LockedUntil?.ToString("u", CultureInfo.InvariantCulture)));
            writer.WriteLine();
            Columns.Write(writer, styled: false, ["CONDITION", "HOLDS", "MESSAGE"], status.Conditions.Select(c =>
                new string?[] { c.Type, c.Holds switch { true => "yes", false => "no", null => "unknown" }, c.Message }));
        });
}
