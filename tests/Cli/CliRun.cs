using System.Diagnostics;
using System.Text.Json;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Testing;

namespace Beffroi.Cli.Tests;

/// <summary>Runs the CLI as a process of its own, with a home directory of its own and no terminal.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("beffroi-test-cli-").FullName;

    public static string Program { get; } = TestedCommand.Program;

    /// <summary>What it reads from standard input.</summary>
    public string Input { get; set; } = "";

    /// <summary>Which installation it is told that it belongs to.</summary>
    public string? Installation { get; set; }

    /// <summary>The program that shows addresses; none by default.</summary>
    public string? BrowserProgram { get; set; }

    public string Configuration => Path.Combine(_home, ".config", "beffroi");

    public void UseContext(string server, string authorityPem, string? space = "demo/eval")
    {
        Directory.CreateDirectory(Configuration);
        var (ca, token) = (Path.Combine(_home, "ca.pem"), Path.Combine(_home, "token"));
        File.WriteAllText(ca, authorityPem);
        File.WriteAllText(token, FakeApi.Token + "\n");
        var contexts = new SortedDictionary<string, CliContext> { ["test"] = new(server, ca, token, space), ["admin"] = new(server, ca, token, null, CliContext.OperatorSide) };
        File.WriteAllText(
            Path.Combine(Configuration, "config.json"),
            JsonSerializer.Serialize(new CliConfiguration("test", contexts), ConfigurationJson.Default.CliConfiguration));
    }

    public async Task<Outcome> RunAsync(params string[] arguments) => await RunAsync(arguments, _ => { });

    public async Task<Outcome> RunAsync(string[] arguments, Action<Process> meanwhile)
    {
        // Where the tests run in the background, SIGINT is ignored from the start, and would be by the command too.
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", Program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _home;
        start.Environment.Remove("XDG_CONFIG_HOME");
        start.Environment.Remove("XDG_STATE_HOME");
        start.Environment["BEFFROI_INSTALLATION"] = Installation;
        start.Environment["BROWSER"] = BrowserProgram;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(Input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        meanwhile(process);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return new Outcome(process.ExitCode, await output, await error);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}

/// <summary>How a run ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error);
