using Beffroi.Kernel;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>
/// The steps of rotating an organization's key, into the same provider or another: a new generation, everything wrapped anew, the old generations
/// destroyed. Services run on meanwhile; each step may be repeated from anywhere. Stateless and safe for concurrent use.
/// </summary>
internal sealed class RotationSteps(NpgsqlDataSource store, KeyProviders providers, OrganizationKeys keys, PlatformOptions options, TimeProvider time)
{
    private const int Batch = 50;

    /// <summary>The new generation is there and wraps from now on.</summary>
    public KeyStep NewGeneration => new("new-generation", "A new generation of the key is made", async (pass, cancel) =>
    {
        // The operation's own generation is the one that became active after the operation began.
        if (pass.Active.CreatedAt > pass.Operation!.CreatedAt)
        {
            return null;
        }

        var provider = providers.Get(pass.TargetProvider ?? pass.Active.Provider);
        var number = pass.Generations.Max(g => g.Key.Generation) + 1;
        var key = new ProviderKey(pass.OrganizationId, number, await provider.CreateAsync(pass.OrganizationId, number, cancel));
        await provider.CheckAsync(key, cancel);
        await pass.Lease.WriteAsync(async (connection, token) =>
        {
            await connection.Statement(
                "update platform.organization_keys set state = 'retiring', retired_at = now() where organization_id = $1 and state = 'active'", pass.OrganizationId)
                .RunAsync(token);
            await OrganizationKeyTable.InsertAsync(connection, key, provider.Name, token);
            await pass.RecordAsync(connection, "key.generate", "done", $"generation {number} in {LedgerReason.Name(provider.Name)}", number, token);
        }, cancel);
        return null;
    });

    /// <summary>Nothing is left under an old generation.</summary>
    public KeyStep Rewrapped => new("rewrapped", "Everything is wrapped under the new generation", async (pass, cancel) =>
    {
        await using var connection = await store.OpenConnectionAsync(cancel);
        var usable = (await OrganizationKeyTable.ListAsync(connection, pass.OrganizationId, cancel)).Where(g => g.IsUsable).ToList();
        var active = usable.Single(g => g.IsActive);
        var left = await WrappedBlobs.CountAsync(connection, pass.OrganizationId, active.Key.Fingerprint, cancel);
        while (left > 0)
        {
            await pass.TellAsync(Rewrapped, Progress.Running, $"{left} keys are yet to be wrapped anew.", cancel);
            foreach (var blob in await WrappedBlobs.ListAsync(connection, pass.OrganizationId, active.Key.Fingerprint, Batch, cancel))
            {
                using var secret = await keys.UnwrapAsync(usable, blob.Context, blob.Wrapped, cancel);
                var wrapped = await keys.WrapAsync(active, blob.Context, secret, cancel);
                await pass.Lease.WriteAsync((c, token) => WrappedBlobs.ReplaceAsync(c, blob, wrapped, token), cancel);
            }

            var now = await WrappedBlobs.CountAsync(connection, pass.OrganizationId, active.Key.Fingerprint, cancel);
            if (now >= left)
            {
                return $"{now} keys could not be wrapped anew; they change at this moment.";
            }

            left = now;
        }

        return null;
    });

    /// <summary>The old generations are gone; where the provider keeps destruction to its owner, that is told and they are left.</summary>
    public KeyStep OldDestroyed => new("old-destroyed", "The old generation is destroyed", async (pass, cancel) =>
    {
        await using var connection = await store.OpenConnectionAsync(cancel);
        var all = await OrganizationKeyTable.ListAsync(connection, pass.OrganizationId, cancel);
        var active = all.Single(g => g.IsActive);
        foreach (var old in all.Where(g => g.State == "retiring"))
        {
            // Who read the old generation just before may still be about to commit what it wrapped.
            if (old.RetiredAt + options.KeyRetirement is { } until && until > time.GetUtcNow())
            {
                return $"Generation {old.Key.Generation} stays until {until:HH:mm:ss} UTC, for what may still be under way with it.";
            }

            if (await WrappedBlobs.CountAsync(connection, pass.OrganizationId, active.Key.Fingerprint, cancel) > 0)
            {
                await Rewrapped.EnsureAsync(pass, cancel);
                return "Something was wrapped under the old generation meanwhile; it is wrapped anew.";
            }

            var (state, reason) = await DestroyAsync(old, cancel);
            await pass.Lease.WriteAsync(async (c, token) =>
            {
                await c.Statement(
                    "update platform.organization_keys set state = $3, destroyed_at = case when $3 = 'destroyed' then now() end where organization_id = $1 and generation = $2",
                    pass.OrganizationId, old.Key.Generation, state).RunAsync(token);
                await pass.RecordAsync(c, "key.destroy", state == "destroyed" ? "done" : "failed", reason, old.Key.Generation, token);
            }, cancel);
        }

        return null;
    });

    private async Task<(string State, LedgerReason Reason)> DestroyAsync(KeyGeneration old, CancellationToken cancellationToken)
    {
        LedgerReason name = $"generation {old.Key.Generation} in {LedgerReason.Name(old.Provider)}, fingerprint {LedgerReason.Name(Convert.ToHexStringLower(old.Key.Fingerprint))}";
        try
        {
            await providers.Get(old.Provider).DestroyAsync(old.Key, cancellationToken);
            return ("destroyed", name);
        }
        catch (KeyRefusedException)
        {
            return ("left", $"{name}: the provider keeps its destruction to its owner");
        }
    }
}
