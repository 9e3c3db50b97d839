using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>
/// Reminds the operator of reviews of its own directory: an entry in its ledger, and so to whoever that is forwarded to, when one is due soon and another when it is overdue. The operator has no
/// receivers of alerts as organizations have. Safe for concurrent use.
/// </summary>
internal sealed class OperatorReviewReminders(ILedger ledger)
{
    /// <summary>Looks, in the caller's transaction, and tells of each date once.</summary>
    public async Task RemindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var due in await AccessReviewSchedule.ListAsync(connection, AccessReviewSchedule.OfOperator, cancellationToken))
        {
            if (due is { State: "due-soon" or "overdue", DueAt: { } at } && await connection.Statement(
                "insert into platform.operator_review_reminders (kind, state, due_at) values ($1, $2, $3) on conflict do nothing", due.Kind, due.State, at).RunAsync(cancellationToken) > 0)
            {
                await ledger.AppendAsync(
                    connection,
                    new LedgerEntry(
                        "system:access-reviews", due.State == "overdue" ? "access-review.overdue" : "access-review.due", "done",
                        Reason: $"{Name(due.Kind)}, {DateOnly.FromDateTime(at.UtcDateTime)}"),
                    cancellationToken);
            }
        }
    }
}
