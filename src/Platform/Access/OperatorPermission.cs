namespace Beffroi.Platform.Access;

/// <summary>
/// What can be allowed to the operator's people. A type of its own, which nothing converts to or from: a route that opens customers' data asks for a
/// <see cref="Permission"/>, and no operator's principal can be asked for one.
/// </summary>
public readonly record struct OperatorPermission
{
    private OperatorPermission(string name) => Name = name;

    /// <summary>Part of the API.</summary>
    public string Name { get; }

    /// <summary>See which organizations there are: their names, no more.</summary>
    public static OperatorPermission OrganizationRead { get; } = new("organization.read");

    /// <summary>Create organizations.</summary>
    public static OperatorPermission OrganizationManage { get; } = new("organization.manage");

    /// <summary>See organizations' quotas and how much of them is used.</summary>
    public static OperatorPermission QuotaRead { get; } = new("quota.read");

    /// <summary>Set organizations' quotas.</summary>
    public static OperatorPermission QuotaManage { get; } = new("quota.manage");

    /// <summary>See the operator's accounts and their roles.</summary>
    public static OperatorPermission OperatorRead { get; } = new("operator.read");

    /// <summary>Invite, change and remove the operator's accounts.</summary>
    public static OperatorPermission OperatorManage { get; } = new("operator.manage");

    /// <summary>See reviews of who may do what among the operator's accounts.</summary>
    public static OperatorPermission AccessReviewRead { get; } = new("operator.access.review.read");

    /// <summary>Begin, decide, close and cancel such reviews. What a decision withdraws needs <see cref="OperatorManage"/> too.</summary>
    public static OperatorPermission AccessReviewDecide { get; } = new("operator.access.review.decide");

    /// <summary>See what the operator's people attested. Nothing of what checks found: that is customers'.</summary>
    public static OperatorPermission EvidenceRead { get; } = new("evidence.read");

    /// <summary>Attest requirements for the installation, and withdraw that.</summary>
    public static OperatorPermission EvidenceAttest { get; } = new("evidence.attest");

    /// <summary>Read and verify the operator's own ledger. No organization's: those are theirs.</summary>
    public static OperatorPermission LedgerRead { get; } = new("operator.ledger.read");

    /// <summary>Say who cosigns the operator's ledger and where it is forwarded.</summary>
    public static OperatorPermission LedgerManage { get; } = new("operator.ledger.manage");

    /// <summary>Read the register of what the installation depends on, and ask what if.</summary>
    public static OperatorPermission SovereigntyRead { get; } = new("operator.sovereignty.read");

    /// <summary>Enter there what only the operator knows.</summary>
    public static OperatorPermission SovereigntyManage { get; } = new("operator.sovereignty.manage");

    /// <summary>See what was asked of customers, not what was shown.</summary>
    public static OperatorPermission LockboxRead { get; } = new("operator.lockbox.read");

    /// <summary>Ask a customer to be shown something. What opens it is the customer's signature: no permission does.</summary>
    public static OperatorPermission LockboxAsk { get; } = new("operator.lockbox.ask");

    /// <summary>See who opened the infrastructure's inventory, or wants to; not what was shown.</summary>
    public static OperatorPermission BreakGlassRead { get; } = new("operator.break-glass.read");

    /// <summary>Begin, approve and end that. It takes two people who hold it, and every organization is told.</summary>
    public static OperatorPermission BreakGlassUse { get; } = new("operator.break-glass.use");

    /// <summary>See what is declared of zones.</summary>
    public static OperatorPermission ZoneRead { get; } = new("operator.zone.read");

    /// <summary>Declare what a zone is and holds.</summary>
    public static OperatorPermission ZoneManage { get; } = new("operator.zone.manage");

    /// <summary>See a zone's hosts, what they have and what is used of it, and the images on them.</summary>
    public static OperatorPermission HostRead { get; } = new("operator.host.read");

    /// <summary>See the price lists.</summary>
    public static OperatorPermission PriceRead { get; } = new("operator.price.read");

    /// <summary>Declare prices.</summary>
    public static OperatorPermission PriceManage { get; } = new("operator.price.manage");

    /// <summary>See what each organization took in a month, in sums, for its invoice.</summary>
    public static OperatorPermission UsageRead { get; } = new("operator.usage.read");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OperatorPermission> All { get; } =
        [OrganizationRead, OrganizationManage, QuotaRead, QuotaManage, OperatorRead, OperatorManage, AccessReviewRead, AccessReviewDecide, EvidenceRead, EvidenceAttest, LedgerRead, LedgerManage,
        SovereigntyRead, SovereigntyManage, LockboxRead, LockboxAsk, BreakGlassRead, BreakGlassUse, ZoneRead, ZoneManage, HostRead, PriceRead, PriceManage, UsageRead];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
