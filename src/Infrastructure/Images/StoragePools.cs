using Beffroi.Infrastructure.Incus;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Images;

/// <summary>The Incus pool that instances' root disks lie in.</summary>
internal sealed class StoragePools(Installation installation, IncusClient incus)
{
    /// <summary>Ensures the installation's own pool, a btrfs file system in a sparse file of Incus'. Idempotent.</summary>
    /// <exception cref="InfrastructureException">A pool of that name is somebody else's.</exception>
    public async Task EnsureOwnAsync(ByteSize size, CancellationToken cancellationToken)
    {
        var name = installation.StoragePool;
        if (await incus.FindStoragePoolAsync(name, cancellationToken) is { } pool)
        {
            if (!installation.IsOurs(pool.Config))
            {
                throw new InfrastructureException($"A storage pool called {name} exists and was not made by Beffroi: to use it say --pool {name}.");
            }

            return;
        }

        await incus.CreateStoragePoolAsync(new IncusStoragePool(name, "btrfs", new() { ["size"] = size.Bytes + "B", [Mark.Owner] = installation.Name }), cancellationToken);
    }

    /// <summary>Checks that somebody's pool is there.</summary>
    /// <exception cref="InfrastructureException">It isn't.</exception>
    public async Task CheckAsync(string name, CancellationToken cancellationToken)
    {
        if (await incus.FindStoragePoolAsync(name, cancellationToken) is null)
        {
            throw new InfrastructureException($"Incus has no storage pool called {name}: see `incus storage list`.");
        }
    }
}
