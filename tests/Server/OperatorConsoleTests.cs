using System.Net;
using System.Text.RegularExpressions;
using System.Web;
using Beffroi.Hosts.WebConsole;
using Beffroi.Infrastructure;
using Beffroi.Platform.Identity;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>The operator's console as a browser sees it: its own sign-in and sessions, a wall to the customers' console both ways, and what its pages show and change.</summary>
public sealed partial class OperatorConsoleTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Cookie = "__Host-beffroi-operator-console", CustomersCookie = "__Host-beffroi-console";
    private static readonly string Digest = new('b', 64), Older = new('c', 64);
    private readonly PretendedHost _host = new();
    private readonly AdvancedTime _time = new();
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host.State = _host.State with { Images = new Dictionary<string, string> { ["postgres"] = Digest } };
        _server = await TestServer.StartAsync(postgres, failuresAllowed: 100, change: services =>
        {
            services.Replace(ServiceDescriptor.Singleton<IInfrastructure>(_host));
            services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_time));
            services.Replace(ServiceDescriptor.Singleton(new ConsoleOptions { Sweep = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromMinutes(1), MostPerPerson = 2 }));
        });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Signing_in_is_with_the_operator_s_own_directory_issuer_and_cookie_and_ends_by_signing_out_or_by_time()
    {
        using var sam = await SamAsync();
        await SignInAsync(sam, "/console/hosts");
        Assert.Equal("/console/hosts", sam.Browser.Answer.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.FollowAsync());
        Assert.Equal(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            sam.Browser.Answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(sam.Browser.Answer.Headers.CacheControl!.NoStore);
        Assert.DoesNotMatch("<script|style=", sam.Browser.Page);
        Assert.Contains("<html lang=\"en\" class=\"operator\">", sam.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("<title>Hosts and capacity – Beffroi, Operator</title>", sam.Browser.Page, StringComparison.Ordinal);
        Assert.True(sam.Browser.Cookies.ContainsKey(Cookie) && !sam.Browser.Cookies.ContainsKey(CustomersCookie));
        Assert.All(sam.Browser.CookieLines.Where(l => l.Contains("console", StringComparison.Ordinal)), line =>
        {
            Assert.Contains("; path=/; secure; samesite=lax; httponly", line, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch("bfs_|bft_", line + sam.Browser.Page);
        });
        Assert.Equal("beffroi-operator-console", await ScalarAsync("select client from platform.sessions where ended_at is null and side = 'operator'"));
        Assert.Equal(HttpStatusCode.BadRequest, await sam.Browser.PostAsync("/console/sign-out", [("form", new string('A', 43))]));
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync("/console"));
        var stolen = sam.Browser.SecondWindow();
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.SubmitAsync());
        Assert.False(sam.Browser.Cookies.ContainsKey(Cookie));
        Assert.Equal(HttpStatusCode.SeeOther, await stolen.GetAsync("/console"));
        stolen.Dispose();
        // Time ends another, in the operator's directory too.
        await SignInAsync(sam);
        _time.Advance(new ConsoleOptions().Idle + TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100 && (long)(await ScalarAsync("select count(*) from platform.sessions where ended_at is null"))! > 0; i++)
        {
            await Task.Delay(200, Cancel);
        }

        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [("session.begin", "accepted", "authorization-code"), ("session.end", "accepted", "signed-out"), ("session.begin", "accepted", "authorization-code"), ("session.end", "accepted", "idle")],
            await _server.LedgerAsync("entry like '%\"session.%' and entry::jsonb->>'organizationId' is null"));
    }

    [Fact]
    public async Task Neither_side_s_cookies_codes_forms_or_pages_are_anything_on_the_other()
    {
        using var sam = await SamAsync();
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        await SignInAsync(sam);
        await SignInAsync(bob);
        foreach (var path in (string[])["/zones", "/zones/local", "/hosts", "/images", "/organizations", "/people", "/people/sam", "/register", "/register/sovereignty"])
        {
            Assert.Equal(HttpStatusCode.OK, await sam.Browser.GetAsync("/console" + path));
            Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console" + path));
            Assert.DoesNotContain("class=\"operator\"", bob.Browser.Page, StringComparison.Ordinal);
        }

        foreach (var path in (string[])["/spaces/eval", "/spaces/eval/postgres/db", "/members", "/tokens", "/key", "/trust", "/trust/sovereignty", "/approvals", "/alerts", "/safeguards", "/groups", "/roles", "/access-reviews"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync("/console" + path));
            Assert.Contains("class=\"operator\"", sam.Browser.Page, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.PostAsync("/console/members", [("form", "x")]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.PostAsync("/console/people", [("form", "x")]));
        // A session's cookie, under either name, at the other's listener.
        foreach (var (cookie, side) in new[] { (bob.Browser.Cookies[CustomersCookie], Side.Operator), (sam.Browser.Cookies[Cookie], Side.Customer) })
        {
            using var client = _server.Client(null, side);
            foreach (var name in (string[])[Cookie, CustomersCookie])
            {
                var answer = await TestServer.SendAsync(client, HttpMethod.Get, "/console", null, ("Cookie", $"{name}={cookie}"));
                Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
                Assert.StartsWith("/console/sign-in", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
            }
        }

        // A form's proof of the other side's session.
        await bob.Browser.GetAsync("/console");
        var proof = Proof(bob);
        await sam.Browser.GetAsync("/console");
        Assert.Equal(HttpStatusCode.BadRequest, await sam.Browser.PostAsync("/console/people", [("form", proof), ("name", "eve"), ("role-support", "on")]));
        // A code of the operator's issuer, at the customers' console, in a browser that has begun there.
        using var other = await SignedInPerson.EnrolAsync(_server, "olga", Side.Operator);
        var code = HttpUtility.ParseQueryString((await AgreeAsync(other, "/console")).Query)["code"];
        await bob.Browser.GetAsync("/console/sign-in");
        var state = HttpUtility.ParseQueryString(bob.Browser.Answer.Headers.Location!.ToString().Split('?')[1])["state"];
        Assert.Equal(HttpStatusCode.Forbidden, await bob.Browser.GetAsync($"/console/callback?code={code}&state={state}"));
        // Customers' accounts are unknown at the operator's sign-in.
        using var browser = new Browser(_server, Side.Operator);
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", SignedInPerson.Password, "000000"));
        Assert.Contains("class=\"operator\"", browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_capacity_and_images_are_shown_with_what_needs_attention()
    {
        await File.WriteAllTextAsync($"{_server.ImagesDirectory}/{Digest}.cdx.json", """
            { "metadata": { "timestamp": "2026-11-20T08:15:00Z" }, "components": [
              { "name": "beffroi-agent", "version": "0123abcd" }, { "name": "base-files", "version": "13.8+deb13u2", "purl": "pkg:deb/debian/base-files@13.8" },
              { "name": "postgresql-17", "version": "17.6-0+deb13u1", "purl": "pkg:deb/debian/postgresql-17@17.6" }, { "name": "postgresql-client-17", "version": "1", "purl": "pkg:deb/debian/x@1" } ] }
            """, Cancel);
        (await _server.PutAsync("db", """{ "spec": { "size": "s2", "storage": "50GiB" } }""")).EnsureSuccessStatusCode();
        await HeardAsync();
        using var sam = await SamAsync("capacity");
        await SignInAsync(sam);
        await sam.Browser.GetAsync("/console/hosts", "en");
        Matches(sam, @"(?s)pretended.*answers.*load 1\.5 on 16 CPUs.*64\s?GiB used of 128\s?GiB.*1\s?TiB used of 4\s?TiB.*Debian GNU/Linux 13.*6\.12\.0.*6\.0\.4");
        Matches(sam, @"(?s)CPUs</th><td class=""number"">16</td><td class=""number"">1\.5</td><td class=""number"">2</td><td class=""number"">no limit</td>");
        Matches(sam, @"(?s)Storage</th>.*50\s?GiB</td>");
        await sam.Browser.GetAsync("/console/images", "fr");
        Matches(sam, @"(?s)postgres.*bbbbbbbbbbbb.*pour les nouvelles instances.*2026-11-20 08:15 UTC.*13\.2.*17\.6-0\+deb13u1.*0123abcd");
        // Nothing of a customer's by name but the organizations.
        foreach (var path in (string[])["", "/hosts", "/images", "/organizations", "/organizations/demo", "/zones/local"])
        {
            await sam.Browser.GetAsync("/console" + path);
            Assert.DoesNotMatch(">db<|/eval|>eval", sam.Browser.Page);
        }

        await ExecuteAsync($$"""
            update platform.hosts set heard_at = now() - interval '3 minutes', report = replace(report, '"InstancesByImage":{}', '"InstancesByImage":{"{{Older}}":2}');
            insert into platform.zone_declarations (zone, content, changed_by) values ('local', '{"country":"FR","operator":"Region","qualifications":[{"kind":"hds","by":"A body","reference":"H-1","from":"2020-01-01","until":"2021-12-31"}]}', 'x')
            """);
        await sam.Browser.GetAsync("/console", "en");
        Matches(sam, @"(?s)wrong.*The host pretended has been silent since.*HDS H-1 of the zone local ended on 2021-12-31.*2 instances are still of the replaced image cccccccccccc");
        await sam.Browser.GetAsync("/console", "fr");
        Matches(sam, @"(?s)anormal.*L’hôte pretended est silencieux depuis le");
        await sam.Browser.GetAsync("/console/zones/local", "en");
        Matches(sam, @"(?s)HDS.*ended.*A body.*H-1");
        Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync("/console/zones/none"));
        Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync("/console/zones/" + Uri.EscapeDataString("<b>x")));
    }

    [Fact]
    public async Task An_organization_is_made_with_its_first_owner_s_code_and_its_quota_is_set()
    {
        using var sam = await SamAsync();
        await SignInAsync(sam);
        await sam.Browser.GetAsync("/console/organizations", "en");
        var proof = Proof(sam);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await sam.Browser.PostAsync("/console/organizations", [("form", proof), ("name", "hospital"), ("owner", "Not a name")]));
        Assert.Matches("(?s)id=\"owner-wrong\".*40", sam.Browser.Page);
        Assert.Equal(HttpStatusCode.Conflict, await sam.Browser.PostAsync("/console/organizations", [("form", proof), ("name", "demo"), ("owner", "eve")]));
        Assert.Contains("There is an organization of this name", Text(sam), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync("/console/organizations", [("form", proof), ("name", "hospital"), ("owner", "carla")]));
        var once = sam.Browser.Answer.Headers.Location!.ToString();
        Assert.Equal(HttpStatusCode.OK, await sam.Browser.FollowAsync());
        var code = Regex.Match(sam.Browser.Page, "bfi_[A-Za-z0-9_-]{43}").Value;
        Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync(once));
        // The owner enrols on the customers' side, where alone the code is one.
        using (var elsewhere = new Browser(_server, Side.Operator))
        {
            await elsewhere.GetAsync("/enrol");
            Assert.NotEqual(HttpStatusCode.OK, await elsewhere.SubmitAsync(("invitation", code)));
        }

        using var owner = new Browser(_server);
        var (_, codes) = await owner.EnrolAsync(code, SignedInPerson.Password, s => Authenticator.Code(s));
        Assert.Equal(HttpStatusCode.SeeOther, await owner.SignInAsync("hospital/carla", SignedInPerson.Password, codes[0]));
        Assert.Equal("owner", await ScalarAsync("select role from platform.grants g join platform.principals p on p.id = g.principal_id where p.name = 'carla' and p.accepted_at is not null"));

        const string One = "/console/organizations/demo";
        await sam.Browser.GetAsync(One, "en");
        Assert.Equal(HttpStatusCode.SeeOther, await sam.Browser.PostAsync(One, [("form", proof), ("cpus", "16"), ("memory", "64GiB"), ("storage", ""), ("resources", "postgres=3\r\nkubernetes = 1")]));
        await sam.Browser.FollowAsync();
        Matches(sam, @"(?s)CPUs</th>\s*<td class=""number"">0</td>\s*<td class=""number"">16</td>.*64GiB.*no limit.*Kubernetes.*PostgreSQL</th>\s*<td class=""number"">0</td>\s*<td class=""number"">3</td>");
        Assert.Contains("beffroi --context admin quota set --organization demo --cpus 16 --memory 64GiB --resources kubernetes=1 --resources postgres=3", Text(sam), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await sam.Browser.PostAsync(One, [("form", proof), ("cpus", "many"), ("memory", "much"), ("resources", "postgres")]));
        Assert.Matches("(?s)id=\"cpus-wrong\".*0 to 1000000.*id=\"memory-wrong\".*64GiB.*id=\"resources-wrong\"", sam.Browser.Page);
        // The organization sees who did it.
        await _server.LedgerIntegratedAsync();
        Assert.Contains(("quota.manage", "accepted", null), await _server.LedgerAsync("entry::jsonb->>'organizationId' = (select id::text from platform.organizations where name = 'demo') and entry like '%operator:sam%'"));
        Assert.Equal(HttpStatusCode.NotFound, await sam.Browser.GetAsync("/console/organizations/none"));
    }

    [Fact]
    public async Task Each_role_sees_and_changes_what_the_api_lets_it()
    {
        using var ada = await SamAsync("platform-auditor", "ada");
        await SignInAsync(ada);
        await ada.Browser.GetAsync("/console/organizations/demo", "en");
        Assert.Equal(HttpStatusCode.Forbidden, await ada.Browser.PostAsync("/console/organizations/demo", [("form", Proof(ada)), ("cpus", "1")]));
        Assert.Contains("quota.manage", Text(ada), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await ada.Browser.PostAsync("/console/organizations", [("form", Proof(ada)), ("name", "new"), ("owner", "eve")]));
        Assert.Equal(HttpStatusCode.Forbidden, await ada.Browser.PostAsync("/console/people", [("form", Proof(ada)), ("name", "eve")]));
        await _server.LedgerIntegratedAsync();
        Assert.Equal(HttpStatusCode.OK, await ada.Browser.GetAsync("/console/ledger"));
        Assert.Contains("operator.put", ada.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await ada.Browser.GetAsync("/console/ledger?action=operator.put"));
        Assert.Contains("beffroi --context admin ledger search --action operator.put", Text(ada), StringComparison.Ordinal);
        using var max = await SamAsync("capacity", "max");
        await SignInAsync(max);
        Assert.Equal(HttpStatusCode.OK, await max.Browser.GetAsync("/console"));
        foreach (var path in (string[])["/people", "/people/ada", "/lockbox", "/ledger"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await max.Browser.GetAsync("/console" + path, "en"));
            Assert.Contains("Ask a platform administrator", Text(max), StringComparison.Ordinal);
        }
    }

    // Of a form on the last page.
    private static string Proof(SignedInPerson person) => Regex.Match(person.Browser.Page, "name=\"form\" value=\"([A-Za-z0-9_-]{43})\"").Groups[1].Value;

    private static string Text(SignedInPerson person) => WebUtility.HtmlDecode(person.Browser.Page);

    private static void Matches(SignedInPerson person, string pattern) => Assert.Matches(pattern, Text(person));

    /// <summary>From a page of the console up to the address with the code.</summary>
    private static async Task<Uri> AgreeAsync(SignedInPerson person, string page)
    {
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.GetAsync(page));
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.FollowAsync());
        var back = await person.AgreeAsync(person.Browser.Answer.Headers.Location!.ToString(), "allow");
        Assert.Equal("/console/callback", back.AbsolutePath);
        return back;
    }

    private static async Task SignInAsync(SignedInPerson person, string page = "/console") =>
        Assert.Equal(HttpStatusCode.SeeOther, await person.Browser.GetAsync((await AgreeAsync(person, page)).PathAndQuery));

    private Task<SignedInPerson> SamAsync(string role = "platform-administrator", string name = "sam") => SignedInPerson.EnrolAsync(_server, name, Side.Operator, role);

    /// <summary>Until the zone's host was asked once.</summary>
    private async Task HeardAsync()
    {
        for (var i = 0; i < 100 && (long)(await ScalarAsync("select count(*) from platform.hosts"))! == 0; i++)
        {
            await Task.Delay(100, Cancel);
        }
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
