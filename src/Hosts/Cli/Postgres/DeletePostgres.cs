using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres delete</c>.</summary>
internal static class DeletePostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var grace = new Option<int?>("--grace")
        {
            Description = "How long it can be brought back, in hours, at least the organization's grace; 0, where the organization allows it: its key is destroyed at once",
            HelpName = "HOURS",
        };
        var command = new Command("delete", "Delete a PostgreSQL; it can be brought back until the grace is over, when its key is destroyed") { name, grace, yes, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var now = await PostgresCommands.GetAsync(session, chosen, token);
            if (now.Spec.DeletionProtection && now.DeletionRequestedAt is null)
            {
                throw new CliException(
                    $"{chosen} is protected from deletion. If you are sure: beffroi postgres update {chosen} --space {session.Space} --deletion-protection off",
                    ExitCode.Refused);
            }

            if (!result.GetValue(yes))
            {
                Confirmation.Ask(terminal, result.GetValue(grace) == 0
                    ? $"This deletes {session.Space}/{chosen} and all its data at once; nobody can bring it back."
                    : $"This stops {session.Space}/{chosen}. When its grace is over, its data is destroyed.", chosen);
            }

            var operation = await session.Api.ChangeAsync(
                HttpMethod.Delete,
                Paths.Postgres(session.Space, chosen) + (result.GetValue(grace) is { } hours ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"?graceHours={hours}") : ""),
                (PutSpace?)null, ApiClient.Wire.PutSpace, ApiClient.Wire.Operation, Preconditions.None, token);
            if (session.Wait)
            {
                return await OperationCommands.FollowAsync(session, operation!.Id, done: null, token);
            }

            OperationCommands.Show(session, operation!);
            return ExitCode.Ok;
        });
    }
}
