using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Each promise with what was last found of it.</summary>
internal static class TrustEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var page = await visit.Api.GetAsync(visit.Root + "/evidence/findings", WireJson.Default.PageEvidenceFinding);
        return new HtmlPage<TrustPage>(200, new() { ["Around"] = visit.Live() with { Title = visit.Frame.Texts.Trust }, ["Findings"] = page.Items });
    }
}
