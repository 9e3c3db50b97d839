using System.Net;
using System.Security.Cryptography;
using Beffroi.Platform.Access;

namespace Beffroi.Server.Tests;

/// <summary>The console's pages on service accounts, groups and roles.</summary>
public sealed partial class ConsoleTests
{
    private const string Accounts = "/console/service-accounts", GroupPages = "/console/groups", RolePages = "/console/roles";

    [Fact]
    public async Task A_service_account_is_created_given_a_role_switched_off_and_removed()
    {
        using var bob = await AdministratorAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Accounts, "fr"));
        Save(bob, "service-accounts");
        // Its place in the navigation: the section, and within it this page.
        Assert.Contains($"<a href=\"{Members}\" aria-current=\"true\">", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"{Accounts}\" aria-current=\"page\">", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("Aucun compte de service", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string path, params (string, string)[] fields) => bob.Browser.PostAsync(Accounts + path, [("form", proof), .. fields]);
        foreach (var wrong in (string[])["", "..", "Reports", "\"><script>", "bob"])
        {
            Assert.Contains(await SendAsync("", ("name", wrong)), (HttpStatusCode[])[HttpStatusCode.UnprocessableEntity, HttpStatusCode.Conflict]);
            Assert.Contains("id=\"name-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("", ("name", "reports")));
        Assert.Equal(Accounts + "/reports", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Save(bob, "service-account");
        Assert.Contains("beffroi service-account disable reports", Text(bob), StringComparison.Ordinal);

        // In one space; what is none is said beside the field, and what was chosen stays.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("/reports/grant", ("role", "developer"), ("space", "nowhere")));
        Assert.Contains("id=\"space-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("value=\"nowhere\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("value=\"developer\" selected", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/reports/grant", ("role", "developer"), ("space", "eval")));
        await bob.Browser.FollowAsync();
        Assert.Matches("(?s)developer.*eval", Text(bob));
        await bob.Browser.GetAsync(Accounts, "fr");
        Assert.Contains("développeur (eval)", Text(bob), StringComparison.Ordinal);
        var grant = (Guid)(await ScalarAsync("select g.id from platform.grants g join platform.principals p on p.id = g.principal_id where p.name = 'reports'"))!;
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/reports/revoke", ("grant", grant.ToString())));
        Assert.Equal(0L, await GrantsAsync("reports"));

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/reports/disable"));
        await bob.Browser.FollowAsync();
        Assert.Contains("beffroi service-account create reports", Text(bob), StringComparison.Ordinal);
        // Nobody switches it on by creating it, nor makes one by switching.
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("", ("name", "reports")));
        Assert.Contains($"href=\"{Accounts}/reports\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal("disabled", (string)(await AccountAsync("reports"))["state"]!);
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("/none/enable"));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.principals where name = 'none'"));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/reports/enable"));
        Assert.Equal("active", (string)(await AccountAsync("reports"))["state"]!);

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Accounts + "/reports/remove", "en"));
        Assert.Contains("beffroi service-account remove reports", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("/reports/remove", ("name", "nightly")));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/reports/remove", ("name", "reports")));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(Accounts + "/reports"));
    }

    [Fact]
    public async Task A_service_account_s_public_keys_are_set_and_a_private_one_goes_nowhere()
    {
        using var bob = await AdministratorAsync();
        await AccessAsync();
        const string Page = Accounts + "/nightly";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "en"));
        Assert.Contains("beffroi service-account key nightly --key nightly.pem", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Task<HttpStatusCode> SetAsync(string keys) => bob.Browser.PostAsync(Page + "/keys", [("form", proof), ("keys", keys)]);
        async Task<string[]> KnownAsync() => [.. (await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/service-accounts/nightly/keys", Cancel)))["keys"]!.AsArray().Select(k => (string)k!)];
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        string[] pems = [first.ExportSubjectPublicKeyInfoPem(), second.ExportSubjectPublicKeyInfoPem()];

        // With a browser's line ends, and still the same keys.
        Assert.Equal(HttpStatusCode.SeeOther, await SetAsync(string.Join("\r\n\r\n", pems).ReplaceLineEndings("\r\n") + "\r\n"));
        Assert.Equal(pems, await KnownAsync());
        await bob.Browser.FollowAsync();
        Save(bob, "service-account-keys");
        Assert.All(pems, pem => Assert.Contains(Authenticator.Sha256(pem), bob.Browser.Page, StringComparison.Ordinal));
        foreach (var wrong in (string[])["<b>nonsense", pems[0] + "\nnonsense", pems[0].Replace("A", "", StringComparison.Ordinal), string.Join('\n', Enumerable.Repeat(pems[0], 6))])
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await SetAsync(wrong));
            Assert.Matches("(?s)id=\"keys-wrong\"[^>]*>[^<]*These are not public keys", Text(bob));
            Assert.Contains(wrong.Split('\n')[^1], Text(bob), StringComparison.Ordinal);
            Assert.DoesNotContain("<b>", bob.Browser.Page, StringComparison.Ordinal);
        }

        var secret = first.ExportPkcs8PrivateKeyPem();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SetAsync(secret));
        Assert.Contains("This is a private key", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain(secret.Split('\n')[1], Text(bob), StringComparison.Ordinal);
        Assert.Equal(pems, await KnownAsync());
        Assert.Equal(HttpStatusCode.SeeOther, await SetAsync(""));
        Assert.Empty(await KnownAsync());
    }

    [Fact]
    public async Task A_group_is_created_gets_members_and_roles_and_is_removed()
    {
        using var bob = await AdministratorAsync();
        foreach (var name in (string[])["carol", "dora"])
        {
            (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/" + name, $$"""{ "invitationSha256": "{{Authenticator.Sha256("bfi_" + name)}}" }""")).EnsureSuccessStatusCode();
        }

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(GroupPages, "fr"));
        Assert.Contains("Aucun groupe", Text(bob), StringComparison.Ordinal);
        var proof = Proof(bob);
        Task<HttpStatusCode> SendAsync(string path, params (string, string)[] fields) => bob.Browser.PostAsync(GroupPages + path, [("form", proof), .. fields]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("", ("name", "Not a name"), ("members", "carol")));
        Assert.Contains("id=\"name-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("", ("name", "dba"), ("members", "carol, \"><script>")));
        Assert.Contains("id=\"members-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("value=\"carol, &quot;&gt;&lt;script&gt;\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("", ("name", "dba"), ("members", "carol")));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Save(bob, "group");
        Assert.Contains("beffroi group set dba carol", Text(bob), StringComparison.Ordinal);
        // Nobody is put out of it by creating it again.
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync("", ("name", "dba"), ("members", "")));
        Assert.Contains($"href=\"{GroupPages}/dba\"", bob.Browser.Page, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("/dba/add", ("members", "dora nobody")));
        Assert.Matches("(?s)id=\"members-wrong\"[^>]*>[^<]*There is no user or service account nobody", Text(bob));
        Assert.Contains("value=\"dora nobody\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/dba/add", ("members", "dora, alice")));
        Assert.Equal("alice,carol,dora", await InItAsync("dba"));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/dba/take-out", ("member", "alice")));
        Assert.Equal("carol,dora", await InItAsync("dba"));

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/dba/grant", ("role", "developer"), ("space", "eval")));
        await bob.Browser.GetAsync(GroupPages, "fr");
        Save(bob, "groups");
        Assert.Matches("(?s)>dba<.*carol, dora.*développeur \\(eval\\)", Text(bob));
        await bob.Browser.GetAsync(Members + "/carol", "en");
        Assert.Contains($"<a href=\"{GroupPages}/dba\">the group dba</a>", Text(bob), StringComparison.Ordinal);
        await bob.Browser.GetAsync(GroupPages + "/dba");
        var grant = System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, "name=\"grant\" value=\"([0-9a-f-]{36})\"").Groups[1].Value;
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/dba/revoke", ("grant", grant)));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.grants where group_id is not null"));

        // One that gives more than an administrator has.
        await GrantAsync("""{ "role": "owner", "group": "dba" }""");
        foreach (var (path, fields) in (IEnumerable<(string, (string, string)[])>)[("/add", [("members", "bob")]), ("/take-out", [("member", "dora")]), ("/remove", [("name", "dba")]), ("/grant", [("role", "owner")])])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await SendAsync("/dba" + path, fields));
            Assert.Contains("Nobody can give or take more than they have", Text(bob), StringComparison.Ordinal);
        }

        Assert.Equal("carol,dora", await InItAsync("dba"));
        await GrantAsync("""{ "role": "owner", "member": "bob" }""");
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(GroupPages + "/dba/remove"));
        Assert.Contains("beffroi group remove dba", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync("/dba/remove", ("name", "else")));
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync("/dba/remove", ("name", "dba")));
        foreach (var what in (string[])["add", "take-out", "grant", "remove"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await SendAsync("/dba/" + what, ("name", "dba"), ("members", "carol"), ("role", "reader")));
        }

        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.groups"));
    }

    [Fact]
    public async Task A_role_of_one_s_own_is_made_of_permissions_changed_and_removed_when_nobody_has_it()
    {
        using var bob = await AdministratorAsync();
        foreach (var language in (string[])["en", "fr"])
        {
            Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/new-role", language));
            Save(bob, "new-role-" + language);
            // Each there is, in words.
            Assert.All(Roles.AllPermissions, permission =>
            {
                var words = System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, $"<label for=\"permission-{permission}\">([^<]+)</label>").Groups[1].Value;
                Assert.True(words.Length > 0 && words != permission, $"{permission}: {words}");
            });
            Assert.DoesNotMatch("<legend>[a-z]", bob.Browser.Page);
        }

        var proof = Proof(bob);
        (string, string)[] Fields(string name, string description, params string[] permissions) =>
            [("form", proof), ("name", name), ("description", description), .. permissions.Select(p => ("permission-" + p, "on"))];
        Task<HttpStatusCode> CreateAsync(string name, string description, params string[] permissions) => bob.Browser.PostAsync("/console/new-role", Fields(name, description, permissions));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await CreateAsync("owner", new string('x', 201), "postgres.read"));
        Assert.Matches("(?s)id=\"name-wrong\"[^>]*>[^<]*built-in", Text(bob));
        Assert.Contains("id=\"description-wrong\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("id=\"permission-postgres.read\"[^>]* checked", bob.Browser.Page);
        Assert.DoesNotMatch("id=\"permission-postgres.create\"[^>]* checked", bob.Browser.Page);
        // More than an administrator has.
        Assert.Equal(HttpStatusCode.Forbidden, await CreateAsync("lookout", "<i>", "owner.manage"));
        Assert.Contains("Nobody can give or take more than they have", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await CreateAsync("lookout", "Looks at databases", "postgres.read", "space.read", "no.such"));
        Assert.Equal(RolePages + "/lookout", bob.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal("Looks at databases: postgres.read space.read", await RoleAsync("lookout"));
        Assert.Equal(HttpStatusCode.Conflict, await CreateAsync("lookout", "", "ledger.read"));
        Assert.Contains($"href=\"{RolePages}/lookout\"", bob.Browser.Page, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(RolePages + "/lookout", "en"));
        Save(bob, "role");
        Assert.Matches("id=\"permission-space.read\"[^>]* checked", bob.Browser.Page);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(RolePages + "/lookout", Fields("else", "Looks", "postgres.read")));
        Assert.Equal("Looks: postgres.read", await RoleAsync("lookout"));
        Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.PostAsync(RolePages + "/lookout", Fields("", "Looks", "safeguard.change")));
        Assert.Matches("id=\"permission-safeguard.change\"[^>]* checked", bob.Browser.Page);

        // It can be granted on a member's page, and goes only when nobody has it.
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Members + "/bob/grant", [("form", proof), ("role", "lookout")]));
        await bob.Browser.GetAsync(RolePages + "/lookout");
        Assert.Matches("(?s)Who has it.*bob.*the whole organization", Text(bob));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(RolePages + "/lookout/remove"));
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(RolePages + "/lookout/remove", [("form", proof), ("name", "lookout")]));
        Assert.Contains("Someone has this role still", Text(bob), StringComparison.Ordinal);
        await ExecuteAsync("delete from platform.grants where custom_role_id is not null");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(RolePages + "/lookout/remove", [("form", proof), ("name", "")]));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(RolePages + "/lookout/remove", [("form", proof), ("name", "lookout")]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.PostAsync(RolePages + "/lookout", Fields("", "", "space.read")));

        // The built-in ones are shown, and stay as they are.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(RolePages, "fr"));
        Save(bob, "roles-list");
        Assert.Matches("(?s)Aucun pour l’instant.*propriétaire.*auditeur", Text(bob));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(RolePages + "/auditor", "en"));
        Save(bob, "role-built-in");
        Assert.Contains("See the organization’s ledger", Text(bob), StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"checkbox\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(RolePages + "/auditor", Fields("", "", "space.read")));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.PostAsync(RolePages + "/auditor/remove", [("form", proof), ("name", "auditor")]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync(RolePages + "/none"));
    }

    /// <summary>What the forms on who may do what change.</summary>
    private async Task AccessAsync()
    {
        foreach (var (path, json) in (IEnumerable<(string, string)>)[
            ("/service-accounts/nightly", "{}"), ("/groups/dba", """{ "members": ["nightly"] }"""), ("/roles/lookout", """{ "permissions": ["postgres.read"] }""")])
        {
            (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + path, json)).EnsureSuccessStatusCode();
        }
    }

    private async Task<System.Text.Json.Nodes.JsonObject> AccountAsync(string name) => await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/service-accounts/" + name, Cancel));

    private async Task<string> InItAsync(string group) =>
        string.Join(',', (await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/groups/" + group, Cancel)))["members"]!.AsArray().Select(m => (string)m!));

    private async Task<object?> RoleAsync(string name) => await ScalarAsync($"select description || ': ' || array_to_string(permissions, ' ') from platform.roles where name = '{name}'");
}
