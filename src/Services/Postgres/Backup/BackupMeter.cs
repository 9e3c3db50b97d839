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
        var stanzas = await connection.Statement(
            """
            select (s ->> 'id')::uuid, r.id from platform.resources r, jsonb_array_elements(r.internal -> 'stanzas') s where r.kind = $1
            """, PostgresKind.Name).ListAsync(r => (Stanza: r.GetGuid(0), Database: r.GetGuid(1)), cancellationToken);
        return Sum(heard.Select(Facts.Parser.ParseFrom), stanzas.ToDictionary(s => s.Stanza, s => s.Database));
    }

    /// <summary>By database; one whose backups aren't told in full is left out. Pure.</summary>
    /// <param name="repositories">What their agents said.</param>
    /// <param name="databases">By stanza; one that isn't there has its database's own id.</param>
    internal static IReadOnlyDictionary<Guid, long> Sum(IEnumerable<Facts> repositories, IReadOnlyDictionary<Guid, Guid> databases)
    {
        var known = new Dictionary<Guid, long>();
        var unknown = new HashSet<Guid>();
        foreach (var stanza in repositories.SelectMany(f => f.Repository?.Stanzas ?? []))
        {
            if (!Guid.TryParseExact(stanza.Name, "N", out var id))
            {
                continue;
            }

            var database = databases.GetValueOrDefault(id, id);
            if (stanza.Backups.Count <= ToldInFull && (stanza.Ready || stanza.Backups.Count > 0))
            {
                known[database] = known.GetValueOrDefault(database) + stanza.Backups.Sum(b => b.AddedBytes);
            }
            else
            {
                unknown.Add(database);
            }
        }

        return known.Where(pair => !unknown.Contains(pair.Key)).ToDictionary();
    }
}
