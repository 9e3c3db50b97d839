using Beffroi.Server.Tests;
using Beffroi.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.WebConsole.Tests;

/// <summary>Every page of the console in a real browser: in both languages and both themes, for everyone, wide and narrow.</summary>
public sealed class PageTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private static readonly string[] Languages = ["en", "fr"];

    // The guides' pictures.
    private static readonly string[] Pictured = ["overview", "database", "create", "trust"];
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("BEFFROI_SCREENSHOTS");
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void Every_page_that_the_console_maps_is_visited()
    {
        var mapped = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true).Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Where(r => r == "/console" || r.StartsWith("/console/", StringComparison.Ordinal));
        var visited = Visit.All.Select(v => v.Route).Where(r => r.Length > 0).Concat(Visit.NoPages);
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
        var wrong = new List<string>();
        wrong.AddRange(await VisitAsync(Visit.Nobody, null));
        wrong.AddRange(await VisitAsync(Visit.Owner, bob));
        wrong.AddRange(await VisitAsync(Visit.Newcomer, carol));
        wrong.AddRange(await VisitAsync(Visit.NewOrganization, oscar));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>In a browser of a person's own, or of nobody's.</summary>
    private async Task<List<string>> VisitAsync(IReadOnlyList<Visit> visits, Person? person)
    {
        await using var context = await chromium.Browser.NewContextAsync(new() { BaseURL = _server.Address(Beffroi.Platform.Identity.Side.Customer), IgnoreHTTPSErrors = true, ViewportSize = new() { Width = 1280, Height = 800 } });
        context.SetDefaultTimeout(15_000);
        var page = await context.NewPageAsync();
        var audit = new Audit(page);
        if (person is not null)
        {
            await person.SignInAsync(page, name => audit.LookAsync(name, "en"));
        }

        foreach (var language in Languages)
        {
            await page.GotoAsync($"/console/language?to={language}&back=/console/signed-out");
            foreach (var visit in visits)
            {
                await visit.GoAsync(page, language);
                if (Pictures is not null && Pictured.Contains(visit.Name))
                {
                    Directory.CreateDirectory(Pictures);
                    await page.ScreenshotAsync(new() { Path = $"{Pictures}/{visit.Name}-{language}.png" });
                }

                await audit.LookAsync(visit.Name, language);
            }
        }

        return audit.Wrong;
    }
}
