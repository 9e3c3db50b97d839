using System.Net;
using Beffroi.Testing;
using Beffroi.Transparency;

namespace Beffroi.Server.Tests;

/// <summary>The page of keys that approve, and approving by a form, as a browser without script or with a lie sends it. What a script makes of it is looked at in a real browser.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task Keys_that_approve_are_shown_registered_and_removed_and_a_form_alone_approves_nothing()
    {
        const string Page = "/console/lockbox/keys", Origin = "https://localhost";
        await ObservedAsync("first", "ready");
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        Assert.Contains("Personne n’a de clé pour approuver.", Text(bob), StringComparison.Ordinal);
        Assert.Contains("n’accepte que les signatures de clés gardées sur les postes", Text(bob), StringComparison.Ordinal);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", """{ "deletionGraceHours": 168, "passkeyConsents": true }""")).EnsureSuccessStatusCode();

        // A key of a passkey that bob doesn't have, or with no signature.
        using var passkey = new SoftPasskey();
        var key = passkey.KeyOf("demo/bob", Origin);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(Page, [("key", key), ("signature", "x")]));
        await bob.Browser.GetAsync(Page);
        Assert.Contains("You have none that this page could ask for", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page, [("form", proof), ("key", key), ("signature", "")]));
        Assert.Contains("This is no passkey of yours", Text(bob), StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.lockbox_keys"));

        using var signer = NoteSigner.Generate("demo/bob", NoteAlgorithm.Ed25519);
        await ExecuteAsync($"insert into platform.lockbox_keys (principal_id, organization_id, public_key) select id, organization_id, '{signer.PublicKey}' from platform.principals where name = 'bob'");
        var asked = await TestServer.BodyAsync(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, "/operator/v1/lockbox-requests", $$"""
            { "organization": "demo", "space": "eval", "kind": "postgres", "name": "first", "access": "metrics", "reason": "support-case", "details": "Slow", "minutes": 60,
              "credentialSha256": "{{new string('a', 64)}}" }
            """));
        var request = "/console/lockbox/" + (string)asked["id"]!;
        await bob.Browser.GetAsync(request);
        // With a key of a machine's it takes the command line.
        Assert.DoesNotContain("data-sign", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(request + "/approve", [("signature", "x")]));
        foreach (var signature in (string[])["", "x", signer.Sign("else\n").ToString(), passkey.Sign(key, "else\n", Origin)])
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(request + "/approve", [("form", proof), ("signature", signature)]));
            Assert.Contains("no signature of yours below this consent", Text(bob), StringComparison.Ordinal);
        }

        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.lockbox_approvals"));
        // One that is a passkey's brings the form, the script and the whole text, and a page that holds still.
        await ExecuteAsync($"update platform.lockbox_keys set public_key = '{key}'");
        await bob.Browser.GetAsync(request);
        Assert.Contains("data-sign=\"consent\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("<code id=\"consent\">beffroi lockbox consent v1\n", Text(bob), StringComparison.Ordinal);
        Assert.Matches("<script type=\"module\" src=\"/console/scripts/[0-9a-f]{64}/consent\\.js\"></script>", bob.Browser.Page);
        Assert.DoesNotContain("live.js", bob.Browser.Page, StringComparison.Ordinal);
        await bob.Browser.GetAsync(Page);
        Assert.Contains(key, Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(Page + "/remove", []));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/remove", [("form", proof)]));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.lockbox_keys"));
    }
}
