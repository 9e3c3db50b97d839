using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>How sovereign the zone is, in the customers' console and in the operator's: each objective's level with what contradicts it and what is known.</summary>
internal static class SovereigntyEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit) => new HtmlPage<SovereigntyPage>(200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.SovereigntyTitle },
        ["Sheet"] = await visit.Api.GetAsync((visit.Frame.IsOperator ? "/operator" : "") + "/v1/sovereignty/seal", WireJson.Default.SovereigntySheet),
    });
}
