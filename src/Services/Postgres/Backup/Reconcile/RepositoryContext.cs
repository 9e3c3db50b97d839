using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>One pass over one repository.</summary>
internal sealed class RepositoryContext : ResourceContext
{
    internal RepositoryContext(ResourceRow row, ILease lease, Operation? operation, AgentRecord? agent, SealState seal)
        : base(row, lease, operation)
    {
        Spec = JsonSerializer.Deserialize(row.Spec, BackupStoreJson.Default.BackupRepositorySpec)!;
        Status = JsonSerializer.Deserialize(row.Status, BackupStoreJson.Default.BackupRepositoryStatus)!;
        Notes = SpaceRepository.NotesOf(row);
        Agent = agent;
        Seal = seal;
        Cause = seal.CauseOf(Status.State);
    }

    internal BackupRepositorySpec Spec { get; }

    internal BackupRepositoryStatus Status { get; set; }

    internal RepositoryNotes Notes { get; set; }

    /// <summary>Whether the organization was sealed at the start of the pass.</summary>
    internal SealState Seal { get; }

    /// <summary>As it was known at the start of the pass.</summary>
    internal AgentRecord? Agent { get; }

    /// <summary>The databases of the space as they were read by the configuration step.</summary>
    internal IReadOnlyList<ResourceRow> Databases { get; set; } = [];

    internal Guid InstanceId => Notes.InstanceId!.Value;

    public override IReadOnlyList<Condition> Conditions
    {
        get => Status.Conditions;
        set => Status = Status with { Conditions = value };
    }

    public override void NotReady(string reason, string message, DateTimeOffset now)
    {
        Conditions = Condition.Set(Conditions, new Condition("Ready", false, reason, message, now));
        if (Status.State == "ready")
        {
            Status = Status with { State = "degraded" };
        }
    }

    public override string StatusJson() => JsonSerializer.Serialize(Status, BackupStoreJson.Default.BackupRepositoryStatus);

    public override string InternalJson() => JsonSerializer.Serialize(Notes, BackupStoreJson.Default.RepositoryNotes);
}
