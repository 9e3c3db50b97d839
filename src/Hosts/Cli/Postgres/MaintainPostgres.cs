using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres switchover</c> and <c>postgres restart</c>.</summary>
internal static class MaintainPostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal, string verb, string description, string done)
    {
        var name = PostgresCommands.Existing(options);
        var command = new Command(verb, description) { name, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var operation = await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.Postgres(session.Space, chosen) + "/" + verb, (PutSpace?)null, ApiClient.Wire.PutSpace, ApiClient.Wire.Operation,
                Preconditions.None, token);
            if (session.Wait)
            {
                return await OperationCommands.FollowAsync(session, operation!.Id, string.Format(CultureInfo.InvariantCulture, done, chosen), token);
            }

            OperationCommands.Show(session, operation!);
            return ExitCode.Ok;
        });
    }
}
