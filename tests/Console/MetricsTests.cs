using Beffroi.Platform.Agents;
using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>That pictures of metrics are read and zoomed by pointer and by keyboard, keep up to date, and are there without a script.</summary>
public sealed class MetricsTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private const string Metrics = "/console/spaces/eval/postgres/dossiers/metrics";
    private readonly PretendedAgents _agents = new();
    private TestServer _server = null!;
    private Person _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres, change: services => services.Replace(ServiceDescriptor.Singleton<IAgentQuestions>(_agents)));
        _bob = await Person.EnrolAsync(_server, "bob", "demo", "owner");
        var scene = new Scene(_server);
        await scene.PlantAsync();
        await new MeasuredScene(_server, scene).PlantAsync(_agents, days: 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _agents.Dispose();
    }

    [Fact]
    public async Task A_picture_is_read_and_zoomed_by_pointer_and_by_keyboard()
    {
        await using var context = await ContextAsync(script: true);
        var audit = new Audit(await context.NewPageAsync());
        var page = audit.Page;
        await _bob.SignInAsync(page);
        await page.GotoAsync(Metrics + "?range=6h");
        var plots = page.Locator(".plot");
        Assert.True(await plots.CountAsync() > 10);

        // All of them tell what was at the same moment.
        var box = (await plots.First.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        Assert.Equal(await plots.CountAsync(), await page.Locator(".cursor").CountAsync());
        Assert.Matches("^20.* UTC$", await page.Locator(".moment").First.InnerTextAsync());
        await audit.LookAsync("metrics-read", "en");
        await page.Mouse.MoveAsync(1, 1);
        Assert.Equal(0, await page.Locator(".cursor").CountAsync());

        // A drag over a half of it zooms into three of the six hours, and there it is no more up to now.
        box = (await plots.First.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width / 4), box.Y + 50);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 3 / 4), box.Y + 50, new() { Steps = 4 });
        Assert.Equal(await plots.CountAsync(), await page.Locator(".selection").CountAsync());
        await page.FollowAsync(() => page.Mouse.UpAsync());
        Assert.Contains("from=", page.Url, StringComparison.Ordinal);
        Assert.InRange(await ShownAsync(page), TimeSpan.FromMinutes(170), TimeSpan.FromMinutes(190));
        Assert.Equal("false", await page.Locator("#history").GetAttributeAsync("data-live"));

        // The same by keyboard.
        await page.Locator(".plot").First.FocusAsync();
        await page.Keyboard.PressAsync("Home");
        Assert.Equal("0", await page.Locator(".plot").First.GetAttributeAsync("aria-valuenow"));
        Assert.Matches("UTC: busy", await page.Locator(".plot").First.GetAttributeAsync("aria-valuetext"));
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal("1", await page.Locator(".plot").First.GetAttributeAsync("aria-valuenow"));
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal(0, await page.Locator(".cursor").CountAsync());
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Shift+PageUp");
        await page.Keyboard.PressAsync("Shift+PageUp");
        var before = await ShownAsync(page);
        await page.FollowAsync(() => page.Keyboard.PressAsync("Enter"));
        Assert.True(await ShownAsync(page) < before / 4);

        // Out of it again, and by typing a time.
        await page.FollowAsync(() => page.ClickAsync("text=Zoom out"));
        await page.FillAsync("#from", "2026-11-01 08:00");
        await page.FillAsync("#to", "2026-11-01");
        await page.FollowAsync(() => page.ClickAsync(".between button"));
        Assert.Contains("not before the end", await page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.True(audit.Wrong.Count == 0, string.Join('\n', audit.Wrong));
    }

    [Fact]
    public async Task Without_a_script_the_pictures_and_their_numbers_are_there()
    {
        await using var context = await ContextAsync(script: false);
        var page = await context.NewPageAsync();
        await _bob.SignInAsync(page);
        await page.GotoAsync("/console/spaces/eval/postgres/dossiers");
        await page.ClickAsync("a:text-is('Metrics')");
        await page.WaitForURLAsync("**/metrics");
        Assert.True(await page.Locator("svg[role=img]").CountAsync() > 10);
        Assert.Matches("Processors: busy: least .*, mean .*, most .*", await page.Locator(".plot svg").First.GetAttributeAsync("aria-label"));
        await page.ClickAsync("h3 a:text-is('Connections')");
        await Assertions.Expect(page.Locator("svg[role=img]")).ToHaveCountAsync(1);
        Assert.True(await page.Locator("tbody tr").CountAsync() > 200);
        Assert.Contains("--metric connections-active,connections-idle,connections-idle-in-transaction", await page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    private static async Task<TimeSpan> ShownAsync(IPage page) => TimeSpan.FromSeconds(await page.EvaluateAsync<double>("() => { const d = document.getElementById('history').dataset; return d.step * d.count }"));

    private Task<IBrowserContext> ContextAsync(bool script) => chromium.ContextAsync(new()
    {
        BaseURL = _server.Address(Side.Customer),
        IgnoreHTTPSErrors = true,
        JavaScriptEnabled = script,
        Locale = "en",
        ViewportSize = new() { Width = 1280, Height = 800 },
    });
}
