using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Network;

/// <summary>What a space's network lets through beside the default, as the host keeps it.</summary>
/// <param name="SpaceId">Whose.</param>
/// <param name="Index">Its number in the zone.</param>
/// <param name="Egress">To where its instances may open connections.</param>
/// <param name="Peers">To which ports of which other spaces.</param>
internal sealed record SpacePolicy(Guid SpaceId, int Index, IReadOnlyList<EgressRule> Egress, IReadOnlyList<PeerRule> Peers);

/// <summary>
/// The spaces' policies on the host's disk, one small file each, so that the packet filter can be put back in force without anyone's help. The
/// caller serialises changes to one space. A file that can't be read opens nothing.
/// </summary>
internal sealed class SpacePolicies(Installation installation)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _directory = installation.State + "/host/policies";

    /// <summary>All of them.</summary>
    public IReadOnlyList<SpacePolicy> Load()
    {
        if (!Directory.Exists(_directory))
        {
            return [];
        }

        return [.. Directory.EnumerateFiles(_directory, "*.json").Order(StringComparer.Ordinal).Select(Read).OfType<SpacePolicy>()];
    }

    /// <summary>Keeps a space's policy in place of any other of its number; an empty one is forgotten.</summary>
    public void Save(SpacePolicy policy)
    {
        if (policy.Egress.Count == 0 && policy.Peers.Count == 0)
        {
            File.Delete(PathOf(policy.Index));
            return;
        }

        Directory.CreateDirectory(_directory, OwnerOnly);
        File.WriteAllBytes(PathOf(policy.Index) + ".new", JsonSerializer.SerializeToUtf8Bytes(policy, SpacePolicyJson.Default.SpacePolicy));
        File.Move(PathOf(policy.Index) + ".new", PathOf(policy.Index), overwrite: true);
    }

    /// <summary>Forgets a space's policy, and what others' let into it: its number may be another space's next.</summary>
    public void Remove(int index)
    {
        foreach (var policy in Load())
        {
            if (policy.Index == index)
            {
                File.Delete(PathOf(index));
            }
            else if (policy.Peers.Any(p => p.ToIndex == index))
            {
                Save(policy with { Peers = [.. policy.Peers.Where(p => p.ToIndex != index)] });
            }
        }
    }

    private string PathOf(int index) => _directory + "/" + index.ToString(CultureInfo.InvariantCulture) + ".json";

    private static SpacePolicy? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), SpacePolicyJson.Default.SpacePolicy);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(SpacePolicy))]
internal sealed partial class SpacePolicyJson : JsonSerializerContext;
