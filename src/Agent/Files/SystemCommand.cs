using System.Diagnostics;

namespace Beffroi.Agent.Files;

/// <summary>
/// Runs a program of the image. Arguments are a list; there is no shell. All throw <see cref="InvalidOperationException"/> when it exits with another code
/// than 0, with the end of what it said.
/// </summary>
internal static class SystemCommand
{
    private const int Longest = 300;

    internal static Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        OutputAsync(program, arguments, cancellationToken);

    /// <summary>As <see cref="RunAsync"/>; returns what it printed.</summary>
    internal static Task<string> OutputAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        OutputAsync(program, arguments, program + " " + arguments[0], cancellationToken);

    /// <summary>As another user, without a way back to root; returns what it printed.</summary>
    internal static Task<string> RunAsAsync(string user, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken) => OutputAsync(
        "/usr/bin/setpriv", ["--reuid=" + user, "--regid=" + user, "--init-groups", "--no-new-privs", "--", program, .. arguments], Path.GetFileName(program), cancellationToken);

    private static async Task<string> OutputAsync(string program, IReadOnlyList<string> arguments, string what, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = (await process.StandardError.ReadToEndAsync(cancellationToken)).Trim();
        var text = await output;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            var said = error.Length > 0 ? error : text.Trim();
            throw new InvalidOperationException($"{what} failed ({process.ExitCode}): {said[Math.Max(0, said.Length - Longest)..]}");
        }

        return text;
    }
}
