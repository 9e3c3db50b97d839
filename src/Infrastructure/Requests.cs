using System.Text.Json.Serialization;
using Beffroi.Infrastructure.Network;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

// What beffroid may ask of beffroi-host. Ids and numbers only: no name, path or command line comes from outside; the
// host derives every path and every Incus name from its own installation name and these ids.

/// <summary>See <see cref="IInfrastructure.EnsureNetworkAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="SpaceId">Whose network.</param>
/// <param name="Index">The space's number in the zone, 0 to 16383: picks its /24, see <see cref="SpaceSubnet"/>.</param>
public sealed record EnsureNetwork(Fence Fence, Guid SpaceId, int Index);

/// <summary>See <see cref="IInfrastructure.RemoveNetworkAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="SpaceId">Whose network.</param>
/// <param name="Index">As it was created.</param>
public sealed record RemoveNetwork(Fence Fence, Guid SpaceId, int Index);

/// <summary>See <see cref="IInfrastructure.EnsurePolicyAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="SpaceId">Whose network.</param>
/// <param name="Index">As it was created.</param>
/// <param name="Egress">To where its instances may open connections, at most 64, none overlapping; none for nowhere.</param>
/// <param name="Peers">To which ports of which other spaces, at most 64, none overlapping; none for none.</param>
public sealed record EnsurePolicy(Fence Fence, Guid SpaceId, int Index, IReadOnlyList<EgressRule> Egress, IReadOnlyList<PeerRule> Peers);

/// <summary>Connections that may be opened out of the zone.</summary>
/// <param name="Destination">An IPv4 network in CIDR form, e.g. <c>192.0.2.10/32</c>.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="FirstPort">1 to 65535.</param>
/// <param name="LastPort">Not less than the first.</param>
public sealed record EgressRule(string Destination, string Protocol, int FirstPort, int LastPort);

/// <summary>Connections that may be opened to another space.</summary>
/// <param name="ToIndex">The other space's number in the zone.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="FirstPort">1 to 65535.</param>
/// <param name="LastPort">Not less than the first.</param>
public sealed record PeerRule(int ToIndex, string Protocol, int FirstPort, int LastPort);

/// <summary>How instances are kept apart on this host.</summary>
/// <param name="RulesIntact">Whether the packet filter was as it had been put in force.</param>
/// <param name="LastRepair">When it last was not, since the host process started; null if always.</param>
/// <param name="Instances">Of this installation.</param>
public sealed record IsolationFacts(bool RulesIntact, FilterRepair? LastRepair, IReadOnlyList<InstanceIsolation> Instances);

/// <summary>How one instance is confined.</summary>
/// <param name="InstanceId">Which instance.</param>
/// <param name="SpaceId">Its space.</param>
/// <param name="Unprivileged">Its root is nobody on the host, and it may nest no containers.</param>
/// <param name="OwnIds">No other instance on the host has any of its user ids.</param>
/// <param name="PortFiltered">Its port takes only its own MAC and IPv4 address, and no IPv6.</param>
/// <param name="Restricted">Its project is restricted, to its space's network among others.</param>
/// <param name="OnlyOwnDevices">It has a root disk, its network port and its volume, and no other device.</param>
public sealed record InstanceIsolation(
    Guid InstanceId, Guid SpaceId, bool Unprivileged, bool OwnIds, bool PortFiltered, bool Restricted, bool OnlyOwnDevices);

/// <summary>The space's network.</summary>
/// <param name="Subnet">In CIDR form.</param>
/// <param name="Gateway">The host's address in it, where the agent channel is reached.</param>
public sealed record NetworkState(string Subnet, string Gateway);

/// <summary>See <see cref="IInfrastructure.EnsureVolumeAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="VolumeId">Which volume.</param>
/// <param name="SizeBytes">1 GiB to 16 TiB, a multiple of 1 MiB; an existing volume grows to it, and never shrinks.</param>
/// <param name="Key">64 bytes; the wrong key for an existing volume is refused.</param>
public sealed record EnsureVolume(Fence Fence, Guid VolumeId, long SizeBytes, [property: JsonConverter(typeof(SecretJsonConverter))] Secret Key);

/// <summary>See <see cref="IInfrastructure.RekeyVolumeAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="VolumeId">Which volume; it must exist.</param>
/// <param name="SizeBytes">As for <see cref="EnsureVolume"/>.</param>
/// <param name="Key">The volume's key until now, 64 bytes; not needed any more, and not looked at, where it is under the new one already.</param>
/// <param name="NewKey">Its key from then on, 64 bytes.</param>
public sealed record RekeyVolume(
    Fence Fence,
    Guid VolumeId,
    long SizeBytes,
    [property: JsonConverter(typeof(SecretJsonConverter))] Secret Key,
    [property: JsonConverter(typeof(SecretJsonConverter))] Secret NewKey);

/// <summary>How far a volume is on its way to another key.</summary>
/// <param name="VolumeId">Which volume.</param>
/// <param name="Done">Whether it is under the new key, locked; the old one opens nothing of it any more.</param>
/// <param name="CopiedBytes">Of its contents.</param>
/// <param name="TotalBytes">Of its contents, about; 0 when it is done.</param>
public sealed record RekeyState(Guid VolumeId, bool Done, long CopiedBytes, long TotalBytes);

/// <summary>Names a volume.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="VolumeId">Which volume.</param>
public sealed record VolumeRequest(Fence Fence, Guid VolumeId);

/// <summary>A volume as it is.</summary>
/// <param name="VolumeId">Which volume.</param>
/// <param name="SizeBytes">Of its image or device.</param>
/// <param name="Unlocked">Whether its key is loaded and it is mounted.</param>
/// <param name="Encryption"><c>fscrypt</c> or <c>luks</c>.</param>
/// <param name="MustBeLockedToGrow">
/// Whether its file system is still smaller than its size because this host can't let it grow in use: lock it, then ensure it again.
/// </param>
/// <param name="Cipher">By what the kernel encrypts contents and names, as it says itself; null while the volume is locked, and for LUKS, where it isn't read.</param>
public sealed record VolumeState(Guid VolumeId, long SizeBytes, bool Unlocked, string Encryption, bool MustBeLockedToGrow, string? Cipher = null);

/// <summary>What an instance may use.</summary>
/// <param name="Cpus">Whole CPUs, 1 to 256.</param>
/// <param name="MemoryBytes">128 MiB to 4 TiB.</param>
/// <param name="Processes">64 to 100000.</param>
/// <param name="RootDiskBytes">Of the root file system, beside its volume.</param>
public sealed record InstanceLimits(int Cpus, long MemoryBytes, int Processes, long RootDiskBytes);

/// <summary>What the agent needs to call home, readable by root in the instance alone (Incus guest API).</summary>
/// <param name="Token">One-time enrolment token.</param>
/// <param name="AgentAuthority">PEM of the certificate authority that the agent channel's server must chain to.</param>
/// <param name="AgentPort">TCP port of the agent channel on the gateway.</param>
public sealed record InstanceBootstrap([property: JsonConverter(typeof(SecretJsonConverter))] Secret Token, string AgentAuthority, int AgentPort);

/// <summary>See <see cref="IInfrastructure.EnsureInstanceAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="InstanceId">Which instance.</param>
/// <param name="SpaceId">In which space; its network must exist.</param>
/// <param name="SpaceIndex">As for <see cref="EnsureNetwork"/>.</param>
/// <param name="HostNumber">The instance's address in the space's subnet, 2 to 254.</param>
/// <param name="Image">The kind of image: a name from the host's own list, e.g. <c>postgres</c>.</param>
/// <param name="VolumeId">Mounted at <c>/data</c>; must be unlocked.</param>
/// <param name="Limits">CPU, memory, processes, disk.</param>
/// <param name="Bootstrap">Used when the instance is created; ignored afterwards.</param>
/// <param name="Shared">Addresses that it may hold beside its own; null for none.</param>
public sealed record EnsureInstance(
    Fence Fence,
    Guid InstanceId,
    Guid SpaceId,
    int SpaceIndex,
    int HostNumber,
    string Image,
    Guid VolumeId,
    InstanceLimits Limits,
    InstanceBootstrap Bootstrap,
    SharedAddresses? Shared = null);

/// <summary>
/// Two addresses, <paramref name="First"/> and the next, that up to three instances may hold in turn. Whoever holds them serves: the
/// instances agree on that among themselves, and nobody else in the space can claim them.
/// </summary>
/// <param name="First">A host number, 4 to 248, a multiple of 4. The third and the fourth of the block belong to the same instances.</param>
/// <param name="Holder">0, 1 or 2, another for each of the instances: Incus adds a route for what an instance may hold, and can't add one twice.</param>
public sealed record SharedAddresses(int First, int Holder);

/// <summary>Names an instance.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="InstanceId">Which instance.</param>
/// <param name="SpaceId">Its space.</param>
public sealed record InstanceRequest(Fence Fence, Guid InstanceId, Guid SpaceId);

/// <summary>See <see cref="IInfrastructure.SetTokenAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="InstanceId">Which instance.</param>
/// <param name="SpaceId">Its space.</param>
/// <param name="Token">The new one-time token.</param>
public sealed record SetToken(Fence Fence, Guid InstanceId, Guid SpaceId, [property: JsonConverter(typeof(SecretJsonConverter))] Secret Token);

/// <summary>An instance as it is.</summary>
/// <param name="InstanceId">Which instance.</param>
/// <param name="SpaceId">Its space.</param>
/// <param name="Status">Incus' word: <c>Running</c>, <c>Stopped</c>, <c>Frozen</c>, <c>Error</c>.</param>
/// <param name="Address">Its IPv4 address in the space.</param>
/// <param name="ImageDigest">SHA-256 of the image it was made from, hexadecimal.</param>
public sealed record InstanceState(Guid InstanceId, Guid SpaceId, string Status, string Address, string ImageDigest);

/// <summary>What a host has to offer.</summary>
/// <param name="AvailableMemoryBytes">What could be used without swapping, as the kernel estimates it (proc_meminfo(5), MemAvailable).</param>
/// <param name="VolumesGrowInUse">Whether a volume can grow while an instance uses it; see <see cref="VolumeState.MustBeLockedToGrow"/>.</param>
/// <param name="Images">The digest of each image that a new instance would be made from, by its name.</param>
/// <param name="Facts">What kind of machine it is; null from a host process that is older than this question.</param>
public sealed record HostState(long AvailableMemoryBytes, bool VolumesGrowInUse, IReadOnlyDictionary<string, string> Images, HostFacts? Facts = null);

/// <summary>A host in numbers and versions.</summary>
/// <param name="Name">Its own.</param>
/// <param name="StartedAt">When it was switched on, UTC.</param>
/// <param name="Cpus">Logical processors that this process may use.</param>
/// <param name="Load">On average over a minute (proc_loadavg(5)).</param>
/// <param name="MemoryBytes">All of it (proc_meminfo(5), MemTotal).</param>
/// <param name="StorageBytes">Of the file system that volumes lie on.</param>
/// <param name="StorageAvailableBytes">What is free there.</param>
/// <param name="System">The distribution (os-release(5), PRETTY_NAME).</param>
/// <param name="Kernel">The running kernel's release.</param>
/// <param name="Incus">The running daemon's version.</param>
/// <param name="Program">This program's version.</param>
public sealed record HostFacts(
    string Name, DateTimeOffset StartedAt, int Cpus, double Load, long MemoryBytes, long StorageBytes, long StorageAvailableBytes, string System, string Kernel, string Incus, string Program);

/// <summary>All that this installation has on the host.</summary>
/// <param name="Spaces">Spaces with a network or a project.</param>
/// <param name="Volumes">Volumes.</param>
/// <param name="Instances">Instances.</param>
public sealed record Inventory(IReadOnlyList<Guid> Spaces, IReadOnlyList<VolumeState> Volumes, IReadOnlyList<InstanceState> Instances);
