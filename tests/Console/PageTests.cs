using Beffroi.Platform.Agents;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>
/// Every page of the console in a real browser, for everyone: in English, the light theme and wide, or in French, the dark one and narrow, by turns; with <c>--long</c> in both.
/// </summary>
public sealed class PageTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private static readonly string[] Languages = ["en", "fr"];

    // The guides' pictures.
    private static readonly string[] Pictured = ["overview", "database", "create", "trust"];
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("BEFFROI_SCREENSHOTS");

    // The browser is half of what the processors have to do for all tests.
    private static readonly bool AtLength = Environment.GetEnvironmentVariable("BEFFROI_LONG") == "1" || Pictures is not null;

    private readonly PretendedAgents _agents = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, change: services => services.Replace(ServiceDescriptor.Singleton<IAgentQuestions>(_agents)));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _agents.Dispose();
    }

    [Theory]
    [InlineData(Side.Customer)]
    [InlineData(Side.Operator)]
    public void Every_page_that_the_console_maps_is_visited(Side side)
    {
        var mapped = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true && e.Metadata.GetMetadata<ServedOn>()?.Side == side).Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Where(r => r == "/console" || r.StartsWith("/console/", StringComparison.Ordinal));
        var visited = (side == Side.Operator ? OperatorVisits.All : Visit.All).Select(v => v.Route).Where(r => r.Length > 0).Concat(Visit.NoPages)
            .Concat(side == Side.Customer ? Visit.Scripts : []);
        Assert.Equal(mapped.Order(StringComparer.Ordinal), visited.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_page_is_accessible_fits_and_makes_the_browser_complain_of_nothing()
    {
        var bob = await Person.EnrolAsync(_server, "bob", "demo", "owner", "auditor");
        var carol = await Person.EnrolAsync(_server, "carol", "demo");
        var oscar = await Person.EnrolAsync(_server, "oscar", "evil", "owner");
        var scene = new Scene(_server);
        await scene.PlantAsync();
        await scene.WaitForApprovalAsync();
        await new MeasuredScene(_server, scene).PlantAsync(_agents);
        var wrong = new List<string>();
        wrong.AddRange(await VisitAsync(Visit.Nobody, null));
        wrong.AddRange(await VisitAsync(Visit.Owner, bob));
        wrong.AddRange(await VisitAsync(Visit.Newcomer, carol));
        wrong.AddRange(await VisitAsync(Visit.NewOrganization, oscar));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_page_of_the_operator_s_console_is_too()
    {
        var olivia = await Person.EnrolOperatorAsync(_server, "olivia", "platform-administrator");
        var max = await Person.EnrolOperatorAsync(_server, "max", "capacity");
        var newly = await Person.EnrolOperatorAsync(_server, "nina", "platform-administrator");
        var wrong = new List<string>();
        wrong.AddRange(await VisitAsync(OperatorVisits.Nobody, null, Side.Operator));
        wrong.AddRange(await VisitAsync(OperatorVisits.New, newly, Side.Operator));
        await new Scene(_server).PlantAsync();
        await new OperatorScene(_server).PlantAsync();
        wrong.AddRange(await VisitAsync(OperatorVisits.Administrator, olivia, Side.Operator));
        wrong.AddRange(await VisitAsync(OperatorVisits.Capacity, max, Side.Operator));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>In a browser of a person's own, or of nobody's.</summary>
    private async Task<List<string>> VisitAsync(IReadOnlyList<Visit> visits, Person? person, Side side = Side.Customer)
    {
        await using var first = await ContextAsync(null, side);
        var audit = new Audit(await first.NewPageAsync());
        if (person is not null)
        {
            await person.SignInAsync(audit.Page, name => audit.LookAsync(side == Side.Operator ? "operator-" + name : name, "en"));
        }

        // Both languages at once: each has a browser that was signed in.
        var wrong = await Task.WhenAll(Languages.Select(async language => await VisitAsync(visits, language, await first.StorageStateAsync(), side)));
        return [.. audit.Wrong, .. wrong.SelectMany(w => w)];
    }

    private async Task<List<string>> VisitAsync(IReadOnlyList<Visit> visits, string language, string state, Side side)
    {
        await using var context = await ContextAsync(state, side);
        var audit = new Audit(await context.NewPageAsync());
        var page = audit.Page;
        await page.GotoAsync($"/console/language?to={language}&back=/console/signed-out");
        foreach (var (number, visit) in visits.Index())
        {
            // A form that is refused is the form, with the API's own words beside its fields: each in one of the languages, at length too.
            if ((!AtLength || visit is { Status: >= 400, Then: not null }) && (number % 2 == 0) != (language == Languages[0]))
            {
                continue;
            }

            await visit.GoAsync(page, language);
            if (Pictures is not null && Pictured.Contains(visit.Name))
            {
                await page.ScreenshotAsync(new() { Path = $"{Pictures}/{visit.Name}-{language}.png" });
            }

            await audit.LookAsync(visit.Name, language, once: true);
        }

        return audit.Wrong;
    }

    private Task<IBrowserContext> ContextAsync(string? state, Side side) => chromium.ContextAsync(new()
    {
        BaseURL = _server.Address(side),
        IgnoreHTTPSErrors = true,
        StorageState = state,
        ViewportSize = new() { Width = 1280, Height = 800 },
    });
}
