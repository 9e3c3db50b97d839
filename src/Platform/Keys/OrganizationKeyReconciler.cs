using Beffroi.Kernel;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>The kind of work that looks after organizations' keys; the id is the organization's.</summary>
internal static class KeyReconciling
{
    public const string Kind = KeyOperations.ResourceKind;
}

/// <summary>
/// Looks after one organization's key: carries out sealing, unsealing and rotation, and asks the key's provider now and then whether it still lets it be
/// used, and that everything is sealed to the escrow key. A provider that goes on refusing seals the organization; one that is merely out of reach does not, as databases serve on without it.
/// </summary>
internal sealed class OrganizationKeyReconciler(
    NpgsqlDataSource store, KeyProviders providers, SealSteps sealing, RotationSteps rotation, EscrowSealing escrow, ILedger ledger, FaultPoints faults, PlatformOptions options, TimeProvider time)
    : IReconciler
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public string Kind => KeyReconciling.Kind;

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        if (await LoadAsync(lease, cancellationToken) is not { } pass)
        {
            return Requeue.Settled;
        }

        var done = pass.Operation?.Verb switch
        {
            "seal" => await SealAsync(pass, cancellationToken),
            "unseal" => await UnsealAsync(pass, cancellationToken),
            "rotate" => await RotateAsync(pass, cancellationToken),
            _ => true,
        };
        if (!done)
        {
            return Requeue.After(LookAgain);
        }

        if (!pass.Seal.IsSealed && pass.Operation is null)
        {
            await WatchAsync(pass, cancellationToken);
            await escrow.EnsureAsync(pass, cancellationToken);
        }

        return Requeue.After(pass.Operation is null ? options.KeyCheckInterval : TimeSpan.Zero);
    }

    private async Task<bool> SealAsync(KeyPass pass, CancellationToken cancellationToken)
    {
        var sealedNow = await pass.GoAsync([sealing.ServicesStopped, sealing.NothingOpen, SealSteps.MemoryCleared], cancellationToken);
        if (sealedNow)
        {
            await pass.EndAsync("succeeded", $"Sealed. Nothing of the organization can be opened until it is unsealed.", cancellationToken);
        }

        return sealedNow;
    }

    private async Task<bool> UnsealAsync(KeyPass pass, CancellationToken cancellationToken)
    {
        var open = await pass.GoAsync([sealing.KeyUsable, sealing.SealLifted, sealing.ServicesStarted], cancellationToken);
        if (open)
        {
            await pass.EndAsync("succeeded", $"Unsealed. What was stopped by the sealing runs again.", cancellationToken);
        }

        return open;
    }

    private async Task<bool> RotateAsync(KeyPass pass, CancellationToken cancellationToken)
    {
        var rotated = await pass.GoAsync([rotation.NewGeneration, rotation.Rewrapped, rotation.OldDestroyed], cancellationToken);
        if (rotated)
        {
            await pass.EndAsync("succeeded", $"Rotated. Everything is wrapped under the new generation.", cancellationToken);
        }

        return rotated;
    }

    private async Task WatchAsync(KeyPass pass, CancellationToken cancellationToken)
    {
        string? problem = null;
        var refused = false;
        try
        {
            foreach (var generation in pass.Generations.Where(g => g.IsUsable))
            {
                await providers.Get(generation.Provider).CheckAsync(generation.Key, cancellationToken);
            }
        }
        catch (KeyUnavailableException e)
        {
            (problem, refused) = (e.Message, e is KeyRefusedException);
        }

        await pass.Lease.WriteAsync(async (connection, token) =>
        {
            await OrganizationKeyTable.LockAsync(connection, pass.OrganizationId, token);
            if (await SealedOrganizations.NoteCheckAsync(connection, pass.OrganizationId, problem, refused, options.KeyRefusalPatience, token))
            {
                await SealedOrganizations.SealAsync(connection, pass.OrganizationId, "The key's provider refuses. " + problem, null, sealing.Signals, token);
                await pass.RecordAsync(connection, "key.refused", "done", $"provider {LedgerReason.Name(pass.Active.Provider)}", pass.Active.Key.Generation, token);
            }
        }, cancellationToken);
    }

    private async Task<KeyPass?> LoadAsync(ILease lease, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var generations = await OrganizationKeyTable.ListAsync(connection, lease.Key.Id, cancellationToken);
        return generations.Count == 0 ? null : new KeyPass(
            lease,
            await SealTable.FindAsync(connection, lease.Key.Id, cancellationToken),
            generations,
            await KeyOperations.FindRunningAsync(connection, lease.Key.Id, cancellationToken),
            ledger, faults, time);
    }
}
