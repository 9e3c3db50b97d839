using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Beffroi.Transparency.Consent;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>A passkey is registered to approve, and approves, in a real browser with an authenticator of its own making: what an audit then believes is what the browser signed.</summary>
public sealed class ConsentTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private const string Demo = "/v1/organizations/demo", Sign = "form[data-sign] button", Said = "form[data-sign] [role=status]", Keys = "/console/lockbox/keys";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        (await _server.PutAsync("db")).EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public async Task A_passkey_signs_exactly_what_the_page_shows_and_an_audit_believes_it(string language)
    {
        var french = language == "fr";
        await using var context = await chromium.ContextAsync(Options(language));
        var page = await context.NewPageAsync();
        var audit = new Audit(page);
        var (cdp, authenticator) = await AuthenticatorAsync(context, page);
        await SignInWithPasskeyAsync(page);

        await page.GotoAsync(Keys);
        Assert.Contains(french ? "que les signatures de clés" : "signatures of keys on people", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator(Sign).CountAsync());
        await audit.LookAsync("consent-keys-not-allowed", language);
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", 200, """{ "passkeyConsents": true }""");
        await page.GotoAsync(Keys);
        await audit.LookAsync("consent-keys", language);
        // Not without the person.
        await VerifiedAsync(cdp, authenticator, verified: false);
        await page.ClickAsync(Sign);
        await RefusedAsync(page, french ? "Rien n’a été signé" : "Nothing was signed");
        await audit.LookAsync("consent-keys-cancelled", language);
        await VerifiedAsync(cdp, authenticator, verified: true);
        Assert.Equal(Keys, (await page.FollowAsync(() => page.ClickAsync(Sign))).Request.RedirectedFrom is null ? "" : new Uri(page.Url).AbsolutePath);
        var key = (await page.Locator("main section pre code").First.InnerTextAsync()).Replace("beffroi lockbox trust ", "", StringComparison.Ordinal).Trim();
        Assert.IsType<PasskeyKey>(ApproverKey.Parse(key));
        await audit.LookAsync("consent-keys-registered", language);

        var id = await AskAsync();
        await page.GotoAsync("/console/lockbox/" + id);
        var consent = (string)(await GetAsync($"{Demo}/lockbox-requests/{id}"))["consent"]!;
        Assert.Equal(consent, await page.Locator("#consent").TextContentAsync());
        await audit.LookAsync("consent-request", language);
        // What a page shows is what is signed: shown otherwise, it is no signature below the consent.
        await page.EvaluateAsync("() => { const shown = document.getElementById('consent'); shown.textContent = shown.textContent.replace('minutes 60', 'minutes 5'); }");
        var refused = await page.FollowAsync(() => page.ClickAsync(Sign));
        Assert.Equal(422, refused.Status);
        await audit.LookAsync("consent-refused", language);

        await page.GotoAsync("/console/lockbox/" + id);
        await page.Locator(Sign).FocusAsync();
        await page.FollowAsync(() => page.Keyboard.PressAsync("Enter"));
        Assert.Contains(french ? "bob (clé d’accès) (1 sur 1)" : "bob (passkey) (1 of 1)", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator(Sign).CountAsync());
        await audit.LookAsync("consent-open", language);

        await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, $"/operator/v1/lockbox-requests/{id}/open", 200, """{ "credential": "x" }""");
        await _server.LedgerIntegratedAsync();
        var audited = new LockboxAudit("demo", [ApproverKey.Parse(key)!]);
        foreach (var (entry, index) in (await GetAsync(Demo + "/ledger?limit=200"))["items"]!.AsArray().Select((e, i) => ((string)e!["entry"]!, i)))
        {
            audited.Add(index, Encoding.UTF8.GetBytes(entry));
        }

        var showing = Assert.Single(audited.Showings);
        Assert.Null(showing.Fault);
        Assert.Equal(["demo/bob"], showing.ByPasskey);
        Assert.True(audit.Wrong.Count == 0, string.Join('\n', audit.Wrong));
    }

    [Fact]
    public async Task At_another_address_or_without_script_the_page_says_that_nothing_can_be_signed()
    {
        await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/safeguards", 200, """{ "passkeyConsents": true }""");
        await using var context = await chromium.ContextAsync(Options("en"));
        var page = await context.NewPageAsync();
        await AuthenticatorAsync(context, page);
        await SignInWithPasskeyAsync(page);
        await page.GotoAsync(Keys);
        await page.FollowAsync(() => page.ClickAsync(Sign));
        var id = await AskAsync();
        await page.GotoAsync("/console/lockbox/" + id);
        Assert.False(await page.IsVisibleAsync("p.without"));
        await page.EvaluateAsync("""
            () => {
              const form = document.querySelector('form[data-sign]');
              const [, before, key] = /^([^+]+[+][^+]+[+])(.+)$/.exec(form.dataset.key);
              form.dataset.key = before + btoa(atob(key).replace(location.origin, 'https://elsewhere.example'));
            }
            """);
        await page.ClickAsync(Sign);
        await RefusedAsync(page, "your key was registered at another address");

        var cookies = await context.CookiesAsync();
        await using var plain = await chromium.ContextAsync(Options("en", script: false));
        await plain.AddCookiesAsync(cookies.Select(c => new Cookie { Name = c.Name, Value = c.Value, Domain = c.Domain, Path = c.Path, Secure = c.Secure, HttpOnly = c.HttpOnly }));
        var without = await plain.NewPageAsync();
        await without.GotoAsync("/console/lockbox/" + id);
        Assert.False(await without.IsVisibleAsync(Sign));
        Assert.True(await without.IsVisibleAsync("p.without"));
        Assert.True(await without.IsVisibleAsync("#consent"));
        // To refuse never takes a script.
        Assert.True(await without.IsVisibleAsync($"form[action='/console/lockbox/{id}/end'] button"));
    }

    private static async Task RefusedAsync(IPage page, string words)
    {
        await page.Locator(Said).WaitForAsync(new() { State = WaitForSelectorState.Visible });
        Assert.Contains(words, await page.InnerTextAsync(Said), StringComparison.Ordinal);
        Assert.True(await page.IsEnabledAsync(Sign));
    }

    private static Task<System.Text.Json.JsonElement?> VerifiedAsync(ICDPSession cdp, string authenticator, bool verified) =>
        cdp.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator, ["isUserVerified"] = verified });

    private static async Task<(ICDPSession Session, string Authenticator)> AuthenticatorAsync(IBrowserContext context, IPage page)
    {
        var cdp = await context.NewCDPSessionAsync(page);
        return (cdp, await PasskeyTests.AuthenticatorAsync(cdp));
    }

    /// <summary>Bob, who adds a passkey and begins a session of the console with it.</summary>
    private async Task SignInWithPasskeyAsync(IPage page)
    {
        var bob = await Person.EnrolAsync(_server, "bob", "demo", "owner");
        await page.GotoAsync("/passkeys");
        await page.FillAsync("#account", bob.Account);
        await page.FillAsync("#password", bob.Password);
        await page.FillAsync("#code", bob.Code());
        await page.FollowAsync(() => page.ClickAsync("form:not([data-passkey]) button"));
        await page.FillAsync("#name", "laptop");
        await page.FollowAsync(() => page.ClickAsync("form[data-passkey] button"));
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("/console");
        await page.FollowAsync(() => page.ClickAsync("form[data-passkey] button"));
        await page.FollowAsync(() => page.ClickAsync("button[value=allow]"));
        Assert.Equal("/console", new Uri(page.Url).AbsolutePath);
    }

    private async Task<string> AskAsync() => (string)(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, "/operator/v1/lockbox-requests", 201, $$"""
        { "organization": "demo", "space": "eval", "kind": "postgres", "name": "db", "access": "metrics", "reason": "support-case", "details": "You wrote that it is <slow> & \"odd\".", "minutes": 60,
          "credentialSha256": "{{TestServer.Sha256("x")}}" }
        """))["id"]!;

    private async Task<JsonObject> GetAsync(string path) => await TestServer.BodyAsync(await _server.Alice.GetAsync(path, Cancel));

    // By its name: to an address no passkey can be tied.
    private BrowserNewContextOptions Options(string language, bool script = true) => new()
    {
        BaseURL = "https://localhost:" + new Uri(_server.Address(Side.Customer)).Port,
        IgnoreHTTPSErrors = true,
        JavaScriptEnabled = script,
        Locale = language,
        ViewportSize = new() { Width = 1280, Height = 800 },
    };
}
