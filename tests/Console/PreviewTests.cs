using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>That the forms to create and to change a database tell what it comes to while it is filled in, and after a press where there is no script.</summary>
public sealed class PreviewTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private const string Form = "/console/spaces/eval/new-postgres";
    private TestServer _server = null!;
    private Person _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        _bob = await Person.EnrolAsync(_server, "bob", "demo", "owner");
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, "/v1/organizations/demo/spaces/eval/quota", """{ "cpus": 6, "storage": "100GiB" }""")).EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_chosen_is_accounted_for_at_once()
    {
        await using var context = await ContextAsync(script: true);
        var audit = new Audit(await context.NewPageAsync());
        var page = audit.Page;
        await _bob.SignInAsync(page);
        var asked = new List<string>();
        page.Request += (_, request) => asked.Add(request.Url);
        await page.GotoAsync(Form);
        await ShowsAsync(page, "beffroi postgres create NAME --space demo/eval --size s1 --storage 10GiB");
        await ShowsAsync(page, "1 node · CPUs: 1 · Memory: 1GiB · Storage: 10GiB");
        await page.FillAsync("#name", "reports");
        await page.SelectOptionAsync("#size", "s2");
        await page.CheckAsync("#availability-ha");
        await page.FillAsync("#storage", "20GiB");
        await ShowsAsync(page, "beffroi postgres create reports --space demo/eval --size s2 --storage 20GiB --availability ha");
        await ShowsAsync(page, "3 nodes together · CPUs: 6 · Memory: 12GiB · Storage: 60GiB");
        Assert.Equal("CPUs of the space|6|0|0|Storage of the space|100GiB|0|40GiB", await page.EvaluateAsync<string>("() => [...document.querySelectorAll('#preview tbody tr > *')].map(cell => cell.innerText).join('|')"));
        await page.Locator("#preview summary").ClickAsync();
        await ShowsAsync(page, "PUT /v1/organizations/demo/spaces/eval/postgres/reports");
        await ShowsAsync(page, "\"availability\": \"ha\"");
        // More than there is; the opened part stays open, and so does what is typed.
        await page.FillAsync("#storage", "40GiB");
        await ShowsAsync(page, "more than is left of a quota");
        await ShowsAsync(page, "\"storage\": \"40GiB\"");
        Assert.Equal("40GiB", await page.InputValueAsync("#storage"));
        await audit.LookAsync("create-over", "en");
        // What a shell would take for more than words is in no command.
        await page.FillAsync("#name", "$(reboot)");
        await ShowsAsync(page, "Fill in the name first");
        await page.FillAsync("#storage", "much");
        await ShowsAsync(page, "Storage: –");
        Assert.DoesNotContain(asked, url => url.Contains("form=", StringComparison.Ordinal));
        Assert.True(audit.Wrong.Count == 0, string.Join('\n', audit.Wrong));
        // Whose session has ended isn't shown an account of other choices.
        await context.ClearCookiesAsync();
        await page.FillAsync("#storage", "10GiB");
        await Assertions.Expect(page.Locator("#preview")).ToBeHiddenAsync();
        Assert.Empty(await context.CookiesAsync());
    }

    [Fact]
    public async Task What_is_changed_is_accounted_for_at_once_too()
    {
        (await _server.PutAsync("reports")).EnsureSuccessStatusCode();
        await using var context = await ContextAsync(script: true);
        var audit = new Audit(await context.NewPageAsync());
        await _bob.SignInAsync(audit.Page);
        await audit.Page.GotoAsync("/console/spaces/eval/postgres/reports/change");
        await ShowsAsync(audit.Page, "CPUs: 1");
        await audit.Page.SelectOptionAsync("#size", "s2");
        await ShowsAsync(audit.Page, "beffroi postgres update reports --space demo/eval --size s2");
        await ShowsAsync(audit.Page, "1 node · CPUs: 2");
        Assert.True(audit.Wrong.Count == 0, string.Join('\n', audit.Wrong));
    }

    [Fact]
    public async Task Without_script_a_press_shows_the_same()
    {
        await using var context = await ContextAsync(script: false);
        var page = await context.NewPageAsync();
        await _bob.SignInAsync(page);
        await page.GotoAsync(Form);
        await page.FillAsync("#name", "reports");
        await page.SelectOptionAsync("#size", "s8");
        await page.ClickAsync("[name=show]");
        await ShowsAsync(page, "beffroi postgres create reports --space demo/eval --size s8 --storage 10GiB");
        await ShowsAsync(page, "more than is left of a quota");
        // And the other pages have what they had.
        await page.GotoAsync("/console/ledger");
        Assert.Equal(0, await page.Locator("#verify:visible").CountAsync());
        await page.ClickAsync("main a[aria-label^='Entry']");
        await page.WaitForSelectorAsync("text=beffroi ledger prove");
        Assert.Equal(0, await page.Locator("#verify:visible").CountAsync());
    }

    private static Task ShowsAsync(IPage page, string text) => Assertions.Expect(page.Locator("#preview")).ToContainTextAsync(text);

    private Task<IBrowserContext> ContextAsync(bool script) =>
        chromium.ContextAsync(new() { BaseURL = _server.Address(Side.Customer), IgnoreHTTPSErrors = true, Locale = "en", JavaScriptEnabled = script });
}
