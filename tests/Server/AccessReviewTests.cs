using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Reviews of who may do what: that a decision does what it says and no more than its maker may, and that the outcome tells what was the case.</summary>
public sealed class AccessReviewTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private const string Reviews = Demo + "/access-reviews";
    private const string Keep = """{ "decision": "keep" }""";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_snapshot_stays_and_what_changes_later_is_shown_beside_it()
    {
        using var bob = await MemberAsync("bob", "reader");
        using var carol = await MemberAsync("carol");
        await PutAsync(Demo + "/roles/looker", """{ "permissions": ["postgres.read"] }""");
        await PutAsync(Demo + "/groups/dba", """{ "members": ["bob", "carol"] }""");
        await PutAsync(Demo + "/grants", """{ "role": "looker", "group": "dba", "space": "eval" }""");
        var id = await BeginAsync("rights");
        var before = await ItemAsync(id, "bob");
        Assert.Equal("active", (string?)before["snapshot"]!["state"]);
        Assert.Equal(["dba"], before["snapshot"]!["groups"]!.AsArray().Select(g => (string)g!));
        Assert.Equal(["first"], before["snapshot"]!["tokens"]!.AsArray().Select(t => (string)t!["name"]!));
        Assert.Equal(["reader//", "looker/dba/eval"], before["snapshot"]!["grants"]!.AsArray().Select(g => $"{g!["role"]}/{g["group"]}/{g["space"]}"));
        Assert.Equal("postgres.read", (string?)before["snapshot"]!["grants"]![1]!["permissions"]![0]);
        Assert.Empty(before["changes"]!.AsArray());

        await PutAsync(Demo + "/grants", """{ "role": "developer", "member": "bob" }""");
        await PutAsync(Demo + "/roles/looker", """{ "permissions": ["postgres.read", "postgres.update"] }""", 200);
        await PutAsync(Demo + "/groups/other", """{ "members": ["bob"] }""");
        Assert.Equal(HttpStatusCode.Created, (await TestServer.SendAsync(bob, HttpMethod.Put, "/v1/tokens/new", $$"""{ "sha256": "{{TestServer.Sha256("new")}}" }""")).StatusCode);
        await PutAsync(Demo + "/groups/dba", """{ "members": ["bob"] }""", 200);
        using var dave = await MemberAsync("dave");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/carol", 200);
        Assert.Equal(
            ["grant-added developer", "group-joined other", "role-changed looker in eval through dba", "token-added new"], Changes(await ItemAsync(id, "bob")));
        Assert.Equal(before["snapshot"]!.ToJsonString(), (await ItemAsync(id, "bob"))["snapshot"]!.ToJsonString());
        Assert.True((bool)(await ItemAsync(id, "carol"))["gone"]!);
        var review = await GetAsync($"{Reviews}/{id}");
        Assert.Equal(["dave"], review["newAccounts"]!.AsArray().Select(n => (string)n!));
        Assert.Equal((3, 1, 2), ((int)review["counts"]!["accounts"]!, (int)review["counts"]!["gone"]!, (int)review["counts"]!["undecided"]!));

        // Who came, and who left, keeps nobody from closing; what ended stays as it was then.
        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "carol", Keep), 409, "account-gone");
        await DecidedAsync(_server.Alice, id, "bob", Keep);
        await DecidedAsync(_server.Alice, id, "alice", """{ "decision": "keep", "remark": "The only one." }""");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/groups/other", 200);
        Assert.Equal(
            ["grant-added developer", "group-joined other", "group-left other", "role-changed looker in eval through dba", "token-added new"], Changes(await ItemAsync(id, "bob")));
        var closed = await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Reviews}/{id}/close", 200);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/bob", 200);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/dave", 200);
        Assert.Equal(closed.ToJsonString(), (await GetAsync($"{Reviews}/{id}")).ToJsonString());
        Assert.Equal("closed", (string?)closed["state"]);
        Assert.Equal((2, 0, 1, 0, 1), Counts(closed));
        Assert.False((bool)(await ItemAsync(id, "bob"))["gone"]!);
        Assert.Equal(5, Changes(await ItemAsync(id, "bob")).Count);
        Assert.True((bool)(await ItemAsync(id, "carol"))["gone"]!);
    }

    [Fact]
    public async Task What_a_decision_withdraws_is_gone_at_once_and_recorded_as_if_by_hand()
    {
        using var bob = await MemberAsync("bob");
        using var carol = await MemberAsync("carol", "auditor");
        using var dave = await MemberAsync("dave", "reader");
        await PutAsync(Demo + "/groups/dba", """{ "members": ["bob", "dave"] }""");
        await PutAsync(Demo + "/grants", """{ "role": "developer", "group": "dba" }""");
        var reader = await PutAsync(Demo + "/grants", """{ "role": "reader", "member": "bob" }""");
        var id = await BeginAsync("rights");
        var throughGroup = (string)(await ItemAsync(id, "dave"))["snapshot"]!["grants"]![1]!["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(TestServer.Postgres, Cancel)).StatusCode);

        // The group's grant is others' too.
        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "dave", $$"""{ "decision": "withdraw", "grants": ["{{throughGroup}}"] }"""), 422, "invalid-request", "grants");
        var item = await DecidedAsync(_server.Alice, id, "bob", $$"""{ "decision": "withdraw", "remark": "Left.", "grants": ["{{reader["id"]}}"], "groups": ["dba"] }""");
        Assert.Equal(["grant-removed developer through dba", "grant-removed reader", "group-left dba"], Withdrawn(item));
        Assert.Equal(("withdraw", "alice", "Left."), ((string?)item["decision"]!["decision"], (string?)item["decision"]!["decidedBy"], (string?)item["decision"]!["remark"]));
        Assert.Empty(item["changes"]!.AsArray());
        await PutTests.AssertProblem(await bob.GetAsync(TestServer.Postgres, Cancel), 404, "not-found");
        Assert.Equal(HttpStatusCode.OK, (await dave.GetAsync(TestServer.Postgres, Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await carol.GetAsync(Reviews, Cancel)).StatusCode);
        await DecidedAsync(_server.Alice, id, "carol", """{ "decision": "withdraw", "tokens": ["first"] }""");
        await PutTests.AssertProblem(await carol.GetAsync(Reviews, Cancel), 401, "unauthenticated");
        await DecidedAsync(_server.Alice, id, "dave", """{ "decision": "withdraw", "disable": true }""");
        await PutTests.AssertProblem(await dave.GetAsync(Demo, Cancel), 401, "unauthenticated");
        Assert.Equal("disabled", (string?)(await GetAsync(Demo + "/members/dave"))["state"]);

        // Given back by hand: the decision stays, and the review shows it.
        await PutAsync(Demo + "/members/dave", "{}", 200);
        Assert.Equal(["state-changed active"], Changes(await ItemAsync(id, "dave")));
        await _server.LedgerIntegratedAsync();
        var entries = await _server.LedgerAsync($"entry::jsonb->>'reason' like '%{id}%'");
        Assert.Equal(
            [
                ("grant.delete", "accepted", $"reader of bob (access review {id})"), ("group.put", "accepted", $"dba without bob (access review {id})"),
                ("member.put", "accepted", $"dave switched off (access review {id})"), ("token.delete", "accepted", $"first of carol (access review {id})"),
            ],
            entries.Order());
        Assert.Equal(
            ["bob: withdraw (group-left dba, grant-removed developer through dba, grant-removed reader)", "carol: withdraw (token-ended first)", "dave: withdraw (state-changed disabled)"],
            (await _server.LedgerAsync("entry::jsonb->>'action' = 'access-review.decide' and entry::jsonb->>'outcome' = 'accepted'")).Select(e => e.Reason).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Service_accounts_are_reviewed_apart_with_their_tokens_and_keys()
    {
        await PutTests.AssertProblem(await BeginRawAsync("technical"), 409, "nothing-to-review");
        await PutAsync(Demo + "/service-accounts/nightly", "{}");
        await PutAsync(Demo + "/grants", """{ "role": "administrator", "member": "nightly" }""");
        await PutAsync(Demo + "/service-accounts/nightly/tokens/ci", $$"""{ "sha256": "{{TestServer.Sha256("token-of-nightly")}}" }""");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await PutAsync(Demo + "/service-accounts/nightly/keys", new JsonObject { ["keys"] = new JsonArray(key.ExportSubjectPublicKeyInfoPem()) }.ToJsonString(), 200);
        using var nightly = _server.Client("token-of-nightly");
        // A program may begin one, but judge nobody.
        var id = (string)(await TestServer.SendAsync(nightly, HttpMethod.Post, Reviews, 201, """{ "kind": "technical" }"""))["id"]!;
        await BeginAsync("rights");
        Assert.Equal(["nightly"], (await GetAsync($"{Reviews}/{id}/items"))["items"]!.AsArray().Select(i => (string)i!["account"]!));
        Assert.Single((await ItemAsync(id, "nightly"))["snapshot"]!["keys"]!.AsArray());
        await PutTests.AssertProblem(await DecideAsync(nightly, id, "nightly", Keep), 409, "person-needed");
        var item = await DecidedAsync(_server.Alice, id, "nightly", """{ "decision": "withdraw", "tokens": ["ci"], "keys": true }""");
        Assert.Equal(2, Withdrawn(item).Count);
        await PutTests.AssertProblem(await nightly.GetAsync(Demo, Cancel), 401, "unauthenticated");
        Assert.Empty((await GetAsync(Demo + "/service-accounts/nightly/keys"))["keys"]!.AsArray());
        Assert.Equal((0, 1, 0, 0, 0), Counts(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Reviews}/{id}/close", 200)));
    }

    [Fact]
    public async Task Nobody_withdraws_more_than_they_could_by_hand()
    {
        using var bob = await MemberAsync("bob", "administrator");
        using var carol = await MemberAsync("carol", "owner");
        await PutAsync(Demo + "/roles/reviewer", """{ "permissions": ["access.review.read", "access.review.decide"] }""");
        using var dave = await MemberAsync("dave", "reviewer");
        using var erin = await MemberAsync("erin", "reader");
        await PutAsync(Demo + "/groups/owners", """{ "members": ["erin"] }""");
        await PutAsync(Demo + "/grants", """{ "role": "owner", "group": "owners" }""");
        var id = await BeginAsync("rights");
        var owner = (string)(await ItemAsync(id, "carol"))["snapshot"]!["grants"]![0]!["id"]!;
        var reader = (string)(await ItemAsync(id, "erin"))["snapshot"]!["grants"]![0]!["id"]!;
        foreach (var what in (string[])[$"\"grants\": [\"{owner}\"]", "\"tokens\": [\"first\"]", "\"disable\": true"])
        {
            await PutTests.AssertProblem(await DecideAsync(bob, id, "carol", $$"""{ "decision": "withdraw", {{what}} }"""), 403, "forbidden");
        }

        await PutTests.AssertProblem(await DecideAsync(bob, id, "erin", """{ "decision": "withdraw", "groups": ["owners"] }"""), 403, "forbidden");
        // Who may judge and not manage can keep; a refusal leaves the account to be decided.
        foreach (var what in (string[])[$"\"grants\": [\"{reader}\"]", "\"groups\": [\"owners\"]", "\"tokens\": [\"first\"]", "\"keys\": true", "\"disable\": true"])
        {
            await PutTests.AssertProblem(await DecideAsync(dave, id, "erin", $$"""{ "decision": "withdraw", {{what}} }"""), 403, "forbidden");
        }

        Assert.Equal(2, (await ItemAsync(id, "erin"))["snapshot"]!["grants"]!.AsArray().Count);
        Assert.Empty(Changes(await ItemAsync(id, "erin")));
        await DecidedAsync(dave, id, "erin", Keep);
        Assert.Equal(HttpStatusCode.OK, (await carol.GetAsync(Demo, Cancel)).StatusCode);
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        // All that an owner may, without being one.
        var all = (await GetAsync(Demo + "/roles"))["items"]!.AsArray().Single(r => (string)r!["name"]! == "owner")!["permissions"]!;
        await PutAsync(Demo + "/roles/almighty", new JsonObject { ["permissions"] = all.DeepClone() }.ToJsonString());
        using var bob = await MemberAsync("bob", "almighty");
        var id = await BeginAsync("rights");
        var owner = (string)(await ItemAsync(id, "alice"))["snapshot"]!["grants"]![0]!["id"]!;
        await PutTests.AssertProblem(await DecideAsync(bob, id, "alice", $$"""{ "decision": "withdraw", "grants": ["{{owner}}"] }"""), 409, "last-owner");
        await PutTests.AssertProblem(await DecideAsync(bob, id, "alice", """{ "decision": "withdraw", "disable": true }"""), 409, "last-owner");
        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.GetAsync(Demo, Cancel)).StatusCode);
        Assert.Null((await ItemAsync(id, "alice"))["decision"]);
    }

    [Fact]
    public async Task Nobody_decides_on_themselves_unless_nobody_else_can()
    {
        using var bob = await MemberAsync("bob", "auditor");
        var id = await BeginAsync("rights");
        const string Said = """{ "decision": "keep", "remark": "Nobody else is there." }""";
        // Invited only, switched off, of one space, a program: none of them could decide.
        await PutAsync(Demo + "/members/invited", $$"""{ "invitationSha256": "{{TestServer.Sha256("x")}}" }""");
        using var off = await MemberAsync("off", "administrator");
        await PutAsync(Demo + "/members/off", """{ "disabled": true }""", 200);
        await PutAsync(Demo + "/service-accounts/robot", "{}");
        foreach (var grant in (string[])["\"member\": \"invited\"", "\"member\": \"robot\"", "\"member\": \"bob\", \"space\": \"eval\""])
        {
            await PutAsync(Demo + "/grants", $$"""{ "role": "administrator", {{grant}} }""");
        }

        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "alice", Keep), 422, "invalid-request", "remark");
        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "alice", """{ "decision": "withdraw", "tokens": ["first"], "remark": "x" }"""), 409, "own-account");
        await PutAsync(Demo + "/grants", """{ "role": "administrator", "member": "bob" }""");
        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "alice", Said), 409, "own-account");
        await DecidedAsync(bob, id, "alice", Keep);
        await PutTests.AssertProblem(await DecideAsync(bob, id, "bob", Said), 409, "own-account");
        await DecidedAsync(_server.Alice, id, "bob", Keep);
        Assert.Equal(0, Counts(await TestServer.SendAsync(bob, HttpMethod.Post, $"{Reviews}/{id}/close", 200)).Own);

        await PutAsync(Demo + "/members/bob", """{ "disabled": true }""", 200);
        var alone = await BeginAsync("rights");
        Assert.True((bool)(await DecidedAsync(_server.Alice, alone, "alice", Said))["decision"]!["onlyReviewer"]!);
        foreach (var other in (string[])["bob", "invited", "off"])
        {
            await DecidedAsync(_server.Alice, alone, other, Keep);
        }

        Assert.Equal((4, 0, 0, 0, 1), Counts(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Reviews}/{alone}/close", 200)));
        await _server.LedgerIntegratedAsync();
        Assert.Contains(await _server.LedgerAsync("entry::jsonb->>'action' = 'access-review.decide'"), e => e.Reason == "alice: keep, by themselves as the only reviewer");
        // Not by the store either.
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("update platform.access_review_items set only_reviewer = false where only_reviewer"));
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("update platform.access_review_items set remark = null where only_reviewer"));
    }

    [Fact]
    public async Task Of_decisions_at_the_same_time_one_counts()
    {
        using var bob = await MemberAsync("bob", "reader");
        using var carol = await MemberAsync("carol", "administrator");
        var begun = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => BeginRawAsync("rights")));
        Assert.Equal([201, 409, 409, 409], begun.Select(r => (int)r.StatusCode).Order());
        var id = (string)(await TestServer.BodyAsync(begun.Single(r => r.StatusCode == HttpStatusCode.Created)))["id"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => DecideAsync(
            i % 2 == 0 ? _server.Alice : carol, id, "bob", i < 4 ? Keep : """{ "decision": "withdraw", "disable": true }""")));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        foreach (var late in answers.Where(a => a.StatusCode != HttpStatusCode.OK))
        {
            await PutTests.AssertProblem(late, 409, "already-decided");
        }

        // What the store has is what the one that counted asked for.
        var decision = (string?)(await ItemAsync(id, "bob"))["decision"]!["decision"];
        Assert.Equal(decision == "keep" ? "active" : "disabled", (string?)(await GetAsync(Demo + "/members/bob"))["state"]);
        await _server.LedgerIntegratedAsync();
        Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'access-review.decide' and entry::jsonb->>'outcome' = 'accepted'"));
    }

    [Fact]
    public async Task All_that_is_to_be_withdrawn_is_or_nothing()
    {
        using var bob = await MemberAsync("bob", "reader");
        var id = await BeginAsync("rights");
        var grant = (string)(await ItemAsync(id, "bob"))["snapshot"]!["grants"]![0]!["id"]!;
        await PutTests.AssertProblem(
            await DecideAsync(_server.Alice, id, "bob", $$"""{ "decision": "withdraw", "grants": ["{{grant}}"], "tokens": ["first", "unknown"] }"""), 422, "invalid-request", "tokens");
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(TestServer.Postgres, Cancel)).StatusCode);
        Assert.Empty(Changes(await ItemAsync(id, "bob")));
        await _server.LedgerIntegratedAsync();
        Assert.Empty(await _server.LedgerAsync("entry::jsonb->>'action' in ('grant.delete', 'token.delete')"));
        Assert.Equal(("access-review.decide", "refused", "invalid-request"), Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'access-review.decide'")));
    }

    [Theory]
    [InlineData("""{ "decision": "perhaps" }""", "decision")]
    [InlineData("""{ "decision": "withdraw" }""", "decision")]
    [InlineData("""{ "decision": "keep", "disable": true }""", "decision")]
    [InlineData("""{ "decision": "keep", "remark": "" }""", "remark")]
    [InlineData("""{ "decision": "keep", "remark": "a\u0000b" }""", "remark")]
    [InlineData("""{ "decision": "withdraw", "grants": ["00000000-0000-0000-0000-000000000001"] }""", "grants")]
    [InlineData("""{ "decision": "withdraw", "groups": ["none"] }""", "groups")]
    [InlineData("""{ "decision": "withdraw", "groups": [null] }""", "groups")]
    [InlineData("""{ "decision": "withdraw", "tokens": ["Not A Name"] }""", "tokens")]
    [InlineData("""{ "decision": "withdraw", "keys": true }""", "keys")]
    public async Task What_cannot_be_decided_is_refused(string body, string field)
    {
        using var bob = await MemberAsync("bob", "reader");
        var id = await BeginAsync("rights");
        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "bob", body), 422, "invalid-request", field);
        Assert.Null((await ItemAsync(id, "bob"))["decision"]);
    }

    [Fact]
    public async Task It_is_closed_when_all_is_decided_and_then_stays()
    {
        using var bob = await MemberAsync("bob", "administrator");
        await PutTests.AssertProblem(await BeginRawAsync("everything"), 422, "invalid-request", "kind");
        var id = await BeginAsync("rights");
        await PutTests.AssertProblem(await BeginRawAsync("rights"), 409, "review-open");
        await DecidedAsync(_server.Alice, id, "bob", Keep);
        var early = await PutTests.AssertProblem(await _server.Alice.PostAsync($"{Reviews}/{id}/close", null, Cancel), 409, "undecided");
        Assert.Contains("1 of 2 accounts", (string)early["detail"]!, StringComparison.Ordinal);
        Assert.Equal("open", (string?)(await GetAsync($"{Reviews}/{id}"))["state"]);
        await TestServer.SendAsync(bob, HttpMethod.Post, $"{Reviews}/{id}/cancel", 200);
        foreach (var verb in (string[])["close", "cancel"])
        {
            await PutTests.AssertProblem(await _server.Alice.PostAsync($"{Reviews}/{id}/{verb}", null, Cancel), 409, "review-ended");
        }

        await PutTests.AssertProblem(await DecideAsync(bob, id, "alice", Keep), 409, "review-ended");
        var cancelled = await GetAsync($"{Reviews}/{id}");
        Assert.Equal(("cancelled", "bob", (1, 0, 0, 1, 0)), ((string?)cancelled["state"], (string?)cancelled["endedBy"], Counts(cancelled)));
        Assert.Equal(["in-time", "nothing-to-review"], (await GetAsync(Demo + "/access-review-schedule"))["items"]!.AsArray().Select(d => (string)d!["state"]!));

        var next = await BeginAsync("rights");
        await DecidedAsync(_server.Alice, next, "bob", Keep);
        await DecidedAsync(bob, next, "alice", Keep);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Reviews}/{next}/close", 200);
        Assert.Equal([next, id], (await GetAsync(Reviews))["items"]!.AsArray().Select(r => (string)r!["id"]!));
        var due = (await GetAsync(Demo + "/access-review-schedule"))["items"]![0]!;
        Assert.Equal(((DateTimeOffset)due["reviewedAt"]!).AddDays(365), (DateTimeOffset)due["dueAt"]!);
        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [
                ("access-review.begin", "rights: 2 accounts"), ("access-review.begin", "rights: 2 accounts"),
                ("access-review.cancel", "rights: 2 accounts, 1 kept, 0 with something withdrawn, 0 gone, 1 undecided, 0 kept by the only reviewer themselves"),
                ("access-review.close", "rights: 2 accounts, 2 kept, 0 with something withdrawn, 0 gone, 0 undecided, 0 kept by the only reviewer themselves"),
            ],
            (await _server.LedgerAsync("entry::jsonb->>'action' like 'access-review.%' and entry::jsonb->>'action' <> 'access-review.decide' and entry::jsonb->>'outcome' = 'accepted'"))
                .Select(e => (e.Action, e.Reason)).Order());
    }

    [Fact]
    public async Task An_account_of_the_same_name_is_another()
    {
        using var bob = await MemberAsync("bob", "reader");
        var id = await BeginAsync("rights");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/bob", 200);
        await PutAsync(Demo + "/members/bob", $$"""{ "invitationSha256": "{{TestServer.Sha256("again")}}" }""");
        Assert.True((bool)(await ItemAsync(id, "bob"))["gone"]!);
        Assert.Equal(["bob"], (await GetAsync($"{Reviews}/{id}"))["newAccounts"]!.AsArray().Select(n => (string)n!));
        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "bob", """{ "decision": "withdraw", "disable": true }"""), 409, "account-gone");
        Assert.Equal("invited", (string?)(await GetAsync(Demo + "/members/bob"))["state"]);
    }

    [Fact]
    public async Task Another_organization_and_what_is_not_there_look_alike()
    {
        var id = await BeginAsync("rights");
        var evil = (string)(await TestServer.SendAsync(_server.Mallory, HttpMethod.Post, "/v1/organizations/evil/access-reviews", 201, """{ "kind": "rights" }"""))["id"]!;
        foreach (var (client, path) in new[]
        {
            (_server.Mallory, $"{Reviews}/{id}"), (_server.Mallory, $"/v1/organizations/evil/access-reviews/{id}"), (_server.Alice, $"{Reviews}/{evil}"),
            (_server.Alice, $"{Reviews}/{Guid.NewGuid():D}"), (_server.Alice, $"{Reviews}/{id.ToUpperInvariant().Replace('-', '_')}"),
        })
        {
            await PutTests.AssertProblem(await client.GetAsync(path, Cancel), 404, "not-found");
            await PutTests.AssertProblem(await client.GetAsync(path + "/items", Cancel), 404, "not-found");
            await PutTests.AssertProblem(await client.PostAsync(path + "/close", null, Cancel), 404, "not-found");
            await PutTests.AssertProblem(await client.PostAsync(path + "/cancel", null, Cancel), 404, "not-found");
            foreach (var account in (string[])["alice", "mallory"])
            {
                await PutTests.AssertProblem(await TestServer.SendAsync(client, HttpMethod.Put, $"{path}/items/{account}/decision", """{ "decision": "withdraw", "disable": true }"""), 404, "not-found");
            }
        }

        await PutTests.AssertProblem(await DecideAsync(_server.Alice, id, "mallory", Keep), 404, "not-found");
        Assert.Equal("open", (string?)(await GetAsync($"{Reviews}/{id}"))["state"]);
        Assert.Equal([id], (await GetAsync(Reviews))["items"]!.AsArray().Select(r => (string)r!["id"]!));
    }

    [Fact]
    public async Task Long_ones_come_in_pages()
    {
        await ExecuteAsync("insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), o.id, 'user-' || n, now() from platform.organizations o, generate_series(100, 109) n where o.name = 'demo'");
        var id = await BeginAsync("rights");
        var names = new List<string>();
        for (string? token = null; ;)
        {
            var page = await GetAsync($"{Reviews}/{id}/items?limit=4{(token is null ? "" : "&pageToken=" + token)}");
            names.AddRange(page["items"]!.AsArray().Select(i => (string)i!["account"]!));
            if ((token = (string?)page["nextPageToken"]) is null)
            {
                break;
            }
        }

        Assert.Equal(["alice", .. Enumerable.Range(100, 10).Select(n => "user-" + n)], names);
        await PutTests.AssertProblem(await _server.Alice.GetAsync($"{Reviews}/{id}/items?unknown=1", Cancel), 400, "invalid-query");
    }

    [Fact]
    public async Task What_is_due_soon_is_said_a_month_before()
    {
        await ExecuteAsync("update platform.organizations set created_at = now() - interval '334 days'");
        Assert.Equal("in-time", (string?)(await GetAsync(Demo + "/access-review-schedule"))["items"]![0]!["state"]);
        await ExecuteAsync("update platform.organizations set created_at = now() - interval '336 days'");
        Assert.Equal("due-soon", (string?)(await GetAsync(Demo + "/access-review-schedule"))["items"]![0]!["state"]);
        await ExecuteAsync("update platform.organizations set created_at = now() - interval '366 days'");
        Assert.Equal("overdue", (string?)(await GetAsync(Demo + "/access-review-schedule"))["items"]![0]!["state"]);
    }

    private async Task<HttpClient> MemberAsync(string name, string? role = null)
    {
        await PutAsync($"{Demo}/members/{name}", $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-" + name)}}" }""");
        await TestServer.SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", 201, $$"""{ "code": "code-of-{{name}}", "tokenSha256": "{{TestServer.Sha256("token-of-" + name)}}" }""");
        if (role is not null)
        {
            await PutAsync(Demo + "/grants", $$"""{ "role": "{{role}}", "member": "{{name}}" }""");
        }

        return _server.Client("token-of-" + name);
    }

    private async Task<string> BeginAsync(string kind) => (string)(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, Reviews, 201, $$"""{ "kind": "{{kind}}" }"""))["id"]!;

    private Task<HttpResponseMessage> BeginRawAsync(string kind) => TestServer.SendAsync(_server.Alice, HttpMethod.Post, Reviews, $$"""{ "kind": "{{kind}}" }""");

    private static Task<HttpResponseMessage> DecideAsync(HttpClient client, string review, string account, string json) =>
        TestServer.SendAsync(client, HttpMethod.Put, $"{Reviews}/{review}/items/{account}/decision", json);

    private static Task<JsonObject> DecidedAsync(HttpClient client, string review, string account, string json) =>
        TestServer.SendAsync(client, HttpMethod.Put, $"{Reviews}/{review}/items/{account}/decision", 200, json);

    private async Task<JsonNode> ItemAsync(string review, string account) =>
        (await GetAsync($"{Reviews}/{review}/items?limit=200"))["items"]!.AsArray().Single(i => (string)i!["account"]! == account)!;

    private static List<string> Changes(JsonNode item) => [.. item["changes"]!.AsArray().Select(c => $"{c!["what"]} {c["subject"]}").Order(StringComparer.Ordinal)];

    private static List<string> Withdrawn(JsonNode item) => [.. item["decision"]!["withdrawn"]!.AsArray().Select(c => $"{c!["what"]} {c["subject"]}").Order(StringComparer.Ordinal)];

    private static (int Kept, int Withdrawn, int Gone, int Undecided, int Own) Counts(JsonNode review)
    {
        var counts = review["counts"]!;
        return ((int)counts["kept"]!, (int)counts["withdrawn"]!, (int)counts["gone"]!, (int)counts["undecided"]!, (int)counts["ownKept"]!);
    }

    private Task<JsonObject> PutAsync(string path, string json, int status = 201) => TestServer.SendAsync(_server.Alice, HttpMethod.Put, path, status, json);

    private async Task<JsonObject> GetAsync(string path) => await TestServer.BodyAsync(await _server.Alice.GetAsync(path, Cancel));

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
