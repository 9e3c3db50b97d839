using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// The ledger's front: an entry waits in a table, from where <see cref="LedgerIntegration"/> takes it into its organization's Merkle log. So
/// writing one costs a single insert and makes nobody wait; of what is done for an operation, also a look at who asked for it.
/// </summary>
internal sealed class MerkleLedger : ILedger
{
    public async Task AppendAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry is { OnBehalfOf: null, OperationId: { } operation } && ActsForOthers(entry.Actor))
        {
            entry = entry with { OnBehalfOf = await Requesters.FindAsync(connection, operation, cancellationToken) };
        }

        await using var insert = new NpgsqlCommand("insert into platform.ledger_pending (log_id, members) values ($1, $2)", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = entry.OrganizationId ?? Guid.Empty },
                new NpgsqlParameter<string> { TypedValue = Members(entry) },
            },
        };
        // Planned once a connection, of which the pool keeps some: this statement is part of everything.
        await insert.PrepareAsync(cancellationToken);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    // Whoever sends a request does so in their own name, also where it is about another's operation.
    private static bool ActsForOthers(string actor) => actor.StartsWith("system:", StringComparison.Ordinal) || actor.StartsWith("agent:", StringComparison.Ordinal);

    // The times are the database's, so that replicas with other clocks tell one story.
    private static string Members(LedgerEntry entry) => CanonicalJson.Write(new Dictionary<string, object?>
    {
        ["version"] = 2L,
        ["actor"] = entry.Actor,
        ["action"] = entry.Action,
        ["outcome"] = entry.Outcome,
        ["organizationId"] = entry.OrganizationId?.ToString("D"),
        ["resource"] = entry.Resource,
        ["resourceId"] = entry.ResourceId?.ToString("D"),
        ["generation"] = entry.Generation,
        ["reason"] = entry.Reason?.ToString(),
        ["requestId"] = entry.RequestId,
        ["operationId"] = entry.OperationId?.ToString("D"),
        ["origin"] = entry.Origin,
        ["onBehalfOf"] = entry.OnBehalfOf,
        ["approvedBy"] = entry.ApprovedBy,
    });
}
