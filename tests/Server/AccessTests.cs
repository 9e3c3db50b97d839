using System.Net;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

public sealed class AccessTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Without_a_valid_token_nothing_answers()
    {
        using var wrong = _server.Client("wrong");
        foreach (var path in (string[])["/v1/whoami", "/v1/nothing", TestServer.Postgres])
        {
            foreach (var client in (HttpClient[])[_server.Nobody, wrong])
            {
                var response = await client.GetAsync(path);
                await PutTests.AssertProblem(response, 401, "unauthenticated");
                Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            }
        }

        Assert.Equal("ok\n", await _server.Nobody.GetStringAsync("/healthz"));
        Assert.Equal("ok\n", await _server.Nobody.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task Refusals_of_changes_and_of_credentials_are_in_the_ledger_of_the_one_who_tried()
    {
        await _server.PutAsync("db");
        await TestServer.SendAsync(_server.Mallory, HttpMethod.Delete, TestServer.Postgres + "/db");
        await _server.Mallory.GetAsync(TestServer.Postgres + "/db/credentials");
        await _server.Mallory.GetAsync(TestServer.Postgres + "/db");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/organizations/evil/spaces/eval", TestServer.NewSpace);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Post, TestServer.Postgres, "{}");

        await _server.LedgerIntegratedAsync();
        var evil = await TestServer.BodyAsync(await _server.Mallory.GetAsync("/v1/organizations/evil/ledger"));
        var tried = evil["items"]!.AsArray().Select(i => System.Text.Json.Nodes.JsonNode.Parse((string)i!["entry"]!)!).Where(e => (string?)e["outcome"] == "refused");
        Assert.Equal([("postgres.delete", "not-found"), ("postgres.credentials.read", "not-found")], tried.Select(e => ((string)e["action"]!, (string)e["reason"]!)));

        var demo = await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/ledger?limit=200"));
        var refused = demo["items"]!.AsArray().Select(i => System.Text.Json.Nodes.JsonNode.Parse((string)i!["entry"]!)!).Where(e => (string?)e["outcome"] == "refused");
        Assert.Equal(
            [("customer:", "space.create", "not-found"), ("customer:", "request.post", "method-not-allowed")],
            refused.Select(e => (((string)e["actor"]!)[..9], (string)e["action"]!, (string)e["reason"]!)));
    }

    [Fact]
    public async Task The_operator_manages_organizations_and_sees_nothing_in_them()
    {
        await PutTests.AssertProblem(await _server.Administrator.GetAsync(TestServer.Postgres), 404, "not-found");
        await PutTests.AssertProblem(await _server.Administrator.GetAsync("/operator" + TestServer.Postgres), 404, "not-found");
        Assert.Equal(HttpStatusCode.OK, (await _server.Administrator.GetAsync("/operator/v1/organizations/demo")).StatusCode);
        var list = await TestServer.BodyAsync(await _server.Administrator.GetAsync("/operator/v1/organizations?limit=1"));
        Assert.Equal("demo", (string?)list["items"]![0]!["name"]);
        list = await TestServer.BodyAsync(await _server.Administrator.GetAsync("/operator/v1/organizations?limit=1&pageToken=" + list["nextPageToken"]));
        Assert.Equal("evil", (string?)list["items"]![0]!["name"]);
        Assert.Null(list["nextPageToken"]);
        list = await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations"));
        Assert.Equal("demo", (string?)list["items"]!.AsArray().Single()!["name"]);
        await PutTests.AssertProblem(
            await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/organizations/demo", $$"""{ "owner": "eve", "ownerTokenSha256": "{{new string('1', 64)}}" }"""),
            409, "name-taken", "name");
        Assert.Equal("operator", (string?)(await TestServer.BodyAsync(await _server.Administrator.GetAsync("/operator/v1/whoami")))["side"]);
        Assert.Equal("demo", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/whoami")))["organization"]);
    }

    [Fact]
    public async Task Each_sides_interface_exists_on_its_own_listener_only_and_knows_nobody_of_the_other()
    {
        using var customerThere = _server.Client("token-of-alice", Side.Operator);
        using var operatorHere = _server.Client("administrator-token-of-a-test");
        using var nobodyThere = _server.Client(null, Side.Operator);
        foreach (var path in (string[])["/operator/v1/whoami", "/operator/v1/organizations", "/v1/whoami", "/operator/v1/nothing"])
        {
            var theirs = path.StartsWith("/operator", StringComparison.Ordinal);
            await PutTests.AssertProblem(await customerThere.GetAsync(path), theirs ? 401 : 404, theirs ? "unauthenticated" : "not-found");
            await PutTests.AssertProblem(await operatorHere.GetAsync(path), theirs ? 404 : 401, theirs ? "not-found" : "unauthenticated");
            await PutTests.AssertProblem(await _server.Alice.GetAsync("/OPERATOR" + path), 404, "not-found");
        }

        Assert.Equal(HttpStatusCode.NotFound, (await _server.Nobody.GetAsync("/openapi/operator.json")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await nobodyThere.GetAsync("/openapi/v1.json")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await nobodyThere.GetAsync("/docs/")).StatusCode);
        Assert.DoesNotContain("/operator", await _server.Nobody.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        Assert.Equal("ok\n", await nobodyThere.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task Unknown_routes_and_methods_are_problems_and_every_answer_has_its_headers()
    {
        await PutTests.AssertProblem(await _server.Alice.GetAsync("/v1/nothing"), 404, "not-found");
        await PutTests.AssertProblem(await _server.Nobody.GetAsync("/nothing"), 404, "not-found");
        var post = await TestServer.SendAsync(_server.Alice, HttpMethod.Post, TestServer.Postgres, "{}");
        await PutTests.AssertProblem(post, 405, "method-not-allowed");
        Assert.Contains("GET", post.Content.Headers.Allow);
        foreach (var response in (HttpResponseMessage[])[post, await _server.Alice.GetAsync(TestServer.Postgres), await _server.Nobody.GetAsync("/docs/")])
        {
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Contains("max-age", response.Headers.GetValues("Strict-Transport-Security").Single(), StringComparison.Ordinal);
            Assert.True(response.Headers.CacheControl!.NoStore);
        }
    }

    [Fact]
    public async Task Bills_of_materials_are_found_by_digest_only()
    {
        var digest = new string('a', 64);
        await File.WriteAllTextAsync(_server.ImagesDirectory + "/" + digest + ".cdx.json", """{ "bomFormat": "CycloneDX" }""");
        await File.WriteAllTextAsync(_server.ImagesDirectory + "/../x.cdx.json", "{}");
        Assert.Equal("application/vnd.cyclonedx+json", (await _server.Alice.GetAsync($"/v1/images/{digest}/sbom")).Content.Headers.ContentType!.MediaType);
        foreach (var other in (string[])[new string('b', 64), "..%2Fx", digest.ToUpperInvariant(), "%2e%2e%2fx", digest + "%00"])
        {
            Assert.Contains((int)(await _server.Alice.GetAsync($"/v1/images/{other}/sbom")).StatusCode, (int[])[400, 404]);
        }
    }
}
