namespace Beffroi.Platform.Access;

/// <summary>
/// What can be allowed to customers' users and service accounts. The names are part of the API; which role has which is in <see cref="Roles"/>. What the operator's people may is
/// apart: <see cref="OperatorPermission"/>.
/// </summary>
public static class Permission
{
    /// <summary>See an organization of one's own.</summary>
    public const string OrganizationRead = "organization.read";

    /// <summary>See spaces.</summary>
    public const string SpaceRead = "space.read";

    /// <summary>Create spaces.</summary>
    public const string SpaceCreate = "space.create";

    /// <summary>See labels, limits and derogations, and what the rules say of a space.</summary>
    public const string PolicyRead = "policy.read";

    /// <summary>State what a space's data are, set the organization's limits, and record authorities' derogations.</summary>
    public const string PolicyManage = "policy.manage";

    /// <summary>See operations and changes.</summary>
    public const string OperationRead = "operation.read";

    /// <summary>See PostgreSQL resources, without credentials.</summary>
    public const string PostgresRead = "postgres.read";

    /// <summary>Read what is measured of PostgreSQL resources, and nothing else of them.</summary>
    public const string PostgresMetricsRead = "postgres.metrics.read";

    /// <summary>Create PostgreSQL resources.</summary>
    public const string PostgresCreate = "postgres.create";

    /// <summary>Change PostgreSQL resources.</summary>
    public const string PostgresUpdate = "postgres.update";

    /// <summary>Delete PostgreSQL resources.</summary>
    public const string PostgresDelete = "postgres.delete";

    /// <summary>Read credentials.</summary>
    public const string PostgresCredentialsRead = "postgres.credentials.read";

    /// <summary>Replace the passwords of PostgreSQL's roles.</summary>
    public const string PostgresCredentialsRotate = "postgres.credentials.rotate";

    /// <summary>Have the isolation of a space verified, and learn the verdict.</summary>
    public const string IsolationVerify = "isolation.verify";

    /// <summary>See what verifications of isolation tried and found.</summary>
    public const string IsolationRead = "isolation.read";

    /// <summary>Change to where a space's instances may open connections.</summary>
    public const string EgressUpdate = "egress.update";

    /// <summary>Ask for, accept and end peerings of a space.</summary>
    public const string PeeringUpdate = "peering.update";

    /// <summary>Make backups and restore drills beside those by schedule.</summary>
    public const string PostgresBackupCreate = "postgres.backup.create";

    /// <summary>Restore to a new PostgreSQL.</summary>
    public const string PostgresRestore = "postgres.restore";

    /// <summary>Have a space's backup repository repaired.</summary>
    public const string BackupRepair = "backup.repair";

    /// <summary>See the ledger of one's own organization.</summary>
    public const string LedgerRead = "ledger.read";

    /// <summary>See what checks found, what it shows of frameworks' requirements, and export it.</summary>
    public const string EvidenceRead = "evidence.read";

    /// <summary>Hand in what a verification found that one made oneself.</summary>
    public const string EvidenceReport = "evidence.report";

    /// <summary>Attest requirements for the organization, and withdraw that.</summary>
    public const string EvidenceAttest = "evidence.attest";

    /// <summary>See the state of an organization's key, and its generations. Never the key.</summary>
    public const string KeyRead = "key.read";

    /// <summary>Seal the organization.</summary>
    public const string KeySeal = "key.seal";

    /// <summary>Unseal it.</summary>
    public const string KeyUnseal = "key.unseal";

    /// <summary>Replace the organization's key by a new generation, in the same provider or another.</summary>
    public const string KeyRotate = "key.rotate";

    /// <summary>Register, replace and remove the organization's escrow key, export what is sealed to it, and recover the organization with it.</summary>
    public const string KeyEscrow = "key.escrow";

    /// <summary>See an organization's safeguards: deletion grace, two-person rule.</summary>
    public const string SafeguardRead = "safeguard.read";

    /// <summary>Change them.</summary>
    public const string SafeguardChange = "safeguard.change";

    /// <summary>See what waits for a second person.</summary>
    public const string ApprovalRead = "approval.read";

    /// <summary>Approve or refuse what another asked for.</summary>
    public const string ApprovalDecide = "approval.decide";

    /// <summary>See members, groups, service accounts, roles, grants and tokens.</summary>
    public const string AccessRead = "access.read";

    /// <summary>Change members, groups, service accounts, roles and grants, as far as one's own rights reach.</summary>
    public const string AccessManage = "access.manage";

    /// <summary>See the organization's own identity providers.</summary>
    public const string IdentityRead = "identity.read";

    /// <summary>Register, change and remove them: whoever does can be everybody who is linked there, so of the built-in roles only owners have it.</summary>
    public const string IdentityManage = "identity.manage";

    /// <summary>See reviews of who may do what.</summary>
    public const string AccessReviewRead = "access.review.read";

    /// <summary>Begin, decide, close and cancel such reviews. What a decision withdraws needs <see cref="AccessManage"/> too.</summary>
    public const string AccessReviewDecide = "access.review.decide";

    /// <summary>See what the operator's people asked to be shown, and what they were.</summary>
    public const string LockboxRead = "lockbox.read";

    /// <summary>Agree to that with a key of one's own, refuse it, and close what is open.</summary>
    public const string LockboxApprove = "lockbox.approve";

    /// <summary>See alerts, and who is told of them.</summary>
    public const string AlertRead = "alert.read";

    /// <summary>Say who is told of alerts.</summary>
    public const string AlertManage = "alert.manage";

    /// <summary>Be what only an owner is: as nobody can give more than they have, owners alone make and unmake owners.</summary>
    public const string OwnerManage = "owner.manage";

    /// <summary>See quotas and what is used of them.</summary>
    public const string QuotaRead = "quota.read";

    /// <summary>Divide the organization's quota among its spaces.</summary>
    public const string QuotaManage = "quota.manage";

    /// <summary>See what was used and what it costs.</summary>
    public const string UsageRead = "usage.read";

    /// <summary>Say who cosigns the ledger and where it is forwarded.</summary>
    public const string LedgerManage = "ledger.manage";
}
