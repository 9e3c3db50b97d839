using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary><c>space egress</c> and <c>space peer</c>: what they send.</summary>
public sealed class NetworkPolicyTests : IAsyncLifetime
{
    private const string Egress = Samples.Path + "/egress";
    private const string Peerings = Samples.Path + "/peerings";
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
    public async Task Allow_adds_to_the_list_as_it_was_read_and_to_no_other()
    {
        OnEgress(new EgressEntry("192.0.2.0/24", "8000-8010"));
        var run = await _cli.RunAsync("space", "egress", "allow", "198.51.100.7", "--port", "443");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["GET " + Egress, "PUT " + Egress, "GET " + Egress], _api.Requests.Where(r => r.Contains("egress", StringComparison.Ordinal)));
        Assert.Equal("\"as-read\"", _api.Headers.ElementAt(1).IfMatch);
        var sent = JsonSerializer.Deserialize(_api.Bodies.Single(b => b.Length > 0), WireJson.Default.Egress)!;
        Assert.Equal([new("192.0.2.0/24", "8000-8010"), new("198.51.100.7/32", "443")], sent.Rules);
    }

    [Fact]
    public async Task Deny_takes_away_what_is_on_the_list_and_says_when_it_is_not()
    {
        OnEgress(new EgressEntry("192.0.2.7/32", "443"));
        var unknown = await _cli.RunAsync("space", "egress", "deny", "192.0.2.7", "--port", "444");
        Assert.Equal(3, unknown.ExitCode);
        Assert.Contains("beffroi space egress list", unknown.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_api.Requests, r => r.StartsWith("PUT", StringComparison.Ordinal));

        var run = await _cli.RunAsync("space", "egress", "deny", "192.0.2.7", "--port", "443");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Empty(JsonSerializer.Deserialize(_api.Bodies.Single(b => b.Length > 0), WireJson.Default.Egress)!.Rules);
    }

    [Fact]
    public async Task Accept_repeats_what_the_other_space_asks_for()
    {
        var asked = new Peering("records", "eval", ["tcp/5432", "udp/5000-5010"], true, "requested", true, DateTimeOffset.UnixEpoch, null);
        OnEgress();
        _api.OnJson("GET " + Peerings, new Page<Peering>([asked], null), WireJson.Default.PagePeering);
        _api.OnJson("PUT " + Peerings + "/records/acceptance", new Page<Peering>([asked], null), WireJson.Default.PagePeering);
        var run = await _cli.RunAsync("space", "peer", "accept", "records");
        Assert.True(run.ExitCode == 0, run.Error);
        var sent = JsonSerializer.Deserialize(_api.Bodies.Single(b => b.Length > 0), WireJson.Default.PutPeering)!;
        Assert.Equal(asked.Ports, sent.Ports);
        Assert.True(sent.Both);
        Assert.Equal(3, (await _cli.RunAsync("space", "peer", "accept", "strangers")).ExitCode);
    }

    private void OnEgress(params EgressEntry[] rules)
    {
        var answer = JsonSerializer.Serialize(new Contracts.Isolation.Egress(rules, InForce: true), WireJson.Default.Egress);
        _api.On("GET " + Egress, http => Answer(http, answer));
        _api.On("PUT " + Egress, http => Answer(http, answer));
    }

    private static IResult Answer(HttpContext http, string json)
    {
        http.Response.Headers.ETag = "\"as-read\"";
        return Results.Text(json, "application/json");
    }
}
