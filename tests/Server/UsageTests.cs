using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>What was used and what it costs, as customers and the operator read it.</summary>
public sealed class UsageTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Organization = "/v1/organizations/demo/usage", Space = "/v1/organizations/demo/spaces/eval/usage", Prices = "/operator/v1/price-list";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static DateOnly Today => DateOnly.FromDateTime(DateTime.UtcNow);

    private static string Day => $"since={Today:O}&until={Today.AddDays(1):O}&by=";

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_database_is_in_the_history_from_its_creation_to_its_deletion_stopped_in_between()
    {
        await _server.PutAsync("db", """{ "spec": { "size": "s2", "storage": "20GiB", "availability": "ha", "deletionProtection": false } }""");
        await _server.PutAsync("db", """{ "spec": { "size": "s2", "storage": "20GiB", "availability": "ha", "deletionProtection": false, "stopped": true } }""", ("If-Match", "*"));
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, "/v1/organizations/demo/spaces/eval/postgres/db", null, ("If-Match", "*"));
        await using var command = _server.Store.CreateCommand("""
            select string_agg(space || ' ' || name || ' ' || state || ' ' || cpus || ' ' || (memory_bytes >> 30) || ' ' || (storage_bytes >> 30) || ' ' || nodes || ' ' || (ends_at is not null), ', ' order by id)
            from platform.usage_changes
            """);
        Assert.Equal("eval db running 6 12 60 3 false, eval db stopped 6 12 60 3 false, eval db kept 6 12 60 3 true", await command.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task Usage_is_told_by_space_resource_and_day_with_its_cost_and_not_beyond_the_organization()
    {
        await PlantAsync();
        var none = await ReadAsync($"{Organization}?{Day}resource");
        Assert.Null(none["currency"]);
        Assert.Null(none["total"]!["cost"]);
        Assert.Equal(3m, (decimal)none["total"]!["unpricedHours"]!);
        await DeclareAsync($$"""{ "from": "{{Today:O}}", "currency": "EUR", "cpuHour": 0.5, "memoryGiBHour": 0.25, "storageGiBHour": 0.125, "backupGiBHour": 0.0625 }""");

        // dossiers ran for two hours: 2 CPUs, 4 GiB, 8 GiB of storage, and in one of them 16 GiB of backups; scratch was stopped for one.
        var report = await ReadAsync($"{Organization}?{Day}resource");
        Assert.Equal("EUR", (string?)report["currency"]);
        Assert.Equal(["dossiers", "scratch"], report["parts"]!.AsArray().Select(p => (string?)p!["name"]));
        var dossiers = report["parts"]![0]!;
        Assert.Equal("eval", (string?)dossiers["space"]);
        Assert.Equal(
            """{"cpuHours":4,"memoryGiBHours":8,"storageGiBHours":16,"backupGiBHours":16,"backupUnknownHours":1,"nodeHours":2,"runningHours":2,"stoppedHours":0,"cost":7,"unpricedHours":0}""",
            Plain(dossiers["amounts"]!));
        Assert.Equal(8m, (decimal)report["total"]!["cost"]!);
        Assert.Equal(1m, (decimal)report["total"]!["stoppedHours"]!);
        Assert.Equal(7m, (decimal)(await ReadAsync($"{Space}?{Day}total"))["total"]!["cost"]!);
        Assert.Equal("other", (string?)(await ReadAsync($"{Organization}?{Day}space"))["parts"]![1]!["space"]);
        Assert.Single((await ReadAsync($"{Organization}?{Day}day"))["parts"]!.AsArray());
        Assert.Equal(2, (await ReadAsync($"{Organization}?by=hour&since={Today:O}T00:00:00Z&until={Today:O}T05:00Z"))["parts"]!.AsArray().Count);
        Assert.Empty((await ReadAsync($"{Organization}?by=hour&since={Today:O}T02:00:00Z&until={Today:O}T05:00Z"))["parts"]!.AsArray());

        Assert.Equal(HttpStatusCode.NotFound, (await _server.Mallory.GetAsync(Organization, Cancel)).StatusCode);
        foreach (var (query, field) in new[] { ("by=month", "by"), ("since=yesterday", "since"), ("until=2026-11-01T08:30:00Z", "until"), ("since=2024-01-01&until=2026-01-01", "until"), ("month=2026-11", "month") })
        {
            var refused = await _server.Alice.GetAsync(Organization + "?" + query, Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(field, (string?)(await TestServer.BodyAsync(refused))["errors"]![0]!["field"]);
        }
    }

    [Fact]
    public async Task The_operator_has_sums_by_organization_and_no_name_of_a_space_or_resource()
    {
        await PlantAsync();
        await DeclareAsync($$"""{ "from": "{{Today:O}}", "currency": "EUR", "cpuHour": 0.5, "memoryGiBHour": 0, "storageGiBHour": 0, "backupGiBHour": 0 }""");
        var answer = await _server.Administrator.GetAsync("/operator/v1/usage?month=" + Today.ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.DoesNotMatch("eval|dossiers|scratch|other", text);
        var demo = Assert.Single(JsonNode.Parse(text)!["organizations"]!.AsArray())!;
        Assert.Equal(("demo", 2m, 4m), ((string?)demo["organization"], (decimal)demo["cost"]!, (decimal)demo["cpuHours"]!));
        Assert.Empty((await TestServer.BodyAsync(await _server.Administrator.GetAsync("/operator/v1/usage?month=2020-01", Cancel)))["organizations"]!.AsArray());
        Assert.Equal(HttpStatusCode.BadRequest, (await _server.Administrator.GetAsync("/operator/v1/usage?month=2020-13", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_price_list_is_shown_to_customers_as_declared_is_in_the_operator_s_ledger_and_never_changes_what_it_priced()
    {
        Assert.Equal("""{"lists":[]}""", (await ReadAsync("/v1/price-list")).ToJsonString());
        await DeclareAsync($$"""{ "from": "{{Today:O}}", "currency": "EUR", "cpuHour": 0.0210, "memoryGiBHour": 0.0042, "storageGiBHour": 0.00014, "backupGiBHour": 0 }""");
        var shown = await ReadAsync("/v1/price-list");
        Assert.Equal(0.021m, (decimal)shown["current"]!["cpuHour"]!);
        Assert.Equal(shown.ToJsonString(), (await TestServer.BodyAsync(await _server.Administrator.GetAsync(Prices, Cancel))).ToJsonString());
        Assert.Contains(await _server.LedgerAsync("entry::jsonb->>'organizationId' is null"), e => e.ToString().Contains("operator.price.manage", StringComparison.Ordinal));

        // Today has its prices by now; tomorrow's can still be replaced.
        foreach (var (from, status) in new[] { (Today, 422), (Today.AddDays(-1), 422), (Today.AddDays(1), 200), (Today.AddDays(1), 200) })
        {
            var answer = await TestServer.SendAsync(
                _server.Administrator, HttpMethod.Put, Prices, $$"""{ "from": "{{from:O}}", "currency": "EUR", "cpuHour": 1, "memoryGiBHour": 1, "storageGiBHour": 1, "backupGiBHour": 1 }""");
            Assert.Equal(status, (int)answer.StatusCode);
        }

        var lists = await ReadAsync("/v1/price-list");
        Assert.Equal([1m, 0.021m], lists["lists"]!.AsArray().Select(l => (decimal)l!["cpuHour"]!));
        Assert.Equal(0.021m, (decimal)lists["current"]!["cpuHour"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/price-list", "{}")).StatusCode);
    }

    // Hours as they would be recorded, the first two of today.
    private async Task PlantAsync()
    {
        (await _server.Alice.PutAsync("/v1/organizations/demo/spaces/other", TestServer.Json(TestServer.NewSpace), Cancel)).EnsureSuccessStatusCode();
        await using var command = _server.Store.CreateCommand("""
            insert into platform.usage_hours (resource_id, hour, organization_id, space_id, space, kind, name, running_seconds, stopped_seconds, node_seconds, cpu_seconds, memory_byte_seconds,
                storage_byte_seconds, backup_byte_seconds)
            select v.id::uuid, date_trunc('day', now(), 'UTC') + v.at * interval '1 hour', s.organization_id, s.id, s.name, 'postgres', v.name, v.running, 3600 - v.running, v.running, 2 * v.running,
                (4::bigint << 30) * v.running, (8::bigint << 30) * 3600, v.backup
            from (values ('00000000-0000-0000-0000-0000000000a1', 0, 'eval', 'dossiers', 3600, (16::bigint << 30) * 3600), ('00000000-0000-0000-0000-0000000000a1', 1, 'eval', 'dossiers', 3600, null),
                ('00000000-0000-0000-0000-0000000000a2', 1, 'other', 'scratch', 0, 0)) v (id, at, space, name, running, backup)
            join platform.spaces s on s.name = v.space join platform.organizations o on o.id = s.organization_id where o.name = 'demo'
            """);
        Assert.Equal(3, await command.ExecuteNonQueryAsync(Cancel));
    }

    private async Task DeclareAsync(string json)
    {
        var answer = await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, Prices, json);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<JsonNode> ReadAsync(string path)
    {
        var answer = await _server.Alice.GetAsync(path, Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Cancel));
        return await TestServer.BodyAsync(answer);
    }

    // A decimal is written with the decimals that it has: 7.00 is 7.
    private static string Plain(JsonNode amounts) => new JsonObject(amounts.AsObject().Select(p =>
        KeyValuePair.Create<string, JsonNode?>(p.Key, JsonValue.Create((decimal)p.Value! / 1.000000000000000000000000000m)))).ToJsonString();
}
