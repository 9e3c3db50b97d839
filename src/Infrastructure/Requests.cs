using System.Text.Json.Serialization;
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

/// <summary>The space's network.</summary>
/// <param name="Subnet">In CIDR form.</param>
/// <param name="Gateway">The host's address in it, where the agent channel is reached.</param>
public sealed record NetworkState(string Subnet, string Gateway);

/// <summary>See <see cref="IInfrastructure.EnsureVolumeAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="VolumeId">Which volume.</param>
/// <param name="SizeBytes">1 GiB to 16 TiB, a multiple of 1 MiB; that of an existing volume may not differ.</param>
/// <param name="Key">64 bytes; the wrong key for an existing volume is refused.</param>
public sealed record EnsureVolume(Fence Fence, Guid VolumeId, long SizeBytes, [property: JsonConverter(typeof(SecretJsonConverter))] Secret Key);

/// <summary>Names a volume.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="VolumeId">Which volume.</param>
public sealed record VolumeRequest(Fence Fence, Guid VolumeId);

/// <summary>A volume as it is.</summary>
/// <param name="VolumeId">Which volume.</param>
/// <param name="SizeBytes">Of its image or device.</param>
/// <param name="Unlocked">Whether its key is loaded and it is mounted.</param>
/// <param name="Encryption"><c>fscrypt</c> or <c>luks</c>.</param>
public sealed record VolumeState(Guid VolumeId, long SizeBytes, bool Unlocked, string Encryption);

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

/// <summary>All that this installation has on the host.</summary>
/// <param name="Spaces">Spaces with a network or a project.</param>
/// <param name="Volumes">Volumes.</param>
/// <param name="Instances">Instances.</param>
public sealed record Inventory(IReadOnlyList<Guid> Spaces, IReadOnlyList<VolumeState> Volumes, IReadOnlyList<InstanceState> Instances);
