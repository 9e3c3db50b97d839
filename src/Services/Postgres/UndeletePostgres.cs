using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary><c>POST …/postgres/{name}/undelete</c>: takes a deletion back while its grace lasts; the reconciler starts the database again.</summary>
internal sealed class UndeletePostgres(Changes changes, Scopes scopes, IResources resources, IOperations operations, ISignals signals, ISeals seals)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(
                PostgresRoutes.One + "/undelete",
                (string organization, string space, string name, HttpContext http, UndeletePostgres undelete) => undelete.HandleAsync(organization, space, name, http))
            .Describe(
                "undeletePostgres", PostgresRoutes.Tag, "Bring a deleted PostgreSQL back",
                "While the grace of its deletion lasts: nothing of it was removed. Its operation ends when it is ready again.",
                400, 403, 404, 409, 503)
            .Record(Permission.PostgresDelete)
            .Produces<Operation>(202)
            .WithResponseHeader("Operation-Location", "The operation.", 202)
            .WithExample(202, PostgresExamples.Operation);

    private Task<IResult> HandleAsync(string organization, string space, string name, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresDelete, token),
            (connection, scope, token) => UndeleteAsync(http, connection, scope, name, token),
            http.RequestAborted);

    private async Task<Result<Accepted>?> UndeleteAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, CancellationToken cancellationToken)
    {
        ApiRequest.Of(http).Action = "postgres.undelete";
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

        if (row.DeletionRequestedAt is null)
        {
            return Problem.Conflict("not-deleted", "The PostgreSQL is not deleted", "There is nothing to bring back.");
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        var operation = Guid.CreateVersion7();
        if (!await resources.UndoDeletionAsync(connection, row.Id, operation, cancellationToken))
        {
            return Problem.Conflict("grace-over", "It can't be brought back any more", "The grace of its deletion is over, or there was none: its key is destroyed, or is at this moment.");
        }

        await operations.CreateAsync(
            connection,
            new NewOperation(operation, space.Id, row.Id, row.Kind, row.Name, "undelete", row.Generation, "Waiting for a reconciler to take it up."),
            cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(row.Kind, row.Id), CreatePostgres.Deadline, cancellationToken);
        return PostgresView.Begun(row, (await operations.FindAsync(connection, operation, cancellationToken))!);
    }
}
