using System.Net;

namespace Beffroi.Server.Tests;

/// <summary>The console's page on a PostgreSQL's roles and databases.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task Roles_and_databases_are_set_and_taken_away_with_forms()
    {
        await ObservedAsync("first", "ready");
        using var bob = await BobAsync();
        await SignInAsync(bob);
        const string Page = "/console/spaces/eval/postgres/first";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/roles", "fr"));
        Save(bob, "roles");
        Assert.Contains("Rôles dans PostgreSQL", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Task<HttpStatusCode> SetAsync(string name, string until = "", string limit = "", string memberOf = "", string login = "password") => bob.Browser.PostAsync(
            Page + "/roles/set", [("form", proof), ("name", name), ("login", login), ("validUntil", until), ("connectionLimit", limit), ("memberOf", memberOf)]);

        // What is wrong is said beside each field, and what was typed stays.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SetAsync("Big\"><script>", "soon", "many", "postgres"));
        Save(bob, "roles-refused");
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("value=\"Big&quot;&gt;&lt;script&gt;\"", bob.Browser.Page, StringComparison.Ordinal);
        foreach (var id in (string[])["name-wrong", "valid-until-wrong", "connection-limit-wrong", "member-of-wrong"])
        {
            Assert.Contains($"id=\"{id}\"", bob.Browser.Page, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.SeeOther, await SetAsync("reporting", "2027-06-30", "5", "app, pg_monitor"));
        Assert.Equal(HttpStatusCode.SeeOther, await SetAsync("group", login: "none"));
        Assert.Equal(Page + "/roles", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal(
            """[{"name":"group","login":"none"},{"name":"reporting","login":"password","validUntil":"2027-06-30T23:59:59+00:00","connectionLimit":5,"memberOf":["app","pg_monitor"]}]""",
            (await FirstAsync())["spec"]!["roles"]!.ToJsonString().Replace("\\u002B", "+", StringComparison.Ordinal));

        // The form for one that is there begins as it is; an end that is not touched stays to the second.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/roles?role=reporting"));
        Assert.Matches("name=\"validUntil\"[^>]*value=\"2027-06-30\"", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.SeeOther, await SetAsync("reporting", "2027-06-30", "", "pg_monitor"));
        var reporting = (await FirstAsync())["spec"]!["roles"]![1]!;
        Assert.Equal(("2027-06-30T23:59:59", null), (((string)reporting["validUntil"]!)[..19], (string?)reporting["connectionLimit"]));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/databases/set", [("form", proof), ("database", "template1"), ("owner", "nobody")]));
        Assert.Contains("id=\"database-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("id=\"owner-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/databases/set", [("form", proof), ("database", "records"), ("owner", "reporting")]));
        Assert.Equal("""[{"name":"records","owner":"reporting"}]""", (await FirstAsync())["spec"]!["databases"]!.ToJsonString());

        // One that owns a database of the spec can't go, and nothing goes without its name.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/roles/reporting/remove"));
        Assert.Contains("beffroi postgres role remove first reporting --space demo/eval", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/roles/reporting/remove", [("form", proof), ("name", "group")]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/roles/reporting/remove", [("form", proof), ("name", "reporting")]));
        Assert.Contains("There is no such role in the spec", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/databases/remove", [("form", proof), ("database", "records")]));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/roles/reporting/remove", [("form", proof), ("name", "reporting")]));
        Assert.Equal("""[{"name":"group","login":"none"}]""", (await FirstAsync())["spec"]!["roles"]!.ToJsonString());
        Assert.Null((await FirstAsync())["spec"]!["databases"]);
    }

    [Fact]
    public async Task A_password_is_replaced_after_a_question_and_never_shown()
    {
        await ObservedAsync("first", "ready");
        using var bob = await BobAsync();
        await SignInAsync(bob);
        const string Page = "/console/spaces/eval/postgres/first/roles/app/rotate-password";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page));
        var proof = Proof(bob);
        Assert.Contains("beffroi postgres credentials first --role app --space demo/eval", Text(bob), StringComparison.Ordinal);
        foreach (var none in (string[])["nobody", "postgres"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(Page.Replace("/app/", $"/{none}/", StringComparison.Ordinal)));
            Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.PostAsync(Page.Replace("/app/", $"/{none}/", StringComparison.Ordinal), [("form", proof)]));
        }

        await ExecuteAsync("update platform.operations set state = 'succeeded'");
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page, [("form", proof)]));
        Assert.Contains("A key is not available", Text(bob), StringComparison.Ordinal);
        await _server.MakeKeyAsync("first");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page, [("form", proof)]));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.operations where verb = 'rotate-password'"));
    }
}
