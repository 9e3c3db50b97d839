using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A PostgreSQL's metrics over time: all of them as small pictures, or one large with its numbers.</summary>
internal static class MetricsEndpoint
{
    private const int PointsOfMany = 120;

    public static async Task<IResult> ShowAsync(Visit visit, string space, string name)
    {
        var asked = MetricsAsked.Of(visit);
        PostgresHistory? history = null;
        if (asked.Times(visit.Http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(), out var problem) is { } times)
        {
            try
            {
                history = await visit.Api.GetAsync(Address(visit.Postgres(space, name), asked, times), WireJson.Default.PostgresHistory);
            }
            catch (ApiRefusalException refusal) when (refusal.Problem.Status == 400)
            {
                problem = refusal.Problem;
            }
        }

        return new HtmlPage<MetricsPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.MetricsTitle, name), Scripts = history is null ? [] : [ScriptFiles.History] },
            ["Here"] = $"/console/spaces/{ApiClient.Segment(space)}/postgres/{ApiClient.Segment(name)}",
            ["Name"] = name,
            ["Space"] = visit.Frame.Organization + "/" + space,
            ["Looked"] = asked,
            ["History"] = history,
            ["Problem"] = problem,
        });
    }

    private static string Address(string database, MetricsAsked asked, (DateTimeOffset From, DateTimeOffset To) times)
    {
        // Of one picture what the API gives by itself; of many fewer points, which are as wide.
        var step = asked.Chart is null ? Math.Max(1, (long)Math.Ceiling((times.To - times.From).TotalSeconds / PointsOfMany)) : 0;
        (string Name, string? Value)[] fields =
        [
            ("from", times.From.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            ("to", times.To.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            ("step", step == 0 ? null : step.ToString(CultureInfo.InvariantCulture)),
            ("metric", string.Join(',', asked.Chart is { } chart ? chart.Series : MetricChart.All.SelectMany(c => c.Series))),
            ("node", asked.Node.Length == 0 ? null : asked.Node),
        ];
        return database + "/metrics/history" + QueryString.Create(fields.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Name, f.Value)));
    }
}
