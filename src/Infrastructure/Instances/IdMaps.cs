using System.Text.Json;
using Beffroi.Infrastructure.Incus;

namespace Beffroi.Infrastructure.Instances;

/// <summary>Which user ids of the host an instance's users are, as Incus noted it. Pure.</summary>
internal static class IdMaps
{
    /// <summary>
    /// The ranges that it has while it runs (<c>volatile.idmap.current</c>), or will have when it starts (<c>volatile.idmap.next</c>); none if it runs
    /// as the host's users, or Incus' note can't be read.
    /// </summary>
    public static IReadOnlyList<IdRange> HostIds(IncusInstance instance)
    {
        foreach (var key in (string[])["volatile.idmap.current", "volatile.idmap.next"])
        {
            if (instance.Config.GetValueOrDefault(key) is { Length: > 2 } text)
            {
                return Read(text);
            }
        }

        return [];
    }

    /// <summary>Whether Incus keeps its ids apart from others'. Somebody else's that isn't has all of the host's subordinate ids, and nothing can be apart from it.</summary>
    public static bool IsIsolated(IncusInstance instance) => instance.Config.GetValueOrDefault("security.idmap.isolated") == "true";

    /// <summary>Whether two instances have an id in common.</summary>
    public static bool Share(IncusInstance one, IncusInstance other) =>
        HostIds(one).Any(a => HostIds(other).Any(b => a.First <= b.Last && b.First <= a.Last));

    private static List<IdRange> Read(string text)
    {
        try
        {
            using var map = JsonDocument.Parse(text);
            return [.. map.RootElement.EnumerateArray().Where(e => e.GetProperty("Isuid").GetBoolean())
                .Select(e => new IdRange(e.GetProperty("Hostid").GetInt64(), e.GetProperty("Hostid").GetInt64() + e.GetProperty("Maprange").GetInt64() - 1))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return [];
        }
    }
}

/// <summary>User ids of the host, both ends included.</summary>
internal readonly record struct IdRange(long First, long Last);
