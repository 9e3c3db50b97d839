using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

public sealed class QuotaTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Space = "/v1/organizations/demo/spaces/eval/quota";
    private const string Operator = "/operator/v1/organizations/demo/quota";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Creations_at_once_never_overrun_a_quota()
    {
        await SetAsync(_server.Administrator, Operator, """{ "resources": { "postgres": 5 } }""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => _server.PutAsync("db" + i)));
        Assert.Equal(5, answers.Count(a => a.StatusCode == HttpStatusCode.Created));
        foreach (var refused in answers.Where(a => a.StatusCode != HttpStatusCode.Created))
        {
            await PutTests.AssertProblem(refused, 409, "quota-exceeded");
        }

        await using var count = _server.Store.CreateCommand("select (select count(*) from platform.resources), (select count(*) from platform.demands)");
        await using var reader = await count.ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        Assert.Equal((5, 5), (reader.GetInt64(0), reader.GetInt64(1)));
    }

    [Fact]
    public async Task Each_limit_holds_alone_in_the_space_and_in_the_organization()
    {
        await SetAsync(_server.Administrator, Operator, """{ "cpus": 8, "memory": "21GiB", "storage": "100GiB" }""");
        await SetAsync(_server.Alice, Space, """{ "storage": "30GiB" }""");
        await CreatedAsync("a", "s1", "10GiB");
        await ExceededAsync("b", "s8", "1GiB", "memory");
        await ExceededAsync("b", "s1", "21GiB", "storage");
        await CreatedAsync("b", "s4", "20GiB");
        await ExceededAsync("c", "s1", "1GiB", "the space eval");
        await SetAsync(_server.Alice, Space, "{}");
        await CreatedAsync("c", "s2", "10GiB");
        var shown = await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/quota", Cancel));
        Assert.Equal("""{"cpus":7,"memory":"21GiB","storage":"40GiB","resources":{"postgres":3}}""", shown["used"]!.ToJsonString());
    }

    [Fact]
    public async Task A_quota_below_what_is_used_takes_nothing_away_and_lets_nothing_grow()
    {
        await CreatedAsync("a", "s4", "10GiB");
        await SetAsync(_server.Administrator, Operator, """{ "cpus": 2, "memory": "2GiB" }""");
        await ChangedAsync("s8", 409);
        // To less passes, even while it is still too much: else one could never get out of it.
        await ChangedAsync("s2", 200);
        await ChangedAsync("s1", 200);
        await ChangedAsync("s2", 409);

        async Task ChangedAsync(string size, int status) => Assert.Equal(
            status, (int)(await _server.PutAsync("a", $$"""{ "spec": { "size": "{{size}}", "storage": "10GiB" } }""", ("If-Match", "*"))).StatusCode);
    }

    [Fact]
    public async Task Only_the_operator_sets_an_organizations_and_bad_limits_are_named()
    {
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/organizations/demo/quota", "{}")).StatusCode);
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/organizations/none/quota", "{}"), 404, "not-found");
        foreach (var (bad, field) in new[] { ("""{ "cpus": -1 }""", "cpus"), ("""{ "memory": "much" }""", "memory"), ("""{ "storage": "1" }""", "storage"), ("""{ "resources": { "Postgres": 1 } }""", "resources") })
        {
            var response = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Space, bad);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
            Assert.Equal(field, (string?)(await TestServer.BodyAsync(response))["errors"]![0]!["field"]);
        }
    }

    private static async Task SetAsync(HttpClient client, string path, string json)
    {
        var response = await TestServer.SendAsync(client, HttpMethod.Put, path, json);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Cancel));
    }

    private Task<HttpResponseMessage> PutAsync(string name, string size, string storage) => _server.PutAsync(name, $$"""{ "spec": { "size": "{{size}}", "storage": "{{storage}}" } }""");

    private async Task CreatedAsync(string name, string size, string storage) => Assert.Equal(HttpStatusCode.Created, (await PutAsync(name, size, storage)).StatusCode);

    private async Task ExceededAsync(string name, string size, string storage, string said)
    {
        var response = await PutAsync(name, size, storage);
        Assert.Contains(said, await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
    }
}
