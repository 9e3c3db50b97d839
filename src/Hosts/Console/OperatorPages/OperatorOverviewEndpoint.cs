using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>What the first page shows; null what this person may not see.</summary>
internal sealed record Overview(
    IReadOnlyList<Zone> Zones, IReadOnlyList<ZoneCapacity> Capacities, IReadOnlyList<ZoneImage> Images, IReadOnlyList<LockboxRequest>? Requests, IReadOnlyList<OperatorAccount>? People,
    IReadOnlyList<Attention> Attention);

/// <summary>The first page: what needs attention, and how the installation stands in a few numbers.</summary>
internal static class OperatorOverviewEndpoint
{
    // Of the register, what can end: software has no last day, and is most of it.
    private static readonly string[] Ending = ["supplier", "service", "licence", "hardware"];

    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var zones = await OperatorApi.ZonesAsync(visit);
        var requests = OperatorApi.AllowedAsync(visit, OperatorApi.Requests + "?limit=200", WireJson.Default.PageLockboxRequest);
        var people = OperatorApi.AllowedAsync(visit, OperatorApi.Operators, WireJson.Default.PageOperatorAccount);
        var reviews = OperatorApi.AllowedAsync(visit, OperatorApi.ReviewSchedule, WireJson.Default.PageAccessReviewDue);
        var register = Task.WhenAll(Ending.Select(kind => OperatorApi.AllowedAsync(visit, $"{OperatorApi.Register}/entries?kind={kind}", WireJson.Default.PageRegisterEntry)));
        var capacities = await Task.WhenAll(zones.Select(z => OperatorApi.CapacityAsync(visit, z.Name)));
        var images = (await Task.WhenAll(zones.Select(z => OperatorApi.ImagesAsync(visit, z.Name)))).SelectMany(i => i).ToList();
        IReadOnlyList<RegisterEntry> entries = [.. (await register).SelectMany(p => p?.Items ?? [])];
        var (asked, own) = ((await requests)?.Items, (await people)?.Items);
        var texts = visit.Frame.Texts;
        return new HtmlPage<OperatorOverviewPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = texts.Overview },
            ["Seen"] = new Overview(zones, capacities, images, asked, own, Attention.Of(texts, DateOnly.FromDateTime(DateTime.UtcNow), zones, capacities, images, asked, own, entries, (await reviews)?.Items)),
        });
    }
}
