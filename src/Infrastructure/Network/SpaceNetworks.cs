using Beffroi.Infrastructure.Incus;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Network;

/// <summary>
/// A space in Incus: a restricted project for its instances and a bridge of its own. The bridge belongs to the default
/// project (Incus wants managed bridges there); the project may use no other.
/// </summary>
internal sealed class SpaceNetworks(Installation installation, SpaceSubnet range, IncusClient incus, PacketFilter filter)
{
    /// <summary>Ensures bridge, project and rules; the rules first, so that no bridge is ever up without them.</summary>
    public async Task<NetworkState> EnsureAsync(Guid space, int index, CancellationToken cancellationToken)
    {
        await filter.ApplyAsync(cancellationToken);
        await Disturbance.OutlastAsync(() => EnsureBridgeAsync(space, index, cancellationToken), cancellationToken);
        var (subnet, gateway) = (range.Subnet(index).ToString(), range.Gateway(index).ToString());
        await Bridges.KeepReachableAsync(installation.NetworkName(index), gateway, subnet, cancellationToken);
        await EnsureProjectAsync(space, index, cancellationToken);
        return new NetworkState(subnet, gateway);
    }

    /// <summary>Removes project and bridge; absence is success.</summary>
    /// <exception cref="InfrastructureException">Instances are left in the space.</exception>
    public async Task RemoveAsync(Guid space, int index, CancellationToken cancellationToken)
    {
        var project = installation.ProjectName(space);
        if ((await incus.ListInstancesAsync(cancellationToken)).Any(i => i.Project == project))
        {
            throw new InfrastructureException($"The space {space} still has instances: remove them first.");
        }

        await incus.DeleteProjectAsync(project, cancellationToken);
        var name = installation.NetworkName(index);
        if (await incus.FindNetworkAsync(name, cancellationToken) is { } network && installation.IsOurs(network.Config) && Mark.SpaceOf(network.Config) == space)
        {
            await incus.DeleteNetworkAsync(name, cancellationToken);
        }
    }

    /// <summary>The spaces that have a project or a bridge.</summary>
    public async Task<IReadOnlyList<Guid>> ListAsync(CancellationToken cancellationToken)
    {
        var networks = (await incus.ListNetworksAsync(cancellationToken)).Select(n => n.Config);
        var projects = (await incus.ListProjectsAsync(cancellationToken)).Select(p => p.Config);
        return [.. networks.Concat(projects).Where(installation.IsOurs).Select(Mark.SpaceOf).OfType<Guid>().Distinct().Order()];
    }

    private async Task EnsureBridgeAsync(Guid space, int index, CancellationToken cancellationToken)
    {
        var name = installation.NetworkName(index);
        if (await incus.FindNetworkAsync(name, cancellationToken) is { } network)
        {
            if (!installation.IsOurs(network.Config) || Mark.SpaceOf(network.Config) != space)
            {
                throw new InfrastructureException($"The network {name} exists and is not of the space {space}: give the space another number, or remove that network.");
            }

            if (network.Status == "Created" && Bridges.Exists(name))
            {
                return;
            }

            // Incus stops creating when the one who asked for it dies.
            await incus.DeleteNetworkAsync(name, cancellationToken);
        }

        await Bridges.RemoveEmptyAsync(name, cancellationToken);
        await incus.CreateNetworkAsync(new IncusNetwork(name, new Dictionary<string, string>
        {
            ["ipv4.address"] = range.Gateway(index) + "/24",
            ["ipv4.nat"] = "false",
            ["ipv4.dhcp"] = "false",
            ["ipv6.address"] = "none",
            ["dns.mode"] = "none",
            // The rules are ours, in one place: see PacketFilter.
            ["ipv4.firewall"] = "false",
            ["ipv6.firewall"] = "false",
            [Mark.Owner] = installation.Name,
            [Mark.Space] = space.ToString("D"),
        }, Type: "bridge"), cancellationToken);
    }

    private async Task EnsureProjectAsync(Guid space, int index, CancellationToken cancellationToken)
    {
        var name = installation.ProjectName(space);
        if (await incus.FindProjectAsync(name, cancellationToken) is not null)
        {
            return;
        }

        // "restricted" forbids privileged and nesting containers, raw configuration, host devices and more. Disk paths
        // can't be limited as well: Incus then refuses shifted ids on the data volume, which matter more.
        await incus.CreateProjectAsync(new IncusProject(name, new Dictionary<string, string>
        {
            ["features.images"] = "false",
            ["features.networks"] = "false",
            ["features.profiles"] = "true",
            ["features.storage.volumes"] = "true",
            ["restricted"] = "true",
            ["restricted.devices.disk"] = "allow",
            ["restricted.networks.access"] = installation.NetworkName(index),
            [Mark.Owner] = installation.Name,
            [Mark.Space] = space.ToString("D"),
        }), cancellationToken);
    }
}
