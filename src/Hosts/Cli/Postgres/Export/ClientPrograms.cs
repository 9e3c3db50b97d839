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
        using var process = Start(program, connection, arguments);
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

    /// <summary>
    /// Has one program read what another says, with no copy of it on a disk; what it has done counts only if both end well. Gives what has gone through, in bytes, as it goes.
    /// </summary>
    /// <exception cref="CliException">One of them fails.</exception>
    public async Task PipeAsync(
        (string Program, Psql Connection, string[] Arguments) from, (string Program, Psql Connection, string[] Arguments) to, Action<long> passed, CancellationToken cancellationToken)
    {
        using var source = Start(from.Program, from.Connection, from.Arguments);
        using var target = Start(to.Program, to.Connection, to.Arguments);
        try
        {
            source.StandardInput.Close();
            var (said, heard) = (source.StandardError.ReadToEndAsync(cancellationToken), target.StandardError.ReadToEndAsync(cancellationToken));
            var discarded = target.StandardOutput.ReadToEndAsync(cancellationToken);
            var broken = false;
            var buffer = new byte[1 << 16];
            var all = 0L;
            for (int read; (read = await source.StandardOutput.BaseStream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                try
                {
                    await target.StandardInput.BaseStream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    passed(all += read);
                }
                catch (IOException)
                {
                    // It has ended; why, it has said.
                    broken = true;
                    break;
                }
            }

            if (!broken)
            {
                await source.WaitForExitAsync(cancellationToken);
                if (source.ExitCode != 0)
                {
                    // The end of what it says would look like the end of all.
                    target.Kill();
                    throw new CliException($"{from.Program} failed: {(await said).Trim()}", ExitCode.Failed);
                }

                target.StandardInput.Close();
            }

            await target.WaitForExitAsync(cancellationToken);
            await discarded;
            if (target.ExitCode != 0 || broken)
            {
                throw new CliException($"{to.Program} failed: {(await heard).Trim()}", ExitCode.Failed);
            }
        }
        finally
        {
            foreach (var process in (Process[])[source, target])
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }
        }
    }

    private Process Start(string program, Psql connection, string[] arguments)
    {
        // The last --dbname is the one that counts, and it names no secret: the service's file does, which only its user reads.
        var start = new ProcessStartInfo(Path.Combine(Folder, program), ["--dbname=" + connection.Connection, "--no-password", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        connection.Use(start);
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CliException($"{program} was not found: {e.Message}", ExitCode.Failed, e);
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
