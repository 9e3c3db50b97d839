using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres.Backup;

/// <summary><c>postgres restore</c>.</summary>
internal static class RestoreCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var to = new Option<string>("--to") { Description = "Name of the new PostgreSQL", HelpName = "NEW", Required = true };
        var at = new Option<string?>("--at") { Description = "To a moment, e.g. 2026-11-23T08:00:00Z", HelpName = "TIME" };
        var lsn = new Option<string?>("--lsn") { Description = "To a place in the WAL, e.g. 0/3000060", HelpName = "LSN" };
        var xid = new Option<string?>("--xid") { Description = "To a transaction, included", HelpName = "XID" };
        var point = new Option<string?>("--name") { Description = "To a point named with pg_create_restore_point", HelpName = "POINT" };
        var latest = new Option<bool>("--latest") { Description = "As late as possible; also makes a clone" };
        var (size, storage) = (SpecOptions.Size(), SpecOptions.Storage());
        var command = new Command("restore", "Restore to a new PostgreSQL; the old one is left as it is") { name, to, at, lsn, xid, point, latest, size, storage, options.NoWait };
        command.Validators.Add(result =>
        {
            var given = new[] { result.GetResult(at), result.GetResult(lsn), result.GetResult(xid), result.GetResult(point) }.Count(r => r is not null) + (result.GetValue(latest) ? 1 : 0);
            if (given != 1)
            {
                result.AddError("Say where to: one of --at, --lsn, --xid, --name or --latest.");
            }
        });
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(to);
            var body = new RestorePostgres(
                chosen, Time(result.GetValue(at)), result.GetValue(lsn), result.GetValue(xid), result.GetValue(point), result.GetValue(size), result.GetValue(storage));
            var made = await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.Postgres(session.Space, result.GetRequiredValue(name)) + "/restores", body,
                ApiClient.Wire.RestorePostgres, ApiClient.Wire.ResourcePostgresSpecPostgresStatus, Preconditions.None, token);
            return await PostgresCommands.FinishAsync(session, chosen, made!.Operation, $"{chosen} is restored. Connect: beffroi postgres connect {chosen}", token);
        });
    }

    private static DateTimeOffset? Time(string? text) =>
        text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new CliException($"--at: {text} is no time. Give it so: 2026-11-23T08:00:00Z (without an offset it is UTC).", ExitCode.Usage);
}
