using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>One node during one pass.</summary>
/// <param name="notes">What is noted of it.</param>
/// <param name="agent">Its agent as it was known at the start of the pass, without what a step made untrue since; null if it has none yet.</param>
internal sealed class PostgresNode(NodeNotes notes, AgentRecord? agent)
{
    internal NodeNotes Notes { get; set; } = notes;

    internal AgentRecord? Agent { get; set; } = agent;

    /// <summary>The version of its desired configuration, once the configuration step has written it.</summary>
    internal long DesiredVersion { get; set; }

    internal Guid InstanceId => Notes.InstanceId;

    /// <summary>SHA-256 of the image that it runs from, hexadecimal; null until the instance step has said it.</summary>
    internal string? ImageDigest { get; set; }

    /// <summary>Its name in Patroni and etcd.</summary>
    internal string Member => MemberOf(InstanceId);

    /// <summary>What its agent last reported of PostgreSQL.</summary>
    internal PostgresFacts? Facts => Agent?.Facts?.Postgres;

    /// <summary>Whether it has applied what was last written for it and serves.</summary>
    internal bool Ready => Agent?.Facts is { } facts && facts.AppliedVersion >= DesiredVersion && facts.Postgres is { Ready: true };

    internal static string MemberOf(Guid instance) => "n-" + instance.ToString("D");
}
