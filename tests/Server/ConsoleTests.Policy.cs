using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>What the console shows of rules about where which data may be.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task A_space_shows_what_each_rule_says_of_it_to_who_may_see_that()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/spaces/trial", """{ "classification": "health", "evaluation": true }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/trial", "fr"));
        Save(bob, "space-policy");
        Assert.Matches("(?s)déclaré par customer:alice.*C’est une évaluation.*Données de santé chez un hébergeur certifié.*hds-certificate.*refuserait.*Elle s'applique : elles concernent la santé.*beffroi policy explain demo/trial", Text(bob));
        await ExecuteAsync("update platform.spaces set label = null, label_stated_by = null, label_stated_at = null where name = 'trial'");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/trial", "en"));
        Assert.Matches("(?s)What the rules say.*Nobody has stated what the data are.*hds-certificate.*refuses.*does not apply", Text(bob));

        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/roles/looker", """{ "permissions": ["organization.read", "space.read", "postgres.read"] }""")).EnsureSuccessStatusCode();
        await ExecuteAsync("delete from platform.grants where principal_id = (select id from platform.principals where name = 'bob')");
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "looker", "member": "bob" }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/spaces/trial", "en"));
        Assert.Contains("Databases", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("What the rules say", Text(bob), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_data_of_a_space_are_is_stated_by_a_form_and_to_state_less_takes_two()
    {
        const string Page = "/console/spaces/eval", Form = Page + "/label";
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form, "fr"));
        var proof = Proof(bob);
        Assert.Contains("un établissement de santé", Text(bob), StringComparison.Ordinal);
        Assert.Matches("id=\"evaluation\"[^>]* checked", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Form, [("form", proof), ("controller", "hospital"), ("snds", "on"), ("evaluation", "on")]));
        Assert.Matches("(?s)id=\"snds-wrong\"[^>]*>[^<]*with health and personal", Text(bob));
        Assert.Matches("value=\"hospital\" selected", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Form, [("form", proof), ("controller", "\"><script>")]));
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Form,
            [("form", proof), ("controller", "hospital"), ("secret-medical", "on"), ("secret-nonsense", "on"), ("harms-health-life", "on"), ("personal", "on"), ("health", "on"), ("evaluation", "on")]));
        Assert.Equal(Page, bob.Browser.Answer.Headers.Location!.ToString());
        var stated = await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/spaces/eval/policy", Cancel));
        Assert.Equal(
            ("health", "customer:bob", """{"controller":"hospital","secret":["medical"],"essentialMission":false,"harms":["health-life"],"personal":true,"health":true,"snds":false,"r9Chosen":false,"selfHosted":false,"evaluation":true}"""),
            ((string)stated["classification"]!, (string)stated["statedBy"]!, stated["label"]!.ToJsonString()));

        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", """{ "twoPersonRule": true }""")).EnsureSuccessStatusCode();
        (string, string)[] less = [("form", proof), ("controller", "hospital"), ("personal", "on"), ("evaluation", "on")];
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Form, less));
        Assert.Contains("href=\"/console/approvals\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal("health", (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/spaces/eval/policy", Cancel)))["classification"]!);
        var approval = await ScalarAsync("select id from platform.approvals where state = 'waiting'");
        (await _server.Alice.PostAsync($"{Demo}/approvals/{approval}/approve", null, Cancel)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Form, less));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/spaces/none/label", "en"));
    }

    [Fact]
    public async Task Limits_are_set_and_derogations_recorded_and_removed_by_forms()
    {
        const string Page = "/console/policy";
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        var proof = Proof(bob);
        Assert.Contains("Aucune n’est enregistrée.", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/limits", [("form", proof), ("countries", "FR, Atlantis"), ("sites", "")]));
        Assert.Matches("(?s)id=\"countries\" name=\"countries\" value=\"FR Atlantis\".*id=\"countries-wrong\"", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/limits", [("form", proof), ("countries", "FR, DE"), ("sites", "north hall\r\nsouth\r\n")]));
        Assert.Equal("""{"countries":["FR","DE"],"sites":["north hall","south"]}""", (await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/policy/limits", Cancel))).ToJsonString());
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/limits", [("form", proof), ("countries", " "), ("sites", "")]));
        Assert.Equal("{}", (await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/policy/limits", Cancel))).ToJsonString());

        Dictionary<string, string> typed = new()
        {
            ["form"] = proof,
            ["name"] = "archive-2026",
            ["space"] = "archive",
            ["authority"] = "A minister \"><script>",
            ["reference"] = "2026-12",
            ["publication"] = "https://authority.example/2026-12",
            ["expires"] = "tomorrow",
        };
        Task<HttpStatusCode> SendAsync() => bob.Browser.PostAsync(Page + "/derogations", [.. typed.Select(p => (p.Key, p.Value))]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync());
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("(?s)id=\"rules-wrong\"[^>]*>[^<]*r9-qualification.*id=\"expires-wrong\"[^>]*>[^<]*or later", Text(bob));
        typed["expires"] = $"{DateTime.UtcNow.AddDays(30):yyyy-MM-dd}";
        typed["rule-r9-qualification"] = typed["rule-hds-certificate"] = "on";
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync());
        var kept = (await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/policy/derogations", Cancel)))["items"]!.AsArray();
        // What there is no derogation from has no checkbox.
        Assert.Equal(("archive-2026", """["r9-qualification"]""", "customer:bob"), ((string)kept.Single()!["name"]!, kept[0]!["rules"]!.ToJsonString(), (string)kept[0]!["recordedBy"]!));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync());
        Assert.Contains("href=\"/console/policy/derogations/archive-2026\"", bob.Browser.Page, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/derogations/archive-2026", "en"));
        Assert.Contains("A minister &quot;&gt;&lt;script&gt;, 2026-12", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(Page + "/derogations/archive-2026", [("form", "x")]));
        await bob.Browser.GetAsync(Page + "/derogations/archive-2026", "en");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/derogations/archive-2026", [("form", proof)]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(Page + "/derogations/archive-2026", "en"));
    }

    [Fact]
    public async Task How_sovereign_the_zone_is_reads_in_both_languages_with_what_contradicts_the_operators_word()
    {
        const string Seal = "/operator/v1/sovereignty/seal/";
        using var bob = await BobAsync();
        await SignInAsync(bob);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/trust/sovereignty", "en"));
        Assert.Contains("No total: nothing is stated of SOV-1, SOV-2, SOV-3, SOV-4, SOV-5, SOV-6, SOV-7, SOV-8.", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("Contradicted by", Text(bob), StringComparison.Ordinal);

        foreach (var n in Enumerable.Range(1, 8))
        {
            (await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, Seal + $"SOV-{n}", $$"""
                { "level": {{(n == 5 ? 4 : 1)}}, "why": { "en": "Ours <b>all</b>.", "fr": "Tout à nous." } }
                """)).EnsureSuccessStatusCode();
        }

        await bob.Browser.GetAsync("/console/trust/sovereignty", "en");
        Assert.Contains("Ours &lt;b&gt;all&lt;/b&gt;.", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("(?s)SOV-5 · Supply chain.*SEAL-4.*Stated by operator:.*Contradicted by.*updates \\(at once, through .*seal-suppliers.*SOV-6.*SOV-8", Text(bob));
        Assert.Contains("Weighted mean 1.6 of 4. The lowest is SEAL-1. Contradicted: 1 of 8.", Text(bob), StringComparison.Ordinal);
        await bob.Browser.GetAsync("/console/trust/sovereignty", "fr");
        Assert.Matches("(?s)Moyenne pondérée 1,6 sur 4.*Tout à nous.*Contredit par.*aussitôt, par .*Ce que veulent dire les niveaux", Text(bob));
        Assert.Contains("href=\"/sovereignty?lang=fr\"", bob.Browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_read_what_the_rules_say_and_not_state_anything_is_refused()
    {
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await GrantAsync("""{ "role": "auditor", "member": "carol" }""");
        await SignInAsync(carol);
        Assert.Equal(HttpStatusCode.OK, await carol.Browser.GetAsync("/console/policy", "en"));
        Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.PostAsync("/console/policy/limits", [("form", Proof(carol)), ("countries", "FR")]));
        Assert.Contains("policy.manage", Text(carol), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await carol.Browser.GetAsync("/console/spaces/eval/label", "en"));
        Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.PostAsync("/console/spaces/eval/label", [("form", Proof(carol)), ("controller", "hospital")]));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.spaces where label_stated_by = 'customer:carol'"));
    }
}
