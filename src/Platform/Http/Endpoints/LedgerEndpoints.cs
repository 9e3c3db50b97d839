using System.Globalization;
using System.Text;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Transparency;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Reading a ledger, an organization's own or the operator's: its entries, and the Merkle log that proves them (C2SP tlog-tiles).</summary>
internal static class LedgerEndpoints
{
    private const string Path = "/v1/organizations/{organization}/ledger", OfOperator = "/operator/v1/ledger";
    private static readonly string[] Filters = ["from", "limit", "action", "actor", "onBehalfOf", "outcome", "resource", "since", "until"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        DescribeList(routes.MapGet(Path, (string organization, HttpContext http, LedgerScopes scopes) => List(http, scopes.Of(http, organization))), "listLedger");
        DescribeList(routes.MapGet(OfOperator, (HttpContext http, LedgerScopes scopes) => List(http, scopes.OfOperator(http))), "operatorListLedger");
        DescribeKey(routes.MapGet(Path + "/key", (string organization, HttpContext http, LedgerScopes scopes) => Key(http, scopes.Of(http, organization))), "getLedgerKey");
        DescribeKey(routes.MapGet(OfOperator + "/key", (HttpContext http, LedgerScopes scopes) => Key(http, scopes.OfOperator(http))), "operatorGetLedgerKey");
        DescribeCheckpoint(routes.MapGet(Path + "/checkpoint", (string organization, HttpContext http, LedgerScopes scopes) => NewestCheckpoint(http, scopes.Of(http, organization))), "getLedgerCheckpoint");
        DescribeCheckpoint(routes.MapGet(OfOperator + "/checkpoint", (HttpContext http, LedgerScopes scopes) => NewestCheckpoint(http, scopes.OfOperator(http))), "operatorGetLedgerCheckpoint");
        DescribeTile(routes.MapGet(Path + "/tile/{**tile}", (string organization, string? tile, HttpContext http, LedgerScopes scopes) => ReadTile(tile, http, scopes.Of(http, organization))), "getLedgerTile");
        DescribeTile(routes.MapGet(OfOperator + "/tile/{**tile}", (string? tile, HttpContext http, LedgerScopes scopes) => ReadTile(tile, http, scopes.OfOperator(http))), "operatorGetLedgerTile");
    }

    private static void DescribeList(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, "Ledger", "Read the ledger",
            "Everything that was done, or refused, in the organization and to its resources, oldest first; each entry exactly as it was hashed. Where another than its `actor` caused something, the entry has `onBehalfOf`; where somebody else agreed to it beforehand, `approvedBy`. The operator's own ledger tells of the installation and the operator's accounts, "
            + "and of nothing in organizations. What happened a moment ago is there within a second or two.",
            400, 403, 404)
        .WithQuery("from", "The number of the first entry to look at; 0 if it is left out.", number: true)
        .WithQuery("limit", "The most entries to return, 1 to 200; 50 if it is left out.", number: true)
        .WithQuery("action", "Only entries of this action, e.g. `postgres.create`.")
        .WithQuery("actor", "Only entries of this actor, e.g. `customer:alice`.")
        .WithQuery("onBehalfOf", "Only entries of what was done on behalf of them by another, e.g. `customer:alice`: by the platform or an agent, for an operation that they asked for.")
        .WithQuery("outcome", "Only entries with this outcome: `accepted`, `refused`, `done` or `failed`.")
        .WithQuery("resource", "Only entries about this resource, by its path, or one below it.")
        .WithQuery("since", "Only entries logged at this time (RFC 3339) or later.")
        .WithQuery("until", "Only entries logged before this time (RFC 3339).")
        .Produces<LedgerPage>();

    private static void DescribeKey(RouteHandlerBuilder route, string id) => route
        .Describe(id, "Ledger", "Read the ledger's public key", "As a C2SP signed-note verifier key. Keep it: with it, everything else is verified offline.", 400, 403, 404)
        .Produces<string>(200, "text/plain");

    private static void DescribeCheckpoint(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, "Ledger", "Read the newest checkpoint",
            "How many entries there are and the root of their Merkle tree, signed (C2SP tlog-checkpoint), with the signatures of witnesses as soon as they are there.", 400, 403, 404)
        .WithQuery("cosigned", "`true` for the newest that a witness has cosigned, which may be a second or two older.")
        .Produces<string>(200, "text/plain");

    private static void DescribeTile(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, "Ledger", "Read a tile",
            "Hashes of the Merkle tree at `LEVEL/INDEX`, or entries at `entries/INDEX`, as C2SP tlog-tiles names them; what a checkpoint covers never changes.",
            400, 403, 404)
        .Produces<byte[]>(200, "application/octet-stream");

    private static Task<IResult> List(HttpContext http, LedgerScope log) =>
        log.ReadAsync(async (connection, id) =>
        {
            var limit = Query.Limit(http);
            var from = Query.Number(http, "from");
            var since = Time(http, "since");
            var until = Time(http, "until");
            if ((Query.Check(http, Filters) ?? NoNull(http) ?? limit.Problem ?? from.Problem ?? since.Problem ?? until.Problem) is { } bad)
            {
                return bad;
            }

            string? Text(string name) => http.Request.Query[name] is [{ Length: > 0 } text] ? text : null;
            var filter = new LedgerFilter(Text("action"), Text("actor"), Text("outcome"), Text("resource")?.TrimEnd('/'), since.Value, until.Value, Text("onBehalfOf"));
            var rows = await LedgerReader.PageAsync(connection, id, from.Value, limit.Value + 1, filter, http.RequestAborted);
            var found = rows.Select(row => new LedgerRecord(row.Index, row.Entry)).ToList();
            // A filter that matches little doesn't read the whole log at once: the next page goes on where this one stopped looking.
            long? next = found.Count > limit.Value ? found[limit.Value].Index
                : await LedgerReader.SizeAsync(connection, id, http.RequestAborted) > from.Value + LedgerReader.MaxScan ? from.Value + LedgerReader.MaxScan
                : null;
            var page = new LedgerPage([.. found.Take(limit.Value)], next);
            return (Result<IResult>)Answer.Json(page, WireJson.Default.LedgerPage);
        });

    private static Task<IResult> Key(HttpContext http, LedgerScope log) =>
        TextAsync(http, log, async (connection, id) =>
            await LedgerReader.FindHeadAsync(connection, id, http.RequestAborted) is { } head ? head.PublicKey + "\n" : null);

    private static Task<IResult> NewestCheckpoint(HttpContext http, LedgerScope log) =>
        TextAsync(http, log, async (connection, id) => http.Request.Query["cosigned"] == "true"
            ? await LedgerReader.FindCosignedAsync(connection, id, http.RequestAborted)
            : (await LedgerReader.FindShownAsync(connection, id, http.RequestAborted))?.Checkpoint, "cosigned");

    private static Task<IResult> TextAsync(HttpContext http, LedgerScope log, Func<NpgsqlConnection, Guid, Task<string?>> find, params string[] query) =>
        log.ReadAsync(async (connection, id) =>
            Query.Check(http, query) is { } bad ? bad
            : await find(connection, id) is { } text ? (Result<IResult>)TypedResults.Text(text, "text/plain", Encoding.UTF8)
            : Problems.NotFound);

    private static Task<IResult> ReadTile(string? tile, HttpContext http, LedgerScope log) =>
        log.ReadAsync(async (connection, id) =>
        {
            if (Query.Check(http) is { } bad)
            {
                return bad;
            }

            if (Tile.Parse("tile/" + tile) is not { } address || await LedgerReader.FindTileAsync(connection, id, address, http.RequestAborted) is not { } bytes)
            {
                return Problems.NotFound;
            }

            http.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            return (Result<IResult>)TypedResults.Bytes(bytes, "application/octet-stream");
        });

    // PostgreSQL's text has no such character.
    private static Problem? NoNull(HttpContext http) => Filters.FirstOrDefault(f => http.Request.Query[f].ToString().Contains('\0', StringComparison.Ordinal)) is { } name
        ? Problems.BadQuery(new FieldError(name, "This text is not valid.", "text without NUL"))
        : null;

    private static Result<DateTimeOffset?> Time(HttpContext http, string name) =>
        http.Request.Query[name] is not [{ } text] ? (DateTimeOffset?)null
        : text.Length is >= 20 and <= 40 && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
        : Problems.BadQuery(new FieldError(name, "This time is not valid.", "RFC 3339, such as 2026-11-23T08:00:00Z"));
}
