using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>
/// <c>POST …/postgres/{name}/switchover</c> and <c>…/restart</c>: writes down that it shall be done; its reconciler does it.
/// </summary>
internal sealed class MaintainPostgres(Changes changes, Scopes scopes, IResources resources, IOperations operations, ISignals signals, ISeals seals)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(
            routes, MaintenanceStep.Switchover, "switchOverPostgres", "Hand over to another node",
            "Another node, the one that lags least, becomes the primary; writes are refused for less than a second. Needs more than one node.");
        Map(
            routes, MaintenanceStep.Restart, "restartPostgres", "Restart PostgreSQL",
            "Every node restarts PostgreSQL: replicas first, one at a time, and then the primary after another node has taken over. With one node, "
            + "connections are refused for some seconds.");
    }

    private static void Map(IEndpointRouteBuilder routes, string verb, string id, string title, string description) =>
        routes.MapPost(
                PostgresRoutes.One + "/" + verb,
                (string organization, string space, string name, HttpContext http, MaintainPostgres maintain) => maintain.HandleAsync(verb, organization, space, name, http))
            .Describe(id, PostgresRoutes.Tag, title, description, 400, 403, 404, 409, 422, 503)
            .Record(Permission.PostgresUpdate)
            .Produces<Operation>(202)
            .WithHeader("Idempotency-Key", "Up to 255 printable characters of your choice: the same request with the same key gets the same answer for a day.")
            .WithResponseHeader("Operation-Location", "The operation.", 202)
            .WithResponseHeader("Idempotency-Replayed", "`true` if this answer was given before.", 202)
            .WithExample(202, PostgresExamples.Operation);

    private Task<IResult> HandleAsync(string verb, string organization, string space, string name, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresUpdate, token),
            (connection, scope, token) => BeginAsync(verb, http, connection, scope, name, token),
            http.RequestAborted);

    private async Task<Result<Accepted>?> BeginAsync(
        string verb, HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, CancellationToken cancellationToken)
    {
        if (Query.Check(http) is { } bad)
        {
            return bad;
        }

        var row = ResourceName.IsValid(name)
            ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken)
            : null;
        if (row is null)
        {
            return Problems.NotFound;
        }

        if (await RefusalAsync(verb, connection, row, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var operation = Guid.CreateVersion7();
        await operations.CreateAsync(
            connection,
            new NewOperation(operation, space.Id, row.Id, row.Kind, row.Name, verb, row.Generation, "Waiting for a reconciler to take it up."),
            cancellationToken);
        await resources.UpdateSpecAsync(connection, row.Id, row.Spec, row.Labels, operation, cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(row.Kind, row.Id), Deadline, cancellationToken);
        var begun = await operations.FindAsync(connection, operation, cancellationToken);
        return new Accepted(202, JsonSerializer.Serialize(begun!, WireJson.Default.Operation))
        {
            Headers = new Dictionary<string, string> { ["Operation-Location"] = PostgresView.OperationPath(row, operation) },
            ResourceId = row.Id,
            Generation = row.Generation,
            OperationId = operation,
        };
    }

    private async Task<Problem?> RefusalAsync(string verb, NpgsqlConnection connection, ResourceRow row, CancellationToken cancellationToken)
    {
        if (row.DeletionRequestedAt is not null)
        {
            return Problem.Conflict("being-deleted", "The resource is being deleted", "There is nothing left to maintain.");
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, row.Space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        if (verb == MaintenanceStep.Switchover && PostgresView.Spec(row).Availability == PostgresKind.Single)
        {
            return Problem.Conflict(
                "one-node", "The PostgreSQL has one node", "There is no other node to hand over to. PUT it with spec.availability ha or ha-strict first.");
        }

        return row.OperationId is { } known && await operations.FindAsync(connection, known, cancellationToken) is { State: "running" } running
            ? Problem.Conflict(
                "operation-running", "Another operation is running", $"The operation {running.Id} ({running.Verb}) has not ended yet. Follow it, and ask again then.")
            : null;
    }
}
