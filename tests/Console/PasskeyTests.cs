using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>Passkeys in a real browser, with an authenticator of the browser's own making.</summary>
public sealed class PasskeyTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private const string Password = "form:not([data-passkey])", Passkey = "form[data-passkey] button", Said = "#passkey-said";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Side.Customer, "en")]
    [InlineData(Side.Operator, "fr")]
    public async Task A_passkey_is_added_used_and_removed(Side side, string language)
    {
        var bob = await EnrolAsync(side);
        await using var context = await ContextAsync(side, language);
        var page = await context.NewPageAsync();
        var (cdp, authenticator) = await AuthenticatorAsync(context, page);
        var audit = new Audit(page);
        var (name, french) = (side == Side.Operator ? "operator-passkeys-" : "passkeys-", language == "fr");

        await page.GotoAsync("/passkeys");
        await audit.LookAsync(name + "sign-in", language);
        await SignInAsync(page, bob);
        Assert.Equal("/passkeys", new Uri(page.Url).AbsolutePath);
        await audit.LookAsync(name + "none", language);
        await AddAsync(page, "work machine");
        Assert.Equal(1, await page.Locator(".passkeys li").CountAsync());
        await audit.LookAsync(name + "one", language);
        // The same device a second time.
        await page.FillAsync("#name", "again");
        await page.ClickAsync(Passkey);
        Assert.Contains(french ? "a déjà une" : "has one of your passkeys already", await SaidAsync(page), StringComparison.Ordinal);
        await audit.LookAsync(name + "known", language);

        // Alone, from the console on, by keyboard.
        await context.ClearCookiesAsync();
        await page.GotoAsync("/console");
        await page.Locator(Passkey).FocusAsync();
        await page.FollowAsync(() => page.Keyboard.PressAsync("Enter"));
        Assert.Contains(bob.Account, await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await page.FollowAsync(() => page.ClickAsync("button[value=allow]"));
        Assert.Equal("/console", new Uri(page.Url).AbsolutePath);

        // And not without the person: neither a wrong finger nor one who turns away.
        await page.GotoAsync("/passkeys");
        await cdp.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator, ["isUserVerified"] = false });
        await page.ClickAsync(Passkey);
        Assert.Contains(french ? "vous avez annulé" : "you cancelled", await SaidAsync(page), StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement.matches('form[data-passkey] button')"));
        await audit.LookAsync(name + "cancelled", language);
        await cdp.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = authenticator, ["isUserVerified"] = true });

        await page.FollowAsync(() => page.ClickAsync(Passkey));
        await page.FollowAsync(() => page.ClickAsync(".passkeys button"));
        Assert.Equal(0, await page.Locator(".passkeys li").CountAsync());
        await context.ClearCookiesAsync();
        await page.GotoAsync("/sign-in");
        var refused = await page.FollowAsync(() => page.ClickAsync(Passkey));
        Assert.Equal(403, refused.Status);
        await audit.LookAsync(name + "refused", language);
        Assert.True(audit.Wrong.Count == 0, string.Join('\n', audit.Wrong));
    }

    [Fact]
    public async Task Each_person_and_each_side_of_one_browser_has_their_own()
    {
        var bob = await EnrolAsync(Side.Customer);
        var sam = await EnrolAsync(Side.Operator);
        await using var context = await ContextAsync(Side.Customer, "en");
        var page = await context.NewPageAsync();
        var (cdp, authenticator) = await AuthenticatorAsync(context, page);
        await page.GotoAsync("/passkeys");
        await SignInAsync(page, bob);
        await AddAsync(page, "customer's");
        var operators = "https://localhost:" + new Uri(_server.Address(Side.Operator)).Port;
        await page.GotoAsync(operators + "/sign-in");
        // The browser offers what it has for the name; this side knows nothing of it.
        var refused = await page.FollowAsync(() => page.ClickAsync(Passkey));
        Assert.Equal(403, refused.Status);
        await page.GotoAsync(operators + "/passkeys");
        await SignInAsync(page, sam);
        await AddAsync(page, "operator's");
        Assert.Equal(1, await page.Locator(".passkeys li").CountAsync());
        var held = await cdp.SendAsync("WebAuthn.getCredentials", new() { ["authenticatorId"] = authenticator });
        Assert.Equal(2, held!.Value.GetProperty("credentials").GetArrayLength());
    }

    [Fact]
    public async Task Without_script_there_is_the_password_and_nothing_that_does_not_work()
    {
        var bob = await EnrolAsync(Side.Customer);
        await using var context = await chromium.ContextAsync(Options(Side.Customer, "en", script: false));
        var page = await context.NewPageAsync();
        await page.GotoAsync("/passkeys");
        Assert.False(await page.IsVisibleAsync(Passkey));
        await page.FillAsync("#account", bob.Account);
        await page.FillAsync("#password", bob.Password);
        await page.FillAsync("#code", bob.Code());
        await page.ClickAsync(Password + " button");
        await page.WaitForURLAsync("**/passkeys");
        Assert.False(await page.IsVisibleAsync("#name"));
        Assert.Contains("with JavaScript", await page.InnerTextAsync("#passkey-off"), StringComparison.Ordinal);
    }

    /// <summary>An authenticator of the browser's own that verifies its person, and always finds them there.</summary>
    internal static async Task<string> AuthenticatorAsync(ICDPSession cdp)
    {
        await cdp.SendAsync("WebAuthn.enable");
        var made = await cdp.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        return made!.Value.GetProperty("authenticatorId").GetString()!;
    }

    private static async Task<(ICDPSession Session, string Authenticator)> AuthenticatorAsync(IBrowserContext context, IPage page)
    {
        var cdp = await context.NewCDPSessionAsync(page);
        return (cdp, await AuthenticatorAsync(cdp));
    }

    private static async Task SignInAsync(IPage page, Person person)
    {
        await page.FillAsync("#account", person.Account);
        await page.FillAsync("#password", person.Password);
        await page.FillAsync("#code", person.Code());
        await page.FollowAsync(() => page.ClickAsync(Password + " button"));
    }

    private static async Task AddAsync(IPage page, string name)
    {
        await page.FillAsync("#name", name);
        await page.FollowAsync(() => page.ClickAsync(Passkey));
        Assert.Contains(name, await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    private static async Task<string> SaidAsync(IPage page)
    {
        await page.Locator(Said).WaitForAsync(new() { State = WaitForSelectorState.Visible });
        return await page.InnerTextAsync(Said);
    }

    private Task<Person> EnrolAsync(Side side) =>
        side == Side.Operator ? Person.EnrolOperatorAsync(_server, "sam", "platform-administrator") : Person.EnrolAsync(_server, "bob", "demo", "owner");

    private Task<IBrowserContext> ContextAsync(Side side, string language) => chromium.ContextAsync(Options(side, language));

    // By its name: to an address no passkey can be tied.
    private BrowserNewContextOptions Options(Side side, string language, bool script = true) => new()
    {
        BaseURL = "https://localhost:" + new Uri(_server.Address(side)).Port,
        IgnoreHTTPSErrors = true,
        JavaScriptEnabled = script,
        Locale = language,
        ViewportSize = new() { Width = 1280, Height = 800 },
    };
}
