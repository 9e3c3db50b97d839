using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Reviews of the operator's own directory: the same as organizations', with its own roles, permissions and ledger, and out of reach of customers.</summary>
public sealed class OperatorReviewTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Operators = "/operator/v1/operators";
    private const string Reviews = "/operator/v1/access-reviews";
    private const string Schedule = "/operator/v1/access-review-schedule";
    private const string Keep = """{ "decision": "keep" }""";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Admin => _server.Administrator;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task People_are_due_every_year_and_programs_every_quarter()
    {
        async Task<(string, int)[]> DueAsync() => [.. (await GetAsync(Schedule))["items"]!.AsArray().Select(d => ((string)d!["state"]!, (int)d["everyDays"]!))];
        Assert.Equal([("in-time", 365), ("nothing-to-review", 90)], await DueAsync());
        await PutTests.AssertProblem(await BeginRawAsync("technical"), 409, "nothing-to-review");

        // Counted from when the installation was made, whoever was its first administrator, until a review is closed.
        await ExecuteAsync("update store.migrations set applied_at = now() - interval '340 days'");
        Assert.Equal(("due-soon", 365), (await DueAsync())[0]);
        await ExecuteAsync("update store.migrations set applied_at = now() - interval '366 days'");
        Assert.Equal(("overdue", 365), (await DueAsync())[0]);
        using var robot = await _server.OperatorAsync("nightly", "platform-auditor", "service-account");
        await ExecuteAsync("update platform.operators set created_at = now() - interval '91 days' where kind = 'service-account'");
        Assert.Equal([("overdue", 365), ("overdue", 90)], await DueAsync());

        // A customer's review is none of the operator's.
        var own = (string)(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, "/v1/organizations/demo/access-reviews", 201, """{ "kind": "rights" }"""))["id"]!;
        await ExecuteAsync($"update platform.access_reviews set state = 'closed', ended_by = 'alice', ended_at = now() where id = '{own}'");
        var technical = await BeginAsync("technical");
        await DecidedAsync(Admin, technical, "nightly", Keep);
        await TestServer.SendAsync(Admin, HttpMethod.Post, $"{Reviews}/{technical}/close", 200);
        Assert.Equal([("overdue", 365), ("in-time", 90)], await DueAsync());
        var due = (await GetAsync(Schedule))["items"]![1]!;
        Assert.Equal(((DateTimeOffset)due["reviewedAt"]!).AddDays(90), (DateTimeOffset)due["dueAt"]!);
    }

    [Fact]
    public async Task The_snapshot_has_each_account_with_its_roles_and_what_changes_later_is_shown_beside_it()
    {
        using var sam = await _server.OperatorAsync("sam", "support");
        using var robot = await _server.OperatorAsync("nightly", "capacity", "service-account");
        var id = await BeginAsync("rights");
        Assert.Equal(["admin", "sam"], (await GetAsync($"{Reviews}/{id}/items"))["items"]!.AsArray().Select(i => (string)i!["account"]!));
        var before = await ItemAsync(id, "sam");
        Assert.Equal(("active", "support", "first"), ((string?)before["snapshot"]!["state"], (string?)before["snapshot"]!["grants"]![0]!["role"], (string?)before["snapshot"]!["tokens"]![0]!["name"]));
        Assert.Empty(before["changes"]!.AsArray());

        await PutAsync("sam", """{ "roles": ["capacity"] }""", 200);
        await PutAsync("sam", """{ "roles": ["capacity", "support"] }""", 200);
        using var olga = await _server.OperatorAsync("olga", "support");
        // The role that was given again is another than the one that was looked at.
        Assert.Equal(["grant-added capacity", "grant-added support", "grant-removed support"], Changes(await ItemAsync(id, "sam")));
        Assert.Equal(["olga"], (await GetAsync($"{Reviews}/{id}"))["newAccounts"]!.AsArray().Select(n => (string)n!));
        await TestServer.SendAsync(Admin, HttpMethod.Delete, Operators + "/sam", 200);
        Assert.True((bool)(await ItemAsync(id, "sam"))["gone"]!);
        await PutTests.AssertProblem(await DecideAsync(Admin, id, "sam", Keep), 409, "account-gone");
        await PutTests.AssertProblem(await BeginRawAsync("rights"), 409, "review-open");
        await TestServer.SendAsync(Admin, HttpMethod.Post, $"{Reviews}/{id}/cancel", 200);
        Assert.Equal("cancelled", (string?)(await GetAsync(Reviews))["items"]![0]!["state"]);
        await PutTests.AssertProblem(await Admin.PostAsync($"{Reviews}/{id}/close", null, Cancel), 409, "review-ended");
    }

    [Fact]
    public async Task What_a_decision_withdraws_is_gone_at_once_and_all_of_it_is_in_the_operators_ledger()
    {
        using var sam = await _server.OperatorAsync("sam", "support");
        using var olga = await _server.OperatorAsync("olga", "capacity");
        using var paul = await _server.OperatorAsync("paul", "support");
        var id = await BeginAsync("rights");
        var role = (string)(await ItemAsync(id, "sam"))["snapshot"]!["grants"]![0]!["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await sam.GetAsync("/operator/v1/organizations", Cancel)).StatusCode);
        // All or nothing, and nothing that this directory doesn't have.
        foreach (var (what, field) in new[] { ("\"groups\": [\"dba\"]", "groups"), ("\"keys\": true", "keys"), ("\"tokens\": [\"unknown\"]", "tokens"), ($"\"grants\": [\"{Guid.NewGuid()}\"]", "grants") })
        {
            await PutTests.AssertProblem(
                await DecideAsync(Admin, id, "sam", field == "grants" ? $$"""{ "decision": "withdraw", "disable": true, {{what}} }""" : $$"""{ "decision": "withdraw", "grants": ["{{role}}"], {{what}} }"""),
                422, "invalid-request", field);
        }

        Assert.Empty(Changes(await ItemAsync(id, "sam")));
        await DecidedAsync(Admin, id, "sam", $$"""{ "decision": "withdraw", "remark": "Moved.", "grants": ["{{role}}"] }""");
        await PutTests.AssertProblem(await sam.GetAsync("/operator/v1/organizations", Cancel), 403, "forbidden");
        await DecidedAsync(Admin, id, "olga", """{ "decision": "withdraw", "tokens": ["first"] }""");
        await PutTests.AssertProblem(await olga.GetAsync("/operator/v1/whoami", Cancel), 401, "unauthenticated");
        await DecidedAsync(Admin, id, "paul", """{ "decision": "withdraw", "disable": true }""");
        await PutTests.AssertProblem(await paul.GetAsync("/operator/v1/whoami", Cancel), 401, "unauthenticated");
        await PutTests.AssertProblem(await DecideAsync(Admin, id, "paul", Keep), 409, "already-decided");
        await PutTests.AssertProblem(await Admin.PostAsync($"{Reviews}/{id}/close", null, Cancel), 409, "undecided");
        await DecidedAsync(Admin, id, "admin", """{ "decision": "keep", "remark": "Nobody else is there." }""");
        await TestServer.SendAsync(Admin, HttpMethod.Post, $"{Reviews}/{id}/close", 200);

        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [
                ("operator.put", $"paul switched off (access review {id})"), ("operator.put", $"sam without support (access review {id})"), ("token.delete", $"first of olga (access review {id})"),
            ],
            (await OwnLedgerAsync($"entry::jsonb->>'reason' like '%{id}%'")).Order());
        Assert.Equal(
            [
                ("access-review.begin", "rights: 4 accounts"), ("access-review.close", "rights: 4 accounts, 1 kept, 3 with something withdrawn, 0 gone, 0 undecided, 1 kept by the only reviewer themselves"),
                ("access-review.decide", "admin: keep, by themselves as the only reviewer"), ("access-review.decide", "olga: withdraw (token-ended first)"),
                ("access-review.decide", "paul: withdraw (state-changed disabled)"), ("access-review.decide", "sam: withdraw (grant-removed support)"),
            ],
            (await OwnLedgerAsync("entry::jsonb->>'action' like 'access-review.%' and entry::jsonb->>'outcome' = 'accepted'")).Order());
        // None of it is in an organization's.
        Assert.Equal(
            0, await CountAsync("platform.ledger_entries where log_id <> '00000000-0000-0000-0000-000000000000' and (entry like '%access-review%' or entry like '%(access review%')"));
    }

    [Fact]
    public async Task Nobody_decides_on_themselves_no_program_decides_and_the_last_administrator_stays()
    {
        using var second = await _server.OperatorAsync("second", "platform-administrator");
        using var robot = await _server.OperatorAsync("robot", "platform-administrator", "service-account");
        var id = await BeginAsync("rights");
        const string Said = """{ "decision": "keep", "remark": "It is me." }""";
        await PutTests.AssertProblem(await DecideAsync(Admin, id, "admin", Said), 409, "own-account");
        await PutTests.AssertProblem(await DecideAsync(second, id, "second", """{ "decision": "withdraw", "disable": true }"""), 409, "own-account");
        await PutTests.AssertProblem(await DecideAsync(robot, id, "second", Keep), 409, "person-needed");
        // Who isn't counted as an active person, which only the store can make of somebody who calls, leaves nobody.
        await ExecuteAsync("update platform.operators set accepted_at = null where name = 'second'");
        var role = (string)(await ItemAsync(id, "admin"))["snapshot"]!["grants"]![0]!["id"]!;
        await PutTests.AssertProblem(await DecideAsync(second, id, "admin", $$"""{ "decision": "withdraw", "grants": ["{{role}}"] }"""), 409, "last-administrator");
        await PutTests.AssertProblem(await DecideAsync(second, id, "admin", """{ "decision": "withdraw", "disable": true }"""), 409, "last-administrator");
        Assert.Null((await ItemAsync(id, "admin"))["decision"]);
        // A program that is one keeps nobody from being the last, nor from being the only reviewer.
        await PutTests.AssertProblem(await TestServer.SendAsync(Admin, HttpMethod.Put, Operators + "/admin", """{ "roles": ["support"] }"""), 409, "last-administrator");
        await PutTests.AssertProblem(await DecideAsync(Admin, id, "admin", Keep), 422, "invalid-request", "remark");
        Assert.True((bool)(await DecidedAsync(Admin, id, "admin", Said))["decision"]!["onlyReviewer"]!);
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("update platform.access_review_items set only_reviewer = false where only_reviewer"));
    }

    [Fact]
    public async Task A_service_account_is_a_program_s_for_ever_and_has_no_password()
    {
        using var robot = await _server.OperatorAsync("robot", "capacity", "service-account");
        Assert.Equal(["user", "service-account"], (await GetAsync(Operators))["items"]!.AsArray().Select(o => (string)o!["kind"]!));
        await PutTests.AssertProblem(await TestServer.SendAsync(Admin, HttpMethod.Put, Operators + "/x", $$"""{ "roles": [], "kind": "robot", "invitationSha256": "{{TestServer.Sha256("x")}}" }"""), 422, "invalid-request", "kind");
        foreach (var (name, kind) in new[] { ("robot", "user"), ("admin", "service-account") })
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(Admin, HttpMethod.Put, $"{Operators}/{name}", $$"""{ "roles": ["platform-administrator"], "kind": "{{kind}}" }"""), 422, "invalid-request", "kind");
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(robot, HttpMethod.Put, "/operator/v1/enrolment", $$"""{ "codeSha256": "{{TestServer.Sha256("y")}}" }"""), 403, "forbidden");
        await PutTests.AssertProblem(await TestServer.SendAsync(Admin, HttpMethod.Put, Operators + "/robot", $$"""{ "roles": ["capacity"], "invitationSha256": "{{TestServer.Sha256("z")}}" }"""), 422, "invalid-request", "invitationSha256");
        Assert.Equal("service-account", (string?)(await PutAsync("robot", """{ "roles": ["support"] }""", 200))["kind"]);
    }

    [Fact]
    public async Task Auditors_see_and_administrators_decide()
    {
        using var auditor = await _server.OperatorAsync("audrey", "platform-auditor");
        using var sam = await _server.OperatorAsync("sam", "support");
        var id = await BeginAsync("rights");
        foreach (var path in (string[])[Reviews, Schedule, $"{Reviews}/{id}", $"{Reviews}/{id}/items"])
        {
            Assert.Equal(HttpStatusCode.OK, (await auditor.GetAsync(path, Cancel)).StatusCode);
            await PutTests.AssertProblem(await sam.GetAsync(path, Cancel), 403, "forbidden");
        }

        foreach (var client in (HttpClient[])[auditor, sam])
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(client, HttpMethod.Post, Reviews, """{ "kind": "rights" }"""), 403, "forbidden");
            await PutTests.AssertProblem(await DecideAsync(client, id, "admin", Keep), 403, "forbidden");
            await PutTests.AssertProblem(await client.PostAsync($"{Reviews}/{id}/cancel", null, Cancel), 403, "forbidden");
        }
    }

    [Fact]
    public async Task Customers_reach_none_of_it_nor_the_operator_a_customers()
    {
        var own = await BeginAsync("rights");
        var demos = (string)(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, "/v1/organizations/demo/access-reviews", 201, """{ "kind": "rights" }"""))["id"]!;
        foreach (var path in (string[])[Reviews, Schedule, $"{Reviews}/{own}", $"{Reviews}/{own}/items", $"/v1/organizations/demo/access-reviews/{own}", $"/v1/organizations/demo/access-reviews/{own}/items"])
        {
            await PutTests.AssertProblem(await _server.Alice.GetAsync(path, Cancel), 404, "not-found");
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, $"/v1/organizations/demo/access-reviews/{own}/items/admin/decision", Keep), 404, "not-found");
        await PutTests.AssertProblem(await _server.Alice.PostAsync($"/v1/organizations/demo/access-reviews/{own}/cancel", null, Cancel), 404, "not-found");
        await PutTests.AssertProblem(await Admin.GetAsync($"{Reviews}/{demos}", Cancel), 404, "not-found");
        await PutTests.AssertProblem(await Admin.GetAsync($"{Reviews}/{demos}/items", Cancel), 404, "not-found");
        await PutTests.AssertProblem(await DecideAsync(Admin, demos, "alice", Keep), 404, "not-found");
        await PutTests.AssertProblem(await Admin.PostAsync($"{Reviews}/{demos}/cancel", null, Cancel), 404, "not-found");
        Assert.Equal([own], (await GetAsync(Reviews))["items"]!.AsArray().Select(r => (string)r!["id"]!));
        Assert.Equal([demos], (await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/access-reviews", Cancel)))["items"]!.AsArray().Select(r => (string)r!["id"]!));
    }

    private Task<JsonObject> PutAsync(string name, string json, int status) => TestServer.SendAsync(Admin, HttpMethod.Put, $"{Operators}/{name}", status, json);

    private async Task<string> BeginAsync(string kind) => (string)(await TestServer.SendAsync(Admin, HttpMethod.Post, Reviews, 201, $$"""{ "kind": "{{kind}}" }"""))["id"]!;

    private Task<HttpResponseMessage> BeginRawAsync(string kind) => TestServer.SendAsync(Admin, HttpMethod.Post, Reviews, $$"""{ "kind": "{{kind}}" }""");

    private static Task<HttpResponseMessage> DecideAsync(HttpClient client, string review, string account, string json) =>
        TestServer.SendAsync(client, HttpMethod.Put, $"{Reviews}/{review}/items/{account}/decision", json);

    private static Task<JsonObject> DecidedAsync(HttpClient client, string review, string account, string json) =>
        TestServer.SendAsync(client, HttpMethod.Put, $"{Reviews}/{review}/items/{account}/decision", 200, json);

    private async Task<JsonNode> ItemAsync(string review, string account) =>
        (await GetAsync($"{Reviews}/{review}/items?limit=200"))["items"]!.AsArray().Single(i => (string)i!["account"]! == account)!;

    private static List<string> Changes(JsonNode item) => [.. item["changes"]!.AsArray().Select(c => $"{c!["what"]} {c["subject"]}").Order(StringComparer.Ordinal)];

    private async Task<JsonObject> GetAsync(string path) => await TestServer.BodyAsync(await Admin.GetAsync(path, Cancel));

    private async Task<List<(string Action, string? Reason)>> OwnLedgerAsync(string where) =>
        [.. (await _server.LedgerAsync("entry::jsonb->>'organizationId' is null and " + where)).Select(e => (e.Action, e.Reason))];

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<long> CountAsync(string table)
    {
        await using var command = _server.Store.CreateCommand("select count(*) from " + table);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
