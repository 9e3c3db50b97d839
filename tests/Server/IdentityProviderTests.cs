using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;
using Beffroi.Platform;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>An organization's own identity provider: whole sign-ins by way of one, over HTTP, and what is refused.</summary>
public sealed partial class IdentityProviderTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Provider = "/v1/organizations/demo/identity-providers/hospital";
    private TestServer _server = null!;
    private TestProvider _provider = null!;
    private SignedInPerson _bob = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _provider = await TestProvider.StartAsync();
        _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, failureWindow: TimeSpan.FromMinutes(5), change: services =>
        {
            var options = (PlatformOptions)services.Single(d => d.ServiceType == typeof(PlatformOptions)).ImplementationInstance!;
            services.Replace(ServiceDescriptor.Singleton(options with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] }));
        });
        await PutAsync(_server.Alice, Provider, _provider.Content());
        _bob = await SignedInPerson.EnrolAsync(_server, "bob");
    }

    public async ValueTask DisposeAsync()
    {
        _bob.Dispose();
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task A_member_links_their_account_signs_in_by_the_provider_and_unlinks()
    {
        await LinkAsync(_bob);
        Assert.Contains("as bob@hospital.example", _bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(("eidas1 eidas2", "openid email"), (_provider.LastAsked["acr_values"], _provider.LastAsked["scope"]));

        using var browser = new Browser(_server);
        var access = await BeginAsync(browser);
        Assert.True(await _bob.WorksAsync(access));
        var session = (await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/members/bob/sessions", Cancel)))["items"]!.AsArray().Single()!;
        Assert.Equal("hospital", (string?)session["identityProvider"]);
        Assert.Equal(1L, (long)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Provider, Cancel)))["linked"]!);
        // And without it, as before.
        _bob.Browser.Forget("__Host-beffroi-customer-person");
        var (own, _) = await _bob.BeginAsync();

        await _server.LedgerIntegratedAsync();
        Assert.Contains(("identity-provider.put", "accepted", $"hospital: {TestProvider.ClientId} of {_provider.Issuer}"), await _server.LedgerAsync());
        Assert.Contains(("identity.link", "accepted", "identity provider hospital"), await _server.LedgerAsync());
        Assert.Contains(("sign-in", "accepted", "identity provider hospital"), await _server.LedgerAsync());

        // Neither the ledger nor the store has what only others should know.
        await using var command = _server.Store.CreateCommand("""
            select (select string_agg(e::text, '') from platform.ledger e) || (select string_agg(p::text, '') from platform.identity_providers p)
            """);
        var stored = (string)(await command.ExecuteScalarAsync(Cancel))!;
        Assert.DoesNotContain(TestProvider.Secret, stored, StringComparison.Ordinal);
        Assert.DoesNotContain("bob@hospital", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("person-1", stored, StringComparison.Ordinal);

        await _bob.SignInAsync();
        await _bob.Browser.GetAsync("/sign-in/providers", "en");
        Assert.Contains("Unlink from hospital", _bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await _bob.Browser.SubmitAsync());
        Assert.False(await _bob.WorksAsync(access));
        Assert.True(await _bob.WorksAsync(own));
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, await DepartAsync(browser)));
        await _server.LedgerIntegratedAsync();
        Assert.Contains(("identity.unlink", "accepted", "identity provider hospital"), await _server.LedgerAsync());
    }

    [Fact]
    public async Task Where_the_provider_says_nothing_of_a_second_factor_ours_is_asked_for()
    {
        await LinkAsync(_bob);
        _provider.Change = c => c["acr"] = "eidas1";
        using var browser = new Browser(_server);
        Assert.Equal(HttpStatusCode.OK, await ReturnAsync(browser, await DepartAsync(browser)));
        Assert.DoesNotContain("__Host-beffroi-customer-person", browser.Cookies.Keys);
        Assert.Equal("/sign-in/provider/code", Onward(browser));
        Assert.Equal(HttpStatusCode.OK, await browser.GetAsync(Onward(browser)));
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SubmitAsync(("code", "000000")));
        Assert.DoesNotContain("__Host-beffroi-customer-person", browser.Cookies.Keys);
        // Nothing that began without it.
        Assert.Equal(HttpStatusCode.SeeOther, await browser.GetAsync("/sign-in/providers"));
        await browser.GetAsync("/sign-in/provider/code");
        var window = browser.SecondWindow();
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SubmitAsync(("code", _bob.NextCode())));
        Assert.Equal("/device", browser.Answer.Headers.Location!.ToString());
        Assert.Contains("__Host-beffroi-customer-person", browser.Cookies.Keys);
        // It opens what a session begins with, and nothing that would last.
        Assert.Equal(HttpStatusCode.OK, await browser.FollowAsync());
        Assert.Equal(HttpStatusCode.SeeOther, await browser.GetAsync("/passkeys"));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.GetAsync("/sign-in/providers"));
        // Once.
        Assert.Equal(HttpStatusCode.Forbidden, await window.SubmitAsync(("code", _bob.NextCode())));
        window.Dispose();

        _provider.Change = c => { c["acr"] = "eidas1"; c["amr"] = new JsonArray("pwd", "mfa"); };
        using var another = new Browser(_server);
        Assert.True(await _bob.WorksAsync(await BeginAsync(another)));
        await _server.LedgerIntegratedAsync();
        Assert.Contains(("sign-in", "refused", "identity provider hospital: wrong-credentials"), await _server.LedgerAsync());
    }

    [Fact]
    public async Task Where_it_is_demanded_members_begin_nothing_without_and_owners_do()
    {
        await LinkAsync(_bob);
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        using var dora = await SignedInPerson.EnrolAsync(_server, "dora");
        await PutAsync(_server.Alice, "/v1/organizations/demo/grants", """{ "role": "owner", "member": "dora" }""");
        using var browser = new Browser(_server);
        var byProvider = await BeginAsync(browser);
        var (carols, _) = await carol.BeginAsync();
        var (doras, _) = await dora.BeginAsync();
        // Agreed to before, and used after.
        var agreed = (await carol.AgreeAsync())["code"]!;

        await PutAsync(_server.Alice, Provider, _provider.Content(c => c["required"] = true));
        Assert.False(await carol.WorksAsync(carols));
        Assert.True(await dora.WorksAsync(doras));
        Assert.True(await _bob.WorksAsync(byProvider));
        await SignedInPerson.AssertRefusedAsync(await carol.RedeemAsync(agreed), "invalid_grant");

        // The password opens the page to link on, and nothing else.
        await carol.SignInAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.GetAsync(SignedInPerson.Authorize(SignedInPerson.Challenge), "en"));
        Assert.Contains("demands that its members sign in by its identity provider", carol.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("organization=demo%2Fhospital", carol.Browser.Page, StringComparison.Ordinal);
        _provider.Subject = "person-2";
        await LinkAsync(carol);
        using var another = new Browser(_server);
        Assert.True(await carol.WorksAsync(await BeginAsync(another)));
        Assert.True(await dora.WorksAsync((await dora.BeginAsync()).Access));

        // The device flow is no way around.
        var device = await TestServer.BodyAsync(await carol.PostAsync("/oauth/device", ("client_id", "beffroi-cli"), ("scope", "offline_access")));
        await carol.SignInAsync();
        await carol.Browser.FollowAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await carol.Browser.SubmitAsync(("code", (string)device["user_code"]!)));
    }

    [Fact]
    public async Task What_is_removed_or_becomes_another_ends_at_once()
    {
        await LinkAsync(_bob);
        using var browser = new Browser(_server);
        var access = await BeginAsync(browser);
        // The same, with another name for people: nothing ends. More asked: what began with less does.
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c.Remove("nameClaim")));
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c.Remove("clientSecret")));
        Assert.True(await _bob.WorksAsync(access));
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c["acrValues"] = new JsonArray("eidas2")));
        Assert.False(await _bob.WorksAsync(access));
        access = await BeginAsync(browser);
        var back = await DepartAsync(browser);
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Provider)).EnsureSuccessStatusCode();
        Assert.False(await _bob.WorksAsync(access));
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, back));
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, Provider), 404, "not-found");

        // Registered anew, nobody is linked.
        await PutAsync(_server.Alice, Provider, _provider.Content());
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, await DepartAsync(browser)));
        await LinkAsync(_bob);
        access = await BeginAsync(browser);
        // Another client is another provider; a reset unlinks.
        await PutTests.AssertProblem(
            await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider, _provider.Content(c => { c["clientId"] = "another"; c.Remove("clientSecret"); })), 422, "invalid-request", "clientSecret");
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c["clientId"] = "another"));
        Assert.False(await _bob.WorksAsync(access));
        await PutAsync(_server.Alice, Provider, _provider.Content());
        await LinkAsync(_bob);
        await PutAsync(_server.Alice, "/v1/organizations/demo/members/bob", $$"""{ "invitationSha256": "{{Authenticator.Sha256("bfi_reset")}}" }""");
        Assert.Equal(HttpStatusCode.Forbidden, await ReturnAsync(browser, await DepartAsync(browser)));
        await _server.LedgerIntegratedAsync();
        Assert.Contains("identity-provider.remove", (await _server.LedgerAsync()).Select(e => e.Action));
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_tells_nothing_and_what_is_wrong_with_a_provider_is_named()
    {
        var pages = new HashSet<string>();
        using var browser = new Browser(_server);
        await PutAsync(_server.Alice, Provider.Replace("hospital", "second", StringComparison.Ordinal), _provider.Content());
        foreach (var asked in (string[])["evil", "nobody", "demo", "demo/none", "Not a name", "", "demo/hospital/x", "https://x.example"])
        {
            await browser.GetAsync("/sign-in/provider?organization=x", "en");
            Assert.Equal(HttpStatusCode.Forbidden, await browser.SubmitAsync(("organization", asked)));
            pages.Add(Regex.Replace(browser.Page, "value=\"[^\"]*\"", ""));
        }

        Assert.Single(pages);
        await DepartAsync(browser, "demo/second");
        // No other site's form, nor without the cookie.
        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostAsync("/sign-in/provider", [("organization", "demo/second")]));

        foreach (var (field, change) in new (string, Action<JsonObject>)[]
        {
            ("issuer", c => c["issuer"] = "http://id.example"), ("issuer", c => c["issuer"] = "https://id.example?x=y"), ("clientId", c => c["clientId"] = ""), ("clientId", c => c["clientId"] = new string('x', 201)),
            ("clientSecret", c => c["clientSecret"] = ""), ("clientSecret", c => c["clientSecret"] = new string('x', 501)), ("clientSecret", c => c["clientSecret"] = "é"), ("scopes", c => c["scopes"] = new JsonArray("a b")),
            ("acrValues", c => c["acrValues"] = new JsonArray("")), ("secondFactorAcr", c => c["secondFactorAcr"] = new JsonArray("a b")), ("secondFactorAmr", c => c["secondFactorAmr"] = new JsonArray("a\n")),
            ("maxAge", c => c["maxAge"] = -1), ("maxAge", c => c["maxAge"] = 86401), ("nameClaim", c => c["nameClaim"] = "a b"), ("authority", c => c["authority"] = "x"),
        })
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider, _provider.Content(change)), 422, "invalid-request", field);
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider + "-X", _provider.Content()), 422, "invalid-request", "provider");
        for (var i = 3; i <= 5; i++)
        {
            await PutAsync(_server.Alice, $"{Provider}{i}", _provider.Content());
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider + "6", _provider.Content()), 409, "too-many-providers");
        var listed = await (await _server.Alice.GetAsync("/v1/organizations/demo/identity-providers", Cancel)).Content.ReadAsStringAsync(Cancel);
        Assert.Equal(5, JsonNode.Parse(listed)!["items"]!.AsArray().Count);
        Assert.DoesNotContain("s3cret", listed, StringComparison.OrdinalIgnoreCase);

        // Whoever manages a provider could be anybody who is linked there: an administrator isn't enough.
        await PutAsync(_server.Alice, "/v1/organizations/demo/grants", """{ "role": "administrator", "member": "bob" }""");
        using var bob = _server.Client((await _bob.BeginAsync()).Access);
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(Provider, Cancel)).StatusCode);
        await PutTests.AssertProblem(await TestServer.SendAsync(bob, HttpMethod.Put, Provider, _provider.Content()), 403, "forbidden");
    }

    [Fact]
    public async Task A_secret_is_shown_where_the_provider_takes_it_and_nobody_signs_in_without()
    {
        _provider.TakesPost = true;
        await LinkAsync(_bob);
        using var browser = new Browser(_server);
        Assert.True(await _bob.WorksAsync(await BeginAsync(browser)));
        await PutAsync(_server.Alice, Provider, _provider.Content(c => c["clientSecret"] = "another"));
        await RefusedAsync(browser, "code-refused");
        await ExecuteAsync("delete from platform.resource_keys where resource_id in (select id from platform.identity_providers)");
        await RefusedAsync(browser, "key-unavailable");
    }

    [Fact]
    public async Task Where_a_key_signs_there_is_no_secret_and_the_key_is_published()
    {
        string Signing() => _provider.Content(c => { c.Remove("clientSecret"); c["authentication"] = "private-key"; });
        await PutAsync(_server.Alice, Provider, Signing());
        var path = (string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Provider, Cancel)))["keysPath"]!;
        _provider.ClientKeys = () => _server.Nobody.GetStringAsync(path, Cancel);
        await LinkAsync(_bob);
        var published = await _provider.ClientKeys();
        // It stays, also when something else is changed.
        await PutAsync(_server.Alice, Provider, Signing());
        Assert.Equal(published, await _provider.ClientKeys());
        using var browser = new Browser(_server);
        Assert.True(await _bob.WorksAsync(await BeginAsync(browser)));
        await using (var kept = _server.Store.CreateCommand("select string_agg(s.name, ',') from platform.secrets s join platform.identity_providers i on i.id = s.owner_id"))
        {
            Assert.Equal("client-key", await kept.ExecuteScalarAsync(Cancel));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await _server.Nobody.GetAsync("/sign-in/provider/keys/" + Guid.NewGuid(), Cancel)).StatusCode);
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider, _provider.Content(c => c["authentication"] = "private-key")), 422, "invalid-request", "clientSecret");
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider, _provider.Content(c => c.Remove("clientSecret"))), 422, "invalid-request", "clientSecret");
        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Provider, _provider.Content(c => c["authentication"] = "none")), 422, "invalid-request", "authentication");
        // And back: the key is gone.
        await PutAsync(_server.Alice, Provider, _provider.Content());
        _provider.ClientKeys = null;
        Assert.True(await _bob.WorksAsync(await BeginAsync(browser)));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Nobody.GetAsync(path, Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_provider_in_the_platforms_own_networks_is_not_asked()
    {
        await using var server = await TestServer.StartAsync(postgres, failuresAllowed: 1000);
        await PutAsync(server.Alice, Provider, _provider.Content());
        using var browser = new Browser(server);
        await browser.GetAsync("/sign-in/provider");
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SubmitAsync(("organization", "demo")));
    }

    private static string Onward(Browser browser)
    {
        var found = Regex.Match(browser.Page, "<meta http-equiv=\"refresh\" content=\"0; url=([^\"]+)\">");
        Assert.True(found.Success, browser.Page);
        return WebUtility.HtmlDecode(found.Groups[1].Value);
    }

    private static string With(Uri address, string name, string? value)
    {
        var query = HttpUtility.ParseQueryString(address.Query);
        if (value is null)
        {
            query.Remove(name);
        }
        else
        {
            query[name] = value;
        }

        return address.AbsolutePath + "?" + query;
    }

    private static Task<HttpStatusCode> ReturnAsync(Browser browser, Uri address) => ReturnAsync(browser, address.PathAndQuery);

    private static Task<HttpStatusCode> ReturnAsync(Browser browser, string address) => browser.GetAsync(address, "en");

    private static async Task PutAsync(HttpClient client, string path, string json)
    {
        var answer = await TestServer.SendAsync(client, HttpMethod.Put, path, json);
        Assert.True(answer.IsSuccessStatusCode, path + await answer.Content.ReadAsStringAsync(Cancel));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Sends a browser to the provider; where that sends it back to.</summary>
    private async Task<Uri> DepartAsync(Browser browser, string asked = "demo", string page = "/sign-in/provider")
    {
        Assert.Equal(HttpStatusCode.OK, await browser.GetAsync(page, "en"));
        var status = await browser.SubmitAsync(("organization", asked));
        Assert.True(status == HttpStatusCode.OK, browser.Page);
        return await _provider.VisitAsync(Onward(browser));
    }

    private async Task<Uri> DepartToLinkAsync(SignedInPerson person)
    {
        await person.SignInAsync();
        Assert.Equal(HttpStatusCode.OK, await person.Browser.GetAsync("/sign-in/providers", "en"));
        await using var find = _server.Store.CreateCommand("select i.id from platform.identity_providers i join platform.organizations o on o.id = i.organization_id where o.name = 'demo' and i.name = 'hospital'");
        var provider = (Guid)(await find.ExecuteScalarAsync(Cancel))!;
        Assert.Equal(HttpStatusCode.OK, await person.Browser.PostAsync("/sign-in/providers/link", [("form", person.Browser.Proof), ("provider", provider.ToString())]));
        return await _provider.VisitAsync(Onward(person.Browser));
    }

    private async Task LinkAsync(SignedInPerson person)
    {
        var status = await ReturnAsync(person.Browser, await DepartToLinkAsync(person));
        Assert.True(status == HttpStatusCode.OK, person.Browser.Page);
        Assert.Equal("/sign-in/providers", Onward(person.Browser));
        Assert.Equal(HttpStatusCode.OK, await person.Browser.GetAsync("/sign-in/providers", "en"));
    }

    /// <summary>A session of the command line's by way of the provider, from the link that it opens on.</summary>
    private async Task<string> BeginAsync(Browser browser)
    {
        browser.Forget("__Host-beffroi-customer-person");
        Assert.Equal(HttpStatusCode.SeeOther, await browser.GetAsync(SignedInPerson.Authorize(SignedInPerson.Challenge)));
        await browser.FollowAsync();
        var page = WebUtility.HtmlDecode(Regex.Match(browser.Page, "href=\"(/sign-in/provider\\?[^\"]+)\"").Groups[1].Value);
        var status = await ReturnAsync(browser, await DepartAsync(browser, "demo/hospital", page));
        Assert.True(status == HttpStatusCode.OK, browser.Page);
        Assert.Equal(HttpStatusCode.OK, await browser.GetAsync(Onward(browser)));
        status = await browser.SubmitAsync(("decision", "allow"));
        Assert.True(status is HttpStatusCode.Found or HttpStatusCode.SeeOther, browser.Page);
        var code = HttpUtility.ParseQueryString(browser.Answer.Headers.Location!.Query)["code"]!;
        return (await SignedInPerson.TokensAsync(await _bob.RedeemAsync(code))).Access;
    }

    private async Task RefusedAsync(Browser browser, string reason)
    {
        var before = (await _server.LedgerAsync("entry::jsonb->>'reason' = 'identity provider hospital: " + reason + "'")).Count;
        var status = await ReturnAsync(browser, await DepartAsync(browser));
        Assert.True(status == HttpStatusCode.Forbidden, reason + browser.Page);
        Assert.DoesNotContain("__Host-beffroi-customer-person", browser.Cookies.Keys);
        await _server.LedgerIntegratedAsync();
        var all = await _server.LedgerAsync("entry::jsonb->>'action' = 'sign-in'");
        Assert.True(all.Count(e => e == ("sign-in", "refused", "identity provider hospital: " + reason)) == before + 1, reason + ": " + all[^1].Reason);
    }
}
