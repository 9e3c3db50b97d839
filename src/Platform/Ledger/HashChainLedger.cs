using System.Globalization;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// The ledger as a hash chain in one table. Needs a transaction at READ COMMITTED (the default). Should a caller forget the
/// transaction, the primary key keeps two entries from following the same one, and one of them fails.
/// </summary>
internal sealed class HashChainLedger : ILedger
{
    private const long Lock = 0x6265_6666_726f_696c;

    public async Task<long> AppendAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken)
    {
        // Apart from the lock: this statement's snapshot must be younger than the lock.
        await connection.Statement("select pg_advisory_xact_lock($1)", Lock).RunAsync(cancellationToken);
        var (last, previous, at) = (await connection.Statement("""
            select coalesce(l.sequence, 0), l.sha256, clock_timestamp()
            from (select 1) always left join (select sequence, sha256 from platform.ledger order by sequence desc limit 1) l on true
            """).ListAsync(r => (r.GetInt64(0), r.Bytes(1), r.GetFieldValue<DateTime>(2)), cancellationToken))[0];
        previous ??= LedgerHash.Genesis;
        var sequence = last + 1;
        var text = Canonical(entry, sequence, at);
        await connection.Statement(
            "insert into platform.ledger (sequence, organization_id, entry, previous_sha256, sha256) values ($1, $2, $3, $4, $5)",
            sequence, entry.OrganizationId, text, previous, LedgerHash.Of(previous, text)).RunAsync(cancellationToken);
        return sequence;
    }

    private static string Canonical(LedgerEntry entry, long sequence, DateTime at) => CanonicalJson.Write(new Dictionary<string, object?>
    {
        ["version"] = 1L,
        ["sequence"] = sequence,
        // RFC 3339, UTC, to the microsecond, by the database's clock.
        ["at"] = at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        ["actor"] = entry.Actor,
        ["action"] = entry.Action,
        ["outcome"] = entry.Outcome,
        ["organizationId"] = entry.OrganizationId?.ToString("D"),
        ["resource"] = entry.Resource,
        ["resourceId"] = entry.ResourceId?.ToString("D"),
        ["generation"] = entry.Generation,
        ["reason"] = entry.Reason,
        ["requestId"] = entry.RequestId,
        ["operationId"] = entry.OperationId?.ToString("D"),
        ["origin"] = entry.Origin,
    });
}
