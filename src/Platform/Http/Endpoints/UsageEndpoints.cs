using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What was taken and what it costs: a customer's own in full, and for the operator's invoices sums of each organization.</summary>
internal sealed class UsageEndpoints(Reads reads, TimeProvider time)
{
    private const string Tag = "Usage", Hour = "a day (2026-12-01) or a whole hour in UTC (2026-12-01T10:00:00Z)";
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    public static void Map(IEndpointRouteBuilder routes)
    {
        Describe(
            routes.MapGet("/v1/organizations/{organization}/usage", (string organization, HttpContext http, UsageEndpoints own) => own.OrganizationAsync(http, organization)),
            "getOrganizationUsage", "Read what the organization used");
        Describe(
            routes.MapGet("/v1/organizations/{organization}/spaces/{space}/usage", (string organization, string space, HttpContext http, UsageEndpoints own) => own.SpaceAsync(http, organization, space)),
            "getSpaceUsage", "Read what a space used");
        routes.MapGet("/operator/v1/usage", (HttpContext http, UsageEndpoints own) => own.OperatorAsync(http))
            .Describe("operatorGetUsage", Tag, "Read what organizations used in a month", "In sums, for invoices: of spaces and resources it has neither names nor numbers.", 400, 403)
            .WithQuery("month", "Which, e.g. 2026-11. Without it, the present one.")
            .Produces<MonthlyUsage>();
    }

    private static void Describe(RouteHandlerBuilder route, string id, string summary) => route
        .Describe(id, Tag, summary, "By the hours that are over, from what its resources were to take, with what it costs by the price lists that held. At most 400 days at once.", 400, 403, 404)
        .WithQuery("since", "From " + Hour + " on. Without it, from the beginning of the month.")
        .WithQuery("until", "Up to the beginning of " + Hour + ". Without it, up to now.")
        .WithQuery("by", string.Join(", ", UsageQueries.Divisions) + ". Without it, total.")
        .Produces<UsageReport>();

    private Task<IResult> OrganizationAsync(HttpContext http, string organization) =>
        reads.OrganizationAsync(http, organization, Permission.UsageRead, (connection, id) => ReportAsync(http, connection, (id, organization), null));

    private Task<IResult> SpaceAsync(HttpContext http, string organization, string space) =>
        reads.SpaceAsync(http, organization, space, Permission.UsageRead, (connection, scope) => ReportAsync(http, connection, (scope.OrganizationId, organization), (scope.Id, scope.Name)));

    private Task<IResult> OperatorAsync(HttpContext http) => reads.OperatorAsync(http, OperatorPermission.UsageRead, connection => MonthAsync(http, connection));

    private async Task<Result<IResult>> ReportAsync(HttpContext http, NpgsqlConnection connection, (Guid, string) organization, (Guid, string)? space)
    {
        if (Query.Check(http, "since", "until", "by") is { } bad)
        {
            return bad;
        }

        var now = time.GetUtcNow();
        var since = Moment(http, "since", new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero));
        var until = Moment(http, "until", new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(1));
        if ((since.Problem ?? until.Problem) is { } wrong)
        {
            return wrong;
        }

        var by = http.Request.Query["by"] is [{ } text] ? text : "total";
        return until.Value < since.Value || until.Value - since.Value > Longest ? Problems.BadQuery(new FieldError("until", "This time is not possible with that beginning.", "since or later, at most 400 days"))
            : !UsageQueries.Divisions.Contains(by) ? Problems.BadQuery(new FieldError("by", "This can't be divided by that.", string.Join(", ", UsageQueries.Divisions)))
            : await UsageQueries.ReportAsync(connection, organization, space, since.Value, until.Value, by, http.RequestAborted) is { } report
                ? (Result<IResult>)Answer.Json(report, WireJson.Default.UsageReport)
            : Problems.BadQuery(new FieldError("by", "These are too many parts.", $"a shorter time, one space, or another division: at most {UsageQueries.MostParts} parts"));
    }

    private async Task<Result<IResult>> MonthAsync(HttpContext http, NpgsqlConnection connection)
    {
        var now = time.GetUtcNow();
        var month = new DateOnly(now.Year, now.Month, 1);
        return Query.Check(http, "month") is { } bad ? bad
            : http.Request.Query["month"] is [{ } text] && !DateOnly.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out month)
                ? Problems.BadQuery(new FieldError("month", "This is not a month.", "e.g. 2026-11"))
            : month.Year is < 2000 or > 9000 ? Problems.BadQuery(new FieldError("month", "There is no record of this month.", "e.g. 2026-11"))
            : (Result<IResult>)Answer.Json(await UsageQueries.MonthAsync(connection, month, http.RequestAborted), WireJson.Default.MonthlyUsage);
    }

    private static Result<DateTimeOffset> Moment(HttpContext http, string name, DateTimeOffset otherwise)
    {
        if (http.Request.Query[name] is not [{ } text])
        {
            return otherwise;
        }

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH':00Z'", "yyyy-MM-dd'T'HH':00:00Z'"], CultureInfo.InvariantCulture, Utc, out var at) && at.Year is >= 2000 and <= 9000
            ? at
            : Problems.BadQuery(new FieldError(name, "This is not a whole hour.", Hour));
    }
}
