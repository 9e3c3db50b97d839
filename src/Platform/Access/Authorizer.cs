using System.Collections.Frozen;
using Beffroi.Platform.Identity;

namespace Beffroi.Platform.Access;

/// <summary>
/// The table of what each side may do; what isn't in it is denied. The operator manages organizations and sees nothing of
/// what is in them. Roles will be further rows.
/// </summary>
internal sealed class Authorizer : IAuthorizer
{
    private static readonly FrozenSet<string> Operator = FrozenSet.Create(StringComparer.Ordinal, Permission.OrganizationManage);

    private static readonly FrozenSet<string> Customer = FrozenSet.Create(
        StringComparer.Ordinal,
        Permission.OrganizationRead,
        Permission.SpaceRead,
        Permission.SpaceCreate,
        Permission.OperationRead,
        Permission.PostgresRead,
        Permission.PostgresCreate,
        Permission.PostgresUpdate,
        Permission.PostgresDelete,
        Permission.PostgresCredentialsRead,
        Permission.LedgerRead,
        Permission.LedgerManage);

    public bool IsAllowed(Principal principal, string permission, Guid? organizationId) => principal.OrganizationId is { } own
        ? organizationId == own && Customer.Contains(permission)
        : Operator.Contains(permission);
}
