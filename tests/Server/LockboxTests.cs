using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Lockbox;
using Beffroi.Testing;
using Beffroi.Transparency;
using Beffroi.Transparency.Consent;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>The operator sees what customers signed for, and nothing else; and whoever has the store can't forge what an audit accepts.</summary>
public sealed partial class LockboxTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo";
    private const string Requests = Demo + "/lockbox-requests";
    private const string OperatorRequests = "/operator/v1/lockbox-requests";
    private const string Secret = "the asker's own secret";
    private readonly List<NoteSigner> _signers = [];
    private readonly PretendedAgents _agents = new();
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres, change: services => services.AddSingleton<IAgentQuestions>(_agents));
        (await _server.PutAsync("db")).EnsureSuccessStatusCode();
        await _server.ReportAsync("db", new Facts { AgentVersion = "1.2.3", Postgres = new PostgresFacts { Ready = true, Role = "primary", Metrics = { ["connections/active"] = 7 } } });
    }

    public async ValueTask DisposeAsync()
    {
        _signers.ForEach(s => s.Dispose());
        await _server.DisposeAsync();
        _agents.Dispose();
    }

    [Fact]
    public async Task What_is_approved_is_shown_for_its_time_and_the_customer_sees_all_of_it()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-open");
        var waiting = await GetAsync($"{Requests}/{id}");
        Assert.Equal(("waiting", 1), ((string)waiting["request"]!["state"]!, (int)waiting["approversNeeded"]!));
        Assert.Equal("You wrote that it is slow.", (string?)waiting["request"]!["details"]);
        var consent = (string)waiting["consent"]!;
        Assert.Contains("\nresource postgres/db\n", consent, StringComparison.Ordinal);
        Assert.Contains("\naccess metrics\n", consent, StringComparison.Ordinal);

        var approved = await ApprovedAsync(_server.Alice, alice, id);
        Assert.Equal("open", (string?)approved["request"]!["state"]);
        Assert.Equal(["alice"], approved["approvals"]!.AsArray().Select(a => (string)a!["by"]!));
        await PutTests.AssertProblem(await ApproveAsync(_server.Alice, alice, id), 409, "not-waiting");

        var shown = await OpenedAsync(id);
        Assert.Contains("beffroi_postgres_connections{", (string)shown["content"]!, StringComparison.Ordinal);
        Assert.Equal((string?)approved["request"]!["openUntil"], (string?)shown["openUntil"]);
        var accesses = (await GetAsync($"{Requests}/{id}/accesses"))["items"]!.AsArray();
        var access = Assert.Single(accesses)!;
        Assert.Null(access["content"]);
        var seen = await GetAsync($"{Requests}/{id}/accesses/{access["id"]}");
        Assert.Equal((string?)shown["content"], (string?)seen["content"]);
        Assert.Equal(TestServer.Sha256((string)shown["content"]!), (string?)seen["sha256"]);
        Assert.Equal(1, (int)(await GetAsync($"{Requests}/{id}"))["accesses"]!);

        Assert.Equal("closed", (string?)(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Requests}/{id}/end", 200))["request"]!["state"]);
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-open");
        Assert.Equal(1, (int)(await GetAsync($"{Requests}/{id}"))["accesses"]!);
        var showing = Assert.Single(await AuditAsync(alice.PublicKey));
        Assert.Null(showing.Fault);
        Assert.Equal(["demo/alice"], showing.Approvers);
        Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'lockbox.open' and entry::jsonb->>'outcome' = 'accepted' and entry::jsonb->>'approvedBy' = 'customer:alice'"));
    }

    [Fact]
    public async Task Diagnostics_tell_what_the_platform_knows_and_no_secret()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync("diagnostics");
        await ApprovedAsync(_server.Alice, alice, id);
        var told = JsonNode.Parse((string)(await OpenedAsync(id))["content"]!)!;
        Assert.Equal("db", (string?)told["resource"]!["name"]);
        Assert.Equal("1.2.3", (string?)told["nodes"]![0]!["facts"]!["agentVersion"]);
        Assert.Equal("create", (string?)told["operations"]![0]!["verb"]);
        Assert.DoesNotContain("SCRAM-SHA-256", told.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\"internal\"", told.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_what_the_agents_logged_line_by_line()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync("logs");
        await ApprovedAsync(_server.Alice, alice, id);
        Assert.Contains("does not answer", (string?)(await OpenedAsync(id))["content"], StringComparison.Ordinal);
        _agents.Otherwise = question => new AgentAnswer
        {
            Log = new AgentLog
            {
                Lines =
                {
                    Enumerable.Range(0, question.Log.Lines).Select(i => new AgentLog.Types.Line { At = 1_700_000_000_000 + i, Text = $"line {i}\n# forged" }),
                    new AgentLog.Types.Line { At = long.MaxValue, Text = new string('x', 5000) },
                },
            },
        };
        var lines = ((string)(await OpenedAsync(id))["content"]!).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(501, lines.Length);
        Assert.StartsWith("# n-", lines[0], StringComparison.Ordinal);
        Assert.Equal("2023-11-14T22:13:20.001Z line 1 # forged", lines[1]);
        Assert.Equal("9999-12-31T23:59:59.999Z " + new string('x', 1000), lines[^1]);
    }

    [Fact]
    public async Task Only_who_asked_opens_it_and_only_with_the_secret()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        await ApprovedAsync(_server.Alice, alice, id);
        await PutTests.AssertProblem(await OpenAsync(id, "another secret"), 403, "forbidden");
        using var paul = await _server.OperatorAsync("paul", "support");
        await PutTests.AssertProblem(await TestServer.SendAsync(paul, HttpMethod.Post, $"{OperatorRequests}/{id}/open", $$"""{ "credential": "{{Secret}}" }"""), 403, "forbidden");
        Assert.Equal(id, (string?)(await TestServer.BodyAsync(await paul.GetAsync($"{OperatorRequests}/{id}", Cancel)))["id"]);
        Assert.Empty((await GetAsync($"{Requests}/{id}/accesses"))["items"]!.AsArray());
        // The refusals are told to whom they are about.
        Assert.Equal(2, (await _server.LedgerAsync("entry::jsonb->>'action' = 'lockbox.open' and entry::jsonb->>'outcome' = 'refused'")).Count);
    }

    [Fact]
    public async Task The_asker_does_not_learn_whether_there_is_such_a_resource()
    {
        var real = await AskAsync();
        var none = await AskAsync(name: "none", space: "nowhere");
        string Shape(JsonNode request) => string.Join(",", request.AsObject().Select(m => m.Key)) + (string)request["state"]!;
        Assert.Equal(
            Shape(await TestServer.BodyAsync(await _server.Administrator.GetAsync($"{OperatorRequests}/{real}", Cancel))),
            Shape(await TestServer.BodyAsync(await _server.Administrator.GetAsync($"{OperatorRequests}/{none}", Cancel))));
        var alice = await KeyAsync(_server.Alice, "alice");
        Assert.Null((await GetAsync($"{Requests}/{none}"))["consent"]);
        await PutTests.AssertProblem(
            await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Requests}/{none}/approve", $$"""{ "signature": {{JsonValue.Create(alice.Sign("x\n").ToString()).ToJsonString()}} }"""), 409, "no-such-resource");
        Assert.Equal("refused", (string?)(await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Requests}/{none}/end", 200))["request"]!["state"]);
        await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, $"{OperatorRequests}/{real}/withdraw", 200);
        await PutTests.AssertProblem(await ApproveAsync(_server.Alice, alice, real), 409, "not-waiting");
    }

    [Theory]
    [InlineData("sensitive")]
    [InlineData("health")]
    public async Task Where_data_is_sensitive_two_people_have_to_sign(string classification)
    {
        await ExecuteAsync("update platform.spaces set classification = '" + classification + "'");
        var alice = await KeyAsync(_server.Alice, "alice");
        using var bob = await MemberAsync("bob", "administrator");
        var bobs = await KeyAsync(bob, "bob");
        var id = await AskAsync();
        Assert.Equal("waiting", (string?)(await ApprovedAsync(_server.Alice, alice, id))["request"]!["state"]);
        await PutTests.AssertProblem(await ApproveAsync(_server.Alice, alice, id), 409, "approved-already");
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-open");
        // A state in the store opens nothing: the signatures do.
        await ExecuteAsync("update platform.lockbox_requests set state = 'open', open_until = now() + interval '1 hour'");
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-approved");
        await ExecuteAsync("update platform.lockbox_requests set state = 'waiting', open_until = null");
        Assert.Equal("open", (string?)(await ApprovedAsync(bob, bobs, id))["request"]!["state"]);
        await OpenedAsync(id);
        Assert.Null(Assert.Single(await AuditAsync(alice.PublicKey, bobs.PublicKey)).Fault);
        // Whoever trusts one of them alone sees that this was not enough.
        Assert.NotNull(Assert.Single(await AuditAsync(alice.PublicKey)).Fault);
    }

    [Fact]
    public async Task Where_a_space_became_sensitive_since_one_signature_is_not_enough_any_more()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var (open, waiting) = (await AskAsync(), await AskAsync());
        await ApprovedAsync(_server.Alice, alice, open);
        await OpenedAsync(open);
        await ExecuteAsync("update platform.spaces set classification = 'health'");
        await PutTests.AssertProblem(await OpenAsync(open), 409, "label-changed");
        await PutTests.AssertProblem(await ApproveAsync(_server.Alice, alice, waiting), 409, "label-changed");
    }

    [Fact]
    public async Task A_signature_counts_for_this_request_by_this_person_with_the_present_key()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var (id, other) = (await AskAsync(), await AskAsync("diagnostics"));
        using var bob = await MemberAsync("bob", "administrator");
        await PutTests.AssertProblem(await ApproveAsync(bob, alice, id), 409, "no-lockbox-key");
        var bobs = await KeyAsync(bob, "bob");
        await PutTests.AssertProblem(await ApproveAsync(bob, alice, id), 422, "invalid-request", "signature");
        var consent = (string)(await GetAsync($"{Requests}/{other}"))["consent"]!;
        await PutTests.AssertProblem(await SignedAsync(_server.Alice, id, alice.Sign(consent)), 422, "invalid-request", "signature");
        foreach (var wrong in (string[])["", "x", "\u2014 demo/alice AAAA", "\u2014 demo/alice AAAA\n\u2014 demo/alice AAAA"])
        {
            await PutTests.AssertProblem(
                await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Requests}/{id}/approve", $$"""{ "signature": {{JsonValue.Create(wrong).ToJsonString()}} }"""), 422, "invalid-request", "signature");
        }

        using var reader = await MemberAsync("erin", "reader");
        await PutTests.AssertProblem(await ApproveAsync(reader, bobs, id), 403, "forbidden");
        await ApprovedAsync(_server.Alice, alice, id);
        await OpenedAsync(id);
        await KeyAsync(_server.Alice, "alice");
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-approved");
        // What was shown was agreed to all the same.
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        var demo = (Guid)(await new NpgsqlCommand("select id from platform.organizations where name = 'demo'", connection).ExecuteScalarAsync(Cancel))!;
        Assert.Equal((1, 0), await LockboxReview.CountAsync(connection, demo, Cancel));
    }

    [Fact]
    public async Task Who_leaves_takes_what_they_opened_with_them()
    {
        using var bob = await MemberAsync("bob", "administrator");
        var bobs = await KeyAsync(bob, "bob");
        var (first, second) = (await AskAsync(), await AskAsync());
        await ApprovedAsync(bob, bobs, first);
        await ApprovedAsync(bob, bobs, second);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", 200, """{ "disabled": true }""");
        await PutTests.AssertProblem(await OpenAsync(first), 409, "not-approved");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", 200, "{}");
        await OpenedAsync(first);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Demo + "/members/bob", 200);
        await PutTests.AssertProblem(await OpenAsync(second), 409, "not-approved");
        // That he approved stays to be seen.
        Assert.Equal(["bob"], (await GetAsync($"{Requests}/{second}"))["approvals"]!.AsArray().Select(a => (string)a!["by"]!));
    }

    [Fact]
    public async Task Time_ends_what_waits_and_what_is_open()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var (open, waiting) = (await AskAsync(), await AskAsync());
        await ApprovedAsync(_server.Alice, alice, open);
        await ExecuteAsync("update platform.lockbox_requests set open_until = now() where state = 'open'");
        await PutTests.AssertProblem(await OpenAsync(open), 409, "not-open");
        Assert.Equal("closed", (string?)(await GetAsync($"{Requests}/{open}"))["request"]!["state"]);
        await ExecuteAsync("update platform.lockbox_requests set expires_at = now() where state = 'waiting'");
        await PutTests.AssertProblem(await ApproveAsync(_server.Alice, alice, waiting), 409, "not-waiting");
        Assert.Equal("expired", (string?)(await GetAsync($"{Requests}/{waiting}"))["request"]!["state"]);
    }

    [Fact]
    public async Task Whoever_is_to_be_told_is_told_while_it_waits_and_while_it_is_open()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        await AlertedAsync(["lockbox-requested"]);
        await ApprovedAsync(_server.Alice, alice, id);
        await AlertedAsync(["lockbox-open"]);
        await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, $"{OperatorRequests}/{id}/withdraw", 200);
        await AlertedAsync([]);

        async Task AlertedAsync(string[] kinds)
        {
            for (var patience = 0; ; patience++)
            {
                var open = (await GetAsync(Demo + "/alerts"))["items"]!.AsArray().Where(a => (string)a!["state"]! == "open").Select(a => (string)a!["kind"]!).Where(k => k.StartsWith("lockbox-", StringComparison.Ordinal));
                if (open.SequenceEqual(kinds))
                {
                    return;
                }

                Assert.True(patience < 150, string.Join(", ", open));
                await Task.Delay(100, Cancel);
            }
        }
    }

    [Fact]
    public async Task Nothing_is_shown_of_a_sealed_organization()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        await ApprovedAsync(_server.Alice, alice, id);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Post, Demo + "/key/seal", 202);
        await PutTests.AssertProblem(await OpenAsync(id), 409, "organization-sealed");
    }

    [Fact]
    public async Task Whoever_has_the_whole_store_can_not_forge_what_the_audit_accepts()
    {
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        var consent = (string)(await GetAsync($"{Requests}/{id}"))["consent"]!;

        // They put a key of their own in alice's place, sign with it, and are shown the metrics by a platform that believes its store.
        using var forger = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        await ExecuteAsync("update platform.lockbox_keys set public_key = $1", forger.PublicKey.ToString());
        (await SignedAsync(_server.Alice, id, forger.Sign(consent))).EnsureSuccessStatusCode();
        await OpenedAsync(id);
        var forged = Assert.Single(await AuditAsync(alice.PublicKey));
        Assert.Equal("0 of 1 approvers whose keys are trusted signed the consent.", forged.Fault);

        // They give one that alice did sign another end: what she signed was another text.
        await ExecuteAsync("update platform.lockbox_keys set public_key = $1", alice.PublicKey.ToString());
        var second = await AskAsync();
        await ApprovedAsync(_server.Alice, alice, second);
        await ExecuteAsync("update platform.lockbox_requests set access = 'diagnostics' where state = 'open'");
        await PutTests.AssertProblem(await OpenAsync(second), 409, "not-approved");
        await ExecuteAsync("update platform.lockbox_requests set access = 'metrics', minutes = 480 where state = 'open'");
        await PutTests.AssertProblem(await OpenAsync(second), 409, "not-approved");

        // They write into the ledger what never was: that of the consent that alice signed, long after its time, to another; and one without any.
        var signed = new SignedNote(consent, [alice.Sign(consent)]).ToString();
        var all = await EntriesAsync();
        void Finds(string fault, params (string Action, string Actor, string Reason, string At)[] entries)
        {
            var audit = new LockboxAudit("demo", [ApproverKey.Of(alice.PublicKey)!]);
            foreach (var (entry, index) in entries.Select((e, i) => (new JsonObject { ["at"] = e.At, ["actor"] = e.Actor, ["action"] = e.Action, ["outcome"] = "accepted", ["reason"] = e.Reason }.ToJsonString(), i)))
            {
                audit.Add(index, Encoding.UTF8.GetBytes(entry));
            }

            Assert.Contains(fault, Assert.Single(audit.Showings).Fault, StringComparison.Ordinal);
        }

        var at = (string)JsonNode.Parse(all[^1])!["at"]!;
        var later = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture).AddMinutes(61).ToString("o");
        var nextWeek = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture).AddDays(7).ToString("o");
        var trace = new LockboxTrace(LockboxConsent.Digest(consent), new string('a', 64)).ToString();
        Finds("has no consent", ("lockbox.open", "operator:admin", trace, at));
        Finds("has no consent", ("lockbox.approve", "customer:alice", signed, at), ("lockbox.open", "operator:admin", "consent sha256:x showed sha256:y", at));
        Finds("after the 60 minutes", ("lockbox.approve", "customer:alice", signed, at), ("lockbox.open", "operator:admin", trace, later));
        Finds("shown to another", ("lockbox.approve", "customer:alice", signed, at), ("lockbox.open", "operator:eve", trace, at));
        // What she signed and nobody used keeps no longer than it says.
        Finds("0 of 1", ("lockbox.approve", "customer:alice", signed, nextWeek), ("lockbox.open", "operator:admin", trace, nextWeek));
        // A second entry of the same approval makes it no longer.
        Finds("after the 60 minutes", ("lockbox.approve", "customer:alice", signed, at), ("lockbox.approve", "customer:alice", signed, later), ("lockbox.open", "operator:admin", trace, later));
        Finds("had closed it", ("lockbox.approve", "customer:alice", signed, at), ("lockbox.end", "customer:alice", id, at), ("lockbox.open", "operator:admin", trace, at.Replace("Z", "9Z", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_asked_has_to_be_possible()
    {
        foreach (var (field, json) in new[]
        {
            ("access", Ask(access: "data")), ("reason", Ask(reason: "curiosity")), ("minutes", Ask(minutes: 481)), ("minutes", Ask(minutes: 4)), ("kind", Ask(kind: "host")),
            ("details", Ask(details: " ")), ("details", Ask(details: new string('x', 1001))), ("reference", Ask(reference: "a b")), ("credentialSha256", Ask(digest: "ABC")), ("space", Ask(space: "x y")),
            ("organization", Ask(organization: "nobody")),
        })
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, OperatorRequests, json), 422, "invalid-request", field);
        }

        await ExecuteAsync("""
            insert into platform.lockbox_requests (id, organization_id, operator_id, operator, space, kind, name, access, reason, details, minutes, credential_sha256, approvers, expires_at)
            select gen_random_uuid(), o.id, gen_random_uuid(), 'x', 'x', 'postgres', 'x', 'metrics', 'incident', 'x', 60, sha256('x'), 1, now() + interval '1 hour'
            from platform.organizations o, generate_series(1, 50) where o.name = 'demo'
            """);
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, OperatorRequests, Ask()), 409, "too-many-requests");
    }

    [Fact]
    public async Task A_key_is_its_owners_alone()
    {
        using var bob = await MemberAsync("bob", "administrator");
        using var alices = NoteSigner.Generate("demo/alice", NoteAlgorithm.Ed25519);
        using var cosigner = NoteSigner.Generate("demo/bob", NoteAlgorithm.Cosignature);
        foreach (var key in (string[])[alices.PublicKey.ToString(), cosigner.PublicKey.ToString(), "x", ""])
        {
            await PutTests.AssertProblem(await PutKeyAsync(bob, key), 422, "invalid-request", "key");
        }

        var bobs = await KeyAsync(bob, "bob");
        Assert.Equal([bobs.PublicKey.ToString()], (await GetAsync(Demo + "/lockbox-keys"))["items"]!.AsArray().Select(k => (string)k!["key"]!));
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/roles/approver", 201, """{ "permissions": ["lockbox.read", "lockbox.approve"] }""");
        using var carol = await MemberAsync("carol", "approver");
        await PutTests.AssertProblem(await TestServer.SendAsync(carol, HttpMethod.Delete, Demo + "/lockbox-keys/bob"), 403, "forbidden");
        await TestServer.SendAsync(bob, HttpMethod.Delete, Demo + "/lockbox-keys/bob", 200);
        await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Delete, Demo + "/lockbox-keys/bob"), 404, "not-found");
        // Under the two-person rule nobody brings a key in alone: not even who has taken a session over.
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", 200, """{ "deletionGraceHours": 168, "immediateDeletion": false, "twoPersonRule": true }""");
        await PutTests.AssertProblem(await PutKeyAsync(bob, bobs.PublicKey.ToString()), 409, "approval-needed", "approval");
        var approval = (string)(await GetAsync(Demo + "/approvals"))["items"]![0]!["id"]!;
        await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Demo}/approvals/{approval}/approve", 200);
        Assert.Equal(HttpStatusCode.OK, (await PutKeyAsync(bob, bobs.PublicKey.ToString())).StatusCode);
    }

    private static string Ask(
        string access = "metrics", string name = "db", string space = "eval", string organization = "demo", string kind = "postgres", string reason = "support-case", int minutes = 60,
        string details = "You wrote that it is slow.", string reference = "CASE-1", string? digest = null) => new JsonObject
        {
            ["organization"] = organization,
            ["space"] = space,
            ["kind"] = kind,
            ["name"] = name,
            ["access"] = access,
            ["reason"] = reason,
            ["reference"] = reference,
            ["details"] = details,
            ["minutes"] = minutes,
            ["credentialSha256"] = digest ?? TestServer.Sha256(Secret),
        }.ToJsonString();

    private async Task<string> AskAsync(string access = "metrics", string name = "db", string space = "eval") =>
        (string)(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, OperatorRequests, 201, Ask(access, name, space)))["id"]!;

    private Task<HttpResponseMessage> OpenAsync(string id, string credential = Secret) =>
        TestServer.SendAsync(_server.Administrator, HttpMethod.Post, $"{OperatorRequests}/{id}/open", $$"""{ "credential": "{{credential}}" }""");

    private Task<JsonObject> OpenedAsync(string id) => TestServer.SendAsync(_server.Administrator, HttpMethod.Post, $"{OperatorRequests}/{id}/open", 200, $$"""{ "credential": "{{Secret}}" }""");

    private async Task<HttpResponseMessage> ApproveAsync(HttpClient client, NoteSigner signer, string id) =>
        await SignedAsync(client, id, signer.Sign((string)(await GetAsync($"{Requests}/{id}"))["consent"]!));

    private async Task<JsonObject> ApprovedAsync(HttpClient client, NoteSigner signer, string id)
    {
        var response = await ApproveAsync(client, signer, id);
        var body = await TestServer.BodyAsync(response);
        Assert.True(response.IsSuccessStatusCode, body.ToJsonString());
        return body;
    }

    private static Task<HttpResponseMessage> SignedAsync(HttpClient client, string id, NoteSignature signature) =>
        TestServer.SendAsync(client, HttpMethod.Post, $"{Requests}/{id}/approve", $$"""{ "signature": {{JsonValue.Create(signature.ToString().TrimEnd('\n')).ToJsonString()}} }""");

    /// <summary>A new key, registered.</summary>
    private async Task<NoteSigner> KeyAsync(HttpClient client, string account)
    {
        var signer = NoteSigner.Generate("demo/" + account, NoteAlgorithm.Ed25519);
        _signers.Add(signer);
        Assert.Equal(HttpStatusCode.OK, (await PutKeyAsync(client, signer.PublicKey.ToString())).StatusCode);
        return signer;
    }

    private static Task<HttpResponseMessage> PutKeyAsync(HttpClient client, string key) => TestServer.SendAsync(client, HttpMethod.Put, Demo + "/lockbox-keys", $$"""{ "key": "{{key}}" }""");

    private async Task<IReadOnlyList<AuditedShowing>> AuditAsync(params NoteKey[] trusted)
    {
        var audit = new LockboxAudit("demo", [.. trusted.Select(k => ApproverKey.Of(k)!)]);
        foreach (var (entry, index) in (await EntriesAsync()).Select((e, i) => (e, i)))
        {
            audit.Add(index, Encoding.UTF8.GetBytes(entry));
        }

        return audit.Showings;
    }

    private async Task<List<string>> EntriesAsync()
    {
        await _server.LedgerIntegratedAsync();
        return [.. (await GetAsync(Demo + "/ledger?limit=200"))["items"]!.AsArray().Select(i => (string)i!["entry"]!)];
    }

    private async Task<HttpClient> MemberAsync(string name, string role)
    {
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, $"{Demo}/members/{name}", 201, $$"""{ "invitationSha256": "{{TestServer.Sha256("code-of-" + name)}}" }""");
        await TestServer.SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", 201, $$"""{ "code": "code-of-{{name}}", "tokenSha256": "{{TestServer.Sha256("token-of-" + name)}}" }""");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", 201, $$"""{ "role": "{{role}}", "member": "{{name}}" }""");
        return _server.Client("token-of-" + name);
    }

    private async Task<JsonObject> GetAsync(string path) => await TestServer.BodyAsync(await _server.Alice.GetAsync(path, Cancel));

    private async Task ExecuteAsync(string sql, params string[] values)
    {
        await using var command = _server.Store.CreateCommand(sql);
        command.Parameters.AddRange(values.Select(v => new NpgsqlParameter { Value = v }).ToArray());
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
