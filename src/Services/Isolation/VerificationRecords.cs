using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Contracts.Isolation;
using Beffroi.Kernel;
using Beffroi.Platform.Resources;

namespace Beffroi.Services.Isolation;

/// <summary>What was asked for.</summary>
/// <param name="Trigger"><c>request</c> or <c>schedule</c>.</param>
internal sealed record VerificationSpec(string Trigger);

/// <summary>What was found.</summary>
internal sealed record VerificationStatus(
    string Verdict = VerificationStatus.Running,
    string Message = "Waiting for a reconciler to take it up.",
    DateTimeOffset? FinishedAt = null,
    IReadOnlyList<IsolationAttempt>? Attempts = null,
    string? EvidenceSha256 = null,
    IReadOnlyList<Condition>? Conditions = null)
{
    public const string Running = "running";
    public const string Passed = "passed";
    public const string Failed = "failed";
    public const string Inconclusive = "inconclusive";
}

/// <summary>The reconciler's notes: written down before anything is made by them, so that a pass after a crash uses the same.</summary>
/// <param name="Nonce">Marks the run's packets, 32 hexadecimal digits.</param>
/// <param name="Probes">The probes.</param>
/// <param name="Plan">What is tried on what; fixed once, as the spaces go on changing.</param>
/// <param name="Judged">Whether the verdict is written.</param>
/// <param name="Removed">Whether everything is gone again.</param>
internal sealed record VerificationNotes(string? Nonce = null, IReadOnlyList<ProbeNote>? Probes = null, Plan? Plan = null, bool Judged = false, bool Removed = false);

/// <summary>One probe.</summary>
/// <param name="Role">One of <see cref="Isolation.Role"/>.</param>
/// <param name="InstanceId">Its instance, agent and volume.</param>
/// <param name="SpaceId">Its space.</param>
/// <param name="OrganizationId">Whose key protects its volume.</param>
/// <param name="SpaceIndex">The space's number in the zone.</param>
/// <param name="HostNumber">Its address in the space.</param>
internal sealed record ProbeNote(string Role, Guid InstanceId, Guid SpaceId, Guid OrganizationId, int SpaceIndex, int HostNumber);

/// <summary>Who tries.</summary>
internal static class Role
{
    public const string Inside = "inside";
    public const string InsideNeighbour = "inside-neighbour";
    public const string Outside = "outside";
    public const string OutsideNeighbour = "outside-neighbour";

    public static IReadOnlyList<string> All { get; } = [Inside, InsideNeighbour, Outside, OutsideNeighbour];

    public static bool IsInside(string role) => role is Inside or InsideNeighbour;

    /// <summary>The other probe of the same space.</summary>
    public static string Neighbour(string role) => role == Inside ? InsideNeighbour : OutsideNeighbour;

    /// <summary>The probe in the other space that is tried to be reached.</summary>
    public static string Target(string role) => role == Inside ? Outside : Inside;
}

/// <summary>What there is to be tried on, as it was when the attempts were planned.</summary>
/// <param name="InUse">The addresses in use in the space under test, its probes' among them.</param>
/// <param name="HostAddresses">The host's own, outside all spaces.</param>
/// <param name="HostPorts">TCP ports that the host's services might have.</param>
/// <param name="AgentPort">The one that is open, on a space's own gateway.</param>
/// <param name="Siblings">The organization's other spaces.</param>
/// <param name="Witness">An address outside that answers the host; null if none was found.</param>
/// <param name="WitnessPorts">On which it answers the host, and nothing is opened to.</param>
/// <param name="Allowed">What is open by the organization's own will, in words.</param>
internal sealed record Plan(
    IReadOnlyList<string> InUse,
    IReadOnlyList<string> HostAddresses,
    IReadOnlyList<int> HostPorts,
    int AgentPort,
    IReadOnlyList<Sibling> Siblings,
    string? Witness,
    IReadOnlyList<int> WitnessPorts,
    IReadOnlyList<string> Allowed);

/// <summary>Another space of the organization.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">In use.</param>
/// <param name="OpenTcp">First and last of the TCP ports that a peering opens.</param>
internal sealed record Sibling(string Name, IReadOnlyList<string> Addresses, IReadOnlyList<PortRange> OpenTcp);

/// <summary>Ports, both included.</summary>
internal sealed record PortRange(int First, int Last);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VerificationSpec))]
[JsonSerializable(typeof(VerificationStatus))]
[JsonSerializable(typeof(VerificationNotes))]
internal sealed partial class IsolationJson : JsonSerializerContext;

/// <summary>How a stored verification is read and shown.</summary>
internal static class VerificationView
{
    public static VerificationStatus Status(ResourceRow row) => JsonSerializer.Deserialize(row.Status, IsolationJson.Default.VerificationStatus)!;

    public static VerificationNotes Notes(ResourceRow row) => JsonSerializer.Deserialize(row.Internal, IsolationJson.Default.VerificationNotes)!;

    public static VerificationSpec Spec(ResourceRow row) => JsonSerializer.Deserialize(row.Spec, IsolationJson.Default.VerificationSpec)!;

    public static IsolationVerification Of(ResourceRow row) => Of(row, Status(row));

    public static IsolationVerification Of(ResourceRow row, VerificationStatus status) => new(
        row.Id, row.Space.OrganizationName, row.Space.Name, row.Name, Spec(row).Trigger, status.Verdict, status.Message, row.CreatedAt, status.FinishedAt,
        status.Attempts ?? [], status.EvidenceSha256, row.OperationId);

    public static IsolationVerdict Verdict(ResourceRow row)
    {
        var status = Status(row);
        return new(row.Name, status.Verdict, row.CreatedAt, status.FinishedAt);
    }
}
