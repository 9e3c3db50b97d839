using System.Text.Json;
using Beffroi.Contracts;

namespace Beffroi.Cli.Tests;

/// <summary>What <c>alert</c> tells a person.</summary>
public sealed class AlertTests : IAsyncLifetime
{
    private const string Receivers = "/v1/organizations/demo/alert-receivers";
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    private static AlertReceiver OnCall { get; } = new("on-call", "https://a.example", null, "active", "en", "critical", ["eval"], null, 0, 0);

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task A_new_webhooks_secret_is_printed_and_what_was_asked_for_is_sent()
    {
        _api.OnJson("PUT " + Receivers + "/on-call", OnCall with { Secret = "the-secret" }, WireJson.Default.AlertReceiver);
        var run = await _cli.RunAsync("alert", "receiver", "create", "on-call", "--url", "https://a.example", "--least-severity", "critical", "--only-space", "eval", "--kind", "not-ready", "--language", "fr");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("shown only now: the-secret", run.Output, StringComparison.Ordinal);
        var sent = JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.PutAlertReceiver);
        Assert.Equal(("https://a.example", null, "fr", "critical", "eval", "not-ready"), (sent!.Url, sent.Email, sent.Language, sent.LeastSeverity, sent.Spaces!.Single(), sent.Kinds!.Single()));
    }

    [Fact]
    public async Task A_test_that_does_not_arrive_is_a_failure_that_says_why()
    {
        _api.OnJson("POST " + Receivers + "/on-call/test", OnCall with { Waiting = 1 }, WireJson.Default.AlertReceiver);
        _api.OnJson("GET " + Receivers + "/on-call", OnCall with { Waiting = 1, Error = "The receiver answered 500." }, WireJson.Default.AlertReceiver);
        var run = await _cli.RunAsync("alert", "receiver", "test", "on-call");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The receiver answered 500.", run.Output, StringComparison.Ordinal);
        _api.OnJson("GET " + Receivers + "/on-call", OnCall, WireJson.Default.AlertReceiver);
        run = await _cli.RunAsync("alert", "receiver", "test", "on-call");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("has arrived", run.Output, StringComparison.Ordinal);
    }
}
