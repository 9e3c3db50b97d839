using System.Net;
using System.Text.RegularExpressions;

namespace Beffroi.Server.Tests;

/// <summary>The console's pages on access reviews.</summary>
public sealed partial class ConsoleTests
{
    private const string ReviewPages = "/console/access-reviews";

    [Fact]
    public async Task A_review_is_begun_decided_account_by_account_and_closed()
    {
        using var bob = await AdministratorAsync();
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await GrantAsync("""{ "role": "developer", "member": "carol", "space": "eval" }""");
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/groups/dba", """{ "members": ["carol"] }""")).EnsureSuccessStatusCode();
        await GrantAsync("""{ "role": "reader", "group": "dba" }""");
        await EveryoneHasATokenAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(ReviewPages, "fr"));
        Save(bob, "reviews");
        Assert.Matches("(?s)personnes.*365 jours.*comptes de service.*rien à revoir.*Rien n’a encore", Text(bob));
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string path, params (string, string)[] fields) => bob.Browser.PostAsync(path, [("form", proof), .. fields]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(ReviewPages, ("kind", "else")));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(ReviewPages, ("kind", "technical")));
        Assert.Contains("There is nothing to review", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(ReviewPages, ("kind", "rights")));
        var review = bob.Browser.Answer.Headers.Location!.ToString();
        Assert.Matches("^/console/access-reviews/[0-9a-f-]{36}$", review);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(review, "fr"));
        Save(bob, "review");
        Assert.Matches("(?s)Revue des personnes.*>alice<.*propriétaire.*>bob<.*>carol<.*développeur \\(eval\\).*lecteur, par le groupe dba", Text(bob));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(ReviewPages, ("kind", "rights")));
        Assert.Contains($"href=\"{review}\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(review + "/close"));
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(review + "/close"));
        Assert.Contains("3 of 3 accounts wait for a decision", Text(bob), StringComparison.Ordinal);

        const string Hers = "/accounts/carol";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(review + Hers, "en"));
        Save(bob, "review-account");
        var grant = Regex.Match(bob.Browser.Page, "name=\"(grant-[0-9a-f-]{36})\"").Groups[1].Value;
        // Not what she has through the group: that is withdrawn by taking her out of it.
        Assert.Equal(1, Regex.Count(bob.Browser.Page, "type=\"checkbox\" id=\"grant-"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(review + Hers, ("remark", "\"><script>")));
        Assert.Matches("(?s)id=\"decision-wrong\"[^>]*>[^<]*There is no such decision", Text(bob));
        Assert.Contains("value=\"&quot;&gt;&lt;script&gt;\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(review + Hers, ("decision", "withdraw")));
        Assert.Contains("It is not said what is to be withdrawn", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(review + Hers, ("decision", "keep"), ("group-dba", "on"), ("remark", new string('x', 501))));
        Assert.Contains("Nothing is withdrawn from who keeps all", Text(bob), StringComparison.Ordinal);
        Assert.Contains("id=\"remark-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("id=\"group-dba\"[^>]* checked", bob.Browser.Page);
        Assert.Matches("value=\"keep\"[^>]* checked", bob.Browser.Page);
        Assert.Equal((1L, "carol", 1L), await HersAsync());
        // What isn't hers isn't withdrawn by a form that was made up.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(review + Hers, ("decision", "withdraw"), ("grant-" + Guid.Empty, "on"), ("group-else", "on")));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(
            review + Hers + "?after=YWxpY2U", ("decision", "withdraw"), (grant, "on"), ("group-dba", "on"), ("token-old", "on"), ("remark", "Left the project.")));
        // Back to the page of accounts from which she was chosen.
        Assert.Equal(review + "?after=YWxpY2U", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal((0L, "", 0L), await HersAsync());
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.DoesNotContain(">alice<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(review + Hers, "fr"));
        Save(bob, "review-decided");
        Assert.Matches("(?s)Left the project\\..*sorti du groupe.{1,3}dba.*rôle retiré.{1,3}developer in eval.*jeton terminé.{1,3}old", Text(bob));
        Assert.DoesNotContain("type=\"checkbox\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(review + Hers, ("decision", "keep")));
        Assert.Contains("It is decided already", Text(bob), StringComparison.Ordinal);

        // Not on himself, while another can.
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(review + "/accounts/bob", ("decision", "keep")));
        Assert.Contains("Nobody decides on themselves", Text(bob), StringComparison.Ordinal);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, $"{Demo}{review["/console".Length..]}/items/bob/decision", """{ "decision": "keep" }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(review + "/accounts/alice", ("decision", "keep")));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(review + "/close"));
        await bob.Browser.GetAsync(review, "en");
        Save(bob, "review-closed");
        Assert.Matches("(?s)closed.*something withdrawn", Text(bob));
        Assert.DoesNotContain(review + "/cancel", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(review + "/cancel"));
        Assert.Contains("The review has ended", Text(bob), StringComparison.Ordinal);
        await bob.Browser.GetAsync(ReviewPages);
        Assert.Matches("(?s)in time.*closed", Text(bob));
        foreach (var none in (string[])["/nonsense", "/" + Guid.Empty, review["/console/access-reviews".Length..] + "/accounts/nobody"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(ReviewPages + none));
        }
    }

    [Fact]
    public async Task Of_service_accounts_keys_are_taken_away_and_who_may_only_read_decides_nothing()
    {
        using var bob = await AdministratorAsync();
        await AccessAsync();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        await bob.Browser.GetAsync(ReviewPages);
        var proof = Proof(bob);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Accounts + "/nightly/keys", [("form", proof), ("keys", key.ExportSubjectPublicKeyInfoPem())]));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(ReviewPages, [("form", proof), ("kind", "technical")]));
        var review = bob.Browser.Answer.Headers.Location!.ToString();
        (string Path, (string, string)[] Fields)[] forms =
        [
            (review + "/accounts/nightly", [("decision", "withdraw"), ("keys", "on"), ("disable", "on")]),
            (review + "/cancel", []),
            (review + "/close", []),
            (ReviewPages, [("kind", "rights")]),
        ];

        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        foreach (var page in (string[])[ReviewPages, review, review + "/accounts/nightly", review + "/close"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.GetAsync(page, "en"));
            Assert.Contains("None of your roles allows this", Text(carol), StringComparison.Ordinal);
        }

        await GrantAsync("""{ "role": "auditor", "member": "carol" }""");
        Assert.Equal(HttpStatusCode.OK, await carol.Browser.GetAsync(review + "/accounts/nightly"));
        var hers = Proof(carol);
        foreach (var (path, fields) in forms)
        {
            Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.PostAsync(path, [("form", hers), .. fields]));
            Assert.Contains("does not have the permission access.review.decide", Text(carol), StringComparison.Ordinal);
            foreach (var wrong in (string[])[new('A', 43), hers])
            {
                Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [("form", wrong), .. fields]));
            }

            Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [.. fields]));
        }

        Assert.Equal("open|0", await ScalarAsync("select string_agg(r.state || '|' || (select count(*) from platform.access_review_items where decision is not null), ',') from platform.access_reviews r"));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(forms[0].Path, [("form", proof), .. forms[0].Fields]));
        Assert.Equal("disabled", (string)(await AccountAsync("nightly"))["state"]!);
        Assert.Equal("[]", await ScalarAsync("select public_keys::text from platform.principals where name = 'nightly'"));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(review + "/cancel"));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(review + "/cancel", [("form", proof)]));
        await bob.Browser.FollowAsync();
        Assert.Contains("cancelled", Text(bob), StringComparison.Ordinal);
    }

    // Grants of carol's own, who is in the group, and her valid tokens of the test's.
    private async Task<(long, string, long)> HersAsync() => (
        await GrantsAsync("carol"), await InItAsync("dba"),
        (long)(await ScalarAsync("select count(*) from platform.tokens t join platform.principals p on p.id = t.principal_id where p.name = 'carol' and t.name = 'old' and t.revoked_at is null"))!);
}
