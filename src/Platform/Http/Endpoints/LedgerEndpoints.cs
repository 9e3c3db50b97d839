using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

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

    private static Task<IResult> List(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.LedgerRead, async (connection, organizationId) =>
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

            await using var command = new NpgsqlCommand(
                """
                select sequence, entry, previous_sha256, sha256 from platform.ledger
                where organization_id = $1 and sequence > $2 order by sequence limit $3
                """,
                connection)
            { Parameters = { new() { Value = organizationId }, new() { Value = after.Value }, new() { Value = limit.Value + 1 } } };
            await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
            var found = new List<LedgerRecord>();
            while (await reader.ReadAsync(http.RequestAborted))
            {
                found.Add(new LedgerRecord(
                    reader.GetInt64(0), reader.GetString(1), Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(2)),
                    Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(3))));
            }

            var page = found.Count > limit.Value
                ? new LedgerPage([.. found.Take(limit.Value)], found[limit.Value - 1].Sequence)
                : new LedgerPage(found, null);
            return (Result<IResult>)Answer.Json(page, WireJson.Default.LedgerPage);
        });
}
