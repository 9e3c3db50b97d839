using System.Diagnostics;

namespace Beffroi.Agent.Files;

/// <summary>Runs a program of the image. Arguments are a list; there is no shell.</summary>
internal static class SystemCommand
{
    /// <exception cref="InvalidOperationException">It exited with another code than 0; the message has the end of what it said.</exception>
    internal static Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        OutputAsync(program, arguments, cancellationToken);

    /// <summary>As <see cref="RunAsync"/>; returns what it printed.</summary>
    internal static async Task<string> OutputAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        var text = await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments[0]} failed: {error[Math.Max(0, error.Length - 300)..].Trim()}");
        }

        return text;
    }
}
