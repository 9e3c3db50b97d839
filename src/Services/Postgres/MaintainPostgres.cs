using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Tenancy;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>
/// <c>POST …/postgres/{name}/switchover</c>, <c>…/restart</c>, <c>…/apply-updates</c> and <c>…/rotate-key</c>: writes down that it shall be done; its reconciler does it.
/// </summary>
internal sealed class MaintainPostgres(Changes changes, Scopes scopes, PostgresOperations operations)
{
    private static readonly Problem OneNode = Problem.Conflict(
        "one-node", "The PostgreSQL has one node", "There is no other node to hand over to. PUT it with spec.availability ha or ha-strict first.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(
            routes, MaintenanceStep.Switchover, "switchOverPostgres", "Hand over to another node",
            "Another node, the one that lags least, becomes the primary; writes are refused for less than a second. Needs more than one node.");
        Map(
            routes, MaintenanceStep.Restart, "restartPostgres", "Restart PostgreSQL",
            "Every node restarts PostgreSQL: replicas first, one at a time, and then the primary after another node has taken over. With one node, "
            + "connections are refused for some seconds.");
        Map(
            routes, UpdateStep.Verb, "applyUpdatesToPostgres", "Run from the newest image",
            "Nodes that run from an older image than the host has are made anew from it, with their data: replicas first, one at a time, and then the primary after another node has "
            + "taken over. With one node, connections are refused for some seconds. With a maintenance window this happens by itself, in the window.");
        Map(
            routes, RotateKeyStep.Verb, "rotatePostgresKey", "Rotate the key of a PostgreSQL",
            "A new key is drawn; stored secrets are sealed under it at once, and each node's volume is copied under it: replicas first, one at a time, and then the primary after "
            + "another node has taken over. With one node, it is stopped while its volume is copied. Then backups follow: WAL goes under both keys until there "
            + "is a full backup under the new one. Earlier backups stay under their key until they expire; it is destroyed then. Other changes need not wait for the backups.");
    }

    private static void Map(IEndpointRouteBuilder routes, string verb, string id, string title, string description) =>
        routes.MapPost(
                PostgresRoutes.One + "/" + verb,
                (string organization, string space, string name, HttpContext http, MaintainPostgres maintain) => maintain.HandleAsync(verb, organization, space, name, http))
            .Describe(id, PostgresRoutes.Tag, title, description, 400, 403, 404, 409, 422, 503)
            .Record(Permission.PostgresUpdate)
            .Produces<Operation>(202)
            .WithIdempotencyKey(202)
            .WithResponseHeader("Operation-Location", "The operation.", 202)
            .WithExample(202, PostgresExamples.Operation);

    private Task<IResult> HandleAsync(string verb, string organization, string space, string name, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresUpdate, token),
            (connection, scope, token) => BeginAsync(verb, http, connection, scope, name, token),
            http.RequestAborted);

    private async Task<Result<Accepted>?> BeginAsync(
        string verb, HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, CancellationToken cancellationToken) =>
        Query.Check(http) is { } bad ? bad
        : await operations.BeginAsync(
            connection, space, name, verb,
            row => Task.FromResult(verb == MaintenanceStep.Switchover && PostgresView.Spec(row).Availability == PostgresKind.Single ? OneNode : null), cancellationToken);
}
