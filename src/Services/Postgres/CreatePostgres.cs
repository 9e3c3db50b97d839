using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Spares;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>Writes down that a PostgreSQL shall be, and wakes its reconciler.</summary>
internal sealed class CreatePostgres(
    IResources resources, ISpares spares, PostgresSpares prepared, IOperations operations, ISignals signals, IQuotas quotas, IPolicy policy, TimeProvider time)
{
    /// <summary>A creation that takes longer than this calls a person.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>In the caller's transaction. Null: the name was taken meanwhile, look again.</summary>
    public async Task<Result<Accepted>?> RunAsync(
        NpgsqlConnection connection, SpaceRecord space, WantedPostgres wanted, Preconditions conditions, CancellationToken cancellationToken)
    {
        if (conditions.Check(null) is { } stale)
        {
            return stale;
        }

        var decision = await policy.AdmitAsync(connection, space.Id, cancellationToken);
        if (decision.Refusal is { } refusal)
        {
            return refusal;
        }

        var spare = await prepared.TakeAsync(connection, space.Id, wanted.Spec, cancellationToken);
        var (id, operation) = (spare?.Id ?? Guid.CreateVersion7(), Guid.CreateVersion7());
        var status = JsonSerializer.Serialize(PostgresView.Initial(time.GetUtcNow()), WireJson.Default.PostgresStatus);
        var resource = new NewResource(id, PostgresRoutes.Kind, space.Id, wanted.Name, wanted.Labels, wanted.SpecJson, status);
        if (!(spare is null
            ? await resources.InsertAsync(connection, resource, operation, cancellationToken)
            : await spares.AdoptAsync(connection, resource, operation, cancellationToken)))
        {
            return null;
        }

        if (await quotas.AdmitAsync(connection, space, id, wanted.Demand, cancellationToken) is { } beyond)
        {
            return beyond;
        }

        await operations.CreateAsync(
            connection,
            new NewOperation(operation, space.Id, id, PostgresRoutes.Kind, wanted.Name, "create", 1, "Waiting for a reconciler to take it up."),
            cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(PostgresRoutes.Kind, id), Deadline, cancellationToken);
        var row = await resources.FindAsync(connection, id, cancellationToken);
        return PostgresView.Accepted(201, row!, operation, spare is null ? null : LedgerReason.Words("takes over a spare that was prepared for this space")) with { Policy = decision.Note };
    }
}
