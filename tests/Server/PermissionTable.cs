using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>Who may use an operation.</summary>
/// <param name="Side">On whose interface it is.</param>
/// <param name="Permissions">All that a customer's caller needs; none: whoever is signed in there may.</param>
/// <param name="OperatorPermission">What one of the operator's needs.</param>
/// <param name="Anyone">Whether it needs no token.</param>
/// <param name="InOrganization">Whether it is decided on in the organization although its path names a space.</param>
public sealed record PermissionRow(Side Side, IReadOnlyList<string> Permissions, OperatorPermission? OperatorPermission = null, bool Anyone = false, bool InOrganization = false);

/// <summary>The permission table: every operation of the API.</summary>
public static class PermissionTable
{
    public static IReadOnlyDictionary<string, PermissionRow> Rows { get; } = new Dictionary<string, PermissionRow>
    {
        ["whoAmI"] = Customer(),
        ["getBillOfMaterials"] = Customer(),
        ["listOrganizations"] = Customer(),
        ["getOrganization"] = Customer(Permission.OrganizationRead),
        ["listSpaces"] = Customer(Permission.SpaceRead),
        ["putSpace"] = Customer(Permission.SpaceCreate) with { InOrganization = true },
        ["getSpace"] = Customer(Permission.SpaceRead),
        ["listOperations"] = Customer(Permission.OperationRead),
        ["getOperation"] = Customer(Permission.OperationRead),
        ["watchEvents"] = Customer(Permission.OperationRead),
        ["listLedger"] = Customer(Permission.LedgerRead),
        ["getLedgerKey"] = Customer(Permission.LedgerRead),
        ["getLedgerCheckpoint"] = Customer(Permission.LedgerRead),
        ["getLedgerTile"] = Customer(Permission.LedgerRead),
        ["listPostgres"] = Customer(Permission.PostgresRead),
        ["putPostgres"] = Customer(Permission.PostgresRead, Permission.PostgresUpdate),
        ["getPostgres"] = Customer(Permission.PostgresRead),
        ["deletePostgres"] = Customer(Permission.PostgresDelete),
        ["readPostgresCredentials"] = Customer(Permission.PostgresCredentialsRead),
        ["whoAmIOperator"] = new(Side.Operator, []),
        ["putOrganization"] = Operator(OperatorPermission.OrganizationManage),
        ["operatorGetOrganization"] = Operator(OperatorPermission.OrganizationRead),
        ["operatorListOrganizations"] = Operator(OperatorPermission.OrganizationRead),
    };

    private static PermissionRow Customer(params string[] permissions) => new(Side.Customer, permissions);

    private static PermissionRow Operator(OperatorPermission permission) => new(Side.Operator, [], permission);
}
