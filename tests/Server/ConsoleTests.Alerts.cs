using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>The console's pages on alerts and who is told of them.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task Who_is_told_of_alerts_is_added_tried_and_deleted_and_a_secret_is_shown_once()
    {
        const string Page = "/console/alerts", One = Page + "/on-call";
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        Assert.Contains("Personne n’est prévenu des alertes", Text(bob), StringComparison.Ordinal);
        (string, string)[] typed = [("form", Proof(bob)), ("name", "on-call"), ("url", "http://x\"><script>"), ("leastSeverity", "critical")];
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page, typed));
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("(?s)id=\"url-wrong\"[^>]*>[^<]*https://HOST/PATH", Text(bob));
        // Without a relay of the operator's nobody is told by e-mail.
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page, [("form", Proof(bob)), ("name", "on-call"), ("email", "a@b.example")]));
        Assert.Contains("This installation sends no mail", Text(bob), StringComparison.Ordinal);

        typed[2] = ("url", "https://192.0.2.1/hook");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page, typed));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Matches("<code>[0-9a-f]{64}</code>", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page, typed));
        var made = await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/alert-receivers/on-call", Cancel));
        Assert.Equal(("critical", "en"), ((string)made["leastSeverity"]!, (string)made["language"]!));

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(One, "fr"));
        Assert.Contains("les seules critiques", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(One + "/test", [("form", Proof(bob))]));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        Assert.Contains("Ceci est un essai", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(One + "/rotate-secret", "en"));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(One + "/rotate-secret", [("form", Proof(bob))]));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Matches("<code>[0-9a-f]{64}</code>", bob.Browser.Page);
        await bob.Browser.GetAsync(One + "/delete", "en");
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(One + "/delete", [("form", "x")]));
        await bob.Browser.GetAsync(One + "/delete", "en");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(One + "/delete", [("form", Proof(bob))]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(One, "en"));
    }
}
