using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;
using Npgsql;

namespace Beffroi.Platform.Keys.Escrow;

/// <summary>
/// Brings what is sealed to escrow to what is registered: seals what was there before the escrow key was, or was sealed to an earlier one, and drops everything where
/// none is registered. Level-triggered: it looks at what is, and may be stopped anywhere. Stateless and safe for concurrent use.
/// </summary>
internal sealed class EscrowSealing(NpgsqlDataSource store, OrganizationKeys keys)
{
    private const int Batch = 50;

    // One key that can't be opened must not keep the others; a provider that is away must not be asked for each.
    private const int MostFailures = 3;

    /// <summary>Ensures it. What can't be opened at this moment stays as it is, for the next time.</summary>
    public async Task EnsureAsync(KeyPass pass, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await EscrowTable.FindAsync(connection, pass.OrganizationId, cancellationToken) is not { Key: var escrow })
        {
            // One that was being made as the escrow key was removed.
            await pass.Lease.WriteAsync((c, token) => EscrowTable.DropAsync(c, pass.OrganizationId, token), cancellationToken);
            return;
        }

        var usable = pass.Generations.Where(g => g.IsUsable).ToList();
        var (_, left) = await EscrowTable.CountAsync(connection, pass.OrganizationId, escrow.Mark, cancellationToken);
        var (before, failures) = (left, 0);
        while (left > 0)
        {
            foreach (var blob in await EscrowTable.ListLeftAsync(connection, pass.OrganizationId, escrow.Mark, Batch, cancellationToken))
            {
                try
                {
                    await SealAsync(pass, usable, escrow, blob, cancellationToken);
                }
                catch (KeyUnavailableException) when (++failures < MostFailures)
                {
                }
                catch (KeyUnavailableException)
                {
                    // What watches over the provider says so, and what is left is counted.
                    return;
                }
            }

            var (_, now) = await EscrowTable.CountAsync(connection, pass.OrganizationId, escrow.Mark, cancellationToken);
            if (now >= left)
            {
                return;
            }

            left = now;
        }

        if (before > 0)
        {
            await pass.Lease.WriteAsync((c, token) => pass.RecordAsync(
                c, "key.escrow.seal", "done", $"{before} keys sealed to the escrow key {LedgerReason.Name(escrow.Fingerprint)}; none is left", null, token), cancellationToken);
        }
    }

    private async Task SealAsync(KeyPass pass, List<KeyGeneration> usable, EscrowPublicKey escrow, WrappedBlob blob, CancellationToken cancellationToken)
    {
        using var key = await keys.UnwrapAsync(usable, blob.Context, blob.Wrapped, cancellationToken);
        var binding = EscrowTable.Binding(pass.OrganizationId, blob.Context);
        var (sealedKey, commitment) = (escrow.Seal(binding, key), binding.Commitment(key.Reveal()));
        await pass.Lease.WriteAsync(async (connection, token) =>
        {
            // Replaced or removed meanwhile: what was sealed to it is not wanted any more. The lock makes a change wait for this write, or this write for the change.
            await OrganizationKeyTable.LockAsync(connection, pass.OrganizationId, token);
            if ((await EscrowTable.FindAsync(connection, pass.OrganizationId, token))?.Key.Fingerprint == escrow.Fingerprint)
            {
                await EscrowTable.NoteAsync(connection, blob, sealedKey, commitment, token);
            }
        }, cancellationToken);
    }
}
