using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>What the API takes, keeps and refuses of backup; no reconciler works here.</summary>
public sealed class BackupTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string One = TestServer.Postgres + "/db";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        Assert.Equal(HttpStatusCode.Created, (await _server.PutAsync("db")).StatusCode);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_backup_that_is_asked_for_waits_in_the_list_and_is_on_the_ledger()
    {
        await _server.MakeRepositoryAsync();
        var asked = await PostAsync("/backups", """{ "type": "full", "label": "mine" }""");
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var drill = await PostAsync("/drills", "");
        Assert.Equal(HttpStatusCode.Accepted, drill.StatusCode);
        var list = await TestServer.BodyAsync(await _server.Alice.GetAsync(One + "/backups"));
        Assert.Equal(["full", "drill"], list["pending"]!.AsArray().Select(p => (string)p!["type"]!));
        Assert.Equal((string?)(await TestServer.BodyAsync(asked))["id"], (string?)list["pending"]![0]!["id"]);
        Assert.Contains(_server.Signals.Keys, k => k.Kind == "backup-repository");
        Assert.Contains(("postgres.backup.create", "accepted", "full"), await _server.LedgerAsync());
    }

    [Theory]
    [InlineData("/backups", """{ "type": "differential" }""", "type")]
    [InlineData("/backups", """{ "label": "a b" }""", "label")]
    [InlineData("/restores", """{ "to": "Not Valid" }""", "to")]
    [InlineData("/restores", """{ "to": "new", "storage": "1GiB" }""", "storage")]
    public async Task What_is_wrong_is_named(string path, string body, string field)
    {
        var problem = await TestServer.BodyAsync(await PostAsync(path, body));
        Assert.Equal(422, (int)problem["status"]!);
        Assert.Equal(field, (string?)problem["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task Retention_out_of_range_is_refused_with_the_range()
    {
        var problem = await TestServer.BodyAsync(await _server.PutAsync("other", """{ "spec": { "backup": { "retentionDays": 0, "incrementalEveryHours": 25 } } }"""));
        Assert.Equal(["1 to 3650", "1 to 24"], problem["errors"]!.AsArray().Select(e => (string?)e!["allowed"]));
    }

    [Fact]
    public async Task Without_a_backup_nothing_can_be_restored()
    {
        var refused = await PostAsync("/restores", """{ "to": "new" }""");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("no-backup", (string?)(await TestServer.BodyAsync(refused))["type"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_moment_in_the_window_makes_a_new_resource_and_another_is_refused_with_the_window()
    {
        await using (var command = _server.Store.CreateCommand("""
            update platform.resources set status = status || '{"backup":{"earliest":"2026-11-01T00:00:00+00:00","latest":"2026-11-24T12:00:00+00:00"}}' where name = 'db'
            """))
        {
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var outside = await TestServer.BodyAsync(await PostAsync("/restores", """{ "to": "new", "at": "2026-10-01T00:00:00Z" }"""));
        Assert.Contains("2026-11-01T00:00:00.000Z to 2026-11-24T12:00:00.000Z", (string?)outside["errors"]![0]!["allowed"]!, StringComparison.Ordinal);

        var made = await PostAsync("/restores", """{ "to": "new", "at": "2026-11-02T08:00:00Z" }""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal("new", (string?)(await TestServer.BodyAsync(made))["name"]);
        await using var kept = _server.Store.CreateCommand("select type || ' ' || target from platform.restores");
        Assert.Equal("time 2026-11-02 08:00:00.000000+00", await kept.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync("/restores", """{ "to": "new", "at": "2026-11-02T08:00:00Z" }""")).StatusCode);
    }

    [Fact]
    public async Task A_repair_is_a_change_of_the_repository()
    {
        var path = "/v1/organizations/demo/spaces/eval/backup-repository";
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(path)).StatusCode);
        await _server.MakeRepositoryAsync();
        var repaired = await _server.Alice.PostAsync(path + "/repair", null);
        Assert.Equal(HttpStatusCode.Accepted, repaired.StatusCode);
        JsonObject now = await TestServer.BodyAsync(await _server.Alice.GetAsync(path));
        Assert.Equal((1, 2L), ((int)now["spec"]!["repairs"]!, (long)now["generation"]!));
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) => TestServer.SendAsync(_server.Alice, HttpMethod.Post, One + path, body.Length == 0 ? null : body);
}
