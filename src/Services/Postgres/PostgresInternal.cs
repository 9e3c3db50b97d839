namespace Beffroi.Services.Postgres;

/// <summary>What the reconciler notes of a PostgreSQL beside its status: identities it allotted, so that every later pass uses the same.</summary>
/// <param name="InstanceId">Of its only node; null before it was allotted.</param>
/// <param name="HostNumber">The node's address in the space's subnet, 2 to 254.</param>
/// <param name="TokenGeneration">How many times the node's agent was given a further enrolment token.</param>
/// <param name="TokenForgotten">Whether the host no longer has the present token.</param>
internal sealed record PostgresInternal(Guid? InstanceId = null, int? HostNumber = null, int TokenGeneration = 0, bool TokenForgotten = false);
