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
        var command = new Command("delete", "Delete a PostgreSQL with all its data; its key is destroyed at the end") { name, yes, options.NoWait };
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
                Confirmation.Ask(terminal, $"This deletes {session.Space}/{chosen} and all its data; nobody can bring it back.", chosen);
            }

            var operation = await session.Api.ChangeAsync(
                HttpMethod.Delete, Paths.Postgres(session.Space, chosen), (PutSpace?)null, ApiClient.Wire.PutSpace, ApiClient.Wire.Operation, Preconditions.None, token);
            if (session.Wait)
            {
                return await OperationCommands.FollowAsync(session, operation!.Id, $"{chosen} is gone; its key is destroyed.", token);
            }

            OperationCommands.Show(session, operation!);
            return ExitCode.Ok;
        });
    }
}
