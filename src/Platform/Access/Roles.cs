using System.Collections.Frozen;

namespace Beffroi.Platform.Access;

/// <summary>
/// The built-in roles of a customer: which permission is in which of them. The owner has all. A new permission needs a row here; a test holds that.
/// </summary>
public static class Roles
{
    /// <summary>Everything, also the choice of other owners. An organization always has one.</summary>
    public const string Owner = "owner";

    /// <summary>Everything but what makes an owner.</summary>
    public const string Administrator = "administrator";

    /// <summary>Makes, uses and deletes resources.</summary>
    public const string Developer = "developer";

    /// <summary>Sees resources, without credentials.</summary>
    public const string Reader = "reader";

    /// <summary>Sees who may do what and what was done, besides what a reader sees.</summary>
    public const string Auditor = "auditor";

    /// <summary>Sees how much is used.</summary>
    public const string Billing = "billing";

    // Per permission: who has it beside the owner.
    private static readonly Dictionary<string, string[]> Table = new()
    {
        [Permission.OrganizationRead] = [Administrator, Developer, Reader, Auditor, Billing],
        [Permission.SpaceRead] = [Administrator, Developer, Reader, Auditor, Billing],
        [Permission.SpaceCreate] = [Administrator],
        [Permission.PolicyRead] = [Administrator, Developer, Reader, Auditor],
        [Permission.PolicyManage] = [Administrator],
        [Permission.OperationRead] = [Administrator, Developer, Reader, Auditor],
        [Permission.PostgresRead] = [Administrator, Developer, Reader, Auditor],
        [Permission.PostgresMetricsRead] = [Administrator, Developer, Reader, Auditor],
        [Permission.PostgresCreate] = [Administrator, Developer],
        [Permission.PostgresUpdate] = [Administrator, Developer],
        [Permission.PostgresDelete] = [Administrator, Developer],
        [Permission.PostgresCredentialsRead] = [Administrator, Developer],
        [Permission.PostgresCredentialsRotate] = [Administrator, Developer],
        [Permission.PostgresBackupCreate] = [Administrator, Developer],
        [Permission.PostgresRestore] = [Administrator, Developer],
        [Permission.BackupRepair] = [Administrator],
        [Permission.LedgerRead] = [Administrator, Auditor],
        [Permission.LedgerManage] = [Administrator],
        [Permission.IsolationVerify] = [Administrator, Developer, Auditor],
        [Permission.IsolationRead] = [Administrator, Developer, Auditor],
        [Permission.EgressUpdate] = [Administrator],
        [Permission.PeeringUpdate] = [Administrator],
        [Permission.EvidenceRead] = [Administrator, Auditor],
        [Permission.EvidenceAttest] = [Administrator],
        [Permission.EvidenceReport] = [Administrator],
        [Permission.AccessRead] = [Administrator, Auditor],
        [Permission.AccessManage] = [Administrator],
        [Permission.IdentityRead] = [Administrator, Auditor],
        [Permission.IdentityManage] = [],
        [Permission.AccessReviewRead] = [Administrator, Auditor],
        [Permission.AccessReviewDecide] = [Administrator],
        [Permission.LockboxRead] = [Administrator, Developer, Auditor],
        [Permission.LockboxApprove] = [Administrator],
        [Permission.AlertRead] = [Administrator, Developer, Reader, Auditor],
        [Permission.AlertManage] = [Administrator],
        [Permission.OwnerManage] = [],
        [Permission.QuotaRead] = [Administrator, Developer, Reader, Auditor, Billing],
        [Permission.QuotaManage] = [Administrator],
        [Permission.UsageRead] = [Administrator, Auditor, Billing],
        [Permission.KeyRead] = [Administrator, Developer, Auditor],
        [Permission.KeySeal] = [Administrator],
        [Permission.KeyUnseal] = [Administrator],
        [Permission.KeyRotate] = [Administrator],
        [Permission.KeyEscrow] = [Administrator],
        [Permission.SafeguardRead] = [Administrator, Developer, Auditor],
        [Permission.SafeguardChange] = [],
        [Permission.ApprovalRead] = [Administrator, Auditor],
        [Permission.ApprovalDecide] = [Administrator],
    };

    private static readonly FrozenDictionary<string, FrozenSet<string>> ByRole = ((string[])[Owner, Administrator, Developer, Reader, Auditor, Billing])
        .ToFrozenDictionary(role => role, role => Table.Where(row => role == Owner || row.Value.Contains(role)).Select(row => row.Key).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Owner, Administrator, Developer, Reader, Auditor, Billing];

    /// <summary>Every permission that can be granted, in order.</summary>
    public static IReadOnlyList<string> AllPermissions { get; } = [.. Table.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What a built-in role may; nothing for a name that is none.</summary>
    public static IReadOnlySet<string> Permissions(string role) => ByRole.GetValueOrDefault(role) ?? FrozenSet<string>.Empty;
}
