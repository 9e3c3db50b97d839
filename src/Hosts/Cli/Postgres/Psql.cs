using System.Diagnostics;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>
/// Statements run by psql, with what they need in files that only this user reads. Over the customer's own connection to a database: what comes back has not been at
/// the control plane.
/// </summary>
internal sealed class Psql : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-psql-").FullName;

    /// <param name="name">The PostgreSQL's name.</param>
    /// <param name="credentials">As whom and where.</param>
    public Psql(string name, Contracts.Postgres.PostgresCredentials credentials) => (Service, Services) = (name, ServiceFile.Write(_directory, name, credentials));

    /// <summary>The service's name in <see cref="Services"/>.</summary>
    public string Service { get; }

    /// <summary>The file with it (PGSERVICEFILE).</summary>
    public string Services { get; }

    /// <summary>Runs a script, which comes by standard input, so that nothing of it is on a command line. Returns what it selected, unaligned, without headings.</summary>
    /// <exception cref="CliException">psql isn't there, the database can't be reached, or it refuses the script.</exception>
    public async Task<string> RunAsync(string script, CancellationToken cancellationToken)
    {
        var (code, output, error) = await RunAsync("psql", ["service=" + Service, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], (Services, script), cancellationToken);
        return code switch
        {
            0 => output,
            2 => throw new CliException($"{Service} can't be reached: {error.Trim()}", ExitCode.Unreachable),
            _ => throw new CliException($"{Service} refuses: {error.Trim()}", ExitCode.Failed),
        };
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>What is said where psql isn't there.</summary>
    public static CliException NotFound(System.ComponentModel.Win32Exception e) => new("psql was not found. Install it: apt-get install postgresql-client", ExitCode.Failed, e);

    /// <summary>Runs a program; one for psql finds its service there.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string program, string[] arguments, (string Services, string Script)? psql, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        if (psql is { } given)
        {
            start.Environment["PGSERVICEFILE"] = given.Services;
        }

        try
        {
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(psql?.Script);
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output, await error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw program == "psql" ? NotFound(e) : new CliException($"{program} was not found on this host: {e.Message}", ExitCode.Failed, e);
        }
    }
}
