using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Allow-lists and peerings as the API takes them.</summary>
public sealed class OpeningTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Egress = "/v1/organizations/demo/spaces/eval/egress";
    private const string Spaces = "/v1/organizations/demo/spaces/";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        (await _server.Alice.PutAsync(Spaces + "records", TestServer.Json(TestServer.NewSpace))).EnsureSuccessStatusCode();
        (await _server.Mallory.PutAsync("/v1/organizations/evil/spaces/lair", TestServer.Json(TestServer.NewSpace))).EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_allow_list_is_changed_only_as_it_was_read_and_each_change_is_in_the_ledger()
    {
        var read = await _server.Alice.GetAsync(Egress, TestContext.Current.CancellationToken);
        Assert.Equal("[]", (await TestServer.BodyAsync(read))["rules"]!.ToJsonString());
        const string one = """{ "rules": [{ "destination": "192.0.2.10/32", "ports": "443" }] }""";
        await PutTests.AssertProblem(await PutAsync(one), 428, "precondition-required", "If-Match");
        var made = await PutAsync(one, read.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.False((bool)(await TestServer.BodyAsync(made))["inForce"]!);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(one)).StatusCode);
        await PutTests.AssertProblem(await PutAsync("""{ "rules": [] }""", read.Headers.ETag!.ToString()), 412, "changed-meanwhile", "If-Match");
        Assert.Equal(HttpStatusCode.OK, (await PutAsync("""{ "rules": [] }""", "*")).StatusCode);
        var notes = (await _server.LedgerAsync("entry::jsonb->>'action' = 'egress.update' and entry::jsonb->>'outcome' = 'accepted'")).Select(e => e.Reason);
        Assert.Equal(["+192.0.2.10/32 tcp/443", "unchanged", "-192.0.2.10/32 tcp/443"], notes);
    }

    [Theory]
    [InlineData("192.0.2.10", "443", "rules[0].destination")]
    [InlineData("192.0.2.10/24", "443", "rules[0].destination")]
    [InlineData("2001:db8::/32", "443", "rules[0].destination")]
    [InlineData("example.org", "443", "rules[0].destination")]
    [InlineData("10.93.4.0/24", "443", "rules[0].destination")]
    [InlineData("169.254.169.254/32", "80", "rules[0].destination")]
    [InlineData("127.0.0.1/32", "80", "rules[0].destination")]
    [InlineData("192.0.2.0/24", "0", "rules[0].ports")]
    [InlineData("192.0.2.0/24", "9-1", "rules[0].ports")]
    [InlineData("192.0.2.0/24", "1-65536", "rules[0].ports")]
    public async Task An_entry_that_is_none_is_named(string destination, string ports, string field)
    {
        var answer = await PutAsync($$"""{ "rules": [{ "destination": "{{destination}}", "ports": "{{ports}}" }] }""", "*");
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Equal(field, (string)(await TestServer.BodyAsync(answer))["errors"]![0]!["field"]!);
    }

    [Fact]
    public async Task Entries_that_overlap_and_too_many_are_refused()
    {
        Assert.Equal(422, (int)(await PutAsync("""{ "rules": [{ "destination": "192.0.2.0/24", "ports": "1-100" }, { "destination": "192.0.2.7/32", "ports": "80" }] }""", "*")).StatusCode);
        Assert.Equal(200, (int)(await PutAsync("""{ "rules": [{ "destination": "192.0.2.0/24", "ports": "1-100" }, { "destination": "192.0.2.7/32", "ports": "80", "protocol": "udp" }] }""", "*")).StatusCode);
        var many = new JsonArray([.. Enumerable.Range(1, 65).Select(i => (JsonNode)new JsonObject { ["destination"] = $"192.0.2.{i}/32", ["ports"] = "1" })]);
        Assert.Equal(422, (int)(await PutAsync(new JsonObject { ["rules"] = many }.ToJsonString(), "*")).StatusCode);
    }

    [Fact]
    public async Task A_peering_needs_both_sides_and_either_ends_it()
    {
        const string wanted = """{ "ports": ["tcp/5432"], "both": false }""";
        Assert.Equal("requested", State(await SendAsync(HttpMethod.Put, "eval/peerings/records", wanted)));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Put, "records/peerings/eval/acceptance", """{ "ports": ["tcp/1-65535"] }""")).StatusCode);
        // Whoever asks can't accept for the other.
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Put, "eval/peerings/records/acceptance", wanted)).StatusCode);
        Assert.Equal("accepted", State(await SendAsync(HttpMethod.Put, "records/peerings/eval/acceptance", wanted)));
        // The same again changes nothing; something else has to be accepted anew.
        Assert.Equal("accepted", State(await SendAsync(HttpMethod.Put, "eval/peerings/records", wanted)));
        Assert.Equal("requested", State(await SendAsync(HttpMethod.Put, "eval/peerings/records", """{ "ports": ["tcp/5432"], "both": true }""")));
        Assert.Contains(_server.Signals.Keys, k => k.Kind == "space-policy");
        Assert.Equal("[]", (await TestServer.BodyAsync(await SendAsync(HttpMethod.Delete, "records/peerings/eval")))["items"]!.ToJsonString());
        Assert.Equal("[]", (await TestServer.BodyAsync(await SendAsync(HttpMethod.Get, "eval/peerings")))["items"]!.ToJsonString());
        Assert.Contains(await _server.LedgerAsync(), e => e is ("peering.update", "accepted", "accepted eval: tcp/5432"));
    }

    [Fact]
    public async Task There_is_no_peering_with_another_organizations_space_nor_with_itself()
    {
        const string wanted = """{ "ports": ["tcp/5432"] }""";
        foreach (var peer in (string[])["lair", "eval", "nowhere", "x%2F..%2Fy"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Put, "eval/peerings/" + peer, wanted)).StatusCode);
        }

        Assert.Equal(422, (int)(await SendAsync(HttpMethod.Put, "eval/peerings/records", """{ "ports": [] }""")).StatusCode);
        Assert.Equal(422, (int)(await SendAsync(HttpMethod.Put, "eval/peerings/records", """{ "ports": ["tcp/0"] }""")).StatusCode);
    }

    [Fact]
    public async Task One_verification_runs_at_a_time()
    {
        const string path = Spaces + "eval/isolation-verifications";
        var first = await _server.Alice.PostAsync(path, null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        var name = (string)(await TestServer.BodyAsync(first))["name"]!;
        var second = await _server.Alice.PostAsync(path, null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(name, (string)(await TestServer.BodyAsync(second))["name"]!);
        Assert.Equal("running", (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(path + "/" + name + "/verdict", TestContext.Current.CancellationToken)))["verdict"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(path + "/" + name + "/evidence", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains(_server.Signals.Keys, k => k.Kind == "isolation-verification");
    }

    private Task<HttpResponseMessage> PutAsync(string json, string? match = null) =>
        TestServer.SendAsync(_server.Alice, HttpMethod.Put, Egress, json, match is null ? [] : [("If-Match", match)]);

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null) => TestServer.SendAsync(_server.Alice, method, Spaces + path, json);

    private static string State(HttpResponseMessage answer) => (string)JsonNode.Parse(answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync().GetAwaiter().GetResult())!["items"]![0]!["state"]!;
}
