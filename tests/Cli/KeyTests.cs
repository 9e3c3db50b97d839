using System.Text.Json;
using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary><c>key</c>, <c>safeguard</c> and <c>approval</c> against an API.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    private const string Key = "/v1/organizations/demo/key";
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

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
    public async Task Sealing_is_asked_for_and_followed_to_its_end()
    {
        _api.OnJson("POST " + Key + "/seal", Samples.Operation("running", "seal"), WireJson.Default.Operation, 202);
        _api.OnJson("GET " + Key + "/operations/" + Samples.OperationId, Samples.Operation("succeeded", "seal"), WireJson.Default.Operation);
        var asked = await _cli.RunAsync("key", "seal");
        Assert.Equal(2, asked.ExitCode);
        Assert.Empty(_api.Requests);

        var sure = await _cli.RunAsync("key", "seal", "--yes");
        Assert.Equal(0, sure.ExitCode);
        Assert.Contains("demo is sealed", sure.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_names_its_provider_and_one_that_failed_is_told()
    {
        var body = "";
        _api.On("POST " + Key + "/rotate", http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            body = reader.ReadToEndAsync().GetAwaiter().GetResult();
            return Results.Text(JsonSerializer.Serialize(Samples.Operation("running", "rotate"), WireJson.Default.Operation), "application/json", statusCode: 202);
        });
        _api.OnJson("GET " + Key + "/operations/" + Samples.OperationId, Samples.Operation("superseded", "rotate") with { Message = "A later change took its place." }, WireJson.Default.Operation);
        var run = await _cli.RunAsync("key", "rotate", "--provider", "hsm");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("hsm", JsonSerializer.Deserialize(body, WireJson.Default.RotateKey)!.Provider);
        Assert.Contains("A later change took its place", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_for_a_second_person_is_said_with_the_command_that_approves_it()
    {
        _api.On("POST " + Key + "/unseal", _ => Results.Text(
            """{"type":"https://beffroi.example/problems/approval-needed","title":"A second person has to approve this","status":409,"detail":"beffroi approval approve 0190"}""",
            "application/problem+json", statusCode: 409));
        var run = await _cli.RunAsync("key", "unseal");
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("beffroi approval approve 0190", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Safeguards_that_are_not_named_stay()
    {
        var body = "";
        _api.OnJson("GET /v1/organizations/demo/safeguards", new Safeguards(336, true, PasskeyConsents: true), WireJson.Default.Safeguards);
        _api.On("PUT /v1/organizations/demo/safeguards", http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            body = reader.ReadToEndAsync().GetAwaiter().GetResult();
            return Results.Text(body, "application/json");
        });
        var run = await _cli.RunAsync("safeguard", "set", "--two-person-rule", "on");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(new Safeguards(336, true, true, true), JsonSerializer.Deserialize(body, WireJson.Default.Safeguards));
    }
}
