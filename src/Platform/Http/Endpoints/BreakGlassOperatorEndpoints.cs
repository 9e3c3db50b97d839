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

/// <summary>The operator's side of breaking the glass: two of its people open the list of what is on the host, and every customer is told.</summary>
internal sealed class BreakGlassOperatorEndpoints(Changes changes, Scopes scopes, Reads reads, BreakGlasses glasses)
{
    private const string Path = "/operator/v1/break-glasses";
    private const string Tag = "Lockbox";
    private const string Example = """{ "reason": "incident", "details": "The host answers slowly since 4 a.m.", "minutes": 60 }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, (HttpContext http, BreakGlassOperatorEndpoints endpoints) => endpoints.BeginAsync(http))
            .Describe(
                "beginBreakGlass", Tag, "Begin to break the glass",
                "To be shown the list of what is on the host, for a reason. It opens if another of the operator's people approves it within an hour, and lapses otherwise. Every organization reads the reason and the details in its ledger when it opens.",
                400, 403, 409, 413, 415, 422, 503)
            .Record("break-glass.begin")
            .WithIdempotencyKey()
            .Accepts<BeginBreakGlass>("application/json")
            .Produces<BreakGlass>(201)
            .WithExample(0, Example);
        routes.MapGet(Path, (HttpContext http, BreakGlassOperatorEndpoints endpoints) => endpoints.ListAsync(http))
            .Describe("operatorListBreakGlasses", Tag, "List breakings of the glass", "Also those that wait and those that never opened; the newest first.", 400, 403)
            .WithPaging()
            .Produces<Page<BreakGlass>>();
        routes.MapGet(Path + "/{breakGlass}", (string breakGlass, HttpContext http, BreakGlassOperatorEndpoints endpoints) => endpoints.GetAsync(breakGlass, http))
            .Describe("operatorGetBreakGlass", Tag, "Read one breaking of the glass", "Who, why, and how it stands.", 400, 403, 404)
            .Produces<BreakGlass>();
        routes.MapPost(Path + "/{breakGlass}/approve", (string breakGlass, HttpContext http, BreakGlassOperatorEndpoints endpoints) => endpoints.ApproveAsync(breakGlass, http))
            .Describe(
                "approveBreakGlass", Tag, "Approve that the glass is broken",
                "By another person than who began it, with an account that was there already. It is open from now, to who began it, and every organization is told in its ledger and by an alert.",
                400, 403, 404, 409, 503)
            .Record("break-glass.approve")
            .Produces<BreakGlass>();
        routes.MapPost(Path + "/{breakGlass}/host", (string breakGlass, HttpContext http, BreakGlassOperatorEndpoints endpoints) => endpoints.ShowAsync(breakGlass, http))
            .Describe(
                "showHost", Tag, "See what is on the host",
                "Instances, volumes and spaces by their ids, with states and sizes, as they are now; nothing of what is in them. Only to who began it, while it is open. Each time is in the ledger of every organization.",
                400, 403, 404, 409, 503)
            .Record("break-glass.host")
            .Produces<HostInventory>();
        routes.MapPost(Path + "/{breakGlass}/end", (string breakGlass, HttpContext http, BreakGlassOperatorEndpoints endpoints) => endpoints.EndAsync(breakGlass, http))
            .Describe(
                "endBreakGlass", Tag, "End or refuse to break the glass",
                "What is open is closed at once, and every organization's ledger tells it; what waits is taken back by who began it, or refused by another.", 400, 403, 404, 409, 503)
            .Record("break-glass.end")
            .Produces<BreakGlass>();
    }

    private Task<IResult> BeginAsync(HttpContext http) =>
        changes.RunAsync<OperatorPrincipal, BeginBreakGlass>(
            http,
            "break-glass.begin",
            WireJson.Default.BeginBreakGlass,
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.BreakGlassUse, token),
            async (connection, beginner, content, token) =>
            {
                var begun = await BreakGlasses.BeginAsync(connection, beginner, content, token);
                return begun.Ok ? (Result<Accepted>?)Shown(begun.Value, 201, $"{Name(begun.Value.Shown.Reason)}, {begun.Value.Shown.Minutes} minutes") : begun.Problem;
            });

    private Task<IResult> ListAsync(HttpContext http) =>
        reads.OperatorAsync(http, OperatorPermission.BreakGlassRead, connection => BreakGlassEndpoints.PageAsync(http, connection, null));

    private Task<IResult> GetAsync(string breakGlass, HttpContext http) =>
        reads.OperatorAsync(http, OperatorPermission.BreakGlassRead, connection => BreakGlassEndpoints.OneAsync(http, connection, null, breakGlass));

    private Task<IResult> ApproveAsync(string breakGlass, HttpContext http) => ChangeAsync(http, "break-glass.approve", breakGlass, async (connection, caller, id, token) =>
    {
        var approved = await glasses.ApproveAsync(connection, id, caller, ApiRequest.Of(http).Id, token);
        return approved.Ok ? Shown(approved.Value, 200, $"begun by {Name(approved.Value.Shown.BegunBy)}") : approved.Problem;
    });

    private Task<IResult> ShowAsync(string breakGlass, HttpContext http) => ChangeAsync(http, "break-glass.host", breakGlass, async (connection, caller, id, token) =>
    {
        var request = ApiRequest.Of(http);
        var shown = await glasses.ShowAsync(connection, id, caller, request.Id, request.Origin, token);
        return shown.Ok
            ? (Result<Accepted>)new Accepted(200, shown.Value.Json)
            {
                ResourceId = id,
                Note = $"showed sha256:{Name(shown.Value.Sha256)}",
                ApprovedBy = "operator:" + shown.Value.Row.Shown.ApprovedBy,
            }
            : shown.Problem;
    });

    private Task<IResult> EndAsync(string breakGlass, HttpContext http) => ChangeAsync(http, "break-glass.end", breakGlass, async (connection, caller, id, token) =>
    {
        var request = ApiRequest.Of(http);
        var ended = await glasses.EndAsync(connection, id, caller, request.Actor, request.Id, request.Origin, token);
        return ended.Ok ? Shown(ended.Value, 200, Name(ended.Value.Shown.State)) : ended.Problem;
    });

    // None of these answers is kept for a repeated request: each is as things are now.
    private Task<IResult> ChangeAsync(
        HttpContext http, string action, string breakGlass, Func<NpgsqlConnection, OperatorPrincipal, Guid, CancellationToken, Task<Result<Accepted>>> change)
    {
        ApiRequest.Of(http).Action = action;
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.BreakGlassUse, token),
            async (connection, caller, token) =>
                Query.Check(http) is { } bad ? bad
                : Guid.TryParseExact(breakGlass, "D", out var id) ? (Result<Accepted>?)await change(connection, caller, id, token)
                : Problems.NotFound,
            http.RequestAborted,
            keepAnswer: false);
    }

    private static Accepted Shown(BreakGlassRow row, int status, LedgerReason note) =>
        new(status, JsonSerializer.Serialize(row.Shown, WireJson.Default.BreakGlass)) { ResourceId = row.Shown.Id, Note = note };
}
