using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Instances;
using Beffroi.Infrastructure.Network;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Isolation;

/// <summary>What the host knows of how its instances are kept apart. Reads only.</summary>
internal sealed class IsolationInspection(Installation installation, IncusClient incus, PacketFilter filter)
{
    /// <summary>Looks at every instance of this installation and at the packet filter.</summary>
    public async Task<IsolationFacts> InspectAsync(CancellationToken cancellationToken)
    {
        // Before anything that this request may lead to, so that it is what was the case.
        var intact = await filter.IsIntactAsync(cancellationToken);
        var all = await incus.ListInstancesAsync(cancellationToken);
        var projects = (await incus.ListProjectsAsync(cancellationToken)).ToDictionary(p => p.Name, p => p.Config);
        var instances = new List<InstanceIsolation>();
        foreach (var instance in all.Where(i => installation.IsOurs(i.Config)))
        {
            if (Guid.TryParseExact(instance.Config.GetValueOrDefault("user.beffroi.instance"), "D", out var id)
                && projects.TryGetValue(instance.Project, out var project) && Mark.SpaceOf(project) is { } space)
            {
                var own = IdMaps.HostIds(instance);
                instances.Add(new InstanceIsolation(
                    id,
                    space,
                    Unprivileged: !IsTrue(instance.Config, "security.privileged") && !IsTrue(instance.Config, "security.nesting") && own.Count > 0 && own.All(r => r.First > 0),
                    OwnIds: !all.Any(other => !ReferenceEquals(other, instance) && IdMaps.Share(instance, other)),
                    PortFiltered: instance.Devices.GetValueOrDefault("eth0") is { } port
                        && IsTrue(port, "security.mac_filtering") && IsTrue(port, "security.ipv4_filtering") && IsTrue(port, "security.ipv6_filtering"),
                    Restricted: IsTrue(project, "restricted") && project.GetValueOrDefault("restricted.networks.access") == instance.Devices.GetValueOrDefault("eth0")?.GetValueOrDefault("network"),
                    OnlyOwnDevices: instance.Devices.Keys.All(name => name is "root" or "eth0" or "data")));
            }
        }

        return new IsolationFacts(intact, filter.LastRepair, instances);
    }

    private static bool IsTrue(Dictionary<string, string> config, string key) => config.GetValueOrDefault(key) == "true";
}
