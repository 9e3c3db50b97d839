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
    public async Task Databases_that_grow_at_once_never_overrun_a_quota()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            await CreatedAsync(name, "s1", "10GiB");
        }

        for (var round = 1; round <= 6; round++)
        {
            // Room for one of them to grow by ten: in the organization and in the space in turn.
            var (client, path) = round % 2 == 0 ? (_server.Administrator, Operator) : (_server.Alice, Space);
            var limit = 30 + (10 * round);
            await SetAsync(client, path, $$"""{ "storage": "{{limit}}GiB" }""");
            var answers = await Task.WhenAll((await StoragesAsync()).Select(one => _server.PutAsync(one.Key, $$"""{ "spec": { "storage": "{{one.Value + 10}}GiB" } }""", ("If-Match", "*"))));
            Assert.Equal([200, 409, 409], answers.Select(a => (int)a.StatusCode).Order());
            Assert.Equal(limit, (await StoragesAsync()).Values.Sum());
            await SetAsync(client, path, "{}");
        }
    }

    [Fact]
    public async Task A_limit_that_is_set_while_databases_are_made_counts_all_that_were_admitted_before()
    {
        for (var round = 0; round < 8; round++)
        {
            await SetAsync(_server.Alice, Space, "{}");
            var before = (await StoragesAsync()).Count;
            var made = Enumerable.Range(0, 4).Select(i => _server.PutAsync($"db{round}x{i}")).ToList();
            await SetAsync(_server.Alice, Space, $$"""{ "resources": { "postgres": {{before + 1}} } }""");
            // Each was admitted before the limit was known, or was counted against it: then there was one at most.
            var known = (await StoragesAsync()).Count;
            var answers = await Task.WhenAll(made);
            Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict));
            var now = (await StoragesAsync()).Count;
            Assert.Equal(before + answers.Count(a => a.StatusCode == HttpStatusCode.Created), now);
            Assert.InRange(now, before + 1, Math.Max(known, before + 1));
        }
    }

    [Fact]
    public async Task Restores_and_creations_at_once_never_overrun_a_quota()
    {
        await CreatedAsync("db", "s1", "10GiB");
        await using (var backup = _server.Store.CreateCommand(
            """update platform.resources set status = status || '{"backup":{"earliest":"2026-11-01T00:00:00+00:00","latest":"2026-11-24T12:00:00+00:00"}}' where name = 'db'"""))
        {
            await backup.ExecuteNonQueryAsync(Cancel);
        }

        for (var round = 1; round <= 6; round++)
        {
            var limit = 10 + (10 * round);
            await SetAsync(_server.Administrator, Operator, $$"""{ "storage": "{{limit}}GiB" }""");
            var answers = await Task.WhenAll(
                RestoreAsync($"back{round}"), PutAsync($"new{round}", "s1", "10GiB"), RestoreAsync($"again{round}"), PutAsync($"more{round}", "s1", "10GiB"));
            Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
            foreach (var refused in answers.Where(a => a.StatusCode != HttpStatusCode.Created))
            {
                await PutTests.AssertProblem(refused, 409, "quota-exceeded");
            }

            Assert.Equal(limit, (await StoragesAsync()).Values.Sum());
        }
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

    private Task<HttpResponseMessage> RestoreAsync(string to) =>
        TestServer.SendAsync(_server.Alice, HttpMethod.Post, TestServer.Postgres + "/db/restores", $$"""{ "to": "{{to}}", "at": "2026-11-02T08:00:00Z" }""");

    /// <summary>How many GiB each database has by its spec, which has to be what is counted of it.</summary>
    private async Task<Dictionary<string, long>> StoragesAsync()
    {
        await using var command = _server.Store.CreateCommand("""
            select r.name, replace(r.spec->>'storage', 'GiB', '')::bigint, d.storage_bytes / (1 << 30) from platform.resources r left join platform.demands d on d.resource_id = r.id where r.kind = 'postgres'
            """);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var found = new Dictionary<string, long>();
        while (await reader.ReadAsync(Cancel))
        {
            found[reader.GetString(0)] = reader.GetInt64(1);
            Assert.Equal(reader.GetInt64(1), reader.GetInt64(2));
        }

        return found;
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
