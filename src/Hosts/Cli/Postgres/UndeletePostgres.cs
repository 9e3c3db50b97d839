using System.CommandLine;
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
            var operation = await session.Api.PostAsync(Paths.Postgres(session.Space, chosen) + "/undelete", ApiClient.Wire.Operation, token);
            return await PostgresCommands.FinishAsync(session, chosen, operation!.Id, $"{chosen} is back.", token);
        });
    }
}
