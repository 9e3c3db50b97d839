using System.Text.RegularExpressions;
using Beffroi.Infrastructure.Network;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>
/// What beffroi-host accepts, checked before anything is done with it: beffroid is not trusted to have checked. Each
/// returns the fault in words, or null.
/// </summary>
internal sealed partial class RequestRules(SpaceSubnet range)
{
    private const int LongestAuthority = 16 * 1024;
    private const int LongestToken = 1024;
    private const long TiB = 1L << 40;
    private const long MiB = 1L << 20;

    public string? Check(EnsureNetwork r) => Fence(r.Fence) ?? Id("spaceId", r.SpaceId) ?? Index(r.Index);

    public string? Check(RemoveNetwork r) => Fence(r.Fence) ?? Id("spaceId", r.SpaceId) ?? Index(r.Index);

    public string? Check(EnsurePolicy r) =>
        Fence(r.Fence) ?? Id("spaceId", r.SpaceId) ?? Index(r.Index)
        ?? (r.Egress.Count > EgressRules.MostEntries ? "egress has at most 64 entries." : null)
        ?? (r.Peers.Count > EgressRules.MostEntries ? "peers has at most 64 entries." : null)
        ?? Each("egress", r.Egress, e => e is null ? "An entry is missing." : EgressRules.Check(e), EgressRules.Overlap)
        ?? Each("peers", r.Peers, p => p is null ? "An entry is missing." : EgressRules.CheckService(p.Protocol, p.FirstPort, p.LastPort) ?? Index(p.ToIndex) ?? (p.ToIndex == r.Index ? "A space is not its own peer." : null), EgressRules.Overlap);

    public static string? Check(EnsureVolume r) => Fence(r.Fence) ?? Id("volumeId", r.VolumeId) ?? Size(r.SizeBytes) ?? Key("key", r.Key);

    public static string? Check(RekeyVolume r) =>
        Fence(r.Fence) ?? Id("volumeId", r.VolumeId) ?? Size(r.SizeBytes) ?? Key("key", r.Key) ?? Key("newKey", r.NewKey);

    public static string? Check(VolumeRequest r) => Fence(r.Fence) ?? Id("volumeId", r.VolumeId);

    public static string? Check(EnsureBackupLocks r) =>
        Fence(r.Fence) ?? Id("volumeId", r.VolumeId)
        ?? (r.Stanzas.Count <= 256 && r.Stanzas.Select(s => s.Stanza).Distinct().Count() == r.Stanzas.Count ? null : "stanzas are at most 256, each once.")
        ?? r.Stanzas.Select(s => Id("stanzas.stanza", s.Stanza) ?? Range("stanzas.days", s.Days, 1, 4000)).FirstOrDefault(fault => fault is not null);

    public string? Check(EnsureInstance r) =>
        Fence(r.Fence) ?? Id("instanceId", r.InstanceId) ?? Id("spaceId", r.SpaceId) ?? Id("volumeId", r.VolumeId)
        ?? Index(r.SpaceIndex)
        ?? Range("hostNumber", r.HostNumber, 2, 254)
        ?? (r.Shared is { } shared ? Check(shared) : null)
        ?? (ImageForm().IsMatch(r.Image) ? null : "image is 1 to 32 lower-case letters, digits and hyphens.")
        ?? Range("limits.cpus", r.Limits.Cpus, 1, 256)
        ?? Range("limits.memoryBytes", r.Limits.MemoryBytes, 128 * MiB, 4 * TiB)
        ?? Range("limits.processes", r.Limits.Processes, 64, 100_000)
        ?? Range("limits.rootDiskBytes", r.Limits.RootDiskBytes, 512 * MiB, 1 * TiB)
        ?? Range("bootstrap.agentPort", r.Bootstrap.AgentPort, 1, 65535)
        ?? (r.Bootstrap.AgentAuthority.Length <= LongestAuthority && r.Bootstrap.AgentAuthority.StartsWith("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)
            ? null
            : "bootstrap.agentAuthority is a certificate in PEM form, at most 16 KiB.")
        ?? Token("bootstrap.token", r.Bootstrap.Token);

    public static string? Check(SetToken r) => Check(new InstanceRequest(r.Fence, r.InstanceId, r.SpaceId)) ?? Token("token", r.Token);

    public static string? Check(InstanceRequest r) => Fence(r.Fence) ?? Id("instanceId", r.InstanceId) ?? Id("spaceId", r.SpaceId);

    private static string? Each<T>(string field, IReadOnlyList<T> items, Func<T, string?> check, Func<T, T, bool> overlap)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (check(items[i]) is { } fault)
            {
                return $"{field}[{i}]: {fault}";
            }

            for (var j = 0; j < i; j++)
            {
                if (overlap(items[i], items[j]))
                {
                    return $"{field}[{i}] overlaps {field}[{j}].";
                }
            }
        }

        return null;
    }

    private static string? Check(SharedAddresses r) =>
        Range("shared.first", r.First, 4, 248) ?? (r.First % 4 == 0 ? null : "shared.first is a multiple of 4.") ?? Range("shared.holder", r.Holder, 0, 2);

    private static string? Fence(Fence fence) => Id("fence.resourceId", fence.ResourceId) ?? Range("fence.epoch", fence.Epoch, 1, long.MaxValue);

    private static string? Id(string field, Guid id) => id == Guid.Empty ? field + " is not zero." : null;

    private static string? Size(long bytes) =>
        Range("sizeBytes", bytes, 1024 * MiB, 16 * TiB) ?? (bytes % MiB == 0 ? null : "sizeBytes is a multiple of 1 MiB.");

    private static string? Key(string field, Secret key) => key.Reveal().Length == Volumes.Fscrypt.KeyLength ? null : field + " has 64 bytes.";

    private static string? Range(string field, long value, long least, long most) =>
        value < least || value > most ? $"{field} is {least} to {most}." : null;

    // Printable ASCII: it becomes a configuration value in Incus. Empty takes the token away.
    private static string? Token(string field, Secret token) =>
        token.Reveal().Length <= LongestToken && token.Reveal().IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0
            ? null
            : field + " is at most 1024 printable characters.";

    private string? Index(int index) => Range("index", index, 0, Math.Min(range.Capacity, 16384) - 1);

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ImageForm();
}
