using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Platform.Ledger;
using Beffroi.Services.Isolation.Policy;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>Who stands behind what is in the ledger, beside who did it.</summary>
public sealed class BehalfTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo", Entry = "entry::jsonb->>";
    private TestServer _server = null!;
    private HttpClient _bob = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        await using var command = _server.Store.CreateCommand("""
            with p as (insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), id, 'bob', now() from platform.organizations where name = 'demo' returning id, organization_id),
                 g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, 'owner' from p)
            insert into platform.tokens (sha256, principal_id, name, expires_at) select $1, id, 'test', now() + interval '1 hour' from p
            """);
        command.Parameters.Add(new() { Value = SHA256.HashData(Encoding.UTF8.GetBytes("token-of-bob")) });
        await command.ExecuteNonQueryAsync(Cancel);
        _bob = _server.Client("token-of-bob");
    }

    public ValueTask DisposeAsync()
    {
        _bob.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task What_a_reconciler_does_for_an_operation_is_on_behalf_of_who_asked_for_it()
    {
        (await _server.PutAsync("db")).EnsureSuccessStatusCode();
        var operation = await TextAsync("select id::text from platform.operations");
        // Who asks for what is there already has not asked for its operation.
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(_bob, HttpMethod.Put, TestServer.Postgres + "/db", """{ "spec": {} }""")).StatusCode);
        await AppendAsync(new LedgerEntry("system:postgres", "postgres.volume", "done", await DemoAsync(), OperationId: Guid.Parse(operation!)));
        Assert.Equal("customer:alice", await OfAsync("postgres.volume", "onBehalfOf"));
        Assert.Null(await OfAsync("postgres.create", "onBehalfOf"));

        (await TestServer.SendAsync(_bob, HttpMethod.Put, TestServer.Postgres + "/db", """{ "spec": { "size": "s2" } }""", ("If-Match", "*"))).EnsureSuccessStatusCode();
        Assert.Equal("customer:alice customer:bob", await TextAsync("select string_agg(requested_by, ' ' order by id) from platform.operations"));

        await _server.LedgerIntegratedAsync();
        Assert.Equal(["postgres.volume"], await ActionsAsync("customer:alice"));
        Assert.Empty(await ActionsAsync("customer:bob"));
    }

    [Fact]
    public async Task What_a_second_person_approved_names_both_and_the_next_request_does_not()
    {
        (await _server.Alice.PutAsync(Demo + "/safeguards", TestServer.Json("""{ "twoPersonRule": true }"""), Cancel)).EnsureSuccessStatusCode();
        var waits = await TestServer.BodyAsync(await _server.Alice.PostAsync(Demo + "/key/seal", null, Cancel));
        Assert.Equal(HttpStatusCode.OK, (await _bob.PostAsync($"{Demo}/approvals/{waits["errors"]![0]!["allowed"]}/approve", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(Demo + "/key/seal", null, Cancel)).StatusCode);
        Assert.Equal(
            ("customer:alice", "customer:bob"), (await OfAsync("key.seal", "actor", "accepted"), await OfAsync("key.seal", "approvedBy", "accepted")));
        Assert.Null(await OfAsync("key.seal", "approvedBy", "refused"));
        Assert.Equal("customer:alice", await TextAsync("select requested_by from platform.key_operations"));
        await AppendAsync(new LedgerEntry("system:organization-key", "key.seal", "done", await DemoAsync(), OperationId: Guid.Parse((await TextAsync("select id::text from platform.key_operations"))!)));
        Assert.Equal("customer:alice", await OfAsync("key.seal", "onBehalfOf", "done"));
    }

    [Fact]
    public async Task What_is_due_to_the_packet_filter_or_to_a_backup_keeps_who_asked()
    {
        (await TestServer.SendAsync(_bob, HttpMethod.Put, Demo + "/spaces/eval/egress", """{ "rules": [{ "destination": "192.0.2.7/32", "ports": "443" }] }""", ("If-Match", "*"))).EnsureSuccessStatusCode();
        await using (var connection = await _server.Store.OpenConnectionAsync(Cancel))
        {
            var space = Guid.Parse((await TextAsync("select space_id::text from platform.space_policies"))!);
            var (generation, _, _) = await PolicyStore.ReadAsync(connection, space, Cancel);
            Assert.Equal("customer:bob", await PolicyStore.RequesterAsync(connection, space, generation, Cancel));
            Assert.Null(await PolicyStore.RequesterAsync(connection, space, generation - 1, Cancel));
        }

        (await _server.PutAsync("db")).EnsureSuccessStatusCode();
        (await TestServer.SendAsync(_bob, HttpMethod.Post, TestServer.Postgres + "/db/drills")).EnsureSuccessStatusCode();
        Assert.Equal("customer:bob", await TextAsync("select requested_by from platform.backup_requests"));
    }

    [Fact]
    public async Task An_evaluation_of_the_rules_is_on_behalf_of_who_changed_what_they_judge_by()
    {
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/spaces/eval/label", """{ "controller": "other" }""");
        (await TestServer.SendAsync(_bob, HttpMethod.Put, Demo + "/policy/limits", """{ "countries": ["DE"] }""")).EnsureSuccessStatusCode();
        Assert.Equal("customer:bob", await OfAsync("policy.evaluate", "onBehalfOf", "failed"));
    }

    private async Task AppendAsync(LedgerEntry entry)
    {
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        await _server.Services.GetRequiredService<ILedger>().AppendAsync(connection, entry, Cancel);
    }

    private async Task<List<string>> ActionsAsync(string onBehalfOf) =>
        [.. (await TestServer.BodyAsync(await _server.Alice.GetAsync($"{Demo}/ledger?onBehalfOf={onBehalfOf}", Cancel)))["items"]!.AsArray()
            .Select(i => (string)JsonNode.Parse((string)i!["entry"]!)!["action"]!)];

    private async Task<Guid> DemoAsync() => Guid.Parse((await TextAsync("select id::text from platform.organizations where name = 'demo'"))!);

    private async Task<string?> OfAsync(string action, string member, string? outcome = null)
    {
        await using var command = _server.Store.CreateCommand(
            $"select {Entry}$2 from platform.ledger where {Entry}'action' = $1 and ($3::text is null or {Entry}'outcome' = $3) order by at desc limit 1");
        command.Parameters.AddRange(new Npgsql.NpgsqlParameter[]
        {
            new() { Value = action }, new() { Value = member }, new() { Value = (object?)outcome ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
        });
        return await command.ExecuteScalarAsync(Cancel) as string;
    }

    private async Task<string?> TextAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel) as string;
    }
}
