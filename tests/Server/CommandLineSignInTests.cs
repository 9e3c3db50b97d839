using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>The real command line signs a person in at the real beffroid, in both ways, on both sides.</summary>
public sealed class CommandLineSignInTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("beffroi-test-login-").FullName;
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Program => TestedCommand.Program;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Theory]
    [InlineData(Side.Customer)]
    [InlineData(Side.Operator)]
    public async Task With_a_device_code(Side side)
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob", side);
        string[] login = ["login", "--device", "--server", _server.Address(side), "--ca", _server.CertificateFile, "--context", "work", "--space", "demo/eval"];
        var (code, _, error) = await RunAsync(side == Side.Operator ? [.. login, "--operator"] : login, async process =>
        {
            var shown = new StringBuilder();
            while (!Regex.IsMatch(shown.ToString(), @"\s[B-Z]{4}-[B-Z]{4}\s") && await process.StandardError.ReadLineAsync(Cancel) is { } line)
            {
                shown.AppendLine(line);
            }

            await bob.AgreeToDeviceAsync(Regex.Match(shown.ToString(), @"\s([B-Z]{4}-[B-Z]{4})\s").Groups[1].Value);
        });
        Assert.True(code == 0, error);
        Assert.Contains("Signed in as bob", error, StringComparison.Ordinal);
        var sessions = await RunAsync(["session", "list", "--output", "json"]);
        Assert.True(sessions.Code == 0, sessions.Error);
        var session = Assert.Single(JsonNode.Parse(sessions.Output)!.AsArray())!;
        Assert.True((bool)session["current"]!);
        // The access token ends; nobody notices.
        await ExecuteAsync("update platform.tokens set expires_at = now() where kind = 'session'; update platform.operator_tokens set expires_at = now() where kind = 'session'");
        await ExpectAsync(0, ["token", "list"]);
        // The session is ended elsewhere.
        await ExpectAsync(0, ["session", "end", (string)session["id"]!]);
        var ended = await RunAsync(["token", "list"]);
        Assert.True(ended.Code == 4, ended.Error);
        Assert.Contains("Your session has ended", ended.Error, StringComparison.Ordinal);
        await ExpectAsync(0, ["logout"]);
    }

    [Fact]
    public async Task With_a_browser_on_the_same_machine()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        var (code, _, error) = await RunAsync(["login", "--server", _server.Address(Side.Customer), "--ca", _server.CertificateFile, "--context", "work"], async process =>
        {
            string? address = null;
            while (address is null && await process.StandardError.ReadLineAsync(Cancel) is { } line)
            {
                address = line.StartsWith("https://", StringComparison.Ordinal) ? line : null;
            }

            var back = await bob.AgreeAsync(new Uri(address!).PathAndQuery, "allow");
            using var browser = new HttpClient();
            Assert.Contains("Done", await browser.GetStringAsync(back, Cancel), StringComparison.Ordinal);
        });
        Assert.True(code == 0, error);
        Assert.Contains("Signed in as bob of demo", error, StringComparison.Ordinal);
        await ExpectAsync(0, ["token", "list"]);
        await ExpectAsync(0, ["logout"]);
        await ExpectAsync(4, ["token", "list"]);
        await using var open = _server.Store.CreateCommand("select count(*) from platform.sessions where ended_at is null");
        Assert.Equal(0L, await open.ExecuteScalarAsync(Cancel));
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments, Func<Process, Task>? meanwhile = null)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = _home;
        foreach (var name in (string[])["XDG_CONFIG_HOME", "XDG_STATE_HOME", "BEFFROI_INSTALLATION", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY"])
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        if (meanwhile is not null)
        {
            await meanwhile(process);
        }

        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        return (process.ExitCode, await output, await error);
    }

    private async Task ExpectAsync(int code, string[] arguments)
    {
        var ran = await RunAsync(arguments);
        Assert.True(ran.Code == code, $"`beffroi {string.Join(' ', arguments)}` ended with {ran.Code} instead of {code}: {ran.Error}");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
