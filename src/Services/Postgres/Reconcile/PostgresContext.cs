using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>One pass over one PostgreSQL.</summary>
internal sealed class PostgresContext : ResourceContext
{
    internal PostgresContext(ResourceRow row, ILease lease, Operation? operation, AgentRecord? agent)
        : base(row, lease, operation)
    {
        Spec = JsonSerializer.Deserialize(row.Spec, WireJson.Default.PostgresSpec)!;
        Status = JsonSerializer.Deserialize(row.Status, WireJson.Default.PostgresStatus)!;
        Notes = NotesOf(row);
        Agent = agent;
    }

    internal PostgresSpec Spec { get; }

    internal PostgresSize Size => PostgresSize.All.First(s => s.Name == Spec.Size);

    internal PostgresStatus Status { get; set; }

    internal PostgresInternal Notes { get; set; }

    /// <summary>The node's agent as it was known at the start of the pass.</summary>
    internal AgentRecord? Agent { get; }

    /// <summary>The version of the node's desired configuration, once the configuration step has written it.</summary>
    internal long DesiredVersion { get; set; }

    /// <summary>The node; allotted by the identity step, so there for every step after it.</summary>
    internal Guid InstanceId => Notes.InstanceId!.Value;

    /// <summary>The name in the server certificate.</summary>
    internal string HostName => HostNameOf(Row);

    public override IReadOnlyList<Condition> Conditions
    {
        get => Status.Conditions;
        set => Status = Status with { Conditions = value };
    }

    internal static PostgresInternal NotesOf(ResourceRow row) => JsonSerializer.Deserialize(row.Internal, PostgresJson.Default.PostgresInternal)!;

    /// <summary>The name that a database is known by: stable, and never the same for two of an installation.</summary>
    internal static string HostNameOf(ResourceRow row) => $"{row.Name}.{row.Space.Name}.{row.Space.OrganizationName}.beffroi.internal";

    public override void NotReady(string reason, string message, DateTimeOffset now)
    {
        Conditions = Condition.Set(Conditions, new Condition("Ready", false, reason, message, now));
        if (Status.State == "ready")
        {
            Status = Status with { State = "degraded" };
        }
    }

    public override string StatusJson() => JsonSerializer.Serialize(Status, WireJson.Default.PostgresStatus);

    public override string InternalJson() => JsonSerializer.Serialize(Notes, PostgresJson.Default.PostgresInternal);
}
