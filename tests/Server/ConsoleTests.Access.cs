using System.Net;
using System.Text.RegularExpressions;

namespace Beffroi.Server.Tests;

/// <summary>The console's pages on members and tokens, and who may see and change those and the key.</summary>
public sealed partial class ConsoleTests
{
    private const string Members = "/console/members", Tokens = "/console/tokens", Key = "/console/key", NewToken = "/console/service-accounts/nightly/new-token";

    [Fact]
    public async Task A_member_is_invited_with_a_code_that_is_shown_once()
    {
        using var bob = await AdministratorAsync();
        await GrantAsync("""{ "role": "reader", "member": "bob", "space": "eval" }""");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Members, "fr"));
        Save(bob, "members");
        Assert.Matches("(?s)>alice<.*>actif<.*propriétaire.*>bob<.*administrateur.*lecteur \\(eval\\)", Text(bob));
        Assert.Contains("beffroi member invite bob", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        // What can't be a name, and never the address of something else.
        foreach (var wrong in (string[])["", "..", "Dora", "\"><script>"])
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Members, [("form", proof), ("name", wrong)]));
            Assert.Matches("(?s)id=\"name-wrong\"[^>]*>[^<]*lower-case letters", Text(bob));
            Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Members, [("form", proof), ("name", "dora")]));
        var shown = bob.Browser.Answer.Headers.Location!.ToString();
        Assert.DoesNotContain("bfi_", shown, StringComparison.Ordinal);
        // Not in another session, where it isn't used up either.
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        Assert.Equal(HttpStatusCode.NotFound, await carol.Browser.GetAsync(shown));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(shown, "fr"));
        Save(bob, "invited");
        Assert.True(bob.Browser.Answer.Headers.CacheControl!.NoStore);
        Assert.Contains("Code pour dora", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi member invite dora", Text(bob), StringComparison.Ordinal);
        var code = Secret(bob, "bfi_");
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(shown, "en"));
        Assert.Contains("No longer shown", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("bfi_", bob.Browser.Page, StringComparison.Ordinal);

        await bob.Browser.GetAsync(Members + "/dora", "fr");
        Save(bob, "member");
        Assert.Contains("invité", Text(bob), StringComparison.Ordinal);
        // Who is invited still can be given another code; the one before is nothing then.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Members + "/dora/reset"));
        Assert.Contains("beffroi member invite dora", Text(bob), StringComparison.Ordinal);
        var second = await OnceAsync(bob, Members + "/dora/reset", "bfi_");
        using var dora = new Browser(_server);
        await dora.GetAsync("/enrol");
        Assert.NotEqual(HttpStatusCode.OK, await dora.SubmitAsync(("invitation", code)));
        await dora.EnrolAsync(second, SignedInPerson.Password, s => Authenticator.Code(s));
        Assert.Equal("active", (string)(await MemberAsync("dora"))["state"]!);

        // Nobody who is there loses a password by being invited.
        foreach (var there in (string[])["dora", "alice"])
        {
            Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Members, [("form", proof), ("name", there)]));
            Assert.Contains($"href=\"{Members}/{there}\"", bob.Browser.Page, StringComparison.Ordinal);
        }

        Assert.Equal(1L, await FactorsAsync("dora"));
    }

    [Fact]
    public async Task A_member_gets_roles_is_switched_off_reset_and_removed()
    {
        using var bob = await AdministratorAsync();
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        const string Page = Members + "/carol";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page));
        foreach (var command in (string[])["beffroi role grant developer --member carol", "beffroi member disable carol", "beffroi token list --member carol"])
        {
            Assert.Contains(command, Text(bob), StringComparison.Ordinal);
        }

        // By a press without a choice, the least.
        Assert.Matches("value=\"reader\" selected", bob.Browser.Page);
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string what, params (string, string)[] fields) => bob.Browser.PostAsync(Page + "/" + what, [("form", proof), .. fields]);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("grant", ("role", "developer")));
        Assert.Equal(Page, bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal("developer|", await ScalarAsync("select string_agg(g.role || '|' || coalesce(g.space_id::text, ''), ',') from platform.grants g join platform.principals p on p.id = g.principal_id where p.name = 'carol'"));
        await bob.Browser.GetAsync(Page, "fr");
        Save(bob, "member-roles");
        Assert.Matches("(?s)développeur.*toute l’organisation", Text(bob));
        // What isn't a role, and what an administrator can't give.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("grant", ("role", "king")));
        Assert.Matches("(?s)id=\"role-wrong\"[^>]*>[^<]*There is no such role", Text(bob));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync("grant", ("role", "owner")));
        Assert.Matches("value=\"owner\" selected", bob.Browser.Page);
        Assert.Contains("Nobody can give or take more than they have", Text(bob), StringComparison.Ordinal);
        Assert.Equal(1L, await GrantsAsync("carol"));

        var grant = Regex.Match(bob.Browser.Page, "name=\"grant\" value=\"([0-9a-f-]{36})\"").Groups[1].Value;
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("revoke", ("grant", grant)));
        Assert.Equal(0L, await GrantsAsync("carol"));
        // It is gone, and what can't be one never was.
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("revoke", ("grant", grant)));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("revoke", ("grant", "..")));
        // Through a group: shown, and not to be withdrawn here.
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/groups/dba", """{ "members": ["carol"] }""")).EnsureSuccessStatusCode();
        await GrantAsync("""{ "role": "auditor", "group": "dba" }""");
        await bob.Browser.GetAsync(Page, "en");
        Assert.Matches("(?s)auditor.*the whole organization.*the group dba", Text(bob));
        Assert.DoesNotContain("name=\"grant\"", bob.Browser.Page, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("disable"));
        Assert.Equal("disabled", (string)(await MemberAsync("carol"))["state"]!);
        await bob.Browser.FollowAsync();
        Assert.Contains("beffroi member enable carol", Text(bob), StringComparison.Ordinal);
        // Resetting doesn't switch it on again.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/reset", "fr"));
        Save(bob, "reset");
        Assert.Contains("codes de secours", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi member reset carol", Text(bob), StringComparison.Ordinal);
        Assert.Equal(1L, await FactorsAsync("carol"));
        await OnceAsync(bob, Page + "/reset", "bfi_");
        Assert.Equal(0L, await FactorsAsync("carol"));
        Assert.Equal("disabled", (string)(await MemberAsync("carol"))["state"]!);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("enable"));
        Assert.NotEqual("disabled", (string)(await MemberAsync("carol"))["state"]!);

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/remove", "en"));
        Assert.Contains("beffroi member remove carol", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("remove", ("name", "Carol")));
        Assert.Contains("This is not the name", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("remove", ("name", "carol")));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(Demo + "/members/carol", Cancel)).StatusCode);
        // Nobody comes back by a form that was open still.
        foreach (var what in (string[])["disable", "enable", "reset", "remove", "grant"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await SendAsync(what, ("name", "carol"), ("role", "reader")));
        }

        // Whose rights reach further than one's own, and the last owner.
        foreach (var (what, field) in (IEnumerable<(string, string)>)[("disable", ""), ("reset", ""), ("remove", "alice")])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.PostAsync($"{Members}/alice/{what}", [("form", proof), ("name", field)]));
            Assert.Contains("rights that your own account doesn't have", Text(bob), StringComparison.Ordinal);
        }

        Assert.Equal("active", (string)(await MemberAsync("alice"))["state"]!);
        await GrantAsync("""{ "role": "owner", "member": "bob" }""");
        (await _server.Alice.DeleteAsync(Demo + "/members/alice", Cancel)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Members + "/bob/remove", [("form", proof), ("name", "bob")]));
        Assert.Contains("Make someone else an owner first", Text(bob), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_a_service_account_is_made_shown_once_and_revoked()
    {
        using var bob = await AdministratorAsync();
        await bob.Browser.GetAsync(Tokens, "en");
        Assert.Contains("beffroi service-account create nightly", Text(bob), StringComparison.Ordinal);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/service-accounts/nightly", "{}")).EnsureSuccessStatusCode();
        await bob.Browser.GetAsync(Tokens, "fr");
        Assert.Contains("Compte de service nightly", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi token create laptop --days 90", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(NewToken, "fr"));
        Save(bob, "new-token");
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string name, string days, params (string, string)[] more) => bob.Browser.PostAsync(NewToken, [("form", proof), ("name", name), ("days", days), .. more]);
        foreach (var days in (string[])["0", "367", "many", "-1"])
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("ci", days));
            Assert.Matches("(?s)id=\"days-wrong\"[^>]*>[^<]*1 to 366", Text(bob));
        }

        foreach (var name in (string[])["", "..", "\"><script>"])
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync(name, "30"));
            Assert.Matches("(?s)id=\"name-wrong\"[^>]*>[^<]*lower-case letters", Text(bob));
            Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        }

        // The same at the command line, and nothing is done by asking for it.
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("ci; reboot", "30", ("show", "command")));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.DoesNotContain("beffroi token create ci", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("ci", "30", ("show", "command")));
        Assert.DoesNotContain("form=", bob.Browser.Answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Contains("beffroi token create ci --service-account nightly --days 30", Text(bob), StringComparison.Ordinal);
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.tokens where name = 'ci'"));

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("ci", "30"));
        Assert.DoesNotContain("bfr_", bob.Browser.Answer.Headers.Location!.ToString() + bob.Browser.Page, StringComparison.Ordinal);
        var shown = bob.Browser.Answer.Headers.Location.ToString();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Save(bob, "token");
        Assert.True(bob.Browser.Answer.Headers.CacheControl!.NoStore);
        var token = Secret(bob, "bfr_");
        Assert.Contains("beffroi token create ci --service-account nightly --days 30", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(shown));
        Assert.DoesNotContain("bfr_", bob.Browser.Page, StringComparison.Ordinal);
        using var nightly = _server.Client(token);
        Assert.Equal("nightly", (string)(await TestServer.BodyAsync(await nightly.GetAsync("/v1/whoami", Cancel)))["name"]!);
        Assert.Equal(30, (int)(await ScalarAsync("select extract(day from expires_at - created_at)::int from platform.tokens where name = 'ci'"))!);
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("ci", "30"));
        Assert.Matches("(?s)id=\"name-wrong\"[^>]*>[^<]*This name is taken", Text(bob));

        await bob.Browser.GetAsync(Tokens, "fr");
        Save(bob, "tokens");
        Assert.Matches("(?s)Compte de service nightly.*ci.*valable", Text(bob));
        const string Revoke = "/console/service-accounts/nightly/tokens/ci/revoke";
        Assert.Contains($"href=\"{Revoke}\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Revoke, "en"));
        Save(bob, "revoke");
        Assert.Contains("beffroi token revoke ci --service-account nightly", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await nightly.GetAsync("/v1/whoami", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Revoke, [("form", proof)]));
        Assert.Equal(Tokens, bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await nightly.GetAsync("/v1/whoami", Cancel)).StatusCode);
        // It was revoked, and an account that isn't there has none.
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.PostAsync(Revoke, [("form", proof)]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(Revoke));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/service-accounts/none/new-token"));
        await bob.Browser.GetAsync(Tokens, "fr");
        Assert.Contains("révoqué", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain(Revoke, bob.Browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_s_own_tokens_and_a_member_s_are_revoked()
    {
        using var bob = await AdministratorAsync();
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await EveryoneHasATokenAsync();
        const string Own = Tokens + "/old/revoke", Hers = Members + "/carol/tokens/old/revoke";
        await bob.Browser.GetAsync(Tokens, "en");
        Assert.Contains($"href=\"{Own}\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Own));
        Assert.Contains("beffroi token revoke old<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Own, [("form", Proof(bob))]));
        await bob.Browser.GetAsync(Members + "/carol");
        Assert.Contains($"href=\"{Hers}\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Hers));
        Assert.Contains("beffroi token revoke old --member carol<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.tokens where name = 'old' and principal_id in (select id from platform.principals where name in ('bob', 'carol')) and revoked_at is null"));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Hers, [("form", Proof(bob))]));
        Assert.Equal(Members + "/carol", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.tokens where name = 'old' and principal_id in (select id from platform.principals where name in ('bob', 'carol')) and revoked_at is null"));
    }

    [Fact]
    public async Task Members_and_service_accounts_beyond_a_page_are_on_the_next()
    {
        using var bob = await AdministratorAsync();
        await ExecuteAsync("""
            insert into platform.principals (id, organization_id, name, kind, accepted_at)
            select gen_random_uuid(), o.id, k.kind || lpad(n::text, 2, '0'), k.name, now() from platform.organizations o, (values ('m', 'user'), ('s', 'service-account')) k (kind, name), generate_series(1, 30) n
            where o.name = 'demo';
            insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, r from platform.principals, (values ('reader'), ('auditor'), ('billing'), ('developer')) r (r) where name ~ '^[ms][0-9]'
            """);
        foreach (var (page, first, last) in (IEnumerable<(string, string, string)>)[(Members, "m01", "m30"), (Tokens, "s01", "s11")])
        {
            await bob.Browser.GetAsync(page, "en");
            Assert.Contains(first, bob.Browser.Page, StringComparison.Ordinal);
            Assert.DoesNotContain(last, bob.Browser.Page, StringComparison.Ordinal);
            await bob.Browser.GetAsync(WebUtility.HtmlDecode(Regex.Match(bob.Browser.Page, $"href=\"({page}\\?after=[^\"]+)\"").Groups[1].Value));
            Assert.Contains(last, bob.Browser.Page, StringComparison.Ordinal);
            Assert.DoesNotContain(first, bob.Browser.Page, StringComparison.Ordinal);
        }

        // Grants are read to their end, whatever a page of the API's holds.
        await bob.Browser.GetAsync(Members + "/m30");
        Assert.Matches("(?s)reader.*auditor|auditor.*reader", Text(bob)[Text(bob).IndexOf("<tbody>", StringComparison.Ordinal)..Text(bob).IndexOf("</tbody>", StringComparison.Ordinal)]);
        Assert.Equal(4, Regex.Count(bob.Browser.Page, "name=\"grant\""));
        Assert.DoesNotContain("More roles are granted", Text(bob), StringComparison.Ordinal);
        // More than are read is said, and nobody is said to have none.
        await ExecuteAsync("""
            with s as (insert into platform.spaces (id, organization_id, name, zone, network_index, classification) select gen_random_uuid(), o.id, 'x' || n, 'local', 1000 + n, 'open' from platform.organizations o, generate_series(1, 40) n where o.name = 'demo' returning id, organization_id)
            insert into platform.grants (id, organization_id, principal_id, role, space_id) select gen_random_uuid(), s.organization_id, p.id, 'reader', s.id from s, platform.principals p where p.name ~ '^[ms][0-9]'
            """);
        await bob.Browser.GetAsync(Members, "en");
        Assert.Matches("More roles are granted.*beffroi role grants", Text(bob));
        Assert.DoesNotContain(">none<", bob.Browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_see_or_change_access_or_the_key_is_told_so()
    {
        await AccessAsync();
        using var bob = await BobAsync();
        await EveryoneHasATokenAsync();
        await SignInAsync(bob);
        // A developer sees no access, and the key's state.
        foreach (var page in (string[])[Members, Members + "/alice", Members + "/alice/reset", Members + "/alice/remove", NewToken, Accounts, Accounts + "/nightly", GroupPages, GroupPages + "/dba", RolePages, RolePages + "/lookout", "/console/new-role"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.GetAsync(page, "fr"));
            Assert.Contains("Aucun de vos rôles ne le permet", Text(bob), StringComparison.Ordinal);
            Assert.DoesNotContain("owner", Text(bob), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Tokens, "fr"));
        Assert.Contains("Aucun de vos rôles ne vous laisse voir les comptes de service", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("nightly<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Key, "fr"));
        var proof = Proof(bob);
        foreach (var what in (string[])["rotate", "seal", "unseal"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.PostAsync(Key + "/" + what, [("form", proof), ("name", "demo")]));
            Assert.Contains("does not have the permission key." + what, Text(bob), StringComparison.Ordinal);
        }

        // An auditor sees it and changes nothing.
        await GrantAsync("""{ "role": "auditor", "member": "bob" }""");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Members, "en"));
        foreach (var (path, fields) in Forms().Where(f => !f.Path.StartsWith(Key, StringComparison.Ordinal)))
        {
            Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.PostAsync(path, [("form", proof), .. fields]));
            Assert.Contains("does not have the permission access.manage", Text(bob), StringComparison.Ordinal);
            // On the page that it was asked for on, where one can go on.
            Assert.Contains("name=\"form\"", bob.Browser.Page[bob.Browser.Page.IndexOf("<main", StringComparison.Ordinal)..], StringComparison.Ordinal);
        }

        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        foreach (var page in (string[])[Members, Key, Key + "/seal"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.GetAsync(page, "en"));
            Assert.Contains("None of your roles allows this", Text(carol), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, await carol.Browser.GetAsync(Tokens));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.tokens where name = 'old' and revoked_at is not null"));
        Assert.Equal(("active", 0L, 1L), ((string)(await MemberAsync("alice"))["state"]!, await ScalarAsync(KeyOperations), await GrantsAsync("alice")));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(Demo + "/members/dora", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_form_of_elsewhere_changes_neither_access_nor_the_key()
    {
        await AccessAsync();
        using var bob = await AdministratorAsync();
        await GrantAsync("""{ "role": "owner", "member": "bob" }""");
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        await EveryoneHasATokenAsync();
        await carol.Browser.GetAsync(Tokens);
        var others = Proof(carol);
        var before = await StandAsync();
        foreach (var (path, fields) in Forms().Append((Tokens + "/old/revoke", [])))
        {
            Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [.. fields]));
            foreach (var proof in (string[])[new('A', 43), others])
            {
                Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [("form", proof), .. fields]));
                Assert.Contains("not one of this session", Text(bob), StringComparison.Ordinal);
            }

            // Nor by an address.
            await bob.Browser.GetAsync(path + "?form=" + others);
            Assert.NotEqual(HttpStatusCode.SeeOther, bob.Browser.Answer.StatusCode);
        }

        Assert.Equal(before, await StandAsync());
        // They are the forms that change something, and who isn't signed in is sent to do that.
        bob.Browser.Forget(Cookie);
        foreach (var (path, fields) in Forms())
        {
            Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(path, [.. fields]));
            Assert.Equal("/console/sign-in", bob.Browser.Answer.Headers.Location!.ToString());
        }

        Assert.Equal(before, await StandAsync());
    }

    private const string KeyOperations = "select count(*) from platform.key_operations";

    // Every form, filled in as it would be good for who may.
    private static IEnumerable<(string Path, (string, string)[] Fields)> Forms() =>
    [
        (Members, [("name", "dora")]),
        (Members + "/alice/grant", [("role", "reader")]),
        (Members + "/alice/revoke", [("grant", Guid.Empty.ToString())]),
        (Members + "/alice/disable", []),
        (Members + "/alice/enable", []),
        (Members + "/alice/reset", []),
        (Members + "/alice/remove", [("name", "alice")]),
        (NewToken, [("name", "ci"), ("days", "30")]),
        ("/console/service-accounts/nightly/tokens/old/revoke", []),
        (Members + "/alice/tokens/old/revoke", []),
        (Accounts, [("name", "ci")]),
        (Accounts + "/nightly/grant", [("role", "reader")]),
        (Accounts + "/nightly/revoke", [("grant", Guid.Empty.ToString())]),
        (Accounts + "/nightly/keys", [("keys", "")]),
        (Accounts + "/nightly/disable", []),
        (Accounts + "/nightly/enable", []),
        (Accounts + "/nightly/remove", [("name", "nightly")]),
        (GroupPages, [("name", "ops"), ("members", "alice")]),
        (GroupPages + "/dba/add", [("members", "alice")]),
        (GroupPages + "/dba/take-out", [("member", "nightly")]),
        (GroupPages + "/dba/grant", [("role", "reader")]),
        (GroupPages + "/dba/revoke", [("grant", Guid.Empty.ToString())]),
        (GroupPages + "/dba/remove", [("name", "dba")]),
        ("/console/new-role", [("name", "else"), ("permission-space.read", "on")]),
        (RolePages + "/lookout", [("permission-space.read", "on")]),
        (RolePages + "/lookout/remove", [("name", "lookout")]),
        (Key + "/rotate", []),
        (Key + "/seal", [("name", "demo")]),
        (Key + "/unseal", []),
    ];

    // The secret that a page shows.
    private static string Secret(SignedInPerson person, string prefix) => Regex.Match(person.Browser.Page, "<code>(" + prefix + "[A-Za-z0-9_-]{43})</code>").Groups[1].Value is { Length: > 0 } secret
        ? secret : throw new Xunit.Sdk.XunitException(person.Browser.Page);

    private static async Task<string> OnceAsync(SignedInPerson person, string path, string prefix)
    {
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.PostAsync(path, [("form", Proof(person))]));
        Assert.Equal(HttpStatusCode.OK, await person.Browser.FollowAsync());
        return Secret(person, prefix);
    }

    private async Task<SignedInPerson> AdministratorAsync()
    {
        var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        await GrantAsync("""{ "role": "administrator", "member": "bob" }""");
        await SignInAsync(bob);
        return bob;
    }

    private async Task GrantAsync(string json) => (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", json)).EnsureSuccessStatusCode();

    private async Task<System.Text.Json.Nodes.JsonObject> MemberAsync(string name) => await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/members/" + name, Cancel));

    private async Task<long> FactorsAsync(string name) => (long)(await ScalarAsync($"select count(*) from platform.factors f join platform.principals p on p.id = f.holder where p.name = '{name}'"))!;

    private async Task<long> GrantsAsync(string name) => (long)(await ScalarAsync($"select count(*) from platform.grants g join platform.principals p on p.id = g.principal_id where p.name = '{name}'"))!;

    private Task EveryoneHasATokenAsync() => ExecuteAsync("""
        insert into platform.tokens (sha256, principal_id, name, expires_at) select sha256(id::text::bytea), id, 'old', now() + interval '1 day' from platform.principals
        """);

    // Everything that the forms could change.
    private async Task<object?> StandAsync() => await ScalarAsync("""
        select string_agg(line, E'\n' order by line) from (
            select 'p ' || name || coalesce(disabled_at::text, '') from platform.principals union all select 'g ' || id::text from platform.grants
            union all select 't ' || name || coalesce(revoked_at::text, '') from platform.tokens where kind = 'personal' union all select 'f ' || holder::text from platform.factors
            union all select 'm ' || group_id::text || principal_id::text from platform.group_members union all select 'n ' || name from platform.groups
            union all select 'r ' || name || description || permissions::text from platform.roles union all select 's ' || name || coalesce(public_keys::text, '') from platform.principals
            union all select 'i ' || encode(sha256, 'hex') from platform.invitations union all select 'k ' || verb || state from platform.key_operations) s (line)
        """);
}
