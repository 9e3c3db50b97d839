using System.Diagnostics;

namespace Beffroi.Infrastructure.Processes;

/// <summary>
/// Runs the few system programs that the host needs (mkfs.ext4, nft, cryptsetup): arguments as a list, never a shell;
/// secrets go through standard input only.
/// </summary>
internal static class SystemCommand
{
    private const int ShownError = 500;

    /// <summary>Runs to the end and returns standard output.</summary>
    /// <exception cref="InfrastructureException">It isn't installed, or ended with another code than 0; says what it printed.</exception>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        ReadOnlyMemory<byte> input = default,
        CancellationToken cancellationToken = default)
    {
        using var process = Start(program, arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await WriteAsync(process, input, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? await output : throw Failed(program, process.ExitCode, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InfrastructureException($"The program {program} can't be started ({e.Message}): install it on the host.", e);
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code tells.
        }
    }

    private static InfrastructureException Failed(string program, int code, string error)
    {
        error = error.Trim();
        return new InfrastructureException($"{program} ended with code {code}: {(error.Length > ShownError ? error[..ShownError] + "…" : error)}");
    }
}
