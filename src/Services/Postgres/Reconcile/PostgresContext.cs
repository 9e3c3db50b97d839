using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>One pass over one PostgreSQL.</summary>
internal sealed class PostgresContext : ResourceContext
{
    private PostgresInternal _notes;

    internal PostgresContext(ResourceRow row, ILease lease, Operation? operation, IReadOnlyDictionary<Guid, AgentRecord> agents, SealState seal)
        : base(row, lease, operation)
    {
        Seal = seal;
        Spec = JsonSerializer.Deserialize(row.Spec, WireJson.Default.PostgresSpec)!;
        Status = JsonSerializer.Deserialize(row.Status, WireJson.Default.PostgresStatus)!;
        Cause = seal.CauseOf(Status.State);
        _notes = NotesOf(row);
        Nodes = [.. (_notes.Nodes ?? []).Select(node => new PostgresNode(node, agents.GetValueOrDefault(node.InstanceId)))];
    }

    internal PostgresSpec Spec { get; }

    internal PostgresSize Size => PostgresSize.All.First(s => s.Name == Spec.Size);

    /// <summary>How large each node's volume shall be.</summary>
    internal long StorageBytes => ByteSize.TryParse(Spec.Storage, out var size) ? size.Bytes : 0;

    internal PostgresStatus Status { get; set; }

    /// <summary>Its nodes; allotted by the identity step, so there for every step after it.</summary>
    internal IReadOnlyList<PostgresNode> Nodes { get; set; }

    /// <summary>Whether the organization was sealed at the start of the pass.</summary>
    internal SealState Seal { get; }

    /// <summary>What is noted, with the nodes as they are now.</summary>
    internal PostgresInternal Notes
    {
        get => _notes with { Nodes = [.. Nodes.Select(node => node.Notes)] };
        set => _notes = value;
    }

    /// <summary>Whether this pass has told the nodes to be strict.</summary>
    internal bool WroteStrict { get; set; }

    /// <summary>How many nodes there shall be.</summary>
    internal int WantedNodes => Spec.Availability == PostgresKind.Single ? 1 : 3;

    /// <summary>The nodes that there shall be, of those there are.</summary>
    internal IEnumerable<PostgresNode> Lasting => Nodes.Take(WantedNodes);

    /// <summary>Whether it has, or shall have, more than one node.</summary>
    internal bool IsCluster => WantedNodes > 1 || Notes.Shared is not null;

    /// <summary>The node that reports to be the primary; null while none does, or several do.</summary>
    internal PostgresNode? Primary => Nodes.Where(node => node.Facts?.Role == "primary").ToList() is [var only] ? only : null;

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

    /// <summary>The name of its readers' endpoint.</summary>
    internal static string ReaderNameOf(ResourceRow row) => "ro." + HostNameOf(row);

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
