using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Whichever way a right is taken away: a change that was asked for while that waited comes after it, and is refused.</summary>
public sealed class RightsTakenAwayTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private readonly List<IDisposable> _used = [];
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        _used.ForEach(u => u.Dispose());
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("a grant", 404)]
    [InlineData("a permission of a custom role", 403)]
    [InlineData("the membership of a group", 404)]
    [InlineData("a group", 404)]
    [InlineData("an account that is switched off", 401)]
    [InlineData("an account", 401)]
    [InlineData("a token", 401)]
    [InlineData("a session", 401)]
    [InlineData("a service account that is switched off", 401)]
    [InlineData("a service account's keys", 401)]
    public async Task A_change_that_was_asked_for_meanwhile_is_refused(string what, int status)
    {
        var (loser, method, path, json) = await PrepareAsync(what);
        Assert.Equal(HttpStatusCode.OK, (await loser.GetAsync("/v1/whoami", Cancel)).StatusCode);
        await using var held = await RightsLock.TakeAsync(_server, await IdAsync("demo"), changing: false);
        var taken = TestServer.SendAsync(_server.Alice, method, path, json);
        await held.UntilWaitingAsync(taken);
        var late = TestServer.SendAsync(loser, HttpMethod.Put, TestServer.Postgres + "/late", """{ "spec": {} }""");
        await held.UntilWaitingAsync(taken, late);
        Assert.False(taken.IsCompleted || late.IsCompleted);
        await held.ReleaseAsync();
        Assert.Equal(HttpStatusCode.OK, (await taken).StatusCode);
        Assert.Equal(status, (int)(await late).StatusCode);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/late", Cancel), 404, "not-found");
    }

    [Fact]
    public async Task So_it_is_in_a_session_that_its_holder_ends_by_another_password()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bobby");
        using var session = _server.Client((await bob.BeginAsync()).Access);
        await GrantAsync("developer", "bobby", session);
        await bob.SignInAsync("/password");
        await bob.Browser.FollowAsync();
        await using var held = await RightsLock.TakeAsync(_server, await IdAsync("demo"), changing: false);
        var changed = bob.Browser.PostAsync("/password", [("form", bob.Browser.Proof), ("present", SignedInPerson.Password), ("password", "battery staple correct"), ("again", "battery staple correct")]);
        await held.UntilWaitingAsync(changed);
        var late = TestServer.SendAsync(session, HttpMethod.Put, TestServer.Postgres + "/late", """{ "spec": {} }""");
        await held.UntilWaitingAsync(changed, late);
        Assert.False(changed.IsCompleted || late.IsCompleted);
        await held.ReleaseAsync();
        Assert.Equal(HttpStatusCode.OK, await changed);
        Assert.Equal(HttpStatusCode.Unauthorized, (await late).StatusCode);
    }

    [Theory]
    [InlineData("""{ "roles": ["platform-auditor"] }""", 403)]
    [InlineData("""{ "roles": ["platform-administrator"], "disabled": true }""", 401)]
    public async Task So_it_is_to_the_operators_people(string json, int status)
    {
        using var olga = await _server.OperatorAsync("olga", "platform-administrator");
        await using var held = await RightsLock.TakeAsync(_server, Guid.Empty, changing: false);
        var taken = TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/operators/olga", json);
        await held.UntilWaitingAsync(taken);
        var late = TestServer.SendAsync(olga, HttpMethod.Put, "/operator/v1/organizations/demo/quota", """{ "cpus": 1 }""");
        await held.UntilWaitingAsync(taken, late);
        Assert.False(taken.IsCompleted || late.IsCompleted);
        await held.ReleaseAsync();
        Assert.Equal(HttpStatusCode.OK, (await taken).StatusCode);
        Assert.Equal(status, (int)(await late).StatusCode);
    }

    private async Task<(HttpClient Loser, HttpMethod Method, string Path, string? Json)> PrepareAsync(string what)
    {
        switch (what)
        {
            case "a grant":
                var grant = await GrantAsync("developer", "bob", await MemberAsync("bob"));
                return (grant.Client, HttpMethod.Delete, Demo + "/grants/" + grant.Id, null);
            case "a permission of a custom role":
                await PutAsync(Demo + "/roles/maker", """{ "permissions": ["postgres.read", "postgres.create", "postgres.update"] }""");
                return ((await GrantAsync("maker", "bob", await MemberAsync("bob"))).Client, HttpMethod.Put, Demo + "/roles/maker", """{ "permissions": ["postgres.read"] }""");
            case "the membership of a group" or "a group":
                var bob = await MemberAsync("bob");
                await PutAsync(Demo + "/groups/crew", """{ "members": ["bob"] }""");
                await PutAsync(Demo + "/grants", """{ "role": "developer", "group": "crew" }""");
                return what == "a group" ? (bob, HttpMethod.Delete, Demo + "/groups/crew", null) : (bob, HttpMethod.Put, Demo + "/groups/crew", """{ "members": [] }""");
            case "an account that is switched off" or "an account" or "a token":
                var (client, _) = await GrantAsync("developer", "bob", await MemberAsync("bob"));
                return what == "an account" ? (client, HttpMethod.Delete, Demo + "/members/bob", null)
                    : what == "a token" ? (client, HttpMethod.Delete, Demo + "/members/bob/tokens/first", null)
                    : (client, HttpMethod.Put, Demo + "/members/bob", """{ "disabled": true }""");
            case "a session":
                var person = Used(await SignedInPerson.EnrolAsync(_server, "bob"));
                var session = Used(_server.Client((await person.BeginAsync()).Access));
                await GrantAsync("developer", "bob", session);
                var listed = (await TestServer.BodyAsync(await session.GetAsync("/v1/sessions", Cancel)))["items"]!.AsArray();
                return (session, HttpMethod.Delete, $"{Demo}/members/bob/sessions/{listed.Single()!["id"]}", null);
            default:
                await PutAsync(Demo + "/service-accounts/robot", "{}");
                // As it would get for what it signs.
                await using (var token = _server.Store.CreateCommand(
                    "insert into platform.tokens (sha256, principal_id, name, kind, expires_at) select sha256('token-of-robot'), id, 'access', 'access', now() + interval '1 hour' from platform.principals where name = 'robot'"))
                {
                    await token.ExecuteNonQueryAsync(Cancel);
                }

                var robot = await GrantAsync("developer", "robot", Used(_server.Client("token-of-robot")));
                return what == "a service account's keys" ? (robot.Client, HttpMethod.Put, Demo + "/service-accounts/robot/keys", """{ "keys": [] }""")
                    : (robot.Client, HttpMethod.Put, Demo + "/service-accounts/robot", """{ "disabled": true }""");
        }
    }

    private T Used<T>(T used)
        where T : IDisposable
    {
        _used.Add(used);
        return used;
    }

    private async Task<HttpClient> MemberAsync(string name)
    {
        await PutAsync($"{Demo}/members/{name}", $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-" + name)}}" }""");
        await TestServer.SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", 201, $$"""{ "code": "code-of-{{name}}", "tokenSha256": "{{TestServer.Sha256("token-of-" + name)}}" }""");
        return Used(_server.Client("token-of-" + name));
    }

    private async Task<(HttpClient Client, string Id)> GrantAsync(string role, string member, HttpClient client) =>
        (client, (string)(await PutAsync(Demo + "/grants", $$"""{ "role": "{{role}}", "member": "{{member}}" }"""))["id"]!);

    private async Task<JsonObject> PutAsync(string path, string json)
    {
        var answer = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, path, json);
        Assert.True(answer.IsSuccessStatusCode, path + ": " + await answer.Content.ReadAsStringAsync(Cancel));
        return await TestServer.BodyAsync(answer);
    }

    private async Task<Guid> IdAsync(string organization)
    {
        await using var command = _server.Store.CreateCommand("select id from platform.organizations where name = $1");
        command.Parameters.Add(new() { Value = organization });
        return (Guid)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
