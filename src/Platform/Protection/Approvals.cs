using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Protection;

/// <summary>
/// The two-person rule. A request under it is refused once, with an approval that waits for somebody else of the organization; approved, the same request of
/// the same person is accepted once. For services too: whatever is dangerous asks here, in the transaction of the change. Safe for concurrent use.
/// </summary>
public sealed class Approvals(NpgsqlDataSource source, OrganizationSafeguards safeguards, ILedger ledger)
{
    /// <summary>How long an approval waits and, approved, may be used: together a day.</summary>
    private const int LifetimeHours = 24;

    private const int MaxWaiting = 100;

    private const string Select = """
        select id, action, subject, requester, case when state in ('waiting', 'approved') and expires_at <= now() then 'expired' else state end,
               decider, requested_at, expires_at from platform.approvals

        """;

    /// <summary>
    /// Null if the request may go on: the organization has no such rule, or somebody else has approved, which is used up. Otherwise the refusal.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="connection">In the change's transaction.</param>
    /// <param name="organizationId">Whose rule.</param>
    /// <param name="action">e.g. <c>key.seal</c>.</param>
    /// <param name="subject">Exactly what is asked for, in words, at most 300 characters: an approval holds for this alone.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Problem?> CheckAsync(
        HttpContext http, NpgsqlConnection connection, Guid organizationId, string action, string subject, CancellationToken cancellationToken)
    {
        if (!(await safeguards.GetAsync(connection, organizationId, cancellationToken)).TwoPersonRule)
        {
            return null;
        }

        var principal = ApiRequest.Of(http).Principal!;
        if (principal is CustomerPrincipal { IsServiceAccount: true })
        {
            return PersonNeeded("It is under the two-person rule, and a service account may be in the hands of whoever would approve: ask for it as yourself.");
        }

        var approver = await connection.Statement("""
            update platform.approvals set state = 'used' where id = (
                select id from platform.approvals
                where organization_id = $1 and action = $2 and subject = $3 and requested_by = $4 and state = 'approved' and expires_at > now()
                order by id limit 1 for update skip locked)
            returning coalesce(decider, '')
            """, organizationId, action, subject, principal.Id).FirstAsync(r => r.GetString(0), cancellationToken);
        if (approver is null)
        {
            return await RequestAsync(organizationId, action, subject, principal, cancellationToken);
        }

        // The entry of what is done now names both.
        ApiRequest.Of(http).ApprovedBy = "customer:" + approver;
        return null;
    }

    /// <summary>The newest, at most <paramref name="limit"/>, older than <paramref name="before"/>.</summary>
    public static Task<List<Approval>> ListAsync(NpgsqlConnection connection, Guid organizationId, Guid? before, int limit, CancellationToken cancellationToken) =>
        connection.Statement(Select + "where organization_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3", organizationId, before, limit)
            .ListAsync(Read, cancellationToken);

    /// <summary>Approves or refuses, in the caller's transaction. It must wait still, and be another person's.</summary>
    public static async Task<Result<Approval>> DecideAsync(
        NpgsqlConnection connection, Guid organizationId, Guid id, Principal decider, bool approve, CancellationToken cancellationToken)
    {
        var row = await connection.Statement("select requested_by::text from platform.approvals where organization_id = $1 and id = $2 for update", organizationId, id)
            .FirstAsync(r => r.GetString(0), cancellationToken);
        if (row is null)
        {
            return Problems.NotFound;
        }

        if (approve && Guid.Parse(row) == decider.Id)
        {
            return Problem.Conflict("own-request", "Nobody approves their own request", "A second person of the organization has to approve it. You may refuse it, and so take it back.");
        }

        if (approve && decider is CustomerPrincipal { IsServiceAccount: true })
        {
            return PersonNeeded("A service account may be in the hands of whoever asked. Somebody else of the organization has to approve it as themselves.");
        }

        var changed = await connection.Statement("""
            update platform.approvals set state = $3, decider = $4, decided_by = case when $5 = requested_by then null else $5 end, decided_at = now()
            where organization_id = $1 and id = $2 and state = 'waiting' and expires_at > now()
            """, organizationId, id, approve ? "approved" : "refused", decider.Name, decider.Id).RunAsync(cancellationToken);
        var approval = (await connection.Statement(Select + "where organization_id = $1 and id = $2", organizationId, id).FirstAsync(Read, cancellationToken))!;
        return changed > 0 ? approval : Problem.Conflict("not-waiting", "The request doesn't wait any more", $"It is {approval.State}.");
    }

    // A transaction of its own: that of the request is rolled back by the refusal.
    private async Task<Problem> RequestAsync(Guid organizationId, string action, string subject, Principal principal, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var waiting = await connection.Statement(Select + """
            where organization_id = $1 and state = 'waiting' and expires_at > now() order by (action = $2 and subject = $3 and requested_by = $4) desc limit $5
            """, organizationId, action, subject, principal.Id, MaxWaiting).ListAsync(Read, cancellationToken);
        var approval = waiting.FirstOrDefault(a => a.Action == action && a.Subject == subject && a.RequestedBy == principal.Name);
        if (approval is null && waiting.Count >= MaxWaiting)
        {
            return Problem.Conflict("too-many-requests", "Too many requests wait", $"{MaxWaiting} requests wait for a second person. Have some of them decided first.");
        }

        if (approval is null)
        {
            var id = Guid.CreateVersion7();
            await connection.Statement("""
                insert into platform.approvals (id, organization_id, action, subject, requested_by, requester, expires_at)
                values ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7))
                """, id, organizationId, action, subject, principal.Id, principal.Name, LifetimeHours).RunAsync(cancellationToken);
            approval = (await connection.Statement(Select + "where id = $1", id).FirstAsync(Read, cancellationToken))!;
            await ledger.AppendAsync(
                connection,
                new LedgerEntry("customer:" + principal.Name, "approval.request", "done", organizationId, Reason: $"{LedgerReason.Name(action)}: {LedgerReason.Name(subject)} ({id})"),
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return Needed(approval);
    }

    private static Problem PersonNeeded(string detail) => Problem.Conflict("person-needed", "A person has to do this", detail);

    private static Problem Needed(Approval approval) => new(
        "approval-needed", 409, "A second person has to approve this",
        $"The request waits as {approval.Id:D} until {approval.ExpiresAt.ToString("u", CultureInfo.InvariantCulture)}. Somebody else of the organization approves it: "
        + $"beffroi approval approve {approval.Id:D}. Then send the same request again.",
        [new FieldError("approval", "This approval is needed first.", approval.Id.ToString("D"))]);

    private static Approval Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.IsDBNull(5) ? null : r.GetString(5),
        r.GetFieldValue<DateTimeOffset>(6), r.GetFieldValue<DateTimeOffset>(7));
}
