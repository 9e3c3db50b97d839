using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres undelete</c>.</summary>
internal static class UndeletePostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        return options.Run(terminal, new Command("undelete", "Bring a deleted PostgreSQL back while its grace lasts") { name, options.NoWait }, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var operation = await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.Postgres(session.Space, chosen) + "/undelete", (PutSpace?)null, ApiClient.Wire.PutSpace, ApiClient.Wire.Operation, Preconditions.None, token);
            return await PostgresCommands.FinishAsync(session, chosen, operation!.Id, $"{chosen} is back.", token);
        });
    }
}
