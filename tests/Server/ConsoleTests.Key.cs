using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>The console's page on the organization's key.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task The_key_is_shown_rotated_sealed_and_unsealed()
    {
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Key, "fr"));
        Save(bob, "key");
        Assert.Matches("(?s)ouverte.*software.*Générations.*active.*beffroi key show", Text(bob));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Key + "/rotate", "fr"));
        Save(bob, "rotate");
        Assert.Contains("détruit l’ancienne génération", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi key rotate", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string what, params (string, string)[] fields) => bob.Browser.PostAsync(Key + "/" + what, [("form", proof), .. fields]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("rotate", ("provider", "nowhere")));
        Assert.Contains("There is no such key provider", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("unseal"));
        Assert.Contains("There is nothing to unseal", Text(bob), StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync(KeyOperations));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("rotate", ("provider", "")));
        await bob.Browser.FollowAsync();
        Assert.Contains("rotate the key: under way", Text(bob), StringComparison.Ordinal);
        // One change at a time.
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("rotate"));
        Assert.Contains("Another change of the key is under way", Text(bob), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Key + "/seal", "fr"));
        Save(bob, "seal");
        Assert.Contains("Arrête dans l’ordre tous les services de demo", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi key seal", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("seal", ("name", "evil")));
        Assert.Equal("open", (string)(await KeyAsync())["state"]!);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("seal", ("name", "demo")));
        Assert.Equal("sealing", (string)(await KeyAsync())["state"]!);
        await bob.Browser.GetAsync(Key, "fr");
        Save(bob, "sealing");
        Assert.Contains("mise sous scellés en cours", Text(bob), StringComparison.Ordinal);
        Assert.Contains("Sealed by bob.", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain($"href=\"{Key}/rotate\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("rotate"));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Key + "/unseal", "en"));
        Assert.Contains("brings back what the sealing stopped", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi key unseal", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("unseal"));
        Assert.Equal("unsealing", (string)(await KeyAsync())["state"]!);
    }

    [Fact]
    public async Task Under_the_two_person_rule_the_key_waits_and_the_page_says_for_whom()
    {
        using var bob = await AdministratorAsync();
        (await _server.Alice.PutAsync(Demo + "/safeguards", TestServer.Json("""{ "twoPersonRule": true }"""), Cancel)).EnsureSuccessStatusCode();
        foreach (var (what, action) in (IEnumerable<(string, string)>)[("rotate", "key.rotate"), ("seal", "key.seal"), ("unseal", "key.unseal")])
        {
            await bob.Browser.GetAsync(Key, "fr");
            var proof = Proof(bob);
            Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Key + "/" + what, [("form", proof), ("name", "demo")]));
            Save(bob, "waits");
            Assert.Contains("It waits for a second person of your organization", Text(bob), StringComparison.Ordinal);
            Assert.Matches("role=\"alert\"><p>[^<]*<a href=\"/console/approvals\">", bob.Browser.Page);
            var id = await ScalarAsync($"select id from platform.approvals where state = 'waiting' and action = '{action}' and requester = 'bob'");
            (await _server.Alice.PostAsync($"{Demo}/approvals/{id}/approve", null, Cancel)).EnsureSuccessStatusCode();
            Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Key + "/" + what, [("form", proof), ("name", "demo")]));
            Assert.Equal(1L, await ScalarAsync($"select count(*) from platform.approvals where state = 'used' and action = '{action}'"));
        }

        Assert.Equal("unsealing", (string)(await KeyAsync())["state"]!);
    }

    private async Task<System.Text.Json.Nodes.JsonObject> KeyAsync() => await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/key", Cancel));

    [Fact]
    public async Task Safeguards_are_changed_by_an_owner_and_then_by_two()
    {
        using var bob = await AdministratorAsync();
        const string Page = "/console/safeguards";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        Save(bob, "safeguards");
        Assert.Contains("Règle des deux personnes", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string hours, bool immediate, bool two) => bob.Browser.PostAsync(
            Page, [("form", proof), ("deletionGraceHours", hours), ("immediateDeletion", immediate ? "on" : ""), ("twoPersonRule", two ? "on" : ""), ("passkeyConsents", two ? "on" : "")]);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(Page, [("deletionGraceHours", "1")]));

        // An administrator sees them; owners alone change them.
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync("1", true, false));
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "owner", "member": "bob" }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("a week\"><script>", false, true));
        Assert.Contains("id=\"grace-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("336", false, true));
        Assert.Equal((336, false, true, true), await SafeguardsAsync());

        // From now on a second person has to agree.
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("0", true, false));
        Assert.Contains("href=\"/console/approvals\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("approves it on another page", Text(bob), StringComparison.Ordinal);
        Assert.Equal((336, false, true, true), await SafeguardsAsync());
    }

    private async Task<(int, bool, bool, bool)> SafeguardsAsync()
    {
        var safeguards = await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/safeguards", Cancel));
        return ((int)safeguards["deletionGraceHours"]!, (bool)safeguards["immediateDeletion"]!, (bool)safeguards["twoPersonRule"]!, (bool)safeguards["passkeyConsents"]!);
    }
}
