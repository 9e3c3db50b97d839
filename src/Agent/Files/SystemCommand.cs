using System.Diagnostics;

namespace Beffroi.Agent.Files;

/// <summary>Runs a program of the image. Arguments are a list; there is no shell.</summary>
internal static class SystemCommand
{
    /// <summary>As another user, without a way back to root; returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It exited with another code than 0; the message has the end of what it said.</exception>
    internal static Task<string> RunAsAsync(string user, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => RunAsync(
        "/usr/bin/setpriv", ["--reuid=" + user, "--regid=" + user, "--init-groups", "--no-new-privs", "--", program, .. arguments], cancellationToken);

    /// <summary>Returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It exited with another code than 0; the message has the end of what it said.</exception>
    internal static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        var printed = await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments[0]} failed: {error[Math.Max(0, error.Length - 300)..].Trim()}");
        }

        return printed;
    }
}
