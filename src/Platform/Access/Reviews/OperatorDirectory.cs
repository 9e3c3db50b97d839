using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>The operator's people and programs (SecNumCloud 9.4.a). It has roles and tokens, and neither groups nor keys; each role counts as a grant for the whole installation.</summary>
internal sealed class OperatorDirectory() : ReviewedDirectory(AccessReviewSchedule.OfOperator, Side.Operator, OperatorPermission.AccessReviewDecide.Name)
{
    public override async Task<IReadOnlyList<AccountSnapshot>> ReadAsync(NpgsqlConnection connection, string accountKind, Guid[]? ids, CancellationToken cancellationToken)
    {
        var roles = (await connection.Statement("""
            select o.id, r.id, r.role from platform.operators o join platform.operator_roles r on r.operator_id = o.id where o.kind = $1 and ($2::boolean or o.id = any($3)) order by r.role
            """, accountKind, ids is null, ids ?? []).ListAsync(
            r => (Holder: r.GetGuid(0), Grant: new ReviewedGrant(r.GetGuid(1), r.GetString(2), null, null, null, null)), cancellationToken)).ToLookup(row => row.Holder, row => row.Grant);
        var tokens = (await connection.Statement("""
            select o.id, t.name, t.created_at, t.expires_at, t.last_used_at from platform.operators o join platform.operator_tokens t on t.operator_id = o.id
            where o.kind = $1 and ($2::boolean or o.id = any($3)) and t.kind = 'personal' and t.revoked_at is null and t.expires_at > now()
            order by t.name collate "C"
            """, accountKind, ids is null, ids ?? []).ListAsync(
            r => (Holder: r.GetGuid(0), Token: new ReviewedToken(
                r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<DateTimeOffset>(4))),
            cancellationToken)).ToLookup(row => row.Holder, row => row.Token);
        return await connection.Statement("""
            select o.id, o.name, case when o.disabled_at is not null then 'disabled' when o.accepted_at is null then 'invited' else 'active' end, o.created_at,
                   greatest((select max(t.last_used_at) from platform.operator_tokens t where t.operator_id = o.id), (select max(s.last_used_at) from platform.sessions s where s.operator_id = o.id))
            from platform.operators o where o.kind = $1 and ($2::boolean or o.id = any($3)) order by o.name collate "C"
            """, accountKind, ids is null, ids ?? []).ListAsync(
            r => new AccountSnapshot(r.GetGuid(0), r.GetString(1), new ReviewedAccount(
                r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<DateTimeOffset>(4), [], [.. roles[r.GetGuid(0)]], [.. tokens[r.GetGuid(0)]], [])),
            cancellationToken);
    }

    public override async Task<bool> HasOtherReviewerAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select r.role from platform.operators o join platform.operator_roles r on r.operator_id = o.id
            where o.id <> $1 and o.kind = 'user' and o.disabled_at is null and o.accepted_at is not null
            """, account).ListAsync(r => r.GetString(0), cancellationToken)).Any(role => OperatorRoles.Permissions(role).Contains(OperatorPermission.AccessReviewDecide));

    public override Problem? Manages(ApiRequest request) =>
        request.OperatorRights!.Contains(OperatorPermission.OperatorManage) ? null : Scopes.Missing(OperatorPermission.OperatorManage);

    // The operator's roles are given and taken by whoever manages accounts, whatever their own: by hand as here.
    public override Task<Problem?> OverAccountAsync(ApiRequest request, NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) => Task.FromResult<Problem?>(null);

    public override async Task<Problem?> TakeAsync(ApiRequest request, NpgsqlConnection connection, Guid grant, CancellationToken cancellationToken)
    {
        if (Manages(request) is { } missing)
        {
            return missing;
        }

        await connection.Statement("delete from platform.operator_roles where id = $1", grant).RunAsync(cancellationToken);
        return null;
    }

    public override (string Action, Guid On, LedgerReason What) Taken(AccountSnapshot account, ReviewedGrant grant) =>
        ("operator.put", account.Id, $"{Name(account.Name)} without {Name(grant.Role)}");

    public override Task SwitchOffAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        connection.Statement("update platform.operators set disabled_at = coalesce(disabled_at, now()) where id = $1", account).RunAsync(cancellationToken);

    public override string SwitchAction(string accountKind) => "operator.put";

    public override Task<Problem?> MissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Operators.MissingAdministratorAsync(connection, cancellationToken);
}
