using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;
using Google.Protobuf.Collections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Services.Postgres.Metrics;

/// <summary>
/// <c>GET …/postgres/{name}/metrics/history</c>: what was measured over a time. It is asked of the nodes' agents, which keep it on the encrypted volume, and passed on; the platform has none of it.
/// </summary>
internal static class ReadHistory
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(PostgresRoutes.History, ReadAsync)
        .Describe(
            "readPostgresMetricsHistory", PostgresRoutes.Tag, "Read what was measured of a PostgreSQL over a time",
            "Each node keeps it on the database's encrypted volume and nowhere else: every ten seconds for a day, and of every five minutes the mean, the least and the most for five weeks. The platform asks "
            + "the nodes and passes on what they answer; of one that is stopped or away there is nothing.",
            400, 403, 404)
        .Produces<PostgresHistory>()
        .WithQuery("metric", "Names of series, with commas between them; all of them if it is left out.")
        .WithQuery("from", "The beginning, as in RFC 3339; an hour before the end if it is left out.")
        .WithQuery("to", "The end; now if it is left out.")
        .WithQuery("step", "Seconds that a point stands for; what gives about 300 points if it is left out. Rounded up to tens, or to five minutes if longer or where the beginning is more than a day ago. At most 1500 points.", number: true)
        .WithQuery("node", "Only this node; all of them if it is left out.")
        .WithExample(200, PostgresExamples.History);

    private static Task<IResult> ReadAsync(
        string organization, string space, string name, HttpContext http, Reads reads, IResources resources, IAgents agents, IAgentQuestions questions, TimeProvider time) =>
        reads.ResourceAsync(http, organization, space, PostgresRoutes.Kind, name, Permission.PostgresMetricsRead, async (connection, scope) =>
        {
            var asked = HistoryRequest.Of(http, time.GetUtcNow());
            if (!asked.Ok)
            {
                return asked.Problem;
            }

            if (!ResourceName.IsValid(name) || await resources.FindByNameAsync(connection, scope.Id, PostgresRoutes.Kind, name, http.RequestAborted) is not { } row)
            {
                return Problems.NotFound;
            }

            var nodes = (await MeasuredDatabase.MeasureAsync(connection, row, agents, time, http.RequestAborted)).Nodes;
            if (asked.Value.Node is { } only && nodes.All(node => node.Name != only))
            {
                return Problems.BadQuery(new FieldError("node", "There is no such node.", nodes.Count == 0 ? "none yet" : string.Join(", ", nodes.Select(node => node.Name))));
            }

            return new HistoryResult(row.Name, asked.Value, [.. nodes.Where(node => asked.Value.Node is null || node.Name == asked.Value.Node)], questions);
        });

    /// <summary>Asks the agents once the store's connection has been given back: an agent may take seconds.</summary>
    private sealed class HistoryResult(string name, HistoryRequest asked, IReadOnlyList<MeasuredNode> nodes, IAgentQuestions questions) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var answers = await Task.WhenAll(nodes.Select(async node => (Node: node, Answer: await questions.AskAsync(node.InstanceId, asked.Question, httpContext.RequestAborted))));
            var shown = answers
                .Select(a => new PostgresHistoryNode(
                    a.Node.Name, a.Node.Seen?.Postgres?.Role is { Length: > 0 } role ? role : null, a.Answer?.History is not null, HistoryView.Of(asked, a.Answer?.History)))
                .OrderBy(node => node.Role != "primary").ThenBy(node => node.Name, StringComparer.Ordinal);
            await Answer.Json(new PostgresHistory(name, asked.From, asked.To, asked.Step, [.. shown]), WireJson.Default.PostgresHistory).ExecuteAsync(httpContext);
        }
    }
}

/// <summary>What an agent answered, as the API gives it: of what was asked for, and no more. Pure.</summary>
internal static class HistoryView
{
    internal static IReadOnlyList<PostgresHistorySeries> Of(HistoryRequest asked, NodeHistory? history) => history is null || history.Series.Count != asked.Series.Count
        ? []
        : [.. asked.Series.Zip(history.Series, (series, numbers) => new PostgresHistorySeries(
            series.Name, HistoryCatalogue.NameOf(series.Unit), Numbers(numbers.Average, asked.Points), Numbers(numbers.Minimum, asked.Points), Numbers(numbers.Maximum, asked.Points)))];

    // Exactly as many as were asked for, whatever an agent says.
    private static float?[] Numbers(RepeatedField<float> numbers, int points) =>
        [.. Enumerable.Range(0, points).Select(i => i < numbers.Count && float.IsFinite(numbers[i]) ? numbers[i] : (float?)null)];
}

/// <summary>What is asked for.</summary>
/// <param name="Series">In order.</param>
/// <param name="From">A multiple of the step.</param>
/// <param name="To">A multiple of the step, not part of it.</param>
/// <param name="Step">Seconds that a point stands for.</param>
/// <param name="Node">Only this node; null for all.</param>
internal sealed record HistoryRequest(IReadOnlyList<HistorySeries> Series, DateTimeOffset From, DateTimeOffset To, int Step, string? Node)
{
    private const int UsualPoints = 300;
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds((double)HistoryCatalogue.CoarseStep * HistoryCatalogue.CoarseCount);
    private static readonly TimeSpan KeptFine = TimeSpan.FromSeconds((double)HistoryCatalogue.FineStep * HistoryCatalogue.FineCount);

    internal int Points => (int)((To - From).TotalSeconds / Step);

    internal AgentQuestion Question => new()
    {
        History = new HistoryQuestion { Series = { Series.Select(s => s.Name) }, From = From.ToUnixTimeSeconds(), To = To.ToUnixTimeSeconds(), Step = Step },
    };

    internal static Result<HistoryRequest> Of(HttpContext http, DateTimeOffset now)
    {
        if (Query.Check(http, "metric", "from", "to", "step", "node") is { } bad)
        {
            return bad;
        }

        var to = Moment(http, "to", now);
        var from = Moment(http, "from", (to.Ok ? to.Value : now) - TimeSpan.FromHours(1));
        var step = Query.Number(http, "step");
        var series = Named(http.Request.Query["metric"].FirstOrDefault());
        if ((to.Problem ?? from.Problem ?? step.Problem ?? series.Problem) is { } wrong)
        {
            return wrong;
        }

        if (from.Value >= to.Value)
        {
            return Problems.BadQuery(new FieldError("from", "The beginning is not before the end.", "a moment before the end"));
        }

        // What lies ahead was not measured, and what is older than is kept is gone: neither is a reason to refuse.
        var end = to.Value < now ? to.Value : now;
        var beginning = from.Value > now - Kept ? from.Value : now - Kept;
        beginning = beginning < end ? beginning : end;
        var wanted = Math.Clamp(step.Value > 0 ? step.Value : (long)Math.Ceiling((end - beginning).TotalSeconds / UsualPoints), 1, (long)Kept.TotalSeconds);
        var grain = wanted > HistoryCatalogue.CoarseStep || beginning < now - KeptFine ? HistoryCatalogue.CoarseStep : HistoryCatalogue.FineStep;
        var stepSeconds = Up(wanted, grain);
        var (first, last) = (beginning.ToUnixTimeSeconds() / stepSeconds * stepSeconds, Up(end.ToUnixTimeSeconds(), stepSeconds));
        last = Math.Max(last, first + stepSeconds);
        return (last - first) / stepSeconds > HistoryCatalogue.MostPoints
            ? Problems.BadQuery(new FieldError("step", "This step gives too many points.", $"at least {Up((last - first + HistoryCatalogue.MostPoints - 2) / (HistoryCatalogue.MostPoints - 1), grain)} here"))
            : new HistoryRequest(series.Value!, DateTimeOffset.FromUnixTimeSeconds(first), DateTimeOffset.FromUnixTimeSeconds(last), (int)stepSeconds, http.Request.Query["node"].FirstOrDefault());
    }

    private static long Up(long seconds, long grain) => (seconds + grain - 1) / grain * grain;

    private static Result<DateTimeOffset> Moment(HttpContext http, string name, DateTimeOffset otherwise) =>
        http.Request.Query[name] is not [{ } text] ? otherwise
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) && moment.Year is >= 2000 and < 3000 ? moment
        : Problems.BadQuery(new FieldError(name, "This is not a moment.", "e.g. 2026-11-27T08:30:00Z"));

    private static Result<HistorySeries[]> Named(string? names)
    {
        if (names is null)
        {
            return HistoryCatalogue.All.ToArray();
        }

        var found = names.Split(',').Distinct(StringComparer.Ordinal).Select(name => HistoryCatalogue.ByName.GetValueOrDefault(name)).ToList();
        return found.Contains(null)
            ? Problems.BadQuery(new FieldError("metric", "There is no such series.", string.Join(", ", HistoryCatalogue.All.Select(s => s.Name))))
            : found.OfType<HistorySeries>().ToArray();
    }
}
