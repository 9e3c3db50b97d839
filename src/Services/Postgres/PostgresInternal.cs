namespace Beffroi.Services.Postgres;

/// <summary>What the reconciler notes of a PostgreSQL beside its status: identities it allotted, so that every later pass uses the same.</summary>
/// <param name="Nodes">In the order in which they were allotted; null or empty before the first was.</param>
/// <param name="GrowsInUse">Of a spare: whether its volume could grow without a rest, as its host last said.</param>
internal sealed record PostgresInternal(IReadOnlyList<NodeNotes>? Nodes = null, bool GrowsInUse = false);

/// <summary>What is noted of one node.</summary>
/// <param name="InstanceId">Its instance.</param>
/// <param name="VolumeId">Its volume. The first node's has the resource's own id; others have ids of their own.</param>
/// <param name="HostNumber">Its address in the space's subnet, 2 to 254.</param>
/// <param name="TokenGeneration">How many times its agent was given a further enrolment token.</param>
/// <param name="TokenForgotten">Whether the host no longer has the present token.</param>
internal sealed record NodeNotes(Guid InstanceId, Guid VolumeId, int HostNumber, int TokenGeneration = 0, bool TokenForgotten = false);
