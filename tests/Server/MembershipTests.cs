using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Platform.Identity;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Who may let whom in, and that what is taken away is gone at once.</summary>
public sealed class MembershipTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_invitation_lets_one_person_in_once_and_they_may_what_is_granted()
    {
        await PutAsync(_server.Alice, Demo + "/members/bob", $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-bob")}}" }""", 201);
        Assert.Equal("invited", (string?)(await GetAsync(_server.Alice, Demo + "/members/bob"))["state"]);
        await AcceptAsync("code-of-bob", "token-of-bob", 201);
        await AcceptAsync("code-of-bob", "another", 403);
        using var bob = _server.Client("token-of-bob");
        Assert.Equal("active", (string?)(await GetAsync(_server.Alice, Demo + "/members/bob"))["state"]);
        await PutTests.AssertProblem(await bob.GetAsync(TestServer.Postgres, Cancel), 404, "not-found");
        var grant = await PutAsync(_server.Alice, Demo + "/grants", """{ "role": "reader", "member": "bob", "space": "eval" }""", 201);
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Put, TestServer.Postgres + "/db", """{ "spec": {} }"""), 403, "forbidden");
        await PutTests.AssertProblem(await bob.GetAsync(Demo + "/members", Cancel), 403, "forbidden");
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/grants/" + grant["id"])).StatusCode);
        await PutTests.AssertProblem(await bob.GetAsync(TestServer.Postgres, Cancel), 404, "not-found");
        // An expired code is as good as none.
        await PutAsync(_server.Alice, Demo + "/members/carol", $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-carol")}}" }""", 201);
        await ExecuteAsync("update platform.invitations set expires_at = now()");
        await AcceptAsync("code-of-carol", "token-of-carol", 403);
    }

    [Fact]
    public async Task A_grant_on_one_resource_shows_that_one_and_nothing_else()
    {
        await _server.PutAsync("mine");
        await _server.PutAsync("other");
        using var bob = await MemberAsync("bob");
        await PutAsync(_server.Alice, Demo + "/grants", """{ "role": "developer", "member": "bob", "space": "eval", "resource": "postgres/mine" }""", 201);
        var list = await GetAsync(bob, TestServer.Postgres);
        Assert.Equal(["mine"], list["items"]!.AsArray().Select(i => (string)i!["name"]!));
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(TestServer.Postgres + "/mine", Cancel)).StatusCode);
        foreach (var name in (string[])["other", "nothing"])
        {
            await PutTests.AssertProblem(await bob.GetAsync(TestServer.Postgres + "/" + name, Cancel), 404, "not-found");
            await PutTests.AssertProblem(await bob.GetAsync(TestServer.Postgres + "/" + name + "/credentials", Cancel), 404, "not-found");
            await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Delete, TestServer.Postgres + "/" + name), 404, "not-found");
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Delete, TestServer.Postgres + "/mine"), 409, "deletion-protected");
        Assert.Empty((await GetAsync(bob, Demo + "/spaces"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Nobody_gives_or_takes_more_than_they_have()
    {
        using var adam = await MemberAsync("adam", "administrator");
        await MemberAsync("bob", "reader");
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Put, Demo + "/grants", """{ "role": "owner", "member": "adam" }"""), 403, "forbidden");
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Put, Demo + "/roles/super", """{ "permissions": ["owner.manage"] }"""), 403, "forbidden");
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Delete, Demo + "/members/alice"), 403, "forbidden");
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Put, Demo + "/members/alice", """{ "disabled": true }"""), 403, "forbidden");
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Delete, Demo + "/members/alice/tokens/first"), 403, "forbidden");
        // Not through a group that has more either, nor through an account of a program that has.
        await PutAsync(_server.Alice, Demo + "/groups/owners", """{ "members": [] }""", 201);
        await PutAsync(_server.Alice, Demo + "/grants", """{ "role": "owner", "group": "owners" }""", 201);
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Put, Demo + "/groups/owners", """{ "members": ["adam"] }"""), 403, "forbidden");
        await PutAsync(_server.Alice, Demo + "/service-accounts/robot", "{}", 201);
        await PutAsync(_server.Alice, Demo + "/grants", """{ "role": "owner", "member": "robot" }""", 201);
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Put, Demo + "/service-accounts/robot/tokens/mine", $$"""{ "sha256": "{{TestServer.Sha256("x")}}" }"""), 403, "forbidden");
        Assert.Equal("none", (await GetAsync(_server.Alice, Demo + "/groups/owners"))["members"]!.AsArray().Count == 0 ? "none" : "some");
        // A custom role: what its permissions say, in its scope, and changed for all who have it.
        await PutAsync(adam, Demo + "/roles/looker", """{ "permissions": ["postgres.read"], "description": "Looks at databases" }""", 201);
        using var dora = await MemberAsync("dora");
        await PutAsync(adam, Demo + "/grants", """{ "role": "looker", "member": "dora" }""", 201);
        Assert.Equal(HttpStatusCode.OK, (await dora.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        await PutTests.AssertProblem(await dora.GetAsync(Demo + "/ledger", Cancel), 403, "forbidden");
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Delete, Demo + "/roles/looker"), 409, "in-use");
        await PutAsync(adam, Demo + "/roles/looker", """{ "permissions": [] }""", 200);
        Assert.NotEqual(HttpStatusCode.OK, (await dora.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        await PutTests.AssertProblem(await SendAsync(adam, HttpMethod.Put, Demo + "/roles/x", """{ "permissions": ["operator.manage"] }"""), 422, "invalid-request");
    }

    [Fact]
    public async Task Disabling_and_removing_end_tokens_at_once_and_streams_with_them()
    {
        using var bob = await MemberAsync("bob", "developer");
        using var stream = await bob.GetAsync(Demo + "/spaces/eval/events", HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        await PutAsync(_server.Alice, Demo + "/members/bob", """{ "disabled": true }""", 200);
        await PutTests.AssertProblem(await bob.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
        // The open stream ends by itself, well before its longest time.
        var text = await stream.Content.ReadAsStringAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.StartsWith(": connected", text, StringComparison.Ordinal);
        await PutAsync(_server.Alice, Demo + "/members/bob", "{}", 200);
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync("/v1/whoami", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/bob")).StatusCode);
        await PutTests.AssertProblem(await bob.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
        // Of one token alone.
        await PutAsync(_server.Alice, "/v1/tokens/laptop", $$"""{ "sha256": "{{TestServer.Sha256("alice-laptop")}}", "days": 1 }""", 201);
        using var laptop = _server.Client("alice-laptop");
        Assert.Equal(HttpStatusCode.OK, (await laptop.GetAsync("/v1/whoami", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(_server.Alice, HttpMethod.Delete, "/v1/tokens/laptop")).StatusCode);
        await PutTests.AssertProblem(await laptop.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
        var tokens = (await GetAsync(_server.Alice, "/v1/tokens"))["items"]!.AsArray();
        Assert.Equal([("laptop", "revoked"), ("first", "valid")], tokens.Select(t => ((string)t!["name"]!, (string)t["state"]!)));
        Assert.DoesNotContain("alice-laptop", tokens.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_owner_stays_whoever_tries_and_however_many_at_once()
    {
        await PutTests.AssertProblem(await SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/alice"), 409, "last-owner");
        await PutTests.AssertProblem(await SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/alice", """{ "disabled": true }"""), 409, "last-owner");
        // Someone who has not accepted yet, and a program, don't count.
        await PutAsync(_server.Alice, Demo + "/members/ivan", $$"""{ "invitationSha256": "{{TestServer.Sha256("code")}}" }""", 201);
        await PutAsync(_server.Alice, Demo + "/grants", """{ "role": "owner", "member": "ivan" }""", 201);
        await PutTests.AssertProblem(await SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/alice"), 409, "last-owner");
        using var bob = await MemberAsync("bob", "owner");
        // Two owners who each remove the other, again and again: one of them always remains.
        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(
                SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", """{ "disabled": true }"""),
                SendAsync(bob, HttpMethod.Put, Demo + "/members/alice", """{ "disabled": true }"""));
            Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
            await ExecuteAsync("update platform.principals set disabled_at = null");
        }
    }

    [Fact]
    public async Task The_last_owner_stays_whichever_way_the_role_is_taken()
    {
        await PutAsync(_server.Alice, Demo + "/groups/owners", """{ "members": ["alice"] }""", 201);
        await PutAsync(_server.Alice, Demo + "/grants", """{ "role": "owner", "group": "owners" }""", 201);
        var grants = (await GetAsync(_server.Alice, Demo + "/grants"))["items"]!.AsArray();
        var own = (string)grants.Single(g => (string?)g!["member"] == "alice")!["id"]!;
        var through = (string)grants.Single(g => (string?)g!["group"] == "owners")!["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/grants/" + own)).StatusCode);

        // An owner through a group alone: by the grant, by leaving the group, and with the group.
        await PutTests.AssertProblem(await SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/grants/" + through), 409, "last-owner");
        await PutTests.AssertProblem(await SendAsync(_server.Alice, HttpMethod.Put, Demo + "/groups/owners", """{ "members": [] }"""), 409, "last-owner");
        await PutTests.AssertProblem(await SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/groups/owners"), 409, "last-owner");
        Assert.Equal(["alice"], (await GetAsync(_server.Alice, Demo + "/groups/owners"))["members"]!.AsArray().Select(m => (string)m!));
    }

    [Fact]
    public async Task What_is_revoked_is_waited_for_and_never_used_afterwards()
    {
        using var bob = await MemberAsync("bob", "developer");
        var grants = (await GetAsync(_server.Alice, Demo + "/grants"))["items"]!.AsArray();
        var grant = (string)grants.Single(g => (string?)g!["member"] == "bob")!["id"]!;

        // A creation that was allowed and stands before its last write: a table is locked before it.
        await using var blocker = await _server.Store.OpenConnectionAsync(Cancel);
        await using var transaction = await blocker.BeginTransactionAsync(Cancel);
        await using (var lockOperations = new NpgsqlCommand("lock table platform.operations in access exclusive mode", blocker))
        {
            await lockOperations.ExecuteNonQueryAsync(Cancel);
        }

        var creation = SendAsync(bob, HttpMethod.Put, TestServer.Postgres + "/before", """{ "spec": {} }""");
        await UntilWaitingAsync("relation", 1);
        var revocation = SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/grants/" + grant);
        await UntilWaitingAsync("advisory", 1);
        Assert.False(revocation.IsCompleted);
        // Asked while the revocation waits: it comes after it.
        var late = SendAsync(bob, HttpMethod.Put, TestServer.Postgres + "/after", """{ "spec": {} }""");
        await UntilWaitingAsync("advisory", 2);
        await transaction.RollbackAsync(Cancel);
        Assert.Equal(HttpStatusCode.Created, (await creation).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await revocation).StatusCode);
        await PutTests.AssertProblem(await late, 404, "not-found");
        Assert.Equal(["before"], (await GetAsync(_server.Alice, TestServer.Postgres))["items"]!.AsArray().Select(i => (string)i!["name"]!));
    }

    [Fact]
    public async Task The_operators_accounts_have_their_own_roles_and_one_administrator_always_remains()
    {
        var admin = _server.Administrator;
        await PutAsync(admin, "/operator/v1/operators/sam", $$"""{ "roles": ["support"], "invitationSha256": "{{TestServer.Sha256("code-of-sam")}}" }""", 201);
        // A code of one side is none on the other.
        await AcceptAsync("code-of-sam", "token-of-sam", 403);
        using var door = _server.Client(null, Side.Operator);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(door, HttpMethod.Post, "/operator/v1/invitations", $$"""{ "code": "code-of-sam", "tokenSha256": "{{TestServer.Sha256("token-of-sam")}}" }""")).StatusCode);
        using var sam = _server.Client("token-of-sam", Side.Operator);
        using var samHere = _server.Client("token-of-sam");
        Assert.Equal(HttpStatusCode.OK, (await sam.GetAsync("/operator/v1/organizations", Cancel)).StatusCode);
        await PutTests.AssertProblem(await SendAsync(sam, HttpMethod.Put, "/operator/v1/operators/sam", """{ "roles": ["platform-administrator"] }"""), 403, "forbidden");
        await PutTests.AssertProblem(await samHere.GetAsync("/v1/whoami", Cancel), 401, "unauthenticated");
        await PutTests.AssertProblem(await SendAsync(admin, HttpMethod.Put, "/operator/v1/operators/sam", """{ "roles": ["owner"] }"""), 422, "invalid-request");
        await PutTests.AssertProblem(await SendAsync(admin, HttpMethod.Delete, "/operator/v1/operators/admin"), 409, "last-administrator");
        await PutTests.AssertProblem(await SendAsync(admin, HttpMethod.Put, "/operator/v1/operators/admin", """{ "roles": ["support"] }"""), 409, "last-administrator");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(admin, HttpMethod.Delete, "/operator/v1/operators/sam")).StatusCode);
        await PutTests.AssertProblem(await sam.GetAsync("/operator/v1/whoami", Cancel), 401, "unauthenticated");
    }

    [Fact]
    public async Task Guessed_invitations_make_the_address_wait()
    {
        // Side by side, and again if they didn't all fall into one window.
        var answers = new List<HttpStatusCode>();
        for (var round = 0; round < 10 && !answers.Contains(HttpStatusCode.TooManyRequests); round++)
        {
            answers = [.. (await Task.WhenAll(Enumerable.Range(0, 60).Select(i => SendAsync(
                _server.Nobody, HttpMethod.Post, "/v1/invitations", $$"""{ "code": "guess-{{i}}", "tokenSha256": "{{TestServer.Sha256("x")}}" }""")))).Select(a => a.StatusCode)];
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.DoesNotContain(HttpStatusCode.Created, answers);
    }

    private async Task UntilWaitingAsync(string wait, int count)
    {
        await using var command = _server.Store.CreateCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event = $1");
        command.Parameters.Add(new() { Value = wait });
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while ((long)(await command.ExecuteScalarAsync(Cancel))! < count)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{count} never waited for {wait}.");
            await Task.Delay(20, Cancel);
        }
    }

    private async Task<HttpClient> MemberAsync(string name, string? role = null)
    {
        await PutAsync(_server.Alice, $"{Demo}/members/{name}", $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-" + name)}}" }""", 201);
        await AcceptAsync("code-of-" + name, "token-of-" + name, 201);
        if (role is not null)
        {
            await PutAsync(_server.Alice, Demo + "/grants", $$"""{ "role": "{{role}}", "member": "{{name}}" }""", 201);
        }

        return _server.Client("token-of-" + name);
    }

    private async Task AcceptAsync(string code, string token, int status) =>
        Assert.Equal(status, (int)(await SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", $$"""{ "code": "{{code}}", "tokenSha256": "{{TestServer.Sha256(token)}}" }""")).StatusCode);

    private static async Task<JsonObject> PutAsync(HttpClient client, string path, string json, int status)
    {
        var response = await SendAsync(client, HttpMethod.Put, path, json);
        var body = await TestServer.BodyAsync(response);
        Assert.True(status == (int)response.StatusCode, $"{path}: {(int)response.StatusCode} {body.ToJsonString()}");
        return body;
    }

    private static async Task<JsonObject> GetAsync(HttpClient client, string path) => await TestServer.BodyAsync(await client.GetAsync(path, Cancel));

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string? json = null) => TestServer.SendAsync(client, method, path, json);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
