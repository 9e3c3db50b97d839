using System.CommandLine;
using System.Globalization;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres switchover</c>, <c>postgres restart</c>, <c>postgres apply-updates</c>, <c>postgres rotate-key</c> and <c>postgres role rotate-password</c>.</summary>
internal static class MaintainPostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal, string verb, string description, string done)
    {
        var name = PostgresCommands.Existing(options);
        return options.Run(terminal, new Command(verb, description) { name, options.NoWait }, (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            return RunAsync(session, Paths.Postgres(session.Space, chosen) + "/" + verb, string.Format(CultureInfo.InvariantCulture, done, chosen), token);
        });
    }

    /// <summary>What is done to one of its roles.</summary>
    public static Command OfRole(GlobalOptions options, Terminal terminal, Argument<string> role, string verb, string description, string done)
    {
        var name = PostgresCommands.Existing(options);
        return options.Run(terminal, new Command(verb, description) { name, role, options.NoWait }, (session, result, token) =>
        {
            var (chosen, which) = (result.GetRequiredValue(name), result.GetRequiredValue(role));
            return RunAsync(
                session, $"{Paths.Postgres(session.Space, chosen)}/roles/{Uri.EscapeDataString(which)}/{verb}", string.Format(CultureInfo.InvariantCulture, done, chosen, which), token);
        });
    }

    private static async Task<int> RunAsync(Session session, string path, string done, CancellationToken cancellationToken)
    {
        var operation = await session.Api.PostAsync(path, ApiClient.Wire.Operation, cancellationToken);
        if (session.Wait)
        {
            return await OperationCommands.FollowAsync(session, operation!.Id, done, cancellationToken);
        }

        OperationCommands.Show(session, operation!);
        return ExitCode.Ok;
    }
}
