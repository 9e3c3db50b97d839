using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary><c>DELETE …/postgres/{name}</c>: writes down that it shall be gone; its reconciler does the rest.</summary>
internal sealed class DeletePostgres(Changes changes, Scopes scopes, IResources resources, IOperations operations, ISignals signals)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete(
                PostgresRoutes.One,
                (string organization, string space, string name, HttpContext http, DeletePostgres delete) => delete.HandleAsync(organization, space, name, http))
            .Describe(
                "deletePostgres", PostgresRoutes.Tag, "Delete a PostgreSQL",
                "Begins the deletion of the database with all its data; its key is destroyed at the end. Deletion protection must be off. Repeating "
                + "the request while it runs returns the same operation.",
                400, 403, 404, 409, 412, 422, 503)
            .Record(Permission.PostgresDelete)
            .Produces<Operation>(202)
            .WithHeader("If-Match", "Delete only the state with this ETag.")
            .WithHeader("Idempotency-Key", "Up to 255 printable characters of your choice: the same request with the same key gets the same answer for a day.")
            .WithResponseHeader("Operation-Location", "The operation.", 202)
            .WithResponseHeader("Idempotency-Replayed", "`true` if this answer was given before.", 202)
            .WithExample(202, PostgresExamples.Operation);

    private Task<IResult> HandleAsync(string organization, string space, string name, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresDelete, token),
            (connection, scope, token) => DeleteAsync(http, connection, scope, name, token),
            http.RequestAborted);

    private async Task<Result<Accepted>?> DeleteAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, CancellationToken cancellationToken)
    {
        var conditions = Preconditions.Read(http);
        if (!conditions.Ok || Query.Check(http) is not null)
        {
            return conditions.Problem ?? Query.Check(http)!;
        }

        var row = ResourceName.IsValid(name)
            ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken)
            : null;
        if (row is null)
        {
            return Problems.NotFound;
        }

        if (row.DeletionRequestedAt is not null)
        {
            return await AnswerAsync(connection, row, row.OperationId!.Value, "unchanged", cancellationToken);
        }

        if (conditions.Value.Check(Preconditions.Etag(row)) is { } stale)
        {
            return stale;
        }

        if (PostgresView.Spec(row).DeletionProtection)
        {
            return Problem.Conflict(
                "deletion-protected", "The resource is protected from deletion",
                "Deletion protection is on. Switch it off first: PUT the resource with spec.deletionProtection false and its ETag in If-Match; then delete it.",
                new FieldError("spec.deletionProtection", "Deletion protection is on.", "false"));
        }

        var operation = Guid.CreateVersion7();
        await operations.CreateAsync(
            connection,
            new NewOperation(operation, space.Id, row.Id, row.Kind, row.Name, "delete", row.Generation, "Waiting for a reconciler to take it up."),
            cancellationToken);
        await resources.RequestDeletionAsync(connection, row.Id, operation, cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(row.Kind, row.Id), Deadline, cancellationToken);
        return await AnswerAsync(connection, row, operation, null, cancellationToken);
    }

    private async Task<Result<Accepted>?> AnswerAsync(
        NpgsqlConnection connection, ResourceRow row, Guid id, string? note, CancellationToken cancellationToken)
    {
        var operation = await operations.FindAsync(connection, id, cancellationToken);
        return new Accepted(202, JsonSerializer.Serialize(operation!, WireJson.Default.Operation))
        {
            Headers = new Dictionary<string, string> { ["Operation-Location"] = PostgresView.OperationPath(row, id) },
            ResourceId = row.Id,
            Generation = row.Generation,
            OperationId = id,
            Note = note,
        };
    }
}
