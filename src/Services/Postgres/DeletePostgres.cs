using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary><c>DELETE …/postgres/{name}</c>: writes down that it shall be gone; its reconciler does the rest.</summary>
internal sealed class DeletePostgres(
    Changes changes, Scopes scopes, IResources resources, IOperations operations, ISignals signals, OrganizationSafeguards safeguards, Approvals approvals)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete(
                PostgresRoutes.One,
                (string organization, string space, string name, HttpContext http, DeletePostgres delete) => delete.HandleAsync(organization, space, name, http))
            .Describe(
                "deletePostgres", PostgresRoutes.Tag, "Delete a PostgreSQL",
                "Stops the database and locks its volume; it can be brought back (undelete) until the organization's grace is over, when its key is destroyed. "
                + "With graceHours=0, where the organization allows it, that is at once, also for what was deleted before. Deletion protection must be off. "
                + "Repeating the request returns the same operation.",
                400, 403, 404, 409, 412, 422, 503)
            .Record(Permission.PostgresDelete)
            .WithQuery("graceHours", "How long it can be brought back, from the organization's grace up to 8760; 0 for not at all.", number: true)
            .Produces<Operation>(202)
            .WithHeader("If-Match", "Delete only the state with this ETag.")
            .WithIdempotencyKey(202)
            .WithResponseHeader("Operation-Location", "The operation.", 202)
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
        var hours = Query.Number(http, "graceHours");
        if (!conditions.Ok || !hours.Ok || Query.Check(http, "graceHours") is not null)
        {
            return conditions.Problem ?? hours.Problem ?? Query.Check(http, "graceHours")!;
        }

        var row = ResourceName.IsValid(name)
            ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken)
            : null;
        if (row is null)
        {
            return Problems.NotFound;
        }

        var rules = await safeguards.GetAsync(connection, space.OrganizationId, cancellationToken);
        var grace = http.Request.Query.ContainsKey("graceHours") ? hours.Value : rules.DeletionGraceHours;
        if (grace is not 0 && (grace < rules.DeletionGraceHours || grace > 8760))
        {
            return Problems.BadQuery(new FieldError(
                "graceHours", "This grace is not possible.", $"{rules.DeletionGraceHours} to 8760{(rules.ImmediateDeletion ? ", or 0" : "")}"));
        }

        if (row.DeletionRequestedAt is not null && (grace > 0 || row.DeleteAfter is null))
        {
            return await AnswerAsync(connection, row, row.OperationId!.Value, $"unchanged", cancellationToken);
        }

        if (conditions.Value.Check(Preconditions.Etag(row)) is { } stale)
        {
            return stale;
        }

        if (row.DeletionRequestedAt is null && PostgresView.Spec(row).DeletionProtection)
        {
            return Problem.Conflict(
                "deletion-protected", "The resource is protected from deletion",
                "Deletion protection is on. Switch it off first: PUT the resource with spec.deletionProtection false and its ETag in If-Match; then delete it.",
                new FieldError("spec.deletionProtection", "Deletion protection is on.", "false"));
        }

        if (grace == 0 && await RefuseImmediateAsync(http, connection, rules, row, cancellationToken) is { } refused)
        {
            return refused;
        }

        var operation = Guid.CreateVersion7();
        await operations.CreateAsync(
            connection,
            new NewOperation(operation, space.Id, row.Id, row.Kind, row.Name, "delete", row.Generation, "Waiting for a reconciler to take it up."),
            cancellationToken);
        await (row.DeletionRequestedAt is null
            ? resources.RequestDeletionAsync(connection, row.Id, operation, grace == 0 ? null : TimeSpan.FromHours(grace), cancellationToken)
            : resources.EndGraceAsync(connection, row.Id, operation, cancellationToken));
        await signals.SignalAsync(connection, new WorkKey(row.Kind, row.Id), Deadline, cancellationToken);
        return await AnswerAsync(connection, row, operation, null, cancellationToken);
    }

    // A grace of nothing that the organization itself has set needs no further permission, but under its rule a second person.
    private async Task<Problem?> RefuseImmediateAsync(
        HttpContext http, NpgsqlConnection connection, Safeguards rules, ResourceRow row, CancellationToken cancellationToken) =>
        !rules.ImmediateDeletion && rules.DeletionGraceHours > 0
            ? Problem.Conflict(
                "immediate-deletion-off", "The organization allows no immediate deletion",
                $"A deletion can be undone for {rules.DeletionGraceHours} hours here. Leave graceHours out, or have the safeguards changed (beffroi safeguard set --immediate-deletion on).")
            : await approvals.CheckAsync(http, connection, row.Space.OrganizationId, "key.destroy", $"destroy {PostgresView.Path(row)} ({row.Id:D}) and its key at once", cancellationToken);

    private async Task<Result<Accepted>?> AnswerAsync(
        NpgsqlConnection connection, ResourceRow row, Guid id, LedgerReason? note, CancellationToken cancellationToken) =>
        PostgresView.Begun(row, (await operations.FindAsync(connection, id, cancellationToken))!, note);
}
