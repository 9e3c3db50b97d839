using Beffroi.Services.Postgres.Backup;

namespace Beffroi.Services.Postgres;

/// <summary>What the reconciler notes of a PostgreSQL beside its status: identities it allotted, so that every later pass uses the same.</summary>
/// <param name="Nodes">In the order in which they were allotted; null or empty before the first was.</param>
/// <param name="Shared">The endpoint's addresses; null as long as there was never more than one node.</param>
/// <param name="Formed">Whether all nodes have replicated once: from then on commits may be made to wait for them.</param>
/// <param name="Primary">The node that shall take over as primary; null for whichever is.</param>
/// <param name="Maintained">The operation whose maintenance is done.</param>
/// <param name="SealEpoch">The newest sealing of its organization that was carried out here.</param>
/// <param name="GrowsInUse">Of a spare: whether its volume could grow without a rest, as its host last said.</param>
/// <param name="KeyGeneration">The generation of its key that its volumes and its backups shall be under.</param>
/// <param name="Stanzas">Where its backups are, oldest first; null as long as there is only the one that it began with.</param>
internal sealed record PostgresInternal(
    IReadOnlyList<NodeNotes>? Nodes = null, SharedNotes? Shared = null, bool Formed = false, Guid? Primary = null, Guid? Maintained = null,
    long SealEpoch = 0, bool GrowsInUse = false, int KeyGeneration = 1, IReadOnlyList<BackupStanza>? Stanzas = null);

/// <summary>Four addresses in a row: the writer's endpoint, the readers', and those of the second and the third node.</summary>
/// <param name="First">Host number of the first, a multiple of 4.</param>
/// <param name="Owners">In whose names they were allotted.</param>
internal sealed record SharedNotes(int First, IReadOnlyList<Guid> Owners);

/// <summary>What is noted of one node.</summary>
/// <param name="InstanceId">Its instance.</param>
/// <param name="VolumeId">Its volume. The first node's has the resource's own id; others have ids of their own.</param>
/// <param name="HostNumber">Its address in the space's subnet, 2 to 254.</param>
/// <param name="TokenGeneration">How many times its agent was given a further enrolment token.</param>
/// <param name="TokenForgotten">Whether the host no longer has the present token.</param>
/// <param name="Joined">Whether it joined a database that was there.</param>
/// <param name="Restart">The last restart that was asked of it; null for none.</param>
/// <param name="KeyGeneration">The generation of the resource's key that its volume is under.</param>
/// <param name="RekeyTo">The one that its volume is on the way to, while the node rests; null for none.</param>
/// <param name="Renew">Whether it is to be made anew from the newest image.</param>
internal sealed record NodeNotes(
    Guid InstanceId, Guid VolumeId, int HostNumber, int TokenGeneration = 0, bool TokenForgotten = false, bool Joined = false, string? Restart = null,
    int KeyGeneration = 1, int? RekeyTo = null, bool Renew = false);
