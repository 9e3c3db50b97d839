using Beffroi.Kernel;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Checks;
using Npgsql;

namespace Beffroi.Services.Evidence;

/// <summary>Runs every check of an organization once, and keeps what they saw. What begins or ceases to hold is in the ledger and in the condition of the organization's spaces.</summary>
internal sealed class EvidenceRound(IEnumerable<IEvidenceCheck> checks, ILedger ledger, ISpaceConditions conditions)
{
    /// <summary>The condition's type on the organization's spaces.</summary>
    internal const string SpaceCondition = "EvidenceHolds";

    // Checks run every minute; what nobody has looked at for an hour is unknown.
    private static readonly TimeSpan StaleAfter = TimeSpan.FromHours(1);

    /// <summary>In the caller's transaction.</summary>
    public async Task RunAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var before = await FindingTable.ListAsync(connection, organizationId, cancellationToken);
        var failing = new List<string>();
        foreach (var check in checks)
        {
            var seen = await check.ObserveAsync(connection, organizationId, cancellationToken);
            var description = check.Description;
            await FindingTable.KeepAsync(connection, organizationId, description, seen, cancellationToken);
            if (seen.Holds == false)
            {
                failing.Add(description.Name);
            }

            if (seen.Holds is { } holds && before.GetValueOrDefault(description.Name)?.Holds != holds)
            {
                // Its first finding is no lapse: it is how things are.
                var action = holds ? "evidence.hold" : before.GetValueOrDefault(description.Name)?.Holds is null ? "evidence.fail" : "evidence.lapse";
                await ledger.AppendAsync(
                    connection, new LedgerEntry("system:evidence", action, holds ? "done" : "failed", organizationId, Reason: LedgerReason.Name(description.Name)), cancellationToken);
            }
        }

        var condition = new Condition(
            SpaceCondition, failing.Count == 0, failing.Count == 0 ? "AllHold" : "Failing",
            failing.Count == 0 ? "Every check of the organization holds, or has nothing to judge yet." : $"These do not hold: {string.Join(", ", failing)}. See `beffroi evidence list`.", default);
        foreach (var space in await connection.Statement(
            "select id from platform.spaces s where organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id)", organizationId)
            .ListAsync(r => r.GetGuid(0), cancellationToken))
        {
            await conditions.SetAsync(connection, space, condition, StaleAfter, cancellationToken);
        }
    }
}
