using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>People's password and second factor: enrolment, sign-in, and what is refused, as a browser sees it.</summary>
public sealed class SignInTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Password = "correct horse battery";
    private const string Demo = "/v1/organizations/demo";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, failureWindow: TimeSpan.FromMinutes(5));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_invitation_sets_a_password_and_a_second_factor_once()
    {
        await InviteAsync("bob", "bfi_bob");
        using var browser = new Browser(_server);
        await browser.GetAsync("/enrol");
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SubmitAsync(("invitation", "bfi_wrong")));
        Assert.Equal(HttpStatusCode.OK, await browser.SubmitAsync(("invitation", "bfi_bob")));
        var secret = Regex.Match(browser.Page, "<code>([A-Z2-7]{32})</code>").Groups[1].Value;
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await browser.SubmitAsync(("password", "short"), ("again", "short"), ("code", Authenticator.Code(secret))));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await browser.SubmitAsync(("password", Password), ("again", Password + "x"), ("code", Authenticator.Code(secret))));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await browser.SubmitAsync(("password", Password), ("again", Password), ("code", Authenticator.Code(secret, 10))));
        // Shown once.
        Assert.DoesNotContain(secret, browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await browser.SubmitAsync(("password", Password), ("again", Password), ("code", Authenticator.Code(secret))));
        Assert.Equal(10, Regex.Count(browser.Page, "<li><code>"));
        Assert.Equal("active", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(Demo + "/members/bob", Cancel)))["state"]);
        await browser.GetAsync("/enrol");
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SubmitAsync(("invitation", "bfi_bob")));
        // The code that proved the secret is used; the next one isn't.
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(secret)));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(secret, 1)));
        Assert.All(browser.CookieLines, line =>
        {
            Assert.StartsWith("__Host-", line, StringComparison.Ordinal);
            Assert.Contains("; secure; samesite=strict; httponly", line, StringComparison.OrdinalIgnoreCase);
        });
        // In the store there is neither.
        await using var command = _server.Store.CreateCommand("select coalesce(string_agg(f::text, ''), '') || (select string_agg(e::text, '') from platform.ledger e) from platform.factors f");
        var stored = (string)(await command.ExecuteScalarAsync(Cancel))!;
        Assert.DoesNotContain(secret, stored, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Password, stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_is_wrong_is_answered_alike_and_no_sooner()
    {
        var (bob, secret, codes) = await EnrolAsync("bob");
        using var browser = bob;
        await InviteAsync("carol", "bfi_carol");
        var pages = new HashSet<string>();
        foreach (var (account, password, code) in new[]
        {
            ("demo/bob", "wrong password!", Authenticator.Code(secret, 1)), ("demo/bob", Password, "000000"), ("demo/nobody", Password, Authenticator.Code(secret, 1)),
            ("evil/bob", Password, Authenticator.Code(secret, 1)), ("bob", Password, Authenticator.Code(secret, 1)), ("demo/carol", Password, "000000"), ("", "", ""), ("demo/bob", new string('x', 2000), ""),
        })
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync(account, password, code));
            Assert.True(Stopwatch.GetElapsedTime(started) > TimeSpan.FromMilliseconds(950));
            pages.Add(Regex.Replace(browser.Page, "value=\"[^\"]*\"", ""));
        }

        Assert.Single(pages);
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync("demo/bob", Password, codes[3].ToLowerInvariant()));
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password, codes[3]));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync("demo/bob", Password, codes[4].Replace("-", "", StringComparison.Ordinal)));
        await _server.LedgerIntegratedAsync();
        var entries = await _server.LedgerAsync("entry like '%sign-in%' and entry::jsonb->>'organizationId' is not null");
        Assert.Equal(
            [("refused", "wrong-credentials"), ("refused", "wrong-credentials"), ("refused", "wrong-credentials"), ("accepted", "recovery-code"), ("refused", "wrong-credentials"), ("accepted", "recovery-code")],
            entries.Select(e => (e.Outcome, e.Reason!)));
    }

    [Fact]
    public async Task An_account_is_locked_for_a_while_and_tells_nobody()
    {
        var (bob, secret, _) = await EnrolAsync("bob");
        using var browser = bob;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var attacker = new Browser(_server);
            Assert.Equal(HttpStatusCode.Forbidden, await attacker.SignInAsync("demo/bob", "guess guess guess", "123456"));
        }));
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(secret, 1)));
        await _server.LedgerIntegratedAsync();
        // Five were looked at, however many came at once.
        Assert.Equal(5, (await _server.LedgerAsync("entry like '%wrong-credentials%' or entry like '%locked-out%'")).Count);
        Assert.Single(await _server.LedgerAsync("entry like '%locked-out%'"));
        await using var unlock = _server.Store.CreateCommand("update platform.factors set locked_until = now()");
        await unlock.ExecuteNonQueryAsync(Cancel);
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(secret, 1)));
    }

    [Fact]
    public async Task Each_side_has_its_own_people()
    {
        await TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/operators/sam", $$"""{ "roles": ["support"], "invitationSha256": "{{Authenticator.Sha256("bfi_sam")}}" }""");
        using var wrong = new Browser(_server);
        await wrong.GetAsync("/enrol");
        Assert.Equal(HttpStatusCode.Forbidden, await wrong.SubmitAsync(("invitation", "bfi_sam")));
        using var browser = new Browser(_server, Side.Operator);
        var (secret, _) = await browser.EnrolAsync("bfi_sam", Password, s => Authenticator.Code(s));
        Assert.Equal(HttpStatusCode.Forbidden, await wrong.SignInAsync("sam", Password, Authenticator.Code(secret, 1)));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync("sam", Password, Authenticator.Code(secret, 1)));
        var (bob, bobs, _) = await EnrolAsync("bob");
        bob.Dispose();
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(bobs, 1)));
        Assert.Empty(browser.Cookies.Keys.Intersect(wrong.Cookies.Keys));
    }

    [Fact]
    public async Task A_token_alone_enrols_where_there_is_no_password_and_never_replaces_one()
    {
        foreach (var (client, prefix, side) in new[] { (_server.Alice, "/v1", Side.Customer), (_server.Administrator, "/operator/v1", Side.Operator) })
        {
            var answer = await TestServer.SendAsync(client, HttpMethod.Put, prefix + "/enrolment", $$"""{ "codeSha256": "{{Authenticator.Sha256("bfe_mine" + side)}}" }""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("/enrol", (string?)(await TestServer.BodyAsync(answer))["path"]);
            using var browser = new Browser(_server, side);
            var (secret, _) = await browser.EnrolAsync("bfe_mine" + side, Password, s => Authenticator.Code(s));
            Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync(side == Side.Customer ? "demo/alice" : "admin", Password, Authenticator.Code(secret, 1)));
            await PutTests.AssertProblem(
                await TestServer.SendAsync(client, HttpMethod.Put, prefix + "/enrolment", $$"""{ "codeSha256": "{{Authenticator.Sha256("again")}}" }"""), 409, "already-enrolled");
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_server.Mallory, HttpMethod.Put, "/v1/enrolment", """{ "codeSha256": "x" }"""), 422, "invalid-request");
    }

    [Fact]
    public async Task A_reset_ends_the_old_factors_at_once_and_only_by_who_has_as_much()
    {
        var (bob, secret, _) = await EnrolAsync("bob");
        using var browser = bob;
        await InviteAsync("bob", "bfi_again", HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(secret, 1)));
        var (fresh, _) = await browser.EnrolAsync("bfi_again", Password + "2", s => Authenticator.Code(s));
        Assert.NotEqual(secret, fresh);
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password, Authenticator.Code(fresh, 1)));
        Assert.Equal(HttpStatusCode.SeeOther, await browser.SignInAsync("demo/bob", Password + "2", Authenticator.Code(fresh, 1)));
        await _server.LedgerIntegratedAsync();
        Assert.Contains(("member.put", "accepted", "reset"), await _server.LedgerAsync("entry like '%member.put%'"));
        // An administrator is no owner, and can't become one by taking one's place.
        await InviteAsync("adam", "bfi_adam");
        await TestServer.SendAsync(_server.Nobody, HttpMethod.Post, "/v1/invitations", $$"""{ "code": "bfi_adam", "tokenSha256": "{{Authenticator.Sha256("token-of-adam")}}" }""");
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "administrator", "member": "adam" }""");
        using var adam = _server.Client("token-of-adam");
        await PutTests.AssertProblem(
            await TestServer.SendAsync(adam, HttpMethod.Put, Demo + "/members/alice", $$"""{ "invitationSha256": "{{Authenticator.Sha256("bfi_owner")}}" }"""), 403, "forbidden");
        // Switched off: neither password nor code helps.
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/members/bob", """{ "disabled": true }""");
        Assert.Equal(HttpStatusCode.Forbidden, await browser.SignInAsync("demo/bob", Password + "2", Authenticator.Code(fresh, 1)));
    }

    [Fact]
    public async Task The_pages_are_for_this_browser_and_lead_nowhere_else()
    {
        var (bob, secret, codes) = await EnrolAsync("bob");
        using var browser = bob;
        // Not from another site's form, nor with another browser's.
        await browser.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostAsync("/sign-in", [("account", "demo/bob"), ("password", Password), ("code", codes[0])]));
        await browser.GetAsync("/sign-in");
        browser.Forget("__Host-beffroi-customer-form");
        Assert.Equal(HttpStatusCode.BadRequest, await browser.SubmitAsync(("account", "demo/bob"), ("password", Password), ("code", codes[0])));
        foreach (var elsewhere in (string[])["https://evil.example/", "//evil.example/", "/\\evil.example", "/oauth/authorize", "javascript:alert(1)", "/oauth/authorize?\r\nX: y"])
        {
            await browser.GetAsync("/sign-in?return=" + Uri.EscapeDataString(elsewhere));
            Assert.DoesNotContain("evil", browser.Page, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.SeeOther, await browser.SubmitAsync(("account", "demo/bob"), ("password", Password), ("code", Authenticator.Code(secret, 1)), ("return", "https://evil.example/")));
        Assert.Equal("/device", browser.Answer.Headers.Location!.ToString());
        await browser.GetAsync("/sign-in", "de, fr-CA;q=0.8, en;q=0.5");
        Assert.Contains("<html lang=\"fr\">", browser.Page, StringComparison.Ordinal);
        Assert.Contains("Se connecter", browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", browser.Page, StringComparison.OrdinalIgnoreCase);
        var policy = browser.Answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Equal("default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", policy);
        await browser.GetAsync("/sign-in", "en");
        Assert.Contains("<label for=\"code\">Code of your", browser.Page, StringComparison.Ordinal);
    }

    private async Task InviteAsync(string name, string code, HttpStatusCode expected = HttpStatusCode.Created)
    {
        var answer = await TestServer.SendAsync(_server.Alice, HttpMethod.Put, $"{Demo}/members/{name}", $$"""{ "invitationSha256": "{{Authenticator.Sha256(code)}}" }""");
        Assert.Equal(expected, answer.StatusCode);
    }

    private async Task<(Browser Browser, string Secret, string[] Codes)> EnrolAsync(string name)
    {
        await InviteAsync(name, "bfi_" + name);
        var browser = new Browser(_server);
        var (secret, codes) = await browser.EnrolAsync("bfi_" + name, Password, s => Authenticator.Code(s));
        return (browser, secret, codes);
    }
}
