using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The zones, with what is declared of each.</summary>
internal static class ZonesEndpoint
{
    public static async Task<IResult> ListAsync(Visit visit) => new HtmlPage<ZonesPage>(200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Zones },
        ["Items"] = await OperatorApi.ZonesAsync(visit),
    });

    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var zone = await visit.Api.GetAsync(OperatorApi.Zone(visit.Route("zone")), WireJson.Default.Zone);
        return new HtmlPage<ZonePage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.ZoneTitle, zone.Name) },
            ["Shown"] = zone,
        });
    }
}
