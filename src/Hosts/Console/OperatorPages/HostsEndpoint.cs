using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The hosts of all zones and what is used, admitted and promised of them.</summary>
internal static class HostsEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var zones = await OperatorApi.ZonesAsync(visit);
        return new HtmlPage<HostsPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.HostsAndCapacity },
            ["Zones"] = (IReadOnlyList<ZoneCapacity>)await Task.WhenAll(zones.Select(z => OperatorApi.CapacityAsync(visit, z.Name))),
        });
    }
}
