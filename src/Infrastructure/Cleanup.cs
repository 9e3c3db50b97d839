using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Network;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

/// <summary>
/// Removes all that this installation made on the host (<c>down --purge</c>), and nothing else: only what bears its mark
/// in Incus, its own directory of volumes and its own table of rules. May be repeated after an interruption.
/// </summary>
internal sealed class Cleanup(Installation installation, IncusClient incus, PacketFilter filter)
{
    /// <summary>Instances first, so that nothing uses the volumes, images and networks that follow.</summary>
    /// <param name="say">Told of each thing that was removed.</param>
    /// <param name="cancellationToken">Stops between two things.</param>
    public async Task RunAsync(Action<string> say, CancellationToken cancellationToken)
    {
        await RemoveInstancesAsync(say, cancellationToken);
        await RemoveVolumesAsync(say, cancellationToken);
        foreach (var project in (await incus.ListProjectsAsync(cancellationToken)).Where(p => installation.IsOurs(p.Config)))
        {
            await incus.DeleteProjectAsync(project.Name, cancellationToken);
            say("project " + project.Name);
        }

        foreach (var network in (await incus.ListNetworksAsync(cancellationToken)).Where(n => installation.IsOurs(n.Config)))
        {
            await incus.DeleteNetworkAsync(network.Name, cancellationToken);
            say("network " + network.Name);
        }

        foreach (var bridge in Bridges.WithPrefix(installation.NetworkPrefix))
        {
            await Bridges.RemoveEmptyAsync(bridge, cancellationToken);
        }

        await RemoveImagesAsync(say, cancellationToken);
        if (await incus.FindStoragePoolAsync(installation.StoragePool, cancellationToken) is { } pool && installation.IsOurs(pool.Config))
        {
            await incus.DeleteStoragePoolAsync(pool.Name, cancellationToken);
            say("storage pool " + pool.Name);
        }

        await filter.RemoveAsync(cancellationToken);
        if (Directory.Exists(installation.State + "/host"))
        {
            Directory.Delete(installation.State + "/host", recursive: true);
        }
    }

    private async Task RemoveInstancesAsync(Action<string> say, CancellationToken cancellationToken)
    {
        foreach (var instance in (await incus.ListInstancesAsync(cancellationToken)).Where(i => installation.IsOurs(i.Config)))
        {
            if (instance.Status != "Stopped")
            {
                await incus.ChangeStateAsync(instance.Project, instance.Name, new IncusStateChange("stop", -1, true), cancellationToken);
            }

            await incus.DeleteInstanceAsync(instance.Project, instance.Name, cancellationToken);
            say("instance " + instance.Name);
        }
    }

    private async Task RemoveVolumesAsync(Action<string> say, CancellationToken cancellationToken)
    {
        foreach (var store in (IVolumeStore[])[new FscryptVolumes(installation), new LuksVolumes(installation)])
        {
            foreach (var copy in store.Copies.List())
            {
                await store.Copies.RemoveAsync(copy.VolumeId, cancellationToken);
            }

            foreach (var volume in store.List())
            {
                await store.RemoveAsync(volume.VolumeId, cancellationToken);
                say("volume " + volume.VolumeId);
            }
        }

        VolumeDirectory.DeleteRoot(installation);
    }

    private async Task RemoveImagesAsync(Action<string> say, CancellationToken cancellationToken)
    {
        foreach (var alias in (await incus.ListAliasesAsync(cancellationToken)).Where(a => a.Description == Mark.Alias(installation)))
        {
            await incus.RemoveAliasAsync(alias, cancellationToken);
            say("image " + alias.Name);
        }
    }
}
