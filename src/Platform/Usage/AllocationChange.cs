namespace Beffroi.Platform.Usage;

/// <summary>What a resource takes from a moment on, until its next change.</summary>
/// <param name="Id">Grows: of two at the same second, the later holds.</param>
/// <param name="At">From when on, to the second (UTC).</param>
/// <param name="Resource">Which, as it was called then.</param>
/// <param name="State"><c>running</c>, <c>stopped</c>, <c>kept</c> (deleted, and can be brought back) or <c>deleted</c>.</param>
/// <param name="EndsAt">It holds until then at the most; null for no such end.</param>
/// <param name="Cpus">Of all its nodes, while it runs.</param>
/// <param name="MemoryBytes">Of all its nodes, while it runs.</param>
/// <param name="StorageBytes">Of all its data volumes, while it isn't deleted.</param>
/// <param name="Nodes">How many run, while it does.</param>
internal sealed record AllocationChange(
    long Id, DateTimeOffset At, MeteredResource Resource, string State, DateTimeOffset? EndsAt, long Cpus, long MemoryBytes, long StorageBytes, long Nodes);

/// <summary>A resource that is metered: what is told of it when it is gone.</summary>
/// <param name="Id">Its own.</param>
/// <param name="OrganizationId">Whose.</param>
/// <param name="SpaceId">Where.</param>
/// <param name="Space">The space's name.</param>
/// <param name="Kind">e.g. <c>postgres</c>.</param>
/// <param name="Name">Its own name.</param>
internal sealed record MeteredResource(Guid Id, Guid OrganizationId, Guid SpaceId, string Space, string Kind, string Name);
