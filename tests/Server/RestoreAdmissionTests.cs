using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>A restore makes a database as any creation does: rules and quotas are asked, and what they refuse leaves nothing behind.</summary>
public sealed class RestoreAdmissionTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Spaces = "/v1/organizations/demo/spaces", Eval = Spaces + "/eval", One = Eval + "/postgres/db", Wards = Spaces + "/wards";
    private const string OfOrganization = "/operator/v1/organizations/demo/quota";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        Assert.Equal(HttpStatusCode.Created, (await _server.PutAsync("db", """{ "spec": { "size": "s2", "storage": "10GiB" } }""")).StatusCode);
        await BackedUpAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(true, """{ "cpus": 3 }""", "CPUs")]
    [InlineData(true, """{ "memory": "6GiB" }""", "memory")]
    [InlineData(true, """{ "storage": "19GiB" }""", "storage")]
    [InlineData(true, """{ "resources": { "postgres": 1 } }""", "postgres resources")]
    [InlineData(false, """{ "storage": "19GiB" }""", "the space eval")]
    public async Task One_beyond_a_quota_is_refused_and_leaves_nothing(bool ofOrganization, string limits, string said)
    {
        await SetAsync(ofOrganization, limits);
        var before = await RowsAsync();
        var refused = await PutTests.AssertProblem(await RestoreAsync(), 409, "quota-exceeded");
        Assert.Contains(said, (string?)refused["detail"], StringComparison.Ordinal);
        Assert.Equal(before, await RowsAsync());
        Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'postgres.restore' and entry::jsonb->>'outcome' = 'refused' and entry::jsonb->>'reason' like 'quota-exceeded%'"));

        // With room for it, the same restore is made, and takes it.
        await SetAsync(ofOrganization, "{}");
        Assert.Equal(HttpStatusCode.Created, (await RestoreAsync()).StatusCode);
        Assert.Equal("20GiB", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Eval + "/quota", Cancel)))["used"]!["storage"]);
    }

    [Fact]
    public async Task One_that_is_to_be_larger_than_what_it_comes_from_is_counted_as_large_as_it_is_to_be()
    {
        await SetAsync(true, """{ "storage": "25GiB" }""");
        await PutTests.AssertProblem(await RestoreAsync("""{ "to": "new", "at": "2026-11-02T08:00:00Z", "storage": "16GiB" }"""), 409, "quota-exceeded");
        Assert.Equal(HttpStatusCode.Created, (await RestoreAsync("""{ "to": "new", "at": "2026-11-02T08:00:00Z", "storage": "15GiB" }""")).StatusCode);
    }

    [Fact]
    public async Task One_that_a_rule_refuses_by_now_leaves_nothing()
    {
        // Its data turn out to be of health after the database was made: where they are may not have more of them.
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Wards, 201, """{ "classification": "internal", "label": { "controller": "hospital", "personal": true } }""");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Wards + "/postgres/db", 201, """{ "spec": {} }""");
        await BackedUpAsync();
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Wards + "/label", 200, """{ "controller": "hospital", "personal": true, "health": true, "secret": ["medical"], "harms": ["health-life"] }""");
        var before = await RowsAsync();
        var refused = await PutTests.AssertProblem(await RestoreAsync(of: Wards + "/postgres/db"), 422, "policy-refused");
        Assert.Contains("hds-certificate:", (string?)refused["detail"], StringComparison.Ordinal);
        Assert.Equal(before, await RowsAsync());
        Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'postgres.restore' and entry::jsonb->>'outcome' = 'refused' and entry::jsonb->>'reason' like 'policy-refused%'"));
        // The one that is there stays.
        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.GetAsync(Wards + "/postgres/db", Cancel)).StatusCode);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Wards + "/postgres/new", Cancel), 404, "not-found");
    }

    private async Task BackedUpAsync()
    {
        await using var command = _server.Store.CreateCommand("""
            update platform.resources set status = status || '{"backup":{"earliest":"2026-11-01T00:00:00+00:00","latest":"2026-11-24T12:00:00+00:00"}}' where name = 'db'
            """);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task SetAsync(bool ofOrganization, string limits) => await (ofOrganization
        ? TestServer.SendAsync(_server.Administrator, HttpMethod.Put, OfOrganization, 200, limits)
        : TestServer.SendAsync(_server.Alice, HttpMethod.Put, Eval + "/quota", 200, limits));

    private Task<HttpResponseMessage> RestoreAsync(string json = """{ "to": "new", "at": "2026-11-02T08:00:00Z" }""", string of = One) =>
        TestServer.SendAsync(_server.Alice, HttpMethod.Post, of + "/restores", json);

    /// <summary>How many rows there are of all that a restore makes.</summary>
    private async Task<string> RowsAsync()
    {
        await using var command = _server.Store.CreateCommand("""
            select format('resources %s, demands %s, restores %s, operations %s, keys %s', (select count(*) from platform.resources), (select count(*) from platform.demands),
                (select count(*) from platform.restores), (select count(*) from platform.operations), (select count(*) from platform.resource_keys))
            """);
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
