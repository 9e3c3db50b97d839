using System.Diagnostics;

namespace Beffroi.Hosts.Cli.Shell;

/// <summary>What a program printed and how it ended.</summary>
/// <param name="ExitCode">0 for success; 127 if it could not be started.</param>
/// <param name="Output">All lines, in the order in which they were read from the two streams, which they don't tell exactly.</param>
/// <param name="Errors">Those of standard error.</param>
internal sealed record ProcessResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    private const int TailLength = 15;

    public bool Ok => ExitCode == 0;

    /// <summary>The last lines, the last of standard error among them however much came after.</summary>
    public IReadOnlyList<string> Tail
    {
        get
        {
            var last = Output.TakeLast(TailLength).ToList();
            List<string> missed = [.. Errors.TakeLast(TailLength / 3).Where(e => !last.Contains(e))];
            return [.. last.Skip(last.Count + missed.Count - TailLength), .. missed];
        }
    }

    public string Text => string.Join('\n', Output);
}

/// <summary>
/// Runs other programs with an argument list, without standard input, and writes what they print into the log. Nothing secret may be
/// an argument or be printed by them.
/// </summary>
internal sealed class ProcessRunner(SetupLog log)
{
    /// <summary>Called with each line that any program prints.</summary>
    public Action<string>? OnLine { get; set; }

    /// <summary>Runs to the end; a failure is in the result. Cancelling kills the program and its children.</summary>
    public async Task<ProcessResult> TryAsync(string program, IEnumerable<string> arguments, ProcessOptions? options, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options?.Directory ?? "/",
        };
        foreach (var (name, value) in options?.Environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        log.Write("$ " + program + " " + string.Join(' ', start.ArgumentList));
        using var process = new Process { StartInfo = start };
        var (lines, errors) = (new List<string>(), new List<string>());
        var gate = new Lock();
        void Take(string? line, bool isError)
        {
            if (line is null)
            {
                return;
            }

            lock (gate)
            {
                lines.Add(line);
                if (isError)
                {
                    errors.Add(line);
                }
            }

            log.Write("  " + line);
            if (!string.IsNullOrWhiteSpace(line))
            {
                OnLine?.Invoke(line);
            }
        }

        process.OutputDataReceived += (_, e) => Take(e.Data, isError: false);
        process.ErrorDataReceived += (_, e) => Take(e.Data, isError: true);
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            log.Write("  " + e.Message);
            return new ProcessResult(127, [$"{program}: {e.Message}"], []);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            if (options?.Input is { } input)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            if (e is OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            // It closed its input early: its exit code tells.
            await process.WaitForExitAsync(cancellationToken);
        }

        lock (gate)
        {
            return new ProcessResult(process.ExitCode, [.. lines], [.. errors]);
        }
    }

    /// <summary>Runs to the end and returns what it printed; a failure ends the step.</summary>
    public async Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, ProcessOptions? options, CancellationToken cancellationToken)
    {
        var list = arguments.ToList();
        var result = await TryAsync(program, list, options, cancellationToken);
        return result.Ok
            ? result
            : throw new SetupException($"`{Path.GetFileName(program)} {string.Join(' ', list.Take(3))}{(list.Count > 3 ? " …" : "")}` failed with exit code {result.ExitCode}.", result.Tail);
    }

    /// <inheritdoc cref="RunAsync(string, IEnumerable{string}, ProcessOptions?, CancellationToken)"/>
    public Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(program, arguments, null, cancellationToken);

    /// <inheritdoc cref="TryAsync(string, IEnumerable{string}, ProcessOptions?, CancellationToken)"/>
    public Task<ProcessResult> TryAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        TryAsync(program, arguments, null, cancellationToken);
}

/// <summary>How to run a program other than by default.</summary>
/// <param name="Directory">Working directory.</param>
/// <param name="Environment">Variables to set, or to remove where null.</param>
/// <param name="Input">Standard input.</param>
internal sealed record ProcessOptions(string? Directory = null, IReadOnlyDictionary<string, string?>? Environment = null, string? Input = null);
