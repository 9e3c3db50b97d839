using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Passkeys over HTTPS: added, used and removed on each side's pages, and whatever is refused.</summary>
public sealed class PasskeyTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Name = "localhost";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, failureWindow: TimeSpan.FromMinutes(5));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Side.Customer)]
    [InlineData(Side.Operator)]
    public async Task A_passkey_signs_its_holder_in_alone_and_is_gone_when_it_is_removed(Side side)
    {
        using var bob = await EnrolAsync("bob", side);
        using var passkey = new SoftPasskey { Count = 1 };
        await AddAsync(bob, passkey, "work machine <b>");
        Assert.Contains("<strong>work machine &lt;b&gt;</strong>", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("Added [0-9-]{10} [0-9:]{5} UTC · not used yet · for localhost · on one device only", bob.Browser.Page);

        using var fresh = new Browser(_server, side, Name);
        passkey.Count = 2;
        Assert.Equal(HttpStatusCode.SeeOther, await UseAsync(fresh, passkey, "/passkeys"));
        Assert.Equal("/passkeys", fresh.Answer.Headers.Location!.ToString());
        await fresh.FollowAsync();
        Assert.Contains("last used 20", fresh.Page, StringComparison.Ordinal);
        Assert.Contains(bob.Account, fresh.Page, StringComparison.Ordinal);
        Assert.All(fresh.CookieLines, line =>
        {
            Assert.StartsWith("__Host-", line, StringComparison.Ordinal);
            Assert.Contains("; secure; samesite=strict; httponly", line, StringComparison.OrdinalIgnoreCase);
        });

        // It is as good as a password and a code: for one session.
        passkey.Count = 3;
        Assert.Equal(HttpStatusCode.SeeOther, await UseAsync(fresh, passkey, SignedInPerson.Authorize(SignedInPerson.Challenge)));
        Assert.Equal(HttpStatusCode.OK, await fresh.FollowAsync());
        Assert.True(await fresh.SubmitAsync(("decision", "allow")) is HttpStatusCode.Found or HttpStatusCode.SeeOther);
        Assert.Contains("code=", fresh.Answer.Headers.Location!.Query, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await fresh.GetAsync("/passkeys"));

        await bob.Browser.GetAsync("/passkeys");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.SubmitAsync());
        await bob.Browser.FollowAsync();
        Assert.DoesNotContain("work machine", bob.Browser.Page, StringComparison.Ordinal);
        passkey.Count = 4;
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(fresh, passkey));
        await _server.LedgerIntegratedAsync();
        Assert.Equal(
            [("passkey.add", "accepted", null), ("sign-in", "accepted", "passkey"), ("sign-in", "accepted", "passkey"), ("passkey.remove", "accepted", null)],
            (await _server.LedgerAsync("entry like '%passkey%' and entry not like '%passkeys/options%'")).Where(e => e.Action != "sign-in" || e.Reason == "passkey"));
    }

    [Fact]
    public async Task Whatever_is_wrong_is_answered_alike_and_no_sooner()
    {
        using var bob = await EnrolAsync("bob");
        using var passkey = new SoftPasskey();
        await AddAsync(bob, passkey);
        using var browser = new Browser(_server, host: Name);
        using var unknown = new SoftPasskey { User = passkey.User };
        using var forged = new SoftPasskey { Id = passkey.Id, User = passkey.User };
        var pages = new HashSet<string>();
        await RefusedAsync(unknown);
        await RefusedAsync(forged);
        await RefusedAsync(passkey, p => p.Origin = "https://evil.example");
        await RefusedAsync(passkey, p => p.Flags = SoftPasskey.Up);
        await RefusedAsync(passkey, p => p.RpId = "evil.example");
        // What was answered to someone else.
        var options = JsonNode.Parse(await AskAsync(browser))!.ToJsonString();
        var answer = passkey.Use(options, browser.Origin);
        await AskAsync(browser);
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(browser, answer));
        // Used, a second time. Five that failed had locked it.
        await ExecuteAsync("update platform.passkeys set locked_until = null, failures = 0");
        options = await AskAsync(browser);
        answer = passkey.Use(options, browser.Origin);
        var cookie = browser.Cookies["__Host-beffroi-customer-passkey"];
        using var second = browser.SecondWindow();
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(browser, answer));
        Assert.Equal(cookie, second.Cookies["__Host-beffroi-customer-passkey"]);
        await second.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(second, answer));
        // Too late.
        options = await AskAsync(browser);
        await ExecuteAsync("update platform.passkey_challenges set expires_at = now()");
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(browser, passkey.Use(options, browser.Origin)));
        // From a browser that wasn't asked, or another site's page.
        options = await AskAsync(browser);
        using var elsewhere = new Browser(_server, host: Name);
        await elsewhere.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(elsewhere, passkey.Use(options, browser.Origin)));
        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostAsync("/sign-in/passkey", [("credential", passkey.Use(options, browser.Origin))]));
        await browser.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostAsync("/sign-in/passkey/options", [("form", "x")]));
        // Larger than any answer is.
        await AskAsync(browser);
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(browser, new string('x', 9000)));
        Assert.Single(pages);
        await _server.LedgerIntegratedAsync();
        var reasons = (await _server.LedgerAsync("entry like '%\"sign-in\"%' and entry::jsonb->>'organizationId' is not null")).Where(e => e.Reason != "recovery-code").Select(e => e.Reason);
        Assert.Equal(["wrong-passkey", "wrong-passkey", "wrong-passkey", "wrong-passkey", "locked-out"], reasons.Take(5));

        async Task RefusedAsync(SoftPasskey with, Action<SoftPasskey>? change = null)
        {
            var (origin, rpId, flags) = (with.Origin, with.RpId, with.Flags);
            change?.Invoke(with);
            var asked = await AskAsync(browser);
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(browser, with.Use(asked, browser.Origin)));
            Assert.True(Stopwatch.GetElapsedTime(started) > TimeSpan.FromMilliseconds(950));
            pages.Add(Regex.Replace(browser.Page, "value=\"[^\"]*\"", ""));
            (with.Origin, with.RpId, with.Flags) = (origin, rpId, flags);
        }
    }

    [Fact]
    public async Task A_counter_that_doesn_t_go_on_is_refused_and_told()
    {
        using var bob = await EnrolAsync("bob");
        using var passkey = new SoftPasskey { Count = 5 };
        await AddAsync(bob, passkey);
        using var browser = new Browser(_server, host: Name);
        foreach (var (count, status) in new[] { (6u, HttpStatusCode.SeeOther), (6u, HttpStatusCode.Forbidden), (5u, HttpStatusCode.Forbidden), (0u, HttpStatusCode.Forbidden), (7u, HttpStatusCode.SeeOther) })
        {
            passkey.Count = count;
            Assert.Equal(status, await UseAsync(browser, passkey));
        }

        await _server.LedgerIntegratedAsync();
        Assert.Equal(3, (await _server.LedgerAsync("entry like '%passkey-counter%'")).Count(e => e is { Action: "sign-in", Outcome: "refused" }));
    }

    [Fact]
    public async Task Each_side_has_its_own()
    {
        using var sam = await EnrolAsync("sam", Side.Operator);
        using var passkey = new SoftPasskey();
        await AddAsync(sam, passkey);
        // The same name at another port: the same for an authenticator, and not for us.
        using var customers = new Browser(_server, Side.Customer, Name);
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(customers, passkey));
        passkey.Origin = sam.Browser.Origin;
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(customers, passkey));
        using var operators = new Browser(_server, Side.Operator, Name);
        Assert.Equal(HttpStatusCode.SeeOther, await UseAsync(operators, passkey));
        passkey.Origin = customers.Origin;
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(operators, passkey));
        // Nor is what one side asked an answer to the other.
        using var bob = await EnrolAsync("bob");
        Assert.Empty(bob.Browser.Cookies.Keys.Intersect(operators.Cookies.Keys));
        await ExecuteAsync("update platform.passkeys set domain = 'cloud.example'");
        passkey.Origin = null;
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(operators, passkey));
    }

    [Fact]
    public async Task A_reset_or_a_disabled_account_ends_them_at_once()
    {
        using var bob = await EnrolAsync("bob");
        using var passkey = new SoftPasskey();
        await AddAsync(bob, passkey);
        using var browser = new Browser(_server, host: Name);
        await PutAsync("""{ "disabled": true }""");
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(browser, passkey));
        await PutAsync("""{ "disabled": false }""");
        Assert.Equal(HttpStatusCode.SeeOther, await UseAsync(browser, passkey));
        // One that is being added too.
        await OpenAsync(bob);
        var proof = bob.Browser.Proof;
        using var late = new SoftPasskey();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.PostAsync("/passkeys/options", [("form", proof)]));
        var answer = late.Make(bob.Browser.Page, bob.Browser.Origin);
        await PutAsync($$"""{ "invitationSha256": "{{Authenticator.Sha256("bfi_again")}}" }""");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync("/passkeys", [("form", proof), ("name", "late"), ("credential", answer)]));
        Assert.StartsWith("/sign-in", bob.Browser.Answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(browser, passkey));
        using var again = new Browser(_server, host: Name);
        await again.EnrolAsync("bfi_again", SignedInPerson.Password + "2", s => Authenticator.Code(s));
        Assert.Contains("<a href=\"/passkeys\">", again.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(browser, passkey));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.passkeys"));

        async Task PutAsync(string json) => (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/organizations/demo/members/bob", json)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Who_guesses_at_one_locks_it_and_neither_the_password_nor_another()
    {
        using var bob = await EnrolAsync("bob");
        using var passkey = new SoftPasskey();
        using var other = new SoftPasskey();
        await AddAsync(bob, passkey, "one");
        await AddAsync(bob, other, "two");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var attacker = new Browser(_server, host: Name);
            using var forged = new SoftPasskey { Id = passkey.Id, User = passkey.User };
            Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(attacker, forged));
        }));
        using var browser = new Browser(_server, host: Name);
        Assert.Equal(HttpStatusCode.Forbidden, await UseAsync(browser, passkey));
        Assert.Equal(HttpStatusCode.SeeOther, await UseAsync(browser, other));
        await bob.SignInAsync();
        await _server.LedgerIntegratedAsync();
        // Five were looked at, however many came at once.
        Assert.Equal(5, (await _server.LedgerAsync("entry like '%wrong-passkey%' or entry like '%locked-out%'")).Count);
        await ExecuteAsync("update platform.passkeys set locked_until = now()");
        Assert.Equal(HttpStatusCode.SeeOther, await UseAsync(browser, passkey));
    }

    [Fact]
    public async Task There_are_only_so_many_each_with_a_name_and_each_holder_s_own()
    {
        using var bob = await EnrolAsync("bob");
        using var carol = await EnrolAsync("carol");
        using var passkey = new SoftPasskey();
        await AddAsync(bob, passkey);
        // Not another's, whoever shows it.
        await carol.SignInAsync("/passkeys");
        await carol.Browser.FollowAsync();
        var proof = carol.Browser.Proof;
        var id = (Guid)(await ScalarAsync("select id from platform.passkeys"))!;
        Assert.Equal(HttpStatusCode.SeeOther, await carol.Browser.PostAsync("/passkeys/remove", [("form", proof), ("id", id.ToString())]));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.passkeys"));
        using var same = new SoftPasskey { Id = passkey.Id };
        await carol.Browser.GetAsync("/passkeys");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await OfferAsync(carol.Browser, same, "mine"));
        foreach (var name in (string[])["", " ", new string('x', 65), "a\u0007b"])
        {
            using var unnamed = new SoftPasskey();
            await carol.Browser.GetAsync("/passkeys");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await OfferAsync(carol.Browser, unnamed, name));
        }

        // An answer is good once, also to who was asked.
        using var once = new SoftPasskey();
        await carol.Browser.GetAsync("/passkeys");
        proof = carol.Browser.Proof;
        Assert.Equal(HttpStatusCode.OK, await carol.Browser.PostAsync("/passkeys/options", [("form", proof)]));
        var answer = once.Make(carol.Browser.Page, carol.Browser.Origin);
        Assert.Equal(HttpStatusCode.SeeOther, await carol.Browser.PostAsync("/passkeys", [("form", proof), ("name", "a"), ("credential", answer)]));
        await ExecuteAsync("delete from platform.passkeys where name = 'a'");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await carol.Browser.PostAsync("/passkeys", [("form", proof), ("name", "a"), ("credential", answer)]));

        await ExecuteAsync("""
            insert into platform.passkeys (holder, name, credential_id, public_key, domain, sign_count, backup_eligible, backed_up, transports)
            select k.holder, 'n' || i, sha256(i::text::bytea), 'x', 'localhost', 0, true, true, '{}' from platform.passkeys k, generate_series(1, 18) i
            """);
        await bob.Browser.GetAsync("/passkeys");
        Assert.Contains("synced between your devices", bob.Browser.Page, StringComparison.Ordinal);
        proof = bob.Browser.Proof;
        using var last = new SoftPasskey();
        using var beyond = new SoftPasskey();
        await OfferAsync(bob.Browser, last, "last");
        Assert.Equal(HttpStatusCode.SeeOther, bob.Browser.Answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.PostAsync("/passkeys/options", [("form", proof)]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync("/passkeys", [("form", proof), ("name", "x"), ("credential", beyond.Make(bob.Browser.Page, bob.Browser.Origin))]));
        Assert.Contains("You have 20", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-passkey", bob.Browser.Page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_an_address_there_are_none_and_the_page_says_why()
    {
        using var bob = await SignedInPerson.EnrolAsync(_server, "bob");
        await bob.Browser.GetAsync("/sign-in", "en");
        Assert.Contains("opened by an IP address", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        var proof = bob.Browser.Proof;
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync("/sign-in/passkey/options", [("form", proof)]));
        await bob.SignInAsync("/passkeys");
        await bob.Browser.FollowAsync();
        Assert.Contains("opened by an IP address", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-passkey", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync("/passkeys/options", [("form", proof)]));
        Assert.Equal(0L, await ScalarAsync("select count(*) from platform.passkey_challenges"));
    }

    [Fact]
    public async Task The_pages_load_our_script_alone_and_ask_nobody_who_is_not_signed_in()
    {
        using var browser = new Browser(_server, host: Name);
        await browser.GetAsync("/sign-in", "fr");
        Assert.Contains("Se connecter avec une clé d’accès", browser.Page, StringComparison.Ordinal);
        Assert.Equal(
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
            browser.Answer.Headers.GetValues("Content-Security-Policy").Single());
        var (proof, script) = (browser.Proof, Regex.Match(browser.Page, "<script type=\"module\" src=\"([^\"]+)\"></script>").Groups[1].Value);
        Assert.Equal(1, Regex.Count(browser.Page, "<script"));
        Assert.Equal(HttpStatusCode.OK, await browser.GetAsync(script));
        Assert.Equal("text/javascript", browser.Answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("immutable", browser.Answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal(script.Split('/')[3], Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(browser.Page))));
        Assert.Equal(HttpStatusCode.NotFound, await browser.GetAsync(script.Replace(script.Split('/')[3], new string('0', 64), StringComparison.Ordinal)));
        foreach (var path in (string[])["/passkeys", "/passkeys/remove"])
        {
            Assert.Equal(HttpStatusCode.SeeOther, await browser.PostAsync(path, [("form", proof), ("name", "x"), ("credential", "{}"), ("id", Guid.NewGuid().ToString())]));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostAsync("/passkeys/options", [("form", proof)]));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.GetAsync("/passkeys"));
        Assert.Equal("/sign-in?return=/passkeys", browser.Answer.Headers.Location!.ToString());
        // Not without end: an address waits once it has asked too often.
        await ExecuteAsync("""
            insert into platform.passkey_challenges (sha256, side, origin, state, expires_at)
            select sha256(i::text::bytea), 'customer', c.origin, '', now() + interval '1 minute' from generate_series(1, 200) i, (select '127.0.0.1' as origin) c
            """);
        Assert.Equal(HttpStatusCode.TooManyRequests, await browser.PostAsync("/sign-in/passkey/options", [("form", proof)]));
    }

    private static async Task<string> AskAsync(Browser browser)
    {
        await browser.GetAsync("/sign-in");
        var page = browser.Proof;
        Assert.Equal(HttpStatusCode.OK, await browser.PostAsync("/sign-in/passkey/options", [("form", page)]));
        var options = browser.Page;
        await browser.GetAsync("/sign-in");
        return options;
    }

    private static Task<HttpStatusCode> SendAsync(Browser browser, string answer, string back = "") =>
        browser.PostAsync("/sign-in/passkey", [("form", browser.Proof), ("return", back), ("credential", answer)]);

    private static async Task<HttpStatusCode> UseAsync(Browser browser, SoftPasskey passkey, string back = "")
    {
        var options = await AskAsync(browser);
        return await SendAsync(browser, passkey.Use(options, browser.Origin), back);
    }

    /// <summary>On the page of passkeys, which is the last.</summary>
    private static async Task<HttpStatusCode> OfferAsync(Browser browser, SoftPasskey passkey, string name)
    {
        var proof = browser.Proof;
        Assert.Equal(HttpStatusCode.OK, await browser.PostAsync("/passkeys/options", [("form", proof)]));
        return await browser.PostAsync("/passkeys", [("form", proof), ("name", name), ("credential", passkey.Make(browser.Page, browser.Origin))]);
    }

    /// <summary>The page of passkeys, with a sign-in if there has been none.</summary>
    private static async Task OpenAsync(SignedInPerson person)
    {
        if (await person.Browser.GetAsync("/passkeys") == HttpStatusCode.SeeOther)
        {
            await person.SignInAsync("/passkeys");
            await person.Browser.FollowAsync();
        }
    }

    private static async Task AddAsync(SignedInPerson person, SoftPasskey passkey, string name = "laptop")
    {
        await OpenAsync(person);
        Assert.Equal(HttpStatusCode.SeeOther, await OfferAsync(person.Browser, passkey, name));
        await person.Browser.FollowAsync();
    }

    private Task<SignedInPerson> EnrolAsync(string name, Side side = Side.Customer) => SignedInPerson.EnrolAsync(_server, name, side, host: Name);

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
