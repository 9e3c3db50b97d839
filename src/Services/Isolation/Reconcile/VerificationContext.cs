using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;

namespace Beffroi.Services.Isolation.Reconcile;

/// <summary>One pass over one verification.</summary>
internal sealed class VerificationContext(ResourceRow row, ILease lease, Operation? operation, IReadOnlyDictionary<string, ProbeFacts> facts, bool late)
    : ResourceContext(row, lease, operation)
{
    internal VerificationStatus Status { get; set; } = VerificationView.Status(row);

    internal VerificationNotes Notes { get; set; } = VerificationView.Notes(row);

    /// <summary>What each probe told last, by role.</summary>
    internal IReadOnlyDictionary<string, ProbeFacts> Facts { get; } = facts;

    /// <summary>Whether there is nothing more to try: it is judged, has taken too long, or may not go on as its organization is sealed.</summary>
    internal bool IsOver => Notes.Judged || late;

    /// <summary>The probes; there for every step after the identity step.</summary>
    internal IReadOnlyList<ProbeNote> Probes => Notes.Probes ?? [];

    public override IReadOnlyList<Condition> Conditions
    {
        get => Status.Conditions ?? [];
        set => Status = Status with { Conditions = value };
    }

    /// <summary>Whether every probe has completed this phase.</summary>
    internal bool AllIn(ProbeConfiguration.Types.Phase phase) => Role.All.All(r => Facts.TryGetValue(r, out var facts) && facts.Phase >= phase);

    public override void NotReady(string reason, string message, DateTimeOffset now) => Status = Status.FinishedAt is null ? Status with { Message = message } : Status;

    public override string StatusJson() => JsonSerializer.Serialize(Status, IsolationJson.Default.VerificationStatus);

    public override string InternalJson() => JsonSerializer.Serialize(Notes, IsolationJson.Default.VerificationNotes);
}
