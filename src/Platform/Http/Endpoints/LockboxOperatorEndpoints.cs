using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Lockbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>The operator's side of the lockbox: asking a customer to be shown something, and seeing it. All of it is in the customer's ledger.</summary>
internal sealed class LockboxOperatorEndpoints(Changes changes, Scopes scopes, Reads reads, LockboxRequests lockbox)
{
    private const string Path = "/operator/v1/lockbox-requests";
    private const string Tag = "Lockbox";
    private const string Example = """
        { "organization": "demo", "space": "eval", "kind": "postgres", "name": "dossiers", "access": "metrics", "reason": "support-case", "reference": "CASE-17",
          "details": "You wrote that queries are slow since this morning.", "minutes": 60, "credentialSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, (HttpContext http, LockboxOperatorEndpoints endpoints) => endpoints.AskAsync(http))
            .Describe(
                "askLockbox", Tag, "Ask a customer to be shown something",
                "Metrics, diagnostics or agents' logs of one resource, for a while, for a reason. The customer's people sign to agree; the secret of which you give the hash opens it then. Whether the resource exists is not told.",
                400, 403, 409, 413, 415, 422, 503)
            .Record("lockbox.request")
            .WithIdempotencyKey()
            .Accepts<AskLockbox>("application/json")
            .Produces<LockboxRequest>(201)
            .WithExample(0, Example);
        routes.MapGet(Path, (HttpContext http, LockboxOperatorEndpoints endpoints) => endpoints.ListAsync(http))
            .Describe("operatorListLockboxRequests", Tag, "List lockbox requests", "Of all of the operator's people; the newest first.", 400, 403)
            .WithPaging()
            .Produces<Page<LockboxRequest>>();
        routes.MapGet(Path + "/{lockboxRequest}", (string lockboxRequest, HttpContext http, LockboxOperatorEndpoints endpoints) => endpoints.GetAsync(lockboxRequest, http))
            .Describe("operatorGetLockboxRequest", Tag, "Read a lockbox request", "What was asked for, and how it stands.", 400, 403, 404)
            .Produces<LockboxRequest>();
        routes.MapPost(Path + "/{lockboxRequest}/withdraw", (string lockboxRequest, HttpContext http, LockboxOperatorEndpoints endpoints) => endpoints.WithdrawAsync(lockboxRequest, http))
            .Describe("withdrawLockboxRequest", Tag, "Withdraw a lockbox request", "One that waits, or is open and not needed any more.", 400, 403, 404, 409, 503)
            .Record("lockbox.withdraw")
            .Produces<LockboxRequest>();
        routes.MapPost(Path + "/{lockboxRequest}/open", (string lockboxRequest, HttpContext http, LockboxOperatorEndpoints endpoints) => endpoints.OpenAsync(lockboxRequest, http))
            .Describe(
                "openLockbox", Tag, "See what a customer agreed to show",
                "As it is now, as often as needed until the time is up or the customer closes it. Each time is in the customer's ledger, and the customer sees exactly what was shown.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("lockbox.open")
            .Accepts<OpenLockbox>("application/json")
            .Produces<LockboxContent>();
    }

    private Task<IResult> AskAsync(HttpContext http) =>
        changes.RunAsync<OperatorPrincipal, AskLockbox>(
            http,
            "lockbox.request",
            WireJson.Default.AskLockbox,
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.LockboxAsk, token),
            async (connection, asker, content, token) =>
            {
                var asked = await lockbox.AskAsync(connection, asker, content, token);
                return asked.Ok ? (Result<Accepted>?)Shown(http, asked.Value, 201, Said(asked.Value)) : asked.Problem;
            });

    private Task<IResult> ListAsync(HttpContext http) =>
        reads.OperatorAsync(http, OperatorPermission.LockboxRead, connection => LockboxEndpoints.PageAsync(http, connection, null));

    private Task<IResult> GetAsync(string request, HttpContext http) =>
        reads.OperatorAsync(http, OperatorPermission.LockboxRead, async connection =>
            Query.Check(http) is { } bad ? bad
            : Guid.TryParseExact(request, "D", out var id) && await LockboxTable.FindAsync(connection, null, id, http.RequestAborted) is { } row
                ? (Result<IResult>)Answer.Json(row.Shown, WireJson.Default.LockboxRequest)
                : Problems.NotFound);

    private Task<IResult> WithdrawAsync(string request, HttpContext http)
    {
        ApiRequest.Of(http).Action = "lockbox.withdraw";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.LockboxAsk, token),
            async (connection, asker, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var withdrawn = await EnterAsync(http, connection, request, token) is { } id ? await LockboxRequests.WithdrawAsync(connection, id, asker, token) : Problems.NotFound;
                return withdrawn.Ok ? (Result<Accepted>?)Shown(http, withdrawn.Value, 200, $"{withdrawn.Value.Shown.Id}") : withdrawn.Problem;
            },
            http.RequestAborted);
    }

    private Task<IResult> OpenAsync(string request, HttpContext http) =>
        changes.RunAsync<OperatorPrincipal, OpenLockbox>(
            http,
            "lockbox.open",
            WireJson.Default.OpenLockbox,
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.LockboxAsk, token),
            async (connection, asker, content, token) =>
            {
                var opened = await EnterAsync(http, connection, request, token) is { } id
                    ? await lockbox.OpenAsync(connection, id, asker, content.Credential, ApiRequest.Of(http).Origin, token)
                    : Problems.NotFound;
                return opened.Ok
                    ? (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(opened.Value.Content, WireJson.Default.LockboxContent))
                    {
                        ResourceId = opened.Value.Row.ResourceId,
                        Note = Name(opened.Value.Trace.ToString()),
                        ApprovedBy = string.Join(", ", (await LockboxTable.ApprovalsAsync(connection, opened.Value.Row.Shown.Id, token)).Select(a => "customer:" + a.By)),
                    }
                    : opened.Problem;
            },
            keepAnswer: false);

    // From here on what is tried is told in the ledger of whom it is about, a refusal too.
    private static async Task<Guid?> EnterAsync(HttpContext http, NpgsqlConnection connection, string request, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(request, "D", out var id) || await LockboxTable.FindAsync(connection, null, id, cancellationToken) is not { } row)
        {
            return null;
        }

        ApiRequest.Of(http).OrganizationId = row.OrganizationId;
        return id;
    }

    private static Accepted Shown(HttpContext http, LockboxRow row, int status, LedgerReason note)
    {
        ApiRequest.Of(http).OrganizationId = row.OrganizationId;
        return new Accepted(status, JsonSerializer.Serialize(row.Shown, WireJson.Default.LockboxRequest)) { ResourceId = row.ResourceId, Note = note };
    }

    // The words stay with the request: an entry is for ever.
    private static LedgerReason Said(LockboxRow row)
    {
        LedgerReason? reference = row.Shown.Reference is { } given ? Of($" {Stated(given)}") : null;
        return $"{Name(row.Shown.Access)} of {Name(row.Shown.Space)}/{Name(row.Shown.Kind)}/{Name(row.Shown.Name)}, {Name(row.Shown.Reason)}{reference} ({row.Shown.Id})";
    }
}
