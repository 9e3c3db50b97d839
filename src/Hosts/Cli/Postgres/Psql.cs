using System.Diagnostics;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>
/// Statements run by psql, with what they need in files that only this user reads. Over the customer's own connection to a database: what comes back has not been at
/// the control plane.
/// </summary>
internal sealed class Psql : IDisposable
{
    private readonly string? _directory;
    private readonly string _name;
    private readonly string? _services;

    /// <param name="name">The PostgreSQL's name.</param>
    /// <param name="credentials">As whom and where.</param>
    public Psql(string name, Contracts.Postgres.PostgresCredentials credentials)
    {
        _directory = Directory.CreateTempSubdirectory("beffroi-psql-").FullName;
        (_name, _services) = (name, ServiceFile.Write(_directory, name, credentials));
        Connection = "service=" + name;
    }

    /// <param name="service">A service of the caller's own (PostgreSQL documentation, "The Connection Service File"): it has what is needed to connect.</param>
    /// <param name="database">Another database than the service's.</param>
    public Psql(string service, string? database = null) =>
        (_name, Connection) = (service, $"service={Quoted(service)}{(database is null ? "" : $" dbname={Quoted(database)}")}");

    /// <summary>What libpq is told; it has no secret in it.</summary>
    public string Connection { get; }

    /// <summary>Runs a script, which comes by standard input, so that nothing of it is on a command line. Returns what it selected, unaligned, without headings.</summary>
    /// <exception cref="CliException">psql isn't there, the database can't be reached, or it refuses the script.</exception>
    public async Task<string> RunAsync(string script, CancellationToken cancellationToken)
    {
        var (code, output, error) = await RunAsync("psql", [Connection, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], script, cancellationToken, Use);
        return code switch
        {
            0 => output,
            2 => throw new CliException($"{_name} can't be reached: {error.Trim()}", ExitCode.Unreachable),
            _ => throw new CliException($"{_name} refuses: {error.Trim()}", ExitCode.Failed),
        };
    }

    /// <summary>Lets a program find the service: its own, without what its caller's environment says of another.</summary>
    public void Use(ProcessStartInfo start)
    {
        if (_services is not null)
        {
            start.Environment["PGSERVICEFILE"] = _services;
            start.Environment.Remove("PGPASSWORD");
        }
    }

    public void Dispose()
    {
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    // As libpq reads a value (PostgreSQL documentation, "Keyword/Value Connection Strings").
    private static string Quoted(string value) => $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <summary>What is said where psql isn't there.</summary>
    public static CliException NotFound(System.ComponentModel.Win32Exception e) => new("psql was not found. Install it: apt-get install postgresql-client", ExitCode.Failed, e);

    /// <summary>Runs a program.</summary>
    /// <param name="program">Which.</param>
    /// <param name="arguments">What it is told.</param>
    /// <param name="input">On its standard input.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="prepare">Changes how it starts.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string program, string[] arguments, string? input, CancellationToken cancellationToken, Action<ProcessStartInfo>? prepare = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        prepare?.Invoke(start);
        try
        {
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(input);
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
