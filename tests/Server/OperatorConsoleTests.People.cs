using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

public sealed partial class OperatorConsoleTests
{
    [Fact]
    public async Task People_are_invited_given_roles_switched_off_reset_and_removed()
    {
        using var sam = await SamAsync();
        await SignInAsync(sam);
        await sam.Browser.GetAsync("/console/people", "en");
        var proof = Proof(sam);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await sam.Browser.PostAsync("/console/people", [("form", proof), ("name", "Not a name"), ("role-support", "on")]));
        Assert.Contains("id=\"name-wrong\"", sam.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("id=\"role-support\"[^>]* checked", sam.Browser.Page);
        Assert.Equal(HttpStatusCode.Conflict, await sam.Browser.PostAsync("/console/people", [("form", proof), ("name", "admin")]));
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync("/console/people", [("form", proof), ("name", "eve"), ("role-support", "on"), ("role-capacity", "on")]));
        await sam.Browser.FollowAsync();
        var code = Regex.Match(sam.Browser.Page, "bfi_[A-Za-z0-9_-]{43}").Value;
        using (var eve = new Browser(_server, Side.Operator))
        {
            var (_, codes) = await eve.EnrolAsync(code, SignedInPerson.Password, s => Authenticator.Code(s));
            Assert.Equal(HttpStatusCode.SeeOther, await eve.GetAsync("/console"));
            Assert.Equal(HttpStatusCode.SeeOther, await eve.FollowAsync());
            Assert.Equal(HttpStatusCode.SeeOther, await eve.FollowAsync());
            await eve.FollowAsync();
            await eve.SubmitAsync(("account", "eve"), ("password", SignedInPerson.Password), ("code", codes[0]));
            await eve.FollowAsync();
            Assert.Contains("The console of this installation’s operator opens in this browser", WebUtility.HtmlDecode(eve.Page), StringComparison.Ordinal);
            await eve.SubmitAsync(("decision", "allow"));
            await eve.GetAsync(eve.Answer.Headers.Location!.PathAndQuery);
            Assert.Equal(HttpStatusCode.OK, await eve.GetAsync("/console", "fr"));
            Assert.Contains("Exploitant", eve.Page, StringComparison.Ordinal);

            const string Eve = "/console/people/eve";
            await sam.Browser.GetAsync(Eve, "en");
            Matches(sam, "(?s)active.*capacity, support.*the console");
            var session = Regex.Match(sam.Browser.Page, "/sessions/([0-9a-f-]{36})/end").Groups[1].Value;
            Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync($"{Eve}/sessions/{session}/end", [("form", proof)]));
            Assert.Equal(HttpStatusCode.SeeOther, await eve.GetAsync("/console"));
            Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(Eve + "/roles", [("form", proof), ("role-platform-auditor", "on")]));
            await sam.Browser.FollowAsync();
            Matches(sam, "(?s)Roles</dt><dd>platform auditor<");
            Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(Eve + "/disable", [("form", proof)]));
            await sam.Browser.FollowAsync();
            Matches(sam, "(?s)switched off.*platform auditor");
            Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(Eve + "/enable", [("form", proof)]));
            Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync(Eve + "/reset"));
            Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(Eve + "/reset", [("form", proof)]));
            await sam.Browser.FollowAsync();
            Assert.Matches("bfi_[A-Za-z0-9_-]{43}", sam.Browser.Page);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await sam.Browser.PostAsync(Eve + "/remove", [("form", proof), ("name", "sam")]));
            Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(Eve + "/remove", [("form", proof), ("name", "eve")]));
            Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync(Eve));
        }

        // Whoever is the last stays.
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync("/console/people/admin/disable", [("form", proof)]));
        Assert.Equal(HttpStatusCode.Conflict, await sam.Browser.PostAsync("/console/people/sam/roles", [("form", proof), ("role-support", "on")]));
        Assert.Contains("no administrator", Text(sam), StringComparison.Ordinal);
        await sam.Browser.GetAsync("/console", "en");
        Assert.Contains("fewer than two active platform administrators", Text(sam), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organization_begins_with_an_invitation_or_a_token_and_nobody_is_invited_into_one_that_exists()
    {
        var (one, other) = (Authenticator.Sha256("bfi_one"), Authenticator.Sha256("bfi_other"));
        async Task<HttpStatusCode> PutAsync(string name, string json) => (await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/organizations/" + name, json)).StatusCode;
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PutAsync("clinic", """{ "owner": "carla" }"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PutAsync("clinic", $$"""{ "owner": "carla", "ownerInvitationSha256": "{{one}}", "ownerTokenSha256": "{{other}}" }"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PutAsync("clinic", """{ "owner": "carla", "ownerInvitationSha256": "short" }"""));
        Assert.Equal(HttpStatusCode.Created, await PutAsync("clinic", $$"""{ "owner": "carla", "ownerInvitationSha256": "{{one}}" }"""));
        Assert.Equal(HttpStatusCode.OK, await PutAsync("clinic", $$"""{ "owner": "carla", "ownerInvitationSha256": "{{one}}" }"""));
        // Not with another code, for another, nor into an organization with people in it; and a code is one person's.
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync("clinic", $$"""{ "owner": "carla", "ownerInvitationSha256": "{{other}}" }"""));
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync("clinic", $$"""{ "owner": "eve", "ownerInvitationSha256": "{{one}}" }"""));
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync("demo", $$"""{ "owner": "alice", "ownerInvitationSha256": "{{other}}" }"""));
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync("other", $$"""{ "owner": "eve", "ownerInvitationSha256": "{{one}}" }"""));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.invitations"));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.organizations where name = 'other'"));
    }

    [Fact]
    public async Task Requests_to_customers_are_listed_and_taken_back_and_asking_is_a_command()
    {
        var asked = await TestServer.BodyAsync(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, "/operator/v1/lockbox-requests", $$"""
            { "organization": "demo", "space": "eval", "kind": "postgres", "name": "db", "access": "metrics", "reason": "support-case", "reference": "CASE-17", "details": "<b>Slow</b> since this morning.", "minutes": 60, "credentialSha256": "{{Authenticator.Sha256("secret")}}" }
            """));
        var page = "/console/lockbox/" + (string)asked["id"]!;
        using var sam = await SamAsync("support");
        await SignInAsync(sam);
        await sam.Browser.GetAsync("/console", "en");
        Matches(sam, "(?s)demo has not yet answered admin.*1 waiting, 0 open");
        await sam.Browser.GetAsync("/console/lockbox", "fr");
        Matches(sam, "(?s)demo.*eval/db.*métriques.*admin.*demande d’assistance.*attend le client.*Il n’y a pas de formulaire");
        Assert.DoesNotContain(Authenticator.Sha256("secret"), sam.Browser.Page, StringComparison.Ordinal);
        await sam.Browser.GetAsync(page, "en");
        Matches(sam, "(?s)awaits the customer.*CASE-17.*<b>Slow</b> since this morning");
        Assert.DoesNotContain("<b>", sam.Browser.Page, StringComparison.Ordinal);
        // Whoever of them sees that it isn't needed takes it back; once.
        var proof = Proof(sam);
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(page + "/withdraw", [("form", proof)]));
        await sam.Browser.FollowAsync();
        Matches(sam, "(?s)taken back.*Ended by</dt><dd>sam");
        Assert.Equal(HttpStatusCode.Conflict, await sam.Browser.PostAsync(page + "/withdraw", [("form", proof)]));
        Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync("/console/lockbox/none"));
    }

    [Fact]
    public async Task The_register_is_listed_by_kind_and_says_what_would_stop()
    {
        (await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/sovereignty/entries/server-maker", """
            { "kind": "supplier", "name": "Server maker", "jurisdiction": "US", "stops": "at-once", "reason": { "en": "Seat in Texas.", "fr": "Siège au Texas." } }
            """)).EnsureSuccessStatusCode();
        (await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/sovereignty/entries/racks", """
            { "kind": "hardware", "name": "Rack 4", "supplier": "server-maker", "stops": "at-failure", "expires": "2021-06-30", "carries": [{ "id": "software:host-system" }], "reason": { "en": "Runs on.", "fr": "Tourne encore." } }
            """)).EnsureSuccessStatusCode();
        using var sam = await SamAsync("capacity");
        await SignInAsync(sam);
        await sam.Browser.GetAsync("/console", "en");
        Assert.Contains("Rack 4 in the register ended on 2021-06-30.", Text(sam), StringComparison.Ordinal);
        await sam.Browser.GetAsync("/console/register?kind=hardware", "en");
        Matches(sam, "(?s)Rack 4.*server-maker.*2021-06-30.*at the next failure");
        await sam.Browser.GetAsync("/console/register?supplier=server-maker", "fr");
        Matches(sam, "(?s)server-maker.*postgres.*à la prochaine panne.*Tourne encore");
        Assert.Equal(HttpStatusCode.BadRequest, await sam.Browser.GetAsync("/console/register?country=nowhere"));
        Assert.Contains("There is no such country", Text(sam), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync("/console/register?kind=%3Cb%3E"));
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync("/console/register/sovereignty", "en"));
        Matches(sam, "(?s)SOV-5 · Supply chain.*not stated.*Suppliers, by the law that they are under: .*US.*What stops at once if one supplier does.*seal state SOV-5");
    }
}
