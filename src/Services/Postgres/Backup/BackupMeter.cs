using Beffroi.Contracts.Agents;
using Beffroi.Platform.Store;
using Beffroi.Platform.Usage;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>What databases' backups take, as the repositories' agents said last: the sum of what each backup added. The write-ahead log beside them is not told, and in no sum.</summary>
internal sealed class BackupMeter : IBackupMeter
{
    // Of more, an agent tells the oldest and the newest only.
    private const int ToldInFull = 59;

    public string Kind => PostgresKind.Name;

    public async Task<IReadOnlyDictionary<Guid, long>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var heard = await connection.Statement(
            """
            select a.facts from platform.agents a join platform.resources r on r.id = a.resource_id
            where r.kind = $1 and a.facts is not null and a.last_seen_at > now() - interval '5 minutes'
            """, BackupKind.Repository).ListAsync(r => r.GetFieldValue<byte[]>(0), cancellationToken);
        return Sum(heard.Select(Facts.Parser.ParseFrom));
    }

    /// <summary>By database; one whose backups aren't told in full is left out. Pure.</summary>
    internal static IReadOnlyDictionary<Guid, long> Sum(IEnumerable<Facts> repositories)
    {
        var known = new Dictionary<Guid, long>();
        foreach (var stanza in repositories.SelectMany(f => f.Repository?.Stanzas ?? []))
        {
            if (Guid.TryParseExact(stanza.Name, "N", out var database) && stanza.Backups.Count <= ToldInFull && (stanza.Ready || stanza.Backups.Count > 0))
            {
                known[database] = stanza.Backups.Sum(b => b.AddedBytes);
            }
        }

        return known;
    }
}
