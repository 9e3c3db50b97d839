using System.Globalization;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Resources;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Backup;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>Writes down that an existing PostgreSQL shall be otherwise, and wakes its reconciler if there is something to bring about.</summary>
internal sealed class ChangePostgres(IResources resources, IOperations operations, ISignals signals, IQuotas quotas, Approvals approvals)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>In the caller's transaction, which holds the row.</summary>
    public async Task<Result<Accepted>?> RunAsync(
        HttpContext http, NpgsqlConnection connection, ResourceRow existing, WantedPostgres wanted, Preconditions conditions, CancellationToken cancellationToken)
    {
        if (Refusal(existing, wanted, conditions) is { } refusal)
        {
            return refusal;
        }

        var sameSpec = PostgresView.Spec(existing) == wanted.Spec;
        if (sameSpec && SameLabels(existing, wanted))
        {
            return PostgresView.Accepted(200, existing, null, $"unchanged");
        }

        if (!conditions.HasMatch)
        {
            return Preconditions.Required(
                "A PostgreSQL of this name exists and would be changed. Read it, and send the ETag that you read in If-Match, so that nobody's change is "
                + "overwritten unseen; or send If-None-Match: * if you meant to create one.");
        }

        if (await quotas.AdmitAsync(connection, existing.Space, existing.Id, wanted.Demand, cancellationToken) is { } beyond)
        {
            return beyond;
        }

        if (await ShorteningAsync(http, connection, existing, wanted, cancellationToken) is { } alone)
        {
            return alone;
        }

        Guid? operation = sameSpec ? null : Guid.CreateVersion7();
        await resources.UpdateSpecAsync(connection, existing.Id, wanted.SpecJson, wanted.Labels, operation, cancellationToken);
        if (operation is { } begun)
        {
            await operations.CreateAsync(
                connection,
                new NewOperation(
                    begun, existing.Space.Id, existing.Id, existing.Kind, existing.Name, "update", existing.Generation + 1,
                    "Waiting for a reconciler to take it up."),
                cancellationToken);
            await signals.SignalAsync(connection, new WorkKey(existing.Kind, existing.Id), Deadline, cancellationToken);
        }

        var row = await resources.FindAsync(connection, existing.Id, cancellationToken);
        return PostgresView.Accepted(200, row!, operation, sameSpec ? LedgerReason.Words("labels") : null);
    }

    private static Problem? Refusal(ResourceRow existing, WantedPostgres wanted, Preconditions conditions)
    {
        if (conditions.MustNotExist)
        {
            return Problem.PreconditionFailed(
                "name-taken", "A PostgreSQL of this name exists in the space already. Choose another name, or leave out If-None-Match to change that one.",
                new FieldError("name", "This name is taken.", "a name that no PostgreSQL of the space has"));
        }

        if (existing.DeletionRequestedAt is not null)
        {
            return Problem.Conflict(
                "being-deleted", "The resource is being deleted",
                "Bring it back (beffroi postgres undelete), or wait until it is gone, or choose another name; then the name is free again.");
        }

        if (conditions.Check(Preconditions.Etag(existing)) is { } stale)
        {
            return stale;
        }

        var errors = PostgresRules.CheckChange(PostgresView.Spec(existing), wanted.Spec).ToList();
        return errors.Count > 0 ? Problem.Invalid(errors) : null;
    }

    // Whoever holds one person's account must not be able to do away with what others would restore from.
    private async Task<Problem?> ShorteningAsync(HttpContext http, NpgsqlConnection connection, ResourceRow existing, WantedPostgres wanted, CancellationToken cancellationToken)
    {
        var (before, after) = (PostgresView.Spec(existing).BackupOrDefault, wanted.Spec.BackupOrDefault);
        return BackupKind.LockDays(after) >= BackupKind.LockDays(before) && after.RetentionFulls >= before.RetentionFulls
            ? null
            : await approvals.CheckAsync(
                http, connection, existing.Space.OrganizationId, "postgres.backup.shorten",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"keep backups of {PostgresView.Path(existing)} ({existing.Id:D}) for {after.RetentionDays} days, {after.RetentionFulls} full ones at least, one every {after.FullEveryDays} days"),
                cancellationToken);
    }

    private static bool SameLabels(ResourceRow existing, WantedPostgres wanted) =>
        existing.Labels.Count == wanted.Labels.Count
        && existing.Labels.All(label => wanted.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
