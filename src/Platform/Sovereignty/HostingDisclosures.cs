using Beffroi.Contracts.Sovereignty;
using Npgsql;

namespace Beffroi.Platform.Sovereignty;

/// <summary>
/// What HDS v2 (EXI 31) has published: who takes part in hosting, from where they have access, under which law they are. Only those for whom the operator entered a part; packages and versions are for who is
/// signed in. Safe for concurrent use.
/// </summary>
internal sealed class HostingDisclosures(NpgsqlDataSource store, Register register, PlatformOptions options, TimeProvider time)
{
    // Anyone may ask, as often as they like: the store is asked this often.
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private HostingDisclosure? _newest;

    /// <summary>As it is, or was a few seconds ago.</summary>
    public async Task<HostingDisclosure> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_newest is { } newest && now >= newest.At && now - newest.At < Age)
        {
            return newest;
        }

        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return _newest = Of(options.Zone.Name, await register.ReadAsync(connection, cancellationToken), now);
    }

    /// <summary>From a register.</summary>
    internal static HostingDisclosure Of(string zone, IReadOnlyList<RegisterEntry> entries, DateTimeOffset now)
    {
        var all = entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
        return new HostingDisclosure(
            zone,
            now,
            entries.Max(e => e.ChangedAt),
            [
                .. entries.Where(e => e.Hosting is not null).OrderBy(e => e.Name, StringComparer.Ordinal)
                    .Select(e => new HostingParty(e.Id, e.Name, Simulations.Jurisdiction(all, e), e.Hosting!, OutsideEea(all, e))),
            ]);
    }

    /// <summary>Whether an entry, its supplier or an owner of theirs is under a law of a country outside the European Economic Area; null if nobody told of any.</summary>
    internal static bool? OutsideEea(IReadOnlyDictionary<string, RegisterEntry> all, RegisterEntry entry)
    {
        var countries = Laws(all, entry).ToList();
        return countries.Exists(c => !Countries.InEea(c)) ? true : countries.Count == 0 ? null : false;
    }

    /// <summary>Its own country, its supplier's and their owners'.</summary>
    private static IEnumerable<string> Laws(IReadOnlyDictionary<string, RegisterEntry> all, RegisterEntry entry)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = entry; at is not null && seen.Add(at.Id); at = at.Supplier is { } supplier ? all.GetValueOrDefault(supplier) : null)
        {
            if (at.Jurisdiction is { } country)
            {
                yield return country;
            }
        }
    }
}
