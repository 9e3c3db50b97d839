using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

namespace Beffroi.Server.Tests;

/// <summary>Who may use an operation.</summary>
/// <param name="Side">On whose interface it is.</param>
/// <param name="Permissions">All that a customer's caller needs; none: whoever is signed in there may.</param>
/// <param name="OperatorPermission">What one of the operator's needs.</param>
/// <param name="InvitationOnly">Whether it needs no token, but an invitation's code.</param>
/// <param name="InOrganization">Whether it is decided on in the organization although its path names a space.</param>
public sealed record PermissionRow(Side Side, IReadOnlyList<string> Permissions, OperatorPermission? OperatorPermission = null, bool InvitationOnly = false, bool InOrganization = false);

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
        ["listLedgerWitnesses"] = Customer(Permission.LedgerRead),
        ["putLedgerWitness"] = Customer(Permission.LedgerManage),
        ["deleteLedgerWitness"] = Customer(Permission.LedgerManage),
        ["listLedgerForwards"] = Customer(Permission.LedgerRead),
        ["putLedgerForward"] = Customer(Permission.LedgerManage),
        ["deleteLedgerForward"] = Customer(Permission.LedgerManage),
        ["startIsolationVerification"] = Customer(Permission.IsolationVerify),
        ["getIsolationVerdict"] = Customer(Permission.IsolationVerify),
        ["listIsolationVerifications"] = Customer(Permission.IsolationRead),
        ["getIsolationVerification"] = Customer(Permission.IsolationRead),
        ["getIsolationEvidence"] = Customer(Permission.IsolationRead),
        ["getEgress"] = Customer(Permission.SpaceRead),
        ["putEgress"] = Customer(Permission.EgressUpdate),
        ["listPeerings"] = Customer(Permission.SpaceRead),
        ["putPeering"] = Customer(Permission.PeeringUpdate),
        ["acceptPeering"] = Customer(Permission.PeeringUpdate),
        ["deletePeering"] = Customer(Permission.PeeringUpdate),
        ["listPostgres"] = Customer(Permission.PostgresRead),
        ["putPostgres"] = Customer(Permission.PostgresRead, Permission.PostgresUpdate),
        ["getPostgres"] = Customer(Permission.PostgresRead),
        ["deletePostgres"] = Customer(Permission.PostgresDelete),
        ["switchOverPostgres"] = Customer(Permission.PostgresUpdate),
        ["restartPostgres"] = Customer(Permission.PostgresUpdate),
        ["readPostgresCredentials"] = Customer(Permission.PostgresCredentialsRead),
        ["listMembers"] = Customer(Permission.AccessRead),
        ["getMember"] = Customer(Permission.AccessRead),
        ["putMember"] = Customer(Permission.AccessManage),
        ["deleteMember"] = Customer(Permission.AccessManage),
        ["listServiceAccounts"] = Customer(Permission.AccessRead),
        ["getServiceAccount"] = Customer(Permission.AccessRead),
        ["putServiceAccount"] = Customer(Permission.AccessManage),
        ["deleteServiceAccount"] = Customer(Permission.AccessManage),
        ["getAccessToken"] = new(Side.Customer, [], InvitationOnly: true),
        ["listServiceAccountKeys"] = Customer(Permission.AccessRead),
        ["putServiceAccountKeys"] = Customer(Permission.AccessManage),
        ["listGroups"] = Customer(Permission.AccessRead),
        ["getGroup"] = Customer(Permission.AccessRead),
        ["putGroup"] = Customer(Permission.AccessManage),
        ["deleteGroup"] = Customer(Permission.AccessManage),
        ["listRoles"] = Customer(Permission.AccessRead),
        ["putRole"] = Customer(Permission.AccessManage),
        ["deleteRole"] = Customer(Permission.AccessManage),
        ["listGrants"] = Customer(Permission.AccessRead),
        ["putGrant"] = Customer(Permission.AccessManage),
        ["deleteGrant"] = Customer(Permission.AccessManage),
        ["listOwnTokens"] = Customer(),
        ["putOwnToken"] = Customer(),
        ["deleteOwnToken"] = Customer(),
        ["acceptInvitation"] = new(Side.Customer, [], InvitationOnly: true),
        ["listMemberTokens"] = Customer(Permission.AccessRead),
        ["deleteMemberToken"] = Customer(Permission.AccessManage),
        ["listServiceAccountTokens"] = Customer(Permission.AccessRead),
        ["putServiceAccountToken"] = Customer(Permission.AccessManage),
        ["deleteServiceAccountToken"] = Customer(Permission.AccessManage),
        ["getOrganizationQuota"] = Customer(Permission.QuotaRead),
        ["getSpaceQuota"] = Customer(Permission.QuotaRead),
        ["putSpaceQuota"] = Customer(Permission.QuotaManage),
        ["undeletePostgres"] = Customer(Permission.PostgresDelete),
        ["getOrganizationKey"] = Customer(Permission.KeyRead),
        ["listResourceKeys"] = Customer(Permission.KeyRead),
        ["getKeyOperation"] = Customer(Permission.KeyRead),
        ["sealOrganization"] = Customer(Permission.KeySeal),
        ["unsealOrganization"] = Customer(Permission.KeyUnseal),
        ["rotateOrganizationKey"] = Customer(Permission.KeyRotate),
        ["getSafeguards"] = Customer(Permission.SafeguardRead),
        ["putSafeguards"] = Customer(Permission.SafeguardChange),
        ["listApprovals"] = Customer(Permission.ApprovalRead),
        ["approveRequest"] = Customer(Permission.ApprovalDecide),
        ["refuseRequest"] = Customer(Permission.ApprovalDecide),
        ["listOperators"] = Operator(OperatorPermission.OperatorRead),
        ["putOperator"] = Operator(OperatorPermission.OperatorManage),
        ["deleteOperator"] = Operator(OperatorPermission.OperatorManage),
        ["listOwnTokensOperator"] = new(Side.Operator, []),
        ["putOwnTokenOperator"] = new(Side.Operator, []),
        ["deleteOwnTokenOperator"] = new(Side.Operator, []),
        ["acceptInvitationOperator"] = new(Side.Operator, [], InvitationOnly: true),
        ["operatorGetQuota"] = Operator(OperatorPermission.QuotaRead),
        ["operatorPutQuota"] = Operator(OperatorPermission.QuotaManage),
        ["whoAmIOperator"] = new(Side.Operator, []),
        ["putOrganization"] = Operator(OperatorPermission.OrganizationManage),
        ["operatorGetOrganization"] = Operator(OperatorPermission.OrganizationRead),
        ["operatorListOrganizations"] = Operator(OperatorPermission.OrganizationRead),
    };

    private static PermissionRow Customer(params string[] permissions) => new(Side.Customer, permissions);

    private static PermissionRow Operator(OperatorPermission permission) => new(Side.Operator, [], permission);
}
