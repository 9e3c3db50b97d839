using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Reading an organization's own ledger.</summary>
internal static class LedgerEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/organizations/{organization}/ledger", List)
            .Describe(
                "listLedger", "Ledger", "Read the ledger",
                "Everything that was done, or refused, in the organization and to its resources, oldest first; each entry exactly as it was hashed.",
                400, 403, 404)
            .WithQuery("after", "Return entries after this sequence number.", number: true)
            .WithQuery("limit", "The most entries to return, 1 to 200; 50 if it is left out.", number: true)
            .Produces<LedgerPage>();

    private static Task<IResult> List(string organization, HttpContext http, Reads reads, LedgerReader ledger) =>
        reads.OrganizationAsync(http, organization, Permission.LedgerRead, async (_, organizationId) =>
        {
            if (Query.Check(http, "after", "limit") is { } bad)
            {
                return bad;
            }

            var limit = Query.Limit(http);
            var after = Query.Number(http, "after");
            if (!limit.Ok || !after.Ok)
            {
                return limit.Problem ?? after.Problem!;
            }

            var rows = await ledger.PageAsync(organizationId, after.Value, limit.Value + 1, http.RequestAborted);
            var found = rows.Select(row => new LedgerRecord(
                row.Sequence, row.Entry, Convert.ToHexStringLower(row.PreviousSha256), Convert.ToHexStringLower(row.Sha256))).ToList();
            var page = found.Count > limit.Value
                ? new LedgerPage([.. found.Take(limit.Value)], found[limit.Value - 1].Sequence)
                : new LedgerPage(found, null);
            return (Result<IResult>)Answer.Json(page, WireJson.Default.LedgerPage);
        });
}
