using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Alerts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Alert = Beffroi.Contracts.Alert;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What needs, or needed, an organization's attention.</summary>
internal static class AlertEndpoints
{
    private const string Open = "open", Resolved = "resolved";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/organizations/{organization}/alerts", (string organization, HttpContext http, Reads reads) => ListAsync(organization, http, reads))
            .Describe("listAlerts", "Alerts", "List alerts", "Those that are open first, then those that are resolved, the newest first. Resolved ones are kept for 90 days.", 400, 403, 404)
            .WithQuery("state", "`open` for those alone that are.")
            .WithQuery("language", "Of the titles: `en` or `fr`; `en` if it is left out.")
            .WithPaging()
            .Produces<Page<Alert>>()
            .WithExample(200, """
                { "items": [{ "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "kind": "archiving-failing", "severity": "critical", "state": "open", "subject": "records/postgres/dossiers",
                  "title": "WAL is not archived: what was written since could not be restored", "text": "WalArchived: Failing", "since": "2026-11-24T08:00:00Z", "raisedAt": "2026-11-24T08:00:04Z" }] }
                """);

    private static Task<IResult> ListAsync(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.AlertRead, async (connection, owner) =>
        {
            var limit = Query.Limit(http);
            var token = Query.PageToken(http, text => Position(text) is not null);
            if ((Query.Check(http, "state", "language", "limit", "pageToken") ?? CheckWords(http) ?? limit.Problem ?? token.Problem) is { } bad)
            {
                return bad;
            }

            var (resolved, before) = token.Value is { } text ? Position(text)!.Value : (false, (Guid?)null);
            var found = await AlertList.ReadAsync(connection, owner, http.Request.Query["state"].Count > 0, resolved, before, limit.Value + 1, http.Request.Query["language"] is ["fr"] ? "fr" : "en", http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(found, limit.Value, a => a.State + "/" + a.Id.ToString("D")), WireJson.Default.PageAlert);
        });

    private static Problem? CheckWords(HttpContext http) =>
        http.Request.Query["state"] is not ([] or [Open]) ? Problems.BadQuery(new FieldError("state", "This state is not valid.", Open))
        : http.Request.Query["language"] is not ([] or ["en"] or ["fr"]) ? Problems.BadQuery(new FieldError("language", "There are no titles in this language.", "en, fr"))
        : null;

    private static (bool Resolved, Guid? Before)? Position(string text) =>
        text.Split('/') is [Open or Resolved, var id] && Guid.TryParseExact(id, "D", out var before) ? (text.StartsWith(Resolved, StringComparison.Ordinal), before) : null;
}
