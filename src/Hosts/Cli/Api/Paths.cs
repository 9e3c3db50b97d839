using System.Globalization;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>The API's paths. Names are escaped: a wrong one reaches the server as one segment and is refused there.</summary>
internal static class Paths
{
    public const string Organizations = "/v1/organizations";

    public static string Organization(string organization) => Organizations + "/" + Uri.EscapeDataString(organization);

    public const string OperatorOrganizations = "/operator/v1/organizations";

    public static string OperatorOrganization(string organization) => OperatorOrganizations + "/" + Uri.EscapeDataString(organization);

    public static string Spaces(string organization) => Organization(organization) + "/spaces";

    public static string Ledger(string organization) => Organization(organization) + "/ledger";

    public static string Evidence(string organization) => Organization(organization) + "/evidence";

    public static string EvidenceFramework(string organization, string framework) => Evidence(organization) + "/frameworks/" + Uri.EscapeDataString(framework);

    public static string OperatorEvidenceFramework(string framework) => "/operator/v1/evidence/frameworks/" + Uri.EscapeDataString(framework);

    public const string OperatorLedger = "/operator/v1/ledger";

    public static string Key(string organization) => Organization(organization) + "/key";

    public static string Escrow(string organization) => Key(organization) + "/escrow";

    public static string KeyOperation(string organization, Guid id) => Key(organization) + "/operations/" + id.ToString("D");

    public static string Safeguards(string organization) => Organization(organization) + "/safeguards";

    public static string Approvals(string organization) => Organization(organization) + "/approvals";

    public static string LockboxRequests(string organization) => Organization(organization) + "/lockbox-requests";

    public static string LockboxKeys(string organization) => Organization(organization) + "/lockbox-keys";

    public const string OperatorLockboxRequests = "/operator/v1/lockbox-requests";

    public static string BreakGlasses(string organization) => Organization(organization) + "/break-glasses";

    public const string OperatorBreakGlasses = "/operator/v1/break-glasses";

    public static string AccessReviews(string organization) => Organization(organization) + "/access-reviews";

    public static string AccessReviewSchedule(string organization) => Organization(organization) + "/access-review-schedule";

    public const string OperatorAccessReviews = "/operator/v1/access-reviews";

    public const string OperatorAccessReviewSchedule = "/operator/v1/access-review-schedule";

    public static string Alerts(string organization) => Organization(organization) + "/alerts";

    public static string AlertReceivers(string organization) => Organization(organization) + "/alert-receivers";

    public static string Space(SpaceName space) => Spaces(space.Organization) + "/" + Uri.EscapeDataString(space.Space);

    public static string Postgres(SpaceName space) => Space(space) + "/postgres";

    public static string Postgres(SpaceName space, string name) => Postgres(space) + "/" + Uri.EscapeDataString(name);

    public static string Metrics(SpaceName space, string? name) => name is null ? Space(space) + "/postgres-metrics" : Postgres(space, name) + "/metrics";

    /// <param name="space">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="since">The beginning.</param>
    /// <param name="step">Seconds a point; 0 for what the platform takes.</param>
    /// <param name="metric">Null for all.</param>
    /// <param name="node">Null for all.</param>
    public static string History(SpaceName space, string name, DateTimeOffset since, long step, string? metric, string? node) =>
        Metrics(space, name) + "/history?from=" + Uri.EscapeDataString(since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))
        + (step > 0 ? "&step=" + step.ToString(CultureInfo.InvariantCulture) : "")
        + (metric is null ? "" : "&metric=" + Uri.EscapeDataString(metric))
        + (node is null ? "" : "&node=" + Uri.EscapeDataString(node));

    public static string PostgresParameters(SpaceName space) => Space(space) + "/postgres-parameters";

    public static string PostgresExtensions(SpaceName space) => Space(space) + "/postgres-extensions";

    public static string Credentials(SpaceName space, string name, string? role = null) => Postgres(space, name) + "/credentials" + (role is null ? "" : "?role=" + Uri.EscapeDataString(role));

    public static string Egress(SpaceName space) => Space(space) + "/egress";

    public static string Peerings(SpaceName space) => Space(space) + "/peerings";

    public static string Peering(SpaceName space, string other) => Peerings(space) + "/" + Uri.EscapeDataString(other);

    public static string Verifications(SpaceName space) => Space(space) + "/isolation-verifications";

    public static string Verification(SpaceName space, string name) => Verifications(space) + "/" + Uri.EscapeDataString(name);

    public static string EncryptionReports(SpaceName space) => Space(space) + "/encryption-verifications";

    public static string Backups(SpaceName space, string name) => Postgres(space, name) + "/backups";

    public static string Drills(SpaceName space, string name) => Postgres(space, name) + "/drills";

    public static string Operations(SpaceName space) => Space(space) + "/operations";

    public static string Operation(SpaceName space, Guid id) => Operations(space) + "/" + id.ToString("D");
}

/// <summary>A space by its full name.</summary>
/// <param name="Organization">Whose it is.</param>
/// <param name="Space">Its name there.</param>
internal sealed record SpaceName(string Organization, string Space)
{
    public static SpaceName? Parse(string? text) =>
        text?.Split('/') is [{ Length: > 0 } organization, { Length: > 0 } space] ? new SpaceName(organization, space) : null;

    public override string ToString() => Organization + "/" + Space;
}
