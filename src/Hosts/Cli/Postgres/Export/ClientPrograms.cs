using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Beffroi.Hosts.Cli.Postgres.Export;

/// <summary>PostgreSQL's client programs of one version, at least the server's: an older pg_dump refuses a newer server.</summary>
/// <param name="Folder">Where they are; empty for where the shell finds them.</param>
internal sealed partial record ClientPrograms(string Folder)
{
    private const string Debians = "/usr/lib/postgresql";

    /// <exception cref="CliException">There are none, or only older ones.</exception>
    public static async Task<ClientPrograms> FindAsync(string? folder, int server, CancellationToken cancellationToken)
    {
        // Debian has each version's in a folder of its own.
        var all = folder is not null ? [folder] : Directory.Exists(Debians) ? Directory.EnumerateDirectories(Debians).Select(d => d + "/bin").Where(d => File.Exists(d + "/pg_dump")).Append("") : [""];
        var (best, newest) = ((ClientPrograms?)null, 0);
        foreach (var candidate in all.Select(f => new ClientPrograms(f)))
        {
            if (await candidate.MajorAsync(cancellationToken) is { } major && major > newest)
            {
                (best, newest) = (candidate, major);
            }
        }

        return best is not null && newest >= server ? best : throw new CliException(
            (best is null ? $"pg_dump was not found{(folder is null ? "" : " in " + folder)}." : string.Create(CultureInfo.InvariantCulture, $"pg_dump is of version {newest}, and a server of version {server} needs one that is as new."))
            + string.Create(CultureInfo.InvariantCulture, $" Install it (Debian: apt-get install postgresql-client-{server}), or name its folder with --programs."), ExitCode.Failed);
    }

    /// <summary>What a program says on standard output.</summary>
    public async Task<string> ReadAsync(string program, Psql connection, string[] arguments, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        await RunAsync(program, connection, arguments, text, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Writes what a program says on standard output into a file.</summary>
    public async Task WriteAsync(string program, Psql connection, string[] arguments, string file, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        await RunAsync(program, connection, arguments, stream, cancellationToken);
        stream.Flush(flushToDisk: true);
    }

    private async Task RunAsync(string program, Psql connection, string[] arguments, Stream output, CancellationToken cancellationToken)
    {
        // The last --dbname is the one that counts, and it names no secret: the service's file does, which only this user reads.
        var start = new ProcessStartInfo(Path.Combine(Folder, program), ["--dbname=service=" + connection.Service, "--no-password", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["PGSERVICEFILE"] = connection.Services;
        using var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new CliException($"{program} failed: {(await error).Trim()}", ExitCode.Failed);
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private async Task<int?> MajorAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (code, output, _) = await Psql.RunAsync(Path.Combine(Folder, "pg_dump"), ["--version"], null, cancellationToken);
            return code == 0 && Version().Match(output) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        }
        catch (CliException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d{1,3})", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
