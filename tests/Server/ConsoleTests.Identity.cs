using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>The console's pages on the organization's own identity providers.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task An_identity_provider_is_registered_by_an_owner_and_removed_and_its_secret_is_never_shown()
    {
        const string Page = "/console/identity-providers", One = Page + "/hospital", Secret = "the-clients-secret";
        using var bob = await BobAsync();
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "owner", "member": "bob" }""")).EnsureSuccessStatusCode();
        await SignInAsync(bob);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        Assert.Contains("Votre organisation n’en a pas enregistré", Text(bob), StringComparison.Ordinal);
        Assert.Contains("/sign-in/provider/callback", Text(bob), StringComparison.Ordinal);
        (string, string)[] typed =
            [("form", Proof(bob)), ("name", "hospital"), ("issuer", "http://x\"><script>"), ("clientId", "beffroi"), ("clientSecret", Secret), ("acrValues", "eidas1  eidas2"), ("secondFactorAcr", "eidas2"), ("required", "on")];
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page, typed));
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("(?s)id=\"issuer-wrong\"[^>]*>[^<]*an https address", Text(bob));
        typed[2] = ("issuer", "https://id.hospital.example");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page, typed));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Contains("eidas1, eidas2", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, bob.Browser.Page, StringComparison.Ordinal);
        // One that is there isn't changed by the form that makes another.
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page, typed));
        var made = await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/identity-providers/hospital", Cancel));
        Assert.Equal((true, "beffroi", 2), ((bool)made["required"]!, (string)made["clientId"]!, made["acrValues"]!.AsArray().Count));

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(One + "/remove", "en"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(One + "/remove", [("form", Proof(bob)), ("name", "else")]));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(One + "/remove", [("form", Proof(bob)), ("name", "hospital")]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(One, "en"));
    }
}
