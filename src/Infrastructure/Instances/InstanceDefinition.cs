using System.Globalization;
using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Instances;

/// <summary>What an instance is in Incus' words.</summary>
internal sealed class InstanceDefinition(Installation installation, SpaceSubnet range, string pool)
{
    /// <summary>The key of the one-time enrolment token, in the guest API of that instance.</summary>
    public const string Token = "user.beffroi.token";

    /// <summary>Configuration and devices of a new instance.</summary>
    public NewIncusInstance New(EnsureInstance request, string imageFingerprint)
    {
        var config = new Dictionary<string, string>
        {
            ["boot.autostart"] = "false",
            ["security.guestapi"] = "true",
            ["security.idmap.isolated"] = "true",
            ["security.nesting"] = "false",
            ["security.privileged"] = "false",
            [Mark.Owner] = installation.Name,
            ["user.beffroi.instance"] = request.InstanceId.ToString("D"),
            ["user.beffroi.address"] = Address(request) + "/24",
            ["user.beffroi.gateway"] = range.Gateway(request.SpaceIndex).ToString(),
            ["user.beffroi.agent-port"] = request.Bootstrap.AgentPort.ToString(CultureInfo.InvariantCulture),
            ["user.beffroi.agent-authority"] = request.Bootstrap.AgentAuthority,
            [Token] = request.Bootstrap.Token.RevealText(),
        };
        var devices = new Dictionary<string, Dictionary<string, string>>
        {
            ["root"] = new() { ["type"] = "disk", ["path"] = "/", ["pool"] = pool },
            ["eth0"] = new()
            {
                ["type"] = "nic",
                ["name"] = "eth0",
                ["network"] = installation.NetworkName(request.SpaceIndex),
                ["ipv4.address"] = Address(request),
                ["security.mac_filtering"] = "true",
                ["security.ipv4_filtering"] = "true",
                ["security.ipv6_filtering"] = "true",
            },
            // Shifted: the files belong to the instance's own users on disk, and its root is nobody on the host.
            ["data"] = new()
            {
                ["type"] = "disk",
                ["path"] = "/data",
                ["source"] = VolumeDirectory.DataOf(installation, request.VolumeId),
                ["shift"] = "true",
            },
        };
        Share(devices, request);
        Limit(config, devices, request.Limits);
        return new NewIncusInstance(
            Installation.InstanceName(request.InstanceId), "container", [], config, devices, new IncusInstanceSource("image", imageFingerprint));
    }

    /// <summary>The change that gives an instance the limits and shared addresses of the request; null when it has them.</summary>
    public IncusInstanceChange? Change(IncusInstance instance, EnsureInstance request)
    {
        var config = new Dictionary<string, string>(instance.Config);
        var devices = instance.Devices.ToDictionary(d => d.Key, d => new Dictionary<string, string>(d.Value));
        Share(devices, request);
        Limit(config, devices, request.Limits);
        return Same(config, instance.Config) && Same(devices["root"], instance.Devices["root"]) && Same(devices["eth0"], instance.Devices["eth0"])
            ? null
            : new IncusInstanceChange(instance.Architecture, instance.Ephemeral, instance.Profiles, config, devices);
    }

    /// <summary>The change that sets or, with an empty one, removes the token; null when there is nothing to change.</summary>
    public static IncusInstanceChange? WithToken(IncusInstance instance, Secret token)
    {
        var config = new Dictionary<string, string>(instance.Config);
        config.Remove(Token);
        if (token.Reveal().Length > 0)
        {
            config[Token] = token.RevealText();
        }

        return Same(config, instance.Config)
            ? null
            : new IncusInstanceChange(instance.Architecture, instance.Ephemeral, instance.Profiles, config, instance.Devices);
    }

    /// <summary>Refuses an existing instance that differs in what can't be changed.</summary>
    /// <exception cref="InfrastructureException">It does.</exception>
    public void Check(IncusInstance instance, EnsureInstance request)
    {
        if (instance.Devices.GetValueOrDefault("eth0")?.GetValueOrDefault("ipv4.address") != Address(request)
            || instance.Devices.GetValueOrDefault("data")?.GetValueOrDefault("source") != VolumeDirectory.DataOf(installation, request.VolumeId))
        {
            throw new InfrastructureException($"The instance {request.InstanceId} exists with another address or volume: remove it first.");
        }
    }

    // Incus lets an instance send from its address and from its routes, and from no other.
    private void Share(Dictionary<string, Dictionary<string, string>> devices, EnsureInstance request)
    {
        if (request.Shared is not { } shared)
        {
            return;
        }

        var (first, second) = (range.Instance(request.SpaceIndex, shared.First), range.Instance(request.SpaceIndex, shared.First + 1));
        devices["eth0"]["ipv4.routes"] = shared.Holder switch
        {
            0 => $"{first}/32,{second}/32",
            1 => first + "/31",
            _ => first + "/30",
        };
    }

    private static void Limit(Dictionary<string, string> config, Dictionary<string, Dictionary<string, string>> devices, InstanceLimits limits)
    {
        config["limits.cpu"] = limits.Cpus.ToString(CultureInfo.InvariantCulture);
        config["limits.memory"] = limits.MemoryBytes.ToString(CultureInfo.InvariantCulture) + "B";
        config["limits.processes"] = limits.Processes.ToString(CultureInfo.InvariantCulture);
        devices["root"]["size"] = limits.RootDiskBytes.ToString(CultureInfo.InvariantCulture) + "B";
    }

    private static bool Same(Dictionary<string, string> a, Dictionary<string, string> b) =>
        a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private string Address(EnsureInstance request) => range.Instance(request.SpaceIndex, request.HostNumber).ToString();
}
