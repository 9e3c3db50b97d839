using System.Net;
using System.Text.RegularExpressions;
using Beffroi.Platform;
using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>An organization's identity provider in a real browser, at another site than the installation: which cookies come along, and where a form may lead, the browser alone decides.</summary>
public sealed class IdentityProviderTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private TestServer _server = null!;
    private TestProvider _provider = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await TestProvider.StartAsync();
        _provider.ShowsPage = true;
        _server = await TestServer.StartAsync(postgres, failuresAllowed: 1000, change: services =>
        {
            var options = (PlatformOptions)services.Single(d => d.ServiceType == typeof(PlatformOptions)).ImplementationInstance!;
            services.Replace(ServiceDescriptor.Singleton(options with { OutboundNetworks = [IPNetwork.Parse("127.0.0.0/8")] }));
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public async Task A_browser_goes_to_the_provider_and_comes_back_signed_in(string language)
    {
        var bob = await Person.EnrolAsync(_server, "bob", "demo", "owner");
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Scene.Demo + "/identity-providers/hospital", _provider.Content())).EnsureSuccessStatusCode();
        // By its name, so that the provider, at an address, is another site.
        await using var context = await chromium.ContextAsync(new()
        {
            BaseURL = "https://localhost:" + new Uri(_server.Address(Side.Customer)).Port,
            IgnoreHTTPSErrors = true,
            Locale = language,
            ViewportSize = new() { Width = 1280, Height = 800 },
        });
        var page = await context.NewPageAsync();
        var audit = new Audit(page);

        await page.GotoAsync("/sign-in/providers");
        await page.FillAsync("#account", bob.Account);
        await page.FillAsync("#password", bob.Password);
        await page.FillAsync("#code", bob.Code());
        await page.FollowAsync(() => page.ClickAsync("form:not([data-passkey]) button"));
        await audit.LookAsync("providers-not-linked", language);
        await ThereAndBackAsync(page, () => page.ClickAsync("main form button"), "/sign-in/providers");
        Assert.Contains("bob@hospital.example", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        await audit.LookAsync("providers-linked", language);

        // From the console on, signed in by nobody else.
        await context.ClearCookiesAsync();
        await page.GotoAsync("/console");
        await audit.LookAsync("provider-sign-in", language);
        await page.FollowAsync(() => page.ClickAsync("main a"));
        await page.FillAsync("#organization", "nobody");
        Assert.Equal(403, (await page.FollowAsync(() => page.ClickAsync("main form button"))).Status);
        await audit.LookAsync("provider-leads-nowhere", language);
        await page.FillAsync("#organization", "demo");
        await ThereAndBackAsync(page, () => page.ClickAsync("main form button"), "/oauth/authorize");
        await audit.LookAsync("provider-consent", language);
        await page.FollowAsync(() => page.ClickAsync("button[value=allow]"));
        Assert.Equal("/console", new Uri(page.Url).AbsolutePath);

        // With one factor there, the second is asked for here.
        await context.ClearCookiesAsync();
        _provider.Change = claims => claims["acr"] = "eidas1";
        await page.GotoAsync("/sign-in/provider?organization=demo/hospital");
        await ThereAndBackAsync(page, () => page.ClickAsync("main form button"), "/sign-in/provider/code");
        await audit.LookAsync("provider-code", language);
        // And somebody whom nobody has linked.
        _provider.Subject = "somebody else";
        await page.GotoAsync("/sign-in/provider?organization=demo");
        await ThereAndBackAsync(page, () => page.ClickAsync("main form button"), "/sign-in/provider/callback");
        await audit.LookAsync("provider-unknown", language);
        Assert.True(audit.Wrong.Count == 0, string.Join('\n', audit.Wrong));
    }

    /// <summary>Presses something that leads to the provider, signs in there and waits for a page here.</summary>
    private async Task ThereAndBackAsync(IPage page, Func<Task> press, string path)
    {
        await press();
        await page.WaitForURLAsync(new Regex("^" + Regex.Escape(_provider.Issuer) + "/authorize"));
        await page.ClickAsync("#back");
        await page.WaitForURLAsync(new Regex("^https://localhost:[0-9]+" + Regex.Escape(path) + "(\\?|$)"));
    }
}
