using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
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

namespace Beffroi.Services.Postgres.Backup;

/// <summary><c>POST …/backup-repository/repair</c> and <c>…/rotate-key</c>: after somebody had their hands in it, or its key in them.</summary>
internal sealed class MaintainRepository(Changes changes, Scopes scopes, IResources resources, IOperations operations, ISignals signals, ISeals seals)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(30);

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(
            routes, BackupRoutes.Repair, Permission.BackupRepair, "update", spec => spec with { Repairs = spec.Repairs + 1 }, "repairBackupRepository", "Repair a space's backup repository",
            "Makes its instance anew from its image, and puts back what was moved or rewritten on its volume. What is locked was never changed; nothing of it is lost by this.");
        Map(
            routes, BackupRoutes.RotateKey, Permission.PostgresUpdate, RotateKeyStep.Verb, spec => spec with { KeyRotations = spec.KeyRotations + 1 },
            "rotateBackupRepositoryKey", "Rotate the key of a space's backup repository",
            "A new key is drawn, and the repository rests while its volume is copied under it, locks included; databases hold their WAL back meanwhile. It needs the room of its contents "
            + "once more on the host's disk. The passphrases of databases' backups lie on it; `rotatePostgresKey` changes those for what is backed up afterwards.");
    }

    private static void Map(
        IEndpointRouteBuilder routes, string route, string permission, string verb, Func<BackupRepositorySpec, BackupRepositorySpec> change, string id, string title, string text) =>
        routes.MapPost(
                route,
                (string organization, string space, HttpContext http, MaintainRepository maintain) => maintain.HandleAsync(permission, verb, change, organization, space, http))
            .Describe(id, PostgresRoutes.Tag, title, text, 400, 403, 404, 409, 503)
            .Record(permission)
            .Produces<Resource<BackupRepositorySpec, BackupRepositoryStatus>>(202)
            .WithResponseHeader("Operation-Location", "The operation that was begun.", 202)
            .WithExample(202, BackupExamples.Repository);

    private Task<IResult> HandleAsync(
        string permission, string verb, Func<BackupRepositorySpec, BackupRepositorySpec> change, string organization, string space, HttpContext http) => changes.RunAsync(
        http,
        [],
        (connection, token) => scopes.SpaceAsync(http, connection, organization, space, permission, token),
        (connection, scope, token) => BeginAsync(http, connection, scope, verb, change, token),
        http.RequestAborted);

    private async Task<Result<Accepted>?> BeginAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string verb, Func<BackupRepositorySpec, BackupRepositorySpec> change, CancellationToken cancellationToken)
    {
        var row = await resources.LockByNameAsync(connection, space.Id, BackupKind.Repository, BackupKind.Name, cancellationToken);
        if ((Query.Check(http) ?? (row is null ? Problems.NotFound : null)) is { } refused)
        {
            return refused;
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        var operation = Guid.CreateVersion7();
        var spec = JsonSerializer.Deserialize(row!.Spec, BackupStoreJson.Default.BackupRepositorySpec)!;
        var next = JsonSerializer.Serialize(change(spec), BackupStoreJson.Default.BackupRepositorySpec);
        await resources.UpdateSpecAsync(connection, row.Id, next, row.Labels, operation, cancellationToken);
        await operations.CreateAsync(
            connection, new NewOperation(operation, space.Id, row.Id, row.Kind, row.Name, verb, row.Generation + 1, "Waiting for a reconciler to take it up."), cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(row.Kind, row.Id), Deadline, cancellationToken);
        var now = await resources.FindAsync(connection, row.Id, cancellationToken);
        return new Accepted(202, JsonSerializer.Serialize(RepositoryView.Of(now!), WireJson.Default.ResourceBackupRepositorySpecBackupRepositoryStatus))
        {
            Headers = new Dictionary<string, string> { ["Operation-Location"] = PostgresView.OperationPath(row, operation) },
            ResourceId = row.Id,
            Generation = now!.Generation,
            OperationId = operation,
        };
    }
}
