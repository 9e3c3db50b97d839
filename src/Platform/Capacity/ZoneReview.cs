using Beffroi.Contracts;
using Npgsql;

namespace Beffroi.Platform.Capacity;

/// <summary>What hosts of a zone have, for whoever shows evidence of it; out of the store. Safe for concurrent use.</summary>
public sealed class ZoneReview
{
    private readonly ImageBills _bills;

    internal ZoneReview(ImageBills bills) => _bills = bills;

    /// <summary>The images of one kind from which new instances are made now, with what their bills of materials say; null fields where one isn't at hand.</summary>
    public async Task<IReadOnlyList<ZoneImage>> ImagesAsync(NpgsqlConnection connection, string zone, string kind, CancellationToken cancellationToken) =>
        [.. (await CapacityTable.ImagesAsync(connection, zone, cancellationToken)).Where(i => i.Current && i.Kind == kind).Select(_bills.Read)];

    /// <summary>
    /// By which ciphers the kernels of its hosts encrypt the volumes that are open, as <see cref="Infrastructure.VolumeState.Cipher"/> has it, and of when the oldest word of one is; a host that
    /// doesn't tell has an empty one.
    /// </summary>
    public static async Task<(IReadOnlyList<string> Ciphers, DateTimeOffset? HeardAt)> CiphersAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken)
    {
        var hosts = await HostTable.ListAsync(connection, zone, HostWatch.Patience, cancellationToken);
        return ([.. hosts.SelectMany(h => h.Report.Ciphers ?? [""]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], hosts.Count > 0 ? hosts.Min(h => h.HeardAt) : null);
    }
}
