using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's alerts, who is told of them, and having somebody told.</summary>
internal static class AlertsEndpoint
{
    private const int Shown = 25;

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, new PutAlertReceiver(), "", null);

    public static async Task<IResult> CreateAsync(Visit visit)
    {
        var field = await visit.FormAsync(500);
        var name = field("name");
        var wanted = new PutAlertReceiver(
            field("url") is { Length: > 0 } url ? url : null, field("email") is { Length: > 0 } email ? email : null, null, visit.Frame.Texts.Language,
            field("leastSeverity") == "critical" ? "critical" : "warning");
        if (await visit.Api.FindAsync(visit.Named("alert-receivers", name), WireJson.Default.AlertReceiver) is not null)
        {
            // It may have a choice of spaces and kinds, which nobody is to lose by a form that hasn't those.
            return await ShowAsync(visit, wanted, name, null, exists: true);
        }

        try
        {
            var made = await visit.Api.PutAsync(visit.Named("alert-receivers", name), wanted, WireJson.Default.PutAlertReceiver, WireJson.Default.AlertReceiver);
            return AlertReceiverEndpoint.Made(visit, made);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return await ShowAsync(visit, wanted, name, refusal.Problem);
        }
    }

    private static async Task<IResult> ShowAsync(Visit visit, PutAlertReceiver typed, string name, ProblemDocument? problem, bool exists = false)
    {
        var alerts = await visit.Api.GetAsync(visit.Paged(visit.Root + "/alerts", Shown) + "&language=" + visit.Frame.Texts.Language, WireJson.Default.PageAlert);
        return new HtmlPage<AlertsPage>(problem?.Status ?? (exists ? 409 : 200), new()
        {
            ["Around"] = visit.Live() with { Title = visit.Frame.Texts.Alerts, Path = "/console/alerts" },
            ["Alerts"] = alerts,
            ["Receivers"] = (await visit.Api.GetAsync(visit.Root + "/alert-receivers", WireJson.Default.PageAlertReceiver)).Items,
            ["Problem"] = problem,
            ["Name"] = name,
            ["Typed"] = typed,
            ["Exists"] = exists,
            ["First"] = visit.PageToken is null,
        });
    }
}
