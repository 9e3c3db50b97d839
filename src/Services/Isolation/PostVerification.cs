using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Isolation;

/// <summary><c>POST …/isolation-verifications</c>: begins one. Gives no more than its name and verdict.</summary>
internal sealed class PostVerification(Changes changes, Scopes scopes, StartVerification start)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(IsolationRoutes.All, (string organization, string space, HttpContext http, PostVerification post) => post.HandleAsync(organization, space, http))
            .Describe(
                "startIsolationVerification", IsolationRoutes.Tag, "Verify a space's isolation",
                "Starts probes in the space and in a throw-away space of another organization, and has them attack each other, the host and the control plane for "
                + "real; takes about half a minute. One that runs already is answered instead of a second (200).",
                400, 403, 404, 409, 503)
            .Record(Permission.IsolationVerify)
            .Produces<IsolationVerdict>(200)
            .Produces<IsolationVerdict>(202)
            .WithIdempotencyKey()
            .WithResponseHeader("Location", "The verification.", 200, 202)
            .WithResponseHeader("Operation-Location", "The operation that shows its progress.", 200, 202);

    private Task<IResult> HandleAsync(string organization, string space, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.IsolationVerify, token),
            (connection, scope, token) => StartAsync(http, connection, scope, token),
            http.RequestAborted);

    private async Task<Result<Accepted>?> StartAsync(HttpContext http, NpgsqlConnection connection, SpaceRecord space, CancellationToken cancellationToken)
    {
        if (Query.Check(http) is { } bad)
        {
            return bad;
        }

        var started = await start.RunAsync(connection, space, "request", cancellationToken);
        if (!started.Ok)
        {
            return started.Problem;
        }

        var row = started.Value.Value;
        var path = $"/v1/organizations/{space.OrganizationName}/spaces/{space.Name}/";
        return new Accepted(started.Value.IsNew ? 202 : 200, JsonSerializer.Serialize(VerificationView.Verdict(row), WireJson.Default.IsolationVerdict))
        {
            Headers = new Dictionary<string, string>
            {
                ["Location"] = path + "isolation-verifications/" + row.Name,
                ["Operation-Location"] = path + "operations/" + row.OperationId!.Value.ToString("D"),
            },
            ResourceId = row.Id,
            OperationId = row.OperationId,
            Note = started.Value.IsNew ? null : LedgerReason.Words("unchanged"),
        };
    }
}
