using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>The images on the hosts.</summary>
internal static class ImagesEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var zones = await OperatorApi.ZonesAsync(visit);
        return new HtmlPage<ImagesPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Images },
            ["Items"] = (IReadOnlyList<(string Zone, ZoneImage Image)>)[.. (await Task.WhenAll(zones.Select(async z => (await OperatorApi.ImagesAsync(visit, z.Name)).Select(i => (z.Name, i))))).SelectMany(i => i)],
            ["Zone"] = zones.Count > 0 ? zones[0].Name : "local",
        });
    }
}
