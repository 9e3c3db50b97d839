using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Policy;

/// <summary>What operators declared of zones, in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class ZoneTable
{
    // The first half of a two-part advisory lock; the second is the zone's hash.
    private const int AdmissionLock = 0x6266_6e77;

    /// <summary>Lets no space be admitted to the zone, and no declaration of it change, until this transaction ends.</summary>
    public static Task TakeTurnAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken) =>
        connection.Statement("select pg_advisory_xact_lock($1, hashtext($2))", AdmissionLock, zone).RunAsync(cancellationToken);

    /// <summary>The zone as it was declared last; of one that never was, nothing is known.</summary>
    public static async Task<Zone> FindAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken) =>
        await (await connection.Statement("select content, changed_at from platform.zone_declarations where zone = $1 order by id desc limit 1", zone).PreparedAsync(cancellationToken))
            .FirstAsync(r => View(zone, JsonSerializer.Deserialize(r.GetString(0), WireJson.Default.ZoneDeclaration)!, r.GetFieldValue<DateTimeOffset>(1)), cancellationToken)
        ?? View(zone, new ZoneDeclaration(), null);

    /// <summary>Keeps a declaration in the place of the one before, which stays as what was.</summary>
    public static async Task<Zone> KeepAsync(NpgsqlConnection connection, string zone, string content, string by, CancellationToken cancellationToken)
    {
        await connection.Statement("insert into platform.zone_declarations (zone, content, changed_by) values ($1, $2, $3)", zone, content, by).RunAsync(cancellationToken);
        return await FindAsync(connection, zone, cancellationToken);
    }

    private static Zone View(string name, ZoneDeclaration declaration, DateTimeOffset? at)
    {
        var owners = declaration.Owners ?? [];
        var (capital, votes) = (new Holdings(owners, o => o.Capital), new Holdings(owners, o => o.Votes));
        return new Zone(name, declaration, capital.Outside + capital.Undeclared, votes.Outside + votes.Undeclared, at);
    }
}
