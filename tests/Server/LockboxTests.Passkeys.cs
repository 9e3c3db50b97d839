using System.Buffers.Text;
using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;
using Beffroi.Transparency.Consent;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Consents that are signed with passkeys: what they open, and everything that a passkey signed for something else, or somebody else's, doesn't.</summary>
public sealed partial class LockboxTests
{
    private const string Keys = Demo + "/lockbox-keys", NoConsent = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    /// <summary>What is wrong with a line, of an approver who is asked by a request while another waits.</summary>
    private static readonly Dictionary<string, Func<Approver, string, string, string>> Wrong = new()
    {
        ["another request's consent"] = (a, _, other) => a.Sign(other),
        ["a registration"] = (a, _, _) => a.Sign(Registration(a.Key)),
        ["a sign-in"] = (a, _, _) => SoftPasskey.LineOf(a.Key, a.Passkey.Use($$"""{ "challenge": "{{NoConsent}}", "rpId": "localhost" }""", a.Origin)),
        ["nobody verified"] = (a, consent, _) => With(a, consent, p => p.Flags = SoftPasskey.Up),
        ["nobody there"] = (a, consent, _) => With(a, consent, p => p.Flags = SoftPasskey.Uv),
        ["another origin"] = (a, consent, _) => With(a, consent, p => p.Origin = "https://evil.example"),
        ["the operator's listener"] = (a, consent, _) => With(a, consent, p => p.Origin = "https://localhost:1"),
        ["another name"] = (a, consent, _) => With(a, consent, p => p.RpId = "evil.example"),
        ["in a frame"] = (a, consent, _) => With(a, consent, p => p.CrossOrigin = true),
        ["changed"] = (a, consent, _) => With(a, consent, p => p.Spoil = data => data[36] ^= 1),
        ["too long"] = (a, consent, _) => With(a, consent, p => p.More = ",\"x\":\"" + new string('x', 3000) + "\""),
        ["cut"] = (a, consent, _) => a.Sign(consent)[..^8],
        ["another spelling"] = (a, consent, _) => a.Sign(consent) + "=",
        ["not base64"] = (a, _, _) => "\u2014 demo/bob !!!!",
        ["no bytes"] = (a, _, _) => $"\u2014 demo/bob {Convert.ToBase64String(Convert.FromHexString(a.Key.Split('+')[1]))}",
        ["empty parts"] = (a, _, _) => $"\u2014 demo/bob {Convert.ToBase64String([.. Convert.FromHexString(a.Key.Split('+')[1]), 0, 0, 0, 0, 1])}",
        ["nothing"] = (_, _, _) => "",
        ["without end"] = (a, _, _) => "\u2014 demo/bob " + new string('A', 20_000),
        ["two lines"] = (a, consent, _) => a.Sign(consent) + "\n" + a.Sign(consent),
    };

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Fact]
    public async Task A_registered_passkey_approves_until_it_is_removed_or_the_organization_takes_no_such_signatures()
    {
        using var bob = await ApproverAsync("bob");
        // Unless an owner has allowed it, none is registered.
        await PutTests.AssertProblem(await RegisterAsync(bob), 409, "no-passkey-consents");
        await AllowAsync();
        var registered = await RegisteredAsync(bob);
        Assert.Equal(("bob", "passkey", bob.Key), ((string?)registered["account"], (string?)registered["kind"], (string?)registered["key"]));

        var id = await AskAsync();
        var opened = await ApprovedByPasskeyAsync(bob, id);
        Assert.Equal("open", (string?)opened["request"]!["state"]);
        Assert.Equal("passkey", (string?)opened["approvals"]![0]!["kind"]);
        await OpenedAsync(id);
        var showing = Assert.Single(await AuditKeysAsync(bob.Key));
        Assert.Null(showing.Fault);
        Assert.Equal(["demo/bob"], showing.ByPasskey);
        // The ledger has the whole key as it was registered, and the whole signed consent.
        Assert.Single(await _server.LedgerAsync($"entry::jsonb->>'action' = 'lockbox.key.put' and entry::jsonb->>'outcome' = 'accepted' and entry::jsonb->>'reason' = '{bob.Key}'"));

        await AllowAsync(allowed: false);
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-approved");
        await PutTests.AssertProblem(await ApproveByPasskeyAsync(bob, await AskAsync()), 409, "no-passkey-consents");
        await AllowAsync();
        await OpenedAsync(id);
        // Who takes the passkey from those that sign them in takes it from those that approve.
        await bob.Person.Browser.GetAsync("/passkeys");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Person.Browser.SubmitAsync());
        Assert.Empty((await GetAsync(Keys))["items"]!.AsArray());
        await PutTests.AssertProblem(await OpenAsync(id), 409, "not-approved");
        await PutTests.AssertProblem(await ApproveByPasskeyAsync(bob, await AskAsync()), 409, "no-lockbox-key");
    }

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task What_a_passkey_did_not_sign_for_this_consent_opens_nothing(string wrong)
    {
        await AllowAsync();
        using var bob = await ApproverAsync("bob");
        await RegisteredAsync(bob);
        var (id, other) = (await AskAsync(), await AskAsync("diagnostics"));
        var line = Wrong[wrong](bob, await ConsentAsync(id), await ConsentAsync(other));
        await PutTests.AssertProblem(await SendLineAsync(bob.Client, id, line), 422, "invalid-request", "signature");
        var waits = await GetAsync($"{Requests}/{id}");
        Assert.Equal("waiting", (string?)waits["request"]!["state"]);
        Assert.Empty(waits["approvals"]!.AsArray());
        Assert.Empty(await _server.LedgerAsync("entry::jsonb->>'action' = 'lockbox.approve' and entry::jsonb->>'outcome' = 'accepted'"));
    }

    [Fact]
    public async Task A_sign_in_is_no_consent_and_a_consent_signs_nobody_in()
    {
        await AllowAsync();
        using var bob = await ApproverAsync("bob");
        await RegisteredAsync(bob);
        var id = await AskAsync();
        // A page that asks to sign in, answered with what was signed for a consent, and the other way round.
        using var browser = new Browser(_server, host: "localhost");
        await browser.GetAsync("/sign-in");
        var proof = browser.Proof;
        Assert.Equal(HttpStatusCode.OK, await browser.PostAsync("/sign-in/passkey/options", [("form", proof)]));
        var signIn = browser.Page;
        Assert.Equal(32, Base64Url.DecodeFromChars((string)JsonNode.Parse(signIn)!["challenge"]!).Length);
        var consent = Base64Url.EncodeToString(PasskeyKey.Challenge(await ConsentAsync(id)));
        var asConsent = bob.Passkey.Use($$"""{ "challenge": "{{consent}}", "rpId": "localhost" }""", bob.Origin);
        Assert.Equal(HttpStatusCode.Forbidden, await browser.PostAsync("/sign-in/passkey", [("form", proof), ("credential", asConsent)]));
        await PutTests.AssertProblem(await SendLineAsync(bob.Client, id, SoftPasskey.LineOf(bob.Key, bob.Passkey.Use(signIn, bob.Origin))), 422, "invalid-request", "signature");
        // Each is good for what it was asked for.
        await browser.GetAsync("/sign-in");
        proof = browser.Proof;
        Assert.Equal(HttpStatusCode.OK, await browser.PostAsync("/sign-in/passkey/options", [("form", proof)]));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.PostAsync("/sign-in/passkey", [("form", proof), ("credential", bob.Passkey.Use(browser.Page, bob.Origin))]));
        (await SendLineAsync(bob.Client, id, SoftPasskey.LineOf(bob.Key, asConsent))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_passkey_is_registered_by_its_holder_with_the_passkey_itself()
    {
        await AllowAsync();
        using var bob = await ApproverAsync("bob");
        using var carol = await ApproverAsync("carol");
        async Task RefusedAsync(string field, string key, string? proof) => await PutTests.AssertProblem(await PutPasskeyAsync(bob.Client, key, proof), 422, "invalid-request", field);

        // Each sees their own.
        var listed = await TestServer.BodyAsync(await bob.Client.GetAsync($"{Demo}/lockbox-passkeys?origin={Uri.EscapeDataString(bob.Origin)}", Cancel));
        Assert.Equal(bob.Key, (string?)Assert.Single(listed["items"]!.AsArray())!["key"]);
        foreach (var origin in (string[])["https://evil.example", "http://localhost", "x", "https://localhost/"])
        {
            Assert.Empty((await TestServer.BodyAsync(await bob.Client.GetAsync($"{Demo}/lockbox-passkeys?origin={Uri.EscapeDataString(origin)}", Cancel)))["items"]!.AsArray());
        }

        await RefusedAsync("key", carol.Key, carol.Sign(Registration(carol.Key)));
        // Another's passkey under one's own name, and one's own for pages of another's.
        var stolen = carol.Passkey.KeyOf("demo/bob", carol.Origin);
        await RefusedAsync("key", stolen, carol.Passkey.Sign(stolen, Registration(stolen), carol.Origin));
        var elsewhere = bob.Passkey.KeyOf("demo/bob", "https://evil.example");
        await RefusedAsync("key", elsewhere, bob.Passkey.Sign(elsewhere, Registration(elsewhere), "https://evil.example"));
        // The id of one's own, with a key that nobody signs in with.
        using var other = new SoftPasskey { Id = bob.Passkey.Id };
        await RefusedAsync("key", other.KeyOf("demo/bob", bob.Origin), other.Sign(other.KeyOf("demo/bob", bob.Origin), Registration(other.KeyOf("demo/bob", bob.Origin)), bob.Origin));
        await RefusedAsync("proof", bob.Key, null);
        await RefusedAsync("proof", bob.Key, other.Sign(bob.Key, Registration(bob.Key), bob.Origin));
        await RefusedAsync("proof", bob.Key, bob.Sign(await ConsentAsync(await AskAsync())));
        await RefusedAsync("proof", bob.Key, With(bob, Registration(bob.Key), p => p.Flags = SoftPasskey.Up));

        // Under the two-person rule nobody brings one in alone; with a proof each time.
        bob.Passkey.Flags = SoftPasskey.Up | SoftPasskey.Uv;
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", 200, """{ "deletionGraceHours": 168, "twoPersonRule": true, "passkeyConsents": true }""");
        await PutTests.AssertProblem(await RegisterAsync(bob), 409, "approval-needed", "approval");
        var waiting = (await GetAsync(Demo + "/approvals"))["items"]![0]!;
        Assert.Contains($"demo/bob, a passkey at {bob.Origin}, sha256:", (string)waiting["subject"]!, StringComparison.Ordinal);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Post, $"{Demo}/approvals/{waiting["id"]}/approve", 200);
        await RegisteredAsync(bob);
    }

    [Fact]
    public async Task A_passkey_that_counts_signs_nothing_that_it_has_signed_before_its_last_use()
    {
        await AllowAsync();
        using var bob = await ApproverAsync("bob", count: 5);
        bob.Passkey.Count = 6;
        await RegisteredAsync(bob);
        var (first, second) = (await AskAsync(), await AskAsync("diagnostics"));
        bob.Passkey.Count = 7;
        var kept = bob.Sign(await ConsentAsync(second));
        bob.Passkey.Count = 8;
        await ApprovedByPasskeyAsync(bob, first);
        await PutTests.AssertProblem(await SendLineAsync(bob.Client, second, kept), 409, "passkey-counter");
        await PutTests.AssertProblem(await ApproveByPasskeyAsync(bob, second), 409, "passkey-counter");
        bob.Passkey.Count = 9;
        await ApprovedByPasskeyAsync(bob, second);
    }

    [Fact]
    public async Task Where_two_have_to_sign_one_does_with_a_key_on_their_own_machine()
    {
        await AllowAsync();
        await ExecuteAsync("update platform.spaces set classification = 'health'");
        using var bob = await ApproverAsync("bob");
        using var carol = await ApproverAsync("carol");
        await RegisteredAsync(bob);
        await RegisteredAsync(carol);
        var alice = await KeyAsync(_server.Alice, "alice");
        var id = await AskAsync();
        Assert.Equal("waiting", (string?)(await ApprovedByPasskeyAsync(bob, id))["request"]!["state"]);
        await PutTests.AssertProblem(await ApproveByPasskeyAsync(carol, id), 409, "machine-key-needed");
        Assert.Single((await GetAsync($"{Requests}/{id}"))["approvals"]!.AsArray());
        Assert.Equal("open", (string?)(await ApprovedAsync(_server.Alice, alice, id))["request"]!["state"]);
        await OpenedAsync(id);
        Assert.Null(Assert.Single(await AuditKeysAsync(bob.Key, alice.PublicKey.ToString())).Fault);
        // The other order does as well, and the passkey's signature alone holds nothing open.
        var second = await AskAsync();
        await ApprovedAsync(_server.Alice, alice, second);
        Assert.Equal("open", (string?)(await ApprovedByPasskeyAsync(carol, second))["request"]!["state"]);
        await AllowAsync(allowed: false);
        await PutTests.AssertProblem(await OpenAsync(second), 409, "not-approved");
    }

    [Fact]
    public async Task Whoever_has_the_whole_store_can_not_forge_a_passkey_s_consent_that_the_audit_accepts()
    {
        await AllowAsync();
        using var bob = await ApproverAsync("bob");
        await RegisteredAsync(bob);
        var id = await AskAsync();
        var consent = await ConsentAsync(id);

        // They have a passkey of their own under the id of bob's, wherever the store has his, sign with it, and are shown the metrics by a platform that believes its store.
        using var forger = new SoftPasskey { Id = bob.Passkey.Id };
        var forged = forger.KeyOf("demo/bob", bob.Origin);
        await ExecuteAsync("update platform.lockbox_keys set public_key = $1", forged);
        await using (var command = _server.Store.CreateCommand("update platform.passkeys set public_key = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = forger.CoseKey() });
            await command.ExecuteNonQueryAsync(Cancel);
        }

        (await SendLineAsync(bob.Client, id, forger.Sign(forged, consent, bob.Origin))).EnsureSuccessStatusCode();
        await OpenedAsync(id);
        Assert.Equal("0 of 1 approvers whose keys are trusted signed the consent.", Assert.Single(await AuditKeysAsync(bob.Key)).Fault);
        // Bob himself finds his passkey refused, by key and by registration: what the store shows him is another's.
        await PutTests.AssertProblem(await RegisterAsync(bob), 422, "invalid-request", "key");

        // They write rows: of whoever they like, with a line that bob's passkey signed for another consent, or to sign in.
        await ExecuteAsync("update platform.lockbox_keys set public_key = $1", bob.Key);
        var earlier = bob.Sign(consent);
        foreach (var line in (string[])[earlier, SoftPasskey.LineOf(bob.Key, bob.Passkey.Use($$"""{ "challenge": "{{NoConsent}}", "rpId": "localhost" }""", bob.Origin)), forger.Sign(bob.Key, consent, bob.Origin)])
        {
            var next = await AskAsync();
            await ExecuteAsync($"""
                insert into platform.lockbox_approvals (request_id, principal_id, name, public_key, signature) select '{next}', id, 'bob', $1, $2 from platform.principals where name = 'bob'
                """, bob.Key, line);
            await ExecuteAsync($"update platform.lockbox_requests set state = 'open', open_until = now() + interval '1 hour' where id = '{next}'");
            await PutTests.AssertProblem(await OpenAsync(next), 409, "not-approved");
            // Past the program, the ledger with it.
            var text = await ConsentAsync(next);
            var audit = new LockboxAudit("demo", [ApproverKey.Parse(bob.Key)!]);
            foreach (var (entry, index) in Entries(next, text + "\n" + line + "\n", text).Select((e, i) => (e, i)))
            {
                audit.Add(index, entry);
            }

            Assert.Equal("0 of 1 approvers whose keys are trusted signed the consent.", Assert.Single(audit.Showings).Fault);
        }
    }

    private static byte[][] Entries(string request, string approval, string consent)
    {
        static byte[] One(string actor, string action, string reason) => System.Text.Encoding.UTF8.GetBytes(new JsonObject
        {
            ["at"] = DateTimeOffset.UtcNow.ToString("O"),
            ["actor"] = actor,
            ["action"] = action,
            ["outcome"] = "accepted",
            ["reason"] = reason,
        }.ToJsonString());
        Assert.Contains(request, consent, StringComparison.Ordinal);
        return [One("customer:bob", "lockbox.approve", approval), One("operator:admin", "lockbox.open", new LockboxTrace(LockboxConsent.Digest(consent), new string('a', 64)).ToString())];
    }

    private static string Registration(string key) => "beffroi lockbox key v1\nkey " + key + "\n";

    private static string With(Approver approver, string text, Action<SoftPasskey> wrong)
    {
        wrong(approver.Passkey);
        return approver.Sign(text);
    }

    private async Task<string> ConsentAsync(string id) => (string)(await GetAsync($"{Requests}/{id}"))["consent"]!;

    private Task<JsonObject> AllowAsync(bool allowed = true) =>
        TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", 200, $$"""{ "deletionGraceHours": 168, "passkeyConsents": {{(allowed ? "true" : "false")}} }""");

    private static Task<HttpResponseMessage> PutPasskeyAsync(HttpClient client, string key, string? proof) =>
        TestServer.SendAsync(client, HttpMethod.Put, Keys, new JsonObject { ["key"] = key, ["proof"] = proof }.ToJsonString());

    private static Task<HttpResponseMessage> RegisterAsync(Approver approver) => PutPasskeyAsync(approver.Client, approver.Key, approver.Sign(Registration(approver.Key)));

    private static async Task<JsonObject> RegisteredAsync(Approver approver)
    {
        var answer = await RegisterAsync(approver);
        var body = await TestServer.BodyAsync(answer);
        Assert.True(answer.IsSuccessStatusCode, body.ToJsonString());
        return body;
    }

    private static Task<HttpResponseMessage> SendLineAsync(HttpClient client, string id, string line) =>
        TestServer.SendAsync(client, HttpMethod.Post, $"{Requests}/{id}/approve", new JsonObject { ["signature"] = line }.ToJsonString());

    private async Task<HttpResponseMessage> ApproveByPasskeyAsync(Approver approver, string id) => await SendLineAsync(approver.Client, id, approver.Sign(await ConsentAsync(id)));

    private async Task<JsonObject> ApprovedByPasskeyAsync(Approver approver, string id)
    {
        var answer = await ApproveByPasskeyAsync(approver, id);
        var body = await TestServer.BodyAsync(answer);
        Assert.True(answer.IsSuccessStatusCode, body.ToJsonString());
        return body;
    }

    private async Task<IReadOnlyList<AuditedShowing>> AuditKeysAsync(params string[] trusted)
    {
        var audit = new LockboxAudit("demo", [.. trusted.Select(k => ApproverKey.Parse(k)!)]);
        foreach (var (entry, index) in (await EntriesAsync()).Select((e, i) => (e, i)))
        {
            audit.Add(index, System.Text.Encoding.UTF8.GetBytes(entry));
        }

        return audit.Showings;
    }

    /// <summary>A member who has a passkey, added on the page of passkeys, and a session.</summary>
    private async Task<Approver> ApproverAsync(string name, uint count = 0)
    {
        var person = await SignedInPerson.EnrolAsync(_server, name, host: "localhost");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", 201, $$"""{ "role": "administrator", "member": "{{name}}" }""");
        var client = _server.Client((await person.BeginAsync()).Access);
        var passkey = new SoftPasskey { Count = count };
        await person.SignInAsync("/passkeys");
        await person.Browser.FollowAsync();
        var proof = person.Browser.Proof;
        Assert.Equal(HttpStatusCode.OK, await person.Browser.PostAsync("/passkeys/options", [("form", proof)]));
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.PostAsync("/passkeys", [("form", proof), ("name", "laptop"), ("credential", passkey.Make(person.Browser.Page, person.Browser.Origin))]));
        return new Approver(person, passkey, client, passkey.KeyOf("demo/" + name, person.Browser.Origin));
    }

    /// <summary>A member with a passkey.</summary>
    private sealed record Approver(SignedInPerson Person, SoftPasskey Passkey, HttpClient Client, string Key) : IDisposable
    {
        public string Origin => Person.Browser.Origin;

        public string Sign(string text) => Passkey.Sign(Key, text, Origin);

        public void Dispose()
        {
            Person.Dispose();
            Passkey.Dispose();
            Client.Dispose();
        }
    }
}
