using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Rules over HTTP: the operator declares, customers state what their data are, and each refusal names its rule.</summary>
public sealed class PolicyTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo", Eval = Demo + "/spaces/eval", Zone = "/v1/zones/local";
    private const string Fit =
        """
        { "country": "FR", "operator": "Group", "isolation": "vm", "sites": [{ "name": "north", "country": "FR" }], "owners": [{ "name": "Region", "outsideEu": false, "capital": 80.5, "votes": 100 }, { "name": "Fund", "outsideEu": true, "capital": 19.5, "votes": 0 }],
          "qualifications": [{ "kind": "hds", "by": "Body", "reference": "H1", "from": "2026-01-01", "until": "2099-12-31", "activities": [1, 2, 3, 4, 6] }] }
        """;
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Without_a_label_no_space_is_created_and_what_a_label_says_must_be_possible()
    {
        var problem = await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/bare", "{}"), 422, "policy-refused");
        Assert.StartsWith("label-required:", (string?)problem["detail"], StringComparison.Ordinal);
        foreach (var (body, field) in new[]
        {
            ("""{ "classification": "secret" }""", "classification"),
            ("""{ "label": { "controller": "nobody" } }""", "label.controller"),
            ("""{ "label": { "personal": true } }""", "label.controller"),
            ("""{ "label": { "controller": "other", "snds": true } }""", "label.snds"),
            ("""{ "label": { "controller": "other", "secret": ["medical", "medical"] } }""", "label.secret"),
            ("""{ "evaluation": true, "label": { "controller": "other" } }""", "evaluation"),
            ("""{ "classification": "open", "label": { "controller": "other", "personal": true } }""", "classification"),
        })
        {
            var refused = await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/bare", body), 422, "invalid-request");
            Assert.Equal(field, (string?)Assert.Single(refused["errors"]!.AsArray())!["field"]);
        }

        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/bare", """{ "classification": "internal", "label": { "controller": "other", "personal": true } }""")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(Demo + "/spaces/bare", """{ "classification": "internal" }""")).StatusCode);
        await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/bare", """{ "classification": "open" }"""), 409, "name-taken");
    }

    [Fact]
    public async Task Health_data_is_admitted_once_the_zone_holds_what_the_rules_ask_for_and_the_entry_says_by_which()
    {
        var problem = await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/patients", """{ "classification": "health" }"""), 422, "policy-refused");
        Assert.All(["hds-certificate", "hds-eea", "health-vm"], rule => Assert.Contains(rule + ":", (string?)problem["detail"], StringComparison.Ordinal));
        var declared = await DeclareAsync(Fit);
        Assert.Equal((19.5m, 0m), ((decimal)declared["nonEuCapital"]!, (decimal)declared["nonEuVotes"]!));
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/patients", """{ "classification": "health" }""")).StatusCode);
        var policy = await ReadAsync(Demo + "/spaces/patients/policy");
        Assert.Equal(("health", "customer:alice"), ((string?)policy["classification"], (string?)policy["statedBy"]));
        var certificate = policy["rules"]!.AsArray().Single(r => (string?)r!["rule"] == "hds-certificate")!;
        Assert.Equal(("satisfied", "2099-12-31"), ((string?)certificate["outcome"], (string?)certificate["until"]));
        Assert.Contains("Body", (string?)certificate["why"]!["fr"], StringComparison.Ordinal);
        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            "policy: hds-certificate satisfied, hds-eea satisfied, health-vm satisfied",
            Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'space.create' and entry::jsonb->>'outcome' = 'accepted' and entry::jsonb->>'resource' like '%patients'")).Reason);
        Assert.Equal(
            "policy-refused: hds-certificate, hds-eea, health-vm; policy: hds-certificate refused, hds-eea refused, health-vm refused",
            Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'space.create' and entry::jsonb->>'outcome' = 'refused'")).Reason);
        var zone = Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'operator.zone.manage'"));
        Assert.Matches("^local: hds H1 until 2099-12-31; sha256 [0-9a-f]{64}; policy: [0-9]+ spaces? not-applicable$", zone.Reason);

        // A database in it, and its entry; then the certificate goes, and with it admission, but nothing that is there.
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/patients/postgres/db", """{ "spec": {} }""")).StatusCode);
        Assert.Contains("hds-certificate satisfied", Assert.Single(await _server.LedgerAsync("entry::jsonb->>'action' = 'postgres.create'")).Reason, StringComparison.Ordinal);
        await DeclareAsync("""{ "isolation": "vm", "sites": [{ "name": "north", "country": "FR" }] }""");
        var refused = await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/patients/postgres/more", """{ "spec": {} }"""), 422, "policy-refused");
        Assert.StartsWith("hds-certificate:", (string?)refused["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.GetAsync(Demo + "/spaces/patients/postgres/db", Cancel)).StatusCode);
        Assert.Equal((false, "Refused"), await HoldsAsync("patients"));
        await DeclareAsync(Fit);
        Assert.Equal((true, "Holds"), await HoldsAsync("patients"));
        Assert.Equal(
            ["failed", "done"], (await _server.LedgerAsync("entry::jsonb->>'action' = 'policy.evaluate'")).Select(e => e.Outcome));
    }

    [Fact]
    public async Task In_an_evaluation_what_would_be_refused_is_a_visible_warning()
    {
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/trial", """{ "classification": "health", "evaluation": true }""")).StatusCode);
        Assert.Equal((false, "Evaluation"), await HoldsAsync("trial"));
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/trial/postgres/db", """{ "spec": {} }""")).StatusCode);
        Assert.Equal((true, "Holds"), await HoldsAsync("eval"));

        // On everything in it, for as long as it is the case.
        Assert.Equal((false, "Evaluation"), await HoldsAsync("trial/postgres/db", "status"));
        var listed = (await ReadAsync(Demo + "/spaces/trial/postgres"))["items"]![0]!["status"]!["conditions"]!.AsArray();
        Assert.Contains(listed, c => (string?)c!["type"] == "PolicyHolds" && ((string?)c["message"])!.StartsWith("An evaluation, without real data", StringComparison.Ordinal));
        await DeclareAsync(Fit);
        Assert.DoesNotContain((await ReadAsync(Demo + "/spaces/trial/postgres/db"))["status"]!["conditions"]!.AsArray(), c => (string?)c!["type"] == "PolicyHolds");
    }

    [Fact]
    public async Task A_label_can_be_raised_though_a_rule_then_refuses_and_only_two_people_lower_it_under_their_rule()
    {
        const string Health = """{ "controller": "hospital", "secret": ["medical"], "harms": ["health-life"], "personal": true, "health": true }""";
        (await PutAsync(Demo + "/safeguards", """{ "deletionGraceHours": 168, "immediateDeletion": false, "twoPersonRule": true }""")).EnsureSuccessStatusCode();
        var policy = await TestServer.BodyAsync(await PutAsync(Eval + "/label", Health));
        Assert.Equal("health", (string?)policy["classification"]);
        Assert.Equal((false, "Refused"), await HoldsAsync("eval"));
        Assert.Equal("health", (string?)(await ReadAsync(Eval))["classification"]);
        await PutTests.AssertProblem(await PutAsync(Eval + "/postgres/db", """{ "spec": {} }"""), 422, "policy-refused");
        await _server.LedgerIntegratedAsync();
        Assert.Contains(await _server.LedgerAsync("entry::jsonb->>'action' = 'policy.manage'"), e => e.Reason!.StartsWith("label {\"controller\":\"hospital\"", StringComparison.Ordinal) && e.Reason.Contains("health-vm refused", StringComparison.Ordinal));
        // To begin an evaluation would make the refusals warnings.
        var before = await ReadAsync(Eval + "/policy");
        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync(Eval + "/label", """{ "controller": "other" }""")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await PutAsync(Eval + "/label", Health.Replace("true }", "true, \"evaluation\": true }", StringComparison.Ordinal))).StatusCode);
        Assert.True(JsonNode.DeepEquals(before, await ReadAsync(Eval + "/policy")));
    }

    [Fact]
    public async Task A_derogation_is_recorded_for_a_space_to_come_and_its_end_and_removal_count()
    {
        const string All = Demo + "/policy/derogations";
        const string Granted = """{ "rules": ["r9-qualification", "secnumcloud-19.6-holdings", "secnumcloud-19.2-eu"], "space": "archive", "authority": "Minister", "reference": "2026-1", "publication": "https://a.example", "expires": "2099-01-01" }""";
        await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/archive", """{ "classification": "sensitive" }"""), 422, "policy-refused");
        foreach (var (from, to, field) in new[] { ("2099-01-01", "2020-01-01", "expires"), ("r9-qualification", "hds-certificate", "rules"), ("Minister", " ", "authority"), ("archive", "No", "space") })
        {
            var problem = await PutTests.AssertProblem(await PutAsync(All + "/granted", Granted.Replace(from, to, StringComparison.Ordinal)), 422, "invalid-request");
            Assert.Equal(field, (string?)Assert.Single(problem["errors"]!.AsArray())!["field"]);
        }

        (await PutAsync(All + "/granted", Granted)).EnsureSuccessStatusCode();
        Assert.Equal("customer:alice", (string?)Assert.Single((await ReadAsync(All))["items"]!.AsArray())!["recordedBy"]);
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/archive", """{ "classification": "sensitive" }""")).StatusCode);
        Assert.Equal((true, "Derogated"), await HoldsAsync("archive"));
        await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/another", """{ "classification": "sensitive" }"""), 422, "policy-refused");
        (await _server.Alice.DeleteAsync(All + "/granted", Cancel)).EnsureSuccessStatusCode();
        Assert.Equal((false, "Refused"), await HoldsAsync("archive"));
        var manage = (await _server.LedgerAsync("entry::jsonb->>'action' = 'policy.manage' and entry::jsonb->>'outcome' = 'accepted'")).Select(e => e.Reason!).ToList();
        Assert.DoesNotContain("policy: ", manage[0], StringComparison.Ordinal);
        Assert.Matches("^derogation granted removed; policy: .*r9-qualification refused", manage[1]);
    }

    [Fact]
    public async Task An_organization_limits_where_its_data_may_be_and_no_other_is_touched()
    {
        const string Limits = Demo + "/policy/limits";
        Assert.Equal("{}", (await ReadAsync(Limits)).ToJsonString());
        Assert.Equal("countries", (string?)(await PutTests.AssertProblem(await PutAsync(Limits, """{ "countries": ["XX"] }"""), 422, "invalid-request"))["errors"]![0]!["field"]);
        await DeclareAsync(Fit);
        (await PutAsync(Limits, """{ "countries": ["DE"] }""")).EnsureSuccessStatusCode();
        // eval is an evaluation.
        Assert.Equal((false, "Evaluation"), await HoldsAsync("eval"));
        await PutTests.AssertProblem(await PutAsync(Demo + "/spaces/more", """{ "classification": "open" }"""), 422, "policy-refused");
        Assert.Equal(HttpStatusCode.Created, (await TestServer.SendAsync(_server.Mallory, HttpMethod.Put, "/v1/organizations/evil/spaces/more", """{ "classification": "open" }""")).StatusCode);
        (await PutAsync(Limits, """{ "countries": ["DE", "FR"], "sites": ["north"] }""")).EnsureSuccessStatusCode();
        Assert.Equal((true, "Holds"), await HoldsAsync("eval"));
        // The entry of each change has the decision as it was in the same transaction.
        Assert.Equal(
            ["policy: 1 space warned", "policy: 1 space satisfied"],
            (await _server.LedgerAsync("entry::jsonb->>'action' = 'policy.manage' and entry::jsonb->>'outcome' = 'accepted'")).Select(e => e.Reason!.Split("; ")[^1]));
    }

    [Fact]
    public async Task Every_accepted_change_in_a_space_has_what_the_rules_say_of_it_in_its_entry()
    {
        await DeclareAsync(Fit);
        (await PutAsync(Demo + "/spaces/patients", """{ "classification": "health" }""")).EnsureSuccessStatusCode();
        (await PutAsync(Demo + "/spaces/patients/postgres/db", """{ "spec": {} }""")).EnsureSuccessStatusCode();
        (string, string)[] any = [("If-Match", "*")];
        const string Db = Demo + "/spaces/patients/postgres/db";
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Db, """{ "spec": {}, "labels": { "team": "a" } }""", any)).EnsureSuccessStatusCode();
        await DeclareAsync("""{ "isolation": "vm", "sites": [{ "name": "north", "country": "FR" }] }""");
        // What is there may be changed; the entry tells what the rules said meanwhile.
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Db, """{ "spec": { "size": "s2" }, "labels": { "team": "a" } }""", any)).EnsureSuccessStatusCode();
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/spaces/patients/egress", """{ "rules": [] }""", any)).EnsureSuccessStatusCode();
        var said = await _server.LedgerAsync("entry::jsonb->>'actor' = 'customer:alice' and entry::jsonb->>'resource' like '%patients/%'");
        Assert.Equal(
            [
                "policy: hds-certificate satisfied, hds-eea satisfied, health-vm satisfied",
                "labels; policy: hds-certificate satisfied, hds-eea satisfied, health-vm satisfied",
                "policy: hds-certificate refused, hds-eea satisfied, health-vm satisfied",
                "unchanged; policy: hds-certificate refused, hds-eea satisfied, health-vm satisfied",
            ],
            said.Select(e => e.Reason));
        Assert.Equal(2, (await _server.LedgerAsync("entry::jsonb->>'action' = 'operator.zone.manage' and entry::jsonb->>'reason' like '%; policy: %space%'")).Count);
    }

    [Fact]
    public async Task What_an_operator_may_declare_is_checked_and_the_register_is_referred_to()
    {
        foreach (var (body, field) in new[]
        {
            ("""{ "country": "XX" }""", "country"), ("""{ "isolation": "hope" }""", "isolation"), ("""{ "sites": [{ "name": "a", "country": "FR" }, { "name": "a", "country": "FR" }] }""", "sites"),
            ("""{ "sites": [null] }""", "sites[0]"), ("""{ "owners": [{ "name": "A", "capital": 101, "votes": 0 }] }""", "owners[0].capital"),
            ("""{ "owners": [{ "name": "A", "capital": 1, "votes": 0, "through": "B" }] }""", "owners"),
            ("""{ "qualifications": [{ "kind": "hds", "by": "B", "reference": "1", "from": "2026-01-01", "until": "2027-01-01" }] }""", "qualifications[0].activities"),
            ("""{ "qualifications": [{ "kind": "secnumcloud", "by": "B", "reference": "1", "from": "2027-01-02", "until": "2027-01-01" }] }""", "qualifications[0].until"),
            ("""{ "foreignLaws": [{ "law": "A law", "country": "US", "entry": "nobody", "on": "2026-11-01", "mitigation": { "en": "x", "fr": "x" } }] }""", "foreignLaws[0].entry"),
        })
        {
            var problem = await PutTests.AssertProblem(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator" + Zone, body), 422, "invalid-request");
            Assert.Equal(field, (string?)Assert.Single(problem["errors"]!.AsArray())!["field"]);
        }

        // Half of a character can't be kept, and the longest body can.
        Assert.InRange((int)(await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator" + Zone, """{ "operator": "\ud800" }""")).StatusCode, 400, 422);
        var laws = string.Join(", ", Enumerable.Repeat(
            $$"""{ "law": "A law", "country": "US", "entry": "supplier:microsoft", "on": "2026-11-01", "mitigation": { "en": "{{new string('é', 1000)}}", "fr": "{{new string('é', 1000)}}" } }""", 15));
        await DeclareAsync($$"""{ "foreignLaws": [{{laws}}] }""");
        await DeclareAsync("""{ "foreignLaws": [{ "law": "A law", "country": "US", "entry": "supplier:microsoft", "on": "2026-11-01", "mitigation": { "en": "x", "fr": "x" } }] }""");
        var read = await ReadAsync(Zone);
        Assert.Equal(("supplier:microsoft", 100m), ((string?)read["declaration"]!["foreignLaws"]![0]!["entry"], (decimal)read["nonEuVotes"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync("/v1/zones/elsewhere", Cancel)).StatusCode);
        await using var history = _server.Store.CreateCommand("select count(*) from platform.zone_declarations where changed_by like 'operator:%'");
        await DeclareAsync(Fit);
        Assert.Equal(3L, await history.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task Of_data_of_the_SNDS_a_space_is_told_what_nothing_here_checks()
    {
        await DeclareAsync(Fit);
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(Demo + "/spaces/research", """{ "label": { "controller": "hospital", "secret": ["medical"], "harms": ["health-life"], "personal": true, "health": true, "snds": true } }""")).StatusCode);
        var told = (await ReadAsync(Demo + "/spaces/research/policy"))["rules"]!.AsArray().Where(r => (string?)r!["outcome"] == "not-checked").ToList();
        Assert.Equal(["snds-pseudonyms", "snds-exits", "snds-traces"], told.Select(r => (string)r!["rule"]!));
        Assert.Contains("la plateforme ne le vérifie pas", (string?)told[0]!["why"]!["fr"], StringComparison.Ordinal);
        var texts = (await ReadAsync("/v1/policy/rules"))["items"]!.AsArray().Single(r => (string?)r!["id"] == "snds-exits")!;
        Assert.Contains("SNDS", (string?)texts["source"]!["fr"], StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> PutAsync(string path, string body) => TestServer.SendAsync(_server.Alice, HttpMethod.Put, path, body);

    private async Task<JsonObject> DeclareAsync(string body)
    {
        var answer = await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator" + Zone, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        return await TestServer.BodyAsync(answer);
    }

    private async Task<JsonObject> ReadAsync(string path) => await TestServer.BodyAsync(await _server.Alice.GetAsync(path, Cancel));

    private async Task<(bool? Holds, string? Reason)> HoldsAsync(string path, string? within = null)
    {
        var shown = await ReadAsync($"{Demo}/spaces/{path}");
        var condition = (within is null ? shown : shown[within]!)["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "PolicyHolds")!;
        return ((bool?)condition["holds"], (string?)condition["reason"]);
    }
}
