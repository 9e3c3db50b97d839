using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Parameters and extensions: what there is, what is taken, and how it is kept.</summary>
public sealed class OfferTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_can_be_set_follows_from_the_size()
    {
        var small = await MostAsync("?size=s1&storage=10GiB");
        Assert.Equal("128MB", small["work_mem"]);
        Assert.Equal("2560MB", small["max_wal_size"]);
        Assert.Equal("4GB", (await MostAsync("?size=s8"))["work_mem"]);
        Assert.Equal("4GB", (await MostAsync(""))["work_mem"]);
        Assert.DoesNotContain("archive_command", small.Keys);
        foreach (var query in (string[])["?size=s9", "?storage=x", "?version=9", "?other=1"])
        {
            var refused = await _server.Alice.GetAsync(TestServer.Postgres + "-parameters" + query);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.NotEqual("", (string?)(await TestServer.BodyAsync(refused))["errors"]![0]!["allowed"]);
        }

        var extensions = (await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "-extensions")))["items"]!.AsArray();
        Assert.Contains(extensions, e => (string?)e!["name"] == "vector");
    }

    [Fact]
    public async Task They_are_kept_in_one_form_and_a_change_is_one()
    {
        var created = await _server.PutAsync("db", """{ "spec": { "parameters": { "work_mem": "32768kB", "jit": "false" }, "extensions": ["vector", "hstore"] } }""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var spec = (await TestServer.BodyAsync(created))["spec"]!;
        Assert.Equal("""{"jit":"off","work_mem":"32MB"}""", spec["parameters"]!.ToJsonString());
        Assert.Equal("""["hstore","vector"]""", spec["extensions"]!.ToJsonString());

        // The same, said in another way.
        var again = await _server.PutAsync("db", """{ "spec": { "extensions": ["hstore", "vector"], "parameters": { "jit": "off", "work_mem": "32MB" } } }""");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(created.Headers.ETag, again.Headers.ETag);

        var changed = await _server.PutAsync("db", """{ "spec": { "parameters": { "work_mem": "33MB" }, "extensions": [] } }""", ("If-Match", created.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.True(changed.Headers.Contains("Operation-Location"));
        var body = await TestServer.BodyAsync(changed);
        Assert.Equal("""{"work_mem":"33MB"}""", body["spec"]!["parameters"]!.ToJsonString());
        Assert.Null(body["spec"]!["extensions"]);

        var refused = await _server.PutAsync("other", """{ "spec": { "parameters": { "fsync": "off", "work_mem": "1TB", "nonsense": "1", "jit": null }, "extensions": ["file_fdw"] } }""");
        var problem = await PutTests.AssertProblem(refused, 422, "invalid-request");
        Assert.Equal(
            ["spec.extensions[0]", "spec.parameters.fsync", "spec.parameters.jit", "spec.parameters.nonsense", "spec.parameters.work_mem"],
            problem["errors"]!.AsArray().Select(e => (string)e!["field"]!).Order(StringComparer.Ordinal));
        Assert.All(problem["errors"]!.AsArray(), e => Assert.NotEmpty((string)e!["allowed"]!));
    }

    [Fact]
    public async Task Networks_are_kept_in_one_form_and_what_is_none_is_refused()
    {
        var created = await _server.PutAsync("db", """{ "spec": { "allowedNetworks": ["10.93.4.7", "10.93.5.0/24", "10.93.4.7/32"] } }""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("""["10.93.4.7/32","10.93.5.0/24"]""", (await TestServer.BodyAsync(created))["spec"]!["allowedNetworks"]!.ToJsonString());
        Assert.Equal(created.Headers.ETag, (await _server.PutAsync("db", """{ "spec": { "allowedNetworks": ["10.93.5.0/24", "10.93.4.7"] } }""")).Headers.ETag);

        var refused = await _server.PutAsync("other", """{ "spec": { "allowedNetworks": ["10.93.5.1/24", "::1", "10.93.5", "all", null, "10.0.0.0/33", "0.0.0.0/0", "10.1.2.3 reject"] } }""");
        var problem = await PutTests.AssertProblem(refused, 422, "invalid-request");
        Assert.Equal([0, 1, 2, 3, 4, 5, 7], problem["errors"]!.AsArray().Select(e => ((string)e!["field"]!)[^2] - '0').Order());
        var many = string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"10.0.0.{i}\""));
        problem = await PutTests.AssertProblem(await _server.PutAsync("other", $$"""{ "spec": { "allowedNetworks": [{{many}}] } }"""), 422, "invalid-request");
        Assert.Equal("spec.allowedNetworks", (string?)problem["errors"]![0]!["field"]);
    }

    private async Task<Dictionary<string, string?>> MostAsync(string query)
    {
        var answer = await _server.Alice.GetAsync(TestServer.Postgres + "-parameters" + query);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await TestServer.BodyAsync(answer))["items"]!.AsArray().ToDictionary(i => (string)i!["name"]!, i => (string?)i!["max"]);
    }
}
