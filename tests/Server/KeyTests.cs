using System.Net;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

public sealed class KeyTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Key = "/v1/organizations/demo/key";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task While_it_is_sealed_nothing_is_created_changed_brought_back_or_read()
    {
        await _server.PutAsync("db", """{ "spec": { "deletionProtection": false } }""");
        Assert.Equal("open", (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Key)))["state"]!);
        var asked = await _server.Alice.PostAsync(Key + "/seal", null);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var operation = await TestServer.BodyAsync(asked);
        Assert.Equal((string)operation["id"]!, (string)(await TestServer.BodyAsync(await _server.Alice.PostAsync(Key + "/seal", null)))["id"]!);
        Assert.Equal("sealing", (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Key)))["state"]!);
        // The key's reconciler and the resource's are woken.
        Assert.Contains(_server.Signals.Keys, k => k.Kind == "organization-key");
        Assert.Equal(2, _server.Signals.Keys.Count(k => k.Kind == "postgres"));

        foreach (var refused in new[]
        {
            await _server.PutAsync("another"),
            await _server.PutAsync("db", """{ "spec": { "size": "s2" } }""", ("If-Match", "*")),
            await _server.Alice.GetAsync(TestServer.Postgres + "/db/credentials"),
            await _server.Alice.PostAsync(TestServer.Postgres + "/db/restores", TestServer.Json("""{ "to": "another" }""")),
            await _server.Alice.PostAsync(TestServer.Postgres + "/db/restart", null),
            await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json("{}")),
        })
        {
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            var problem = await TestServer.BodyAsync(refused);
            Assert.EndsWith("organization-sealed", (string)problem["type"]!, StringComparison.Ordinal);
            Assert.Contains("Sealed by alice", (string)problem["detail"]!, StringComparison.Ordinal);
        }

        var space = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/organizations/demo/spaces/more", TestServer.NewSpace);
        Assert.Equal(HttpStatusCode.Conflict, space.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/db")).StatusCode);
        Assert.EndsWith("organization-sealed", (string)(await TestServer.BodyAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/db/undelete", null)))["type"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(Key + "/unseal", null)).StatusCode);
        await _server.LedgerIntegratedAsync();
        Assert.Contains(await _server.LedgerAsync(), e => e is { Action: "key.seal", Outcome: "accepted" });
        Assert.Contains(await _server.LedgerAsync(), e => e is { Action: "postgres.credentials.read", Outcome: "refused", Reason: "organization-sealed" });
    }

    [Fact]
    public async Task A_deletion_can_be_undone_until_its_grace_is_over_and_is_immediate_only_where_that_is_allowed()
    {
        await _server.PutAsync("db", """{ "spec": { "deletionProtection": false } }""");
        var immediate = await _server.Alice.DeleteAsync(TestServer.Postgres + "/db?graceHours=0");
        Assert.EndsWith("immediate-deletion-off", (string)(await TestServer.BodyAsync(immediate))["type"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/db?graceHours=1")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/db")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await _server.PutAsync("db")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(TestServer.Postgres + "/db/undelete", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await _server.Alice.PostAsync(TestServer.Postgres + "/db/undelete", null)).StatusCode);

        await _server.Alice.DeleteAsync(TestServer.Postgres + "/db");
        await using (var pass = _server.Store.CreateCommand("update platform.resources set delete_after = now() - interval '1 second'"))
        {
            await pass.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        Assert.EndsWith("grace-over", (string)(await TestServer.BodyAsync(await _server.Alice.PostAsync(TestServer.Postgres + "/db/undelete", null)))["type"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_the_two_person_rule_one_person_alone_seals_nothing_and_weakens_nothing()
    {
        using var bob = await SecondPersonAsync();
        (await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "twoPersonRule": true }"""))).EnsureSuccessStatusCode();
        var id = await WaitsAsync(await _server.Alice.PostAsync(Key + "/seal", null));
        Assert.Equal(id, await WaitsAsync(await _server.Alice.PostAsync(Key + "/seal", null)));
        await WaitsAsync(await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "twoPersonRule": false }""")));

        Assert.Equal(HttpStatusCode.Conflict, (await _server.Alice.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Mallory.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).StatusCode);
        // It is Alice's alone, and for this alone, and once.
        await WaitsAsync(await bob.PostAsync(Key + "/seal", null));
        await WaitsAsync(await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json("{}")));
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(Key + "/seal", null)).StatusCode);
        var unseal = await WaitsAsync(await _server.Alice.PostAsync(Key + "/unseal", null));
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync($"/v1/organizations/demo/approvals/{unseal}/refuse", null)).StatusCode);
        var again = await WaitsAsync(await _server.Alice.PostAsync(Key + "/unseal", null));
        Assert.NotEqual(unseal, again);
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync($"/v1/organizations/demo/approvals/{again}/approve", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(Key + "/unseal", null)).StatusCode);
    }

    [Fact]
    public async Task Under_the_two_person_rule_one_person_alone_destroys_nothing_at_once_and_deletes_what_anybody_can_bring_back()
    {
        using var bob = await SecondPersonAsync();
        (await _server.PutAsync("db", """{ "spec": { "deletionProtection": false } }""")).EnsureSuccessStatusCode();
        (await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "immediateDeletion": true, "twoPersonRule": true }"""))).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/db")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(TestServer.Postgres + "/db/undelete", null)).StatusCode);

        var id = await WaitsAsync(await _server.Alice.DeleteAsync(TestServer.Postgres + "/db?graceHours=0"));
        Assert.Equal("live", await DeletionAsync());
        // Nor is it destroyed at once after it was deleted with its grace.
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/db")).StatusCode);
        Assert.Equal(id, await WaitsAsync(await _server.Alice.DeleteAsync(TestServer.Postgres + "/db?graceHours=0")));
        Assert.Equal("in its grace", await DeletionAsync());

        Assert.Equal(HttpStatusCode.Conflict, (await _server.Alice.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).StatusCode);
        // Approved is not done: whoever asked for it still decides.
        Assert.Equal("in its grace", await DeletionAsync());
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/db?graceHours=0")).StatusCode);
        Assert.Equal("at once", await DeletionAsync());
        await PutTests.AssertProblem(await _server.Alice.PostAsync(TestServer.Postgres + "/db/undelete", null), 409, "grace-over");
    }

    [Fact]
    public async Task Under_the_two_person_rule_one_person_alone_shortens_no_retention()
    {
        using var bob = await SecondPersonAsync();
        (await _server.PutAsync("db")).EnsureSuccessStatusCode();
        (await _server.Alice.PutAsync("/v1/organizations/demo/safeguards", TestServer.Json("""{ "twoPersonRule": true }"""))).EnsureSuccessStatusCode();
        (string, string)[] any = [("If-Match", "*")];
        // A longer one is nobody's loss.
        Assert.Equal(HttpStatusCode.OK, (await _server.PutAsync("db", """{ "spec": { "backup": { "retentionDays": 30 } } }""", any)).StatusCode);
        foreach (var shorter in new[] { """{ "retentionDays": 29 }""", """{ "retentionDays": 30, "retentionFulls": 1 }""", """{ "retentionDays": 30, "fullEveryDays": 1 }""" })
        {
            await WaitsAsync(await _server.PutAsync("db", $$"""{ "spec": { "backup": {{shorter}} } }""", any));
        }

        var id = await WaitsAsync(await _server.PutAsync("db", """{ "spec": {} }""", any));
        Assert.Equal(HttpStatusCode.OK, (await bob.PostAsync($"/v1/organizations/demo/approvals/{id}/approve", null)).StatusCode);
        await WaitsAsync(await _server.PutAsync("db", """{ "spec": { "backup": { "retentionDays": 13 } } }""", any));
        Assert.Equal(HttpStatusCode.OK, (await _server.PutAsync("db", """{ "spec": {} }""", any)).StatusCode);
    }

    [Fact]
    public async Task A_rotation_goes_to_a_provider_that_is_there()
    {
        var refused = await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json("""{ "provider": "nowhere" }"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("software", (string)(await TestServer.BodyAsync(refused))["errors"]![0]!["allowed"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Accepted, (await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await _server.Alice.PostAsync(Key + "/rotate", TestServer.Json("{}"))).StatusCode);
    }

    private async Task<string> DeletionAsync()
    {
        await using var command = _server.Store.CreateCommand("""
            select case when deletion_requested_at is null then 'live' when delete_after > now() then 'in its grace' else 'at once' end from platform.resources where name = 'db'
            """);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static async Task<string> WaitsAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var problem = await TestServer.BodyAsync(response);
        Assert.EndsWith("approval-needed", (string)problem["type"]!, StringComparison.Ordinal);
        return (string)problem["errors"]![0]!["allowed"]!;
    }

    private async Task<HttpClient> SecondPersonAsync()
    {
        await using var command = _server.Store.CreateCommand("""
            with p as (insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), id, 'bob', now() from platform.organizations where name = 'demo' returning id, organization_id),
                 g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, 'owner' from p)
            insert into platform.tokens (sha256, principal_id, name, expires_at) select $1, id, 'test', now() + interval '1 hour' from p
            """);
        command.Parameters.Add(new() { Value = SHA256.HashData(Encoding.UTF8.GetBytes("token-of-bob")) });
        await command.ExecuteNonQueryAsync();
        return _server.Client("token-of-bob");
    }
}
