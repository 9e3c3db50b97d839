using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>An organization's users and service accounts.</summary>
internal sealed class OrganizationDirectory(Guid organizationId) : ReviewedDirectory(organizationId, Side.Customer, Permission.AccessReviewDecide)
{
    public override Task<IReadOnlyList<AccountSnapshot>> ReadAsync(NpgsqlConnection connection, string accountKind, Guid[]? ids, CancellationToken cancellationToken) =>
        AccountSnapshots.ReadAsync(connection, Id, accountKind, ids, cancellationToken);

    public override async Task<bool> HasOtherReviewerAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select g.role, g.space_id, g.resource_id, r.permissions
            from platform.principals p
            join platform.grants g on g.organization_id = p.organization_id and g.space_id is null
                and (g.principal_id = p.id or g.group_id in (select m.group_id from platform.group_members m where m.principal_id = p.id))
            left join platform.roles r on r.id = g.custom_role_id
            where p.organization_id = $1 and p.id <> $2 and p.kind = 'user' and p.disabled_at is null and p.accepted_at is not null
            """, Id, account).ListAsync(r => Authorizer.Grant(r, 0), cancellationToken)).Any(g => g.Permissions.Contains(Permission.AccessReviewDecide));

    public override Problem? Manages(ApiRequest request) =>
        request.Rights!.Allows(Permission.AccessManage, AccessScope.Organization) ? null : Scopes.Missing(Permission.AccessManage);

    public override Task<Problem?> OverAccountAsync(ApiRequest request, NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        OwnRights.OverAccountAsync(connection, request.Rights!, account, cancellationToken);

    public override async Task<Problem?> TakeAsync(ApiRequest request, NpgsqlConnection connection, Guid grant, CancellationToken cancellationToken)
    {
        var found = (await GrantTable.FindAsync(connection, Id, grant, cancellationToken))!;
        if (OwnRights.Over(request.Rights!, found.Held) is { } beyond)
        {
            return beyond;
        }

        await GrantTable.RemoveAsync(connection, grant, cancellationToken);
        return null;
    }

    public override (string Action, Guid On, LedgerReason What) Taken(AccountSnapshot account, ReviewedGrant grant) =>
        ("grant.delete", grant.Id, $"{Name(AccountChanges.Said(grant))} of {Name(account.Name)}");

    public override Task SwitchOffAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        Accounts.SwitchAsync(connection, account, disabled: true, cancellationToken);

    public override string SwitchAction(string accountKind) => accountKind == Accounts.ServiceAccount ? "service-account.put" : "member.put";

    public override Task<Problem?> MissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Accounts.MissingOwnerAsync(connection, Id, cancellationToken);
}
