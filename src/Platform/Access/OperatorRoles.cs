using System.Collections.Frozen;

namespace Beffroi.Platform.Access;

/// <summary>The operator's roles: fixed, as there are no custom ones on this side, and the store accepts no others.</summary>
public static class OperatorRoles
{
    /// <summary>Runs the installation: its organizations and the operator's accounts.</summary>
    public const string PlatformAdministrator = "platform-administrator";

    /// <summary>Plans capacity: who may use how much.</summary>
    public const string Capacity = "capacity";

    /// <summary>Answers customers: which organizations there are, and what they agree to show.</summary>
    public const string Support = "support";

    /// <summary>Looks after the others.</summary>
    public const string PlatformAuditor = "platform-auditor";

    private static readonly FrozenDictionary<string, FrozenSet<OperatorPermission>> Table = new Dictionary<string, FrozenSet<OperatorPermission>>
    {
        [PlatformAdministrator] = FrozenSet.Create(
            OperatorPermission.OrganizationRead, OperatorPermission.OrganizationManage, OperatorPermission.QuotaRead, OperatorPermission.QuotaManage,
            OperatorPermission.OperatorRead, OperatorPermission.OperatorManage, OperatorPermission.AccessReviewRead, OperatorPermission.AccessReviewDecide,
            OperatorPermission.EvidenceRead, OperatorPermission.EvidenceAttest,
            OperatorPermission.LedgerRead, OperatorPermission.LedgerManage, OperatorPermission.SovereigntyRead, OperatorPermission.SovereigntyManage,
            OperatorPermission.ZoneRead, OperatorPermission.ZoneManage, OperatorPermission.LockboxRead, OperatorPermission.LockboxAsk, OperatorPermission.HostRead,
            OperatorPermission.BreakGlassRead, OperatorPermission.BreakGlassUse, OperatorPermission.PriceRead, OperatorPermission.PriceManage, OperatorPermission.UsageRead),
        [Capacity] = FrozenSet.Create(
            OperatorPermission.OrganizationRead, OperatorPermission.QuotaRead, OperatorPermission.QuotaManage, OperatorPermission.SovereigntyRead, OperatorPermission.SovereigntyManage,
            OperatorPermission.ZoneRead, OperatorPermission.HostRead, OperatorPermission.PriceRead, OperatorPermission.UsageRead),
        [Support] = FrozenSet.Create(
            OperatorPermission.OrganizationRead, OperatorPermission.QuotaRead, OperatorPermission.EvidenceRead, OperatorPermission.SovereigntyRead, OperatorPermission.ZoneRead,
            OperatorPermission.LockboxRead, OperatorPermission.LockboxAsk, OperatorPermission.BreakGlassRead, OperatorPermission.BreakGlassUse, OperatorPermission.HostRead,
            OperatorPermission.PriceRead),
        [PlatformAuditor] = FrozenSet.Create(
            OperatorPermission.OrganizationRead, OperatorPermission.QuotaRead, OperatorPermission.OperatorRead, OperatorPermission.AccessReviewRead, OperatorPermission.EvidenceRead, OperatorPermission.LedgerRead,
            OperatorPermission.SovereigntyRead, OperatorPermission.ZoneRead, OperatorPermission.LockboxRead, OperatorPermission.BreakGlassRead, OperatorPermission.HostRead,
            OperatorPermission.PriceRead, OperatorPermission.UsageRead),
    }.ToFrozenDictionary();

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [PlatformAdministrator, Capacity, Support, PlatformAuditor];

    /// <summary>What a role may; nothing for a name that is none.</summary>
    public static IReadOnlySet<OperatorPermission> Permissions(string role) => Table.GetValueOrDefault(role) ?? FrozenSet<OperatorPermission>.Empty;
}
