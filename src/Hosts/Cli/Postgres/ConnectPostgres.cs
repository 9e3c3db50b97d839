using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres connect</c>: psql, with the password in a file that only its user can read and that is gone afterwards.</summary>
internal static class ConnectPostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var rest = new Argument<string[]>("psql-arguments") { Description = "Passed on to psql, after --", HelpName = "PSQL-ARGUMENTS", Arity = ArgumentArity.ZeroOrMore };
        var (role, database, pooled) = (SpecOptions.Role(), new Option<string?>("--database") { Description = "Another database than the role's own", HelpName = "DATABASE" }, SpecOptions.Pooled());
        var command = new Command("connect", "Open psql on a PostgreSQL, over TLS with its certificate verified") { name, role, database, pooled, rest };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, chosen, result.GetValue(role)), ApiClient.Wire.PostgresCredentials, token);
            credentials = result.GetValue(pooled) ? SpecOptions.ByPooler(chosen, credentials) : credentials;
            var directory = Directory.CreateTempSubdirectory("beffroi-connect-").FullName;
            try
            {
                return await PsqlAsync(ServiceFile.Write(directory, chosen, result.GetValue(database) is { } other ? credentials with { Database = other } : credentials), chosen, result.GetValue(rest) ?? []);
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        });
    }

    private static async Task<int> PsqlAsync(string services, string service, string[] rest)
    {
        // At a terminal, Ctrl-C is psql's: it cancels a query. This process only waits to clean up.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        var start = new ProcessStartInfo("psql", ["service=" + service, .. rest]) { UseShellExecute = false };
        start.Environment["PGSERVICEFILE"] = services;
        try
        {
            using var psql = Process.Start(start)!;
            await psql.WaitForExitAsync(CancellationToken.None);
            return psql.ExitCode == 0 ? ExitCode.Ok : psql.ExitCode == 2 ? ExitCode.Unreachable : ExitCode.Failed;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw Psql.NotFound(e);
        }
    }
}
