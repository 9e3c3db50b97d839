using Beffroi.Kernel;

namespace Beffroi.Contracts.Postgres;

/// <summary>What was observed of a PostgreSQL.</summary>
/// <param name="State"><c>creating</c>, <c>ready</c>, <c>updating</c>, <c>degraded</c>, <c>deleting</c>, <c>sealed</c>, <c>stopping</c>, <c>stopped</c>, or <c>starting</c> after a stop, a sealing or an undone deletion.</param>
/// <param name="ObservedGeneration">The generation of the spec that was last brought about; 0 before the first.</param>
/// <param name="Conditions">Each aspect with its reason.</param>
/// <param name="Endpoint">Where to connect; null until known.</param>
/// <param name="Image">What it runs from; null until known.</param>
/// <param name="ServerVersion">As PostgreSQL reports it, e.g. <c>17.12</c>.</param>
/// <param name="Role"><c>primary</c> or <c>replica</c>.</param>
/// <param name="VolumeUsedBytes">Of the data volume.</param>
/// <param name="VolumeSizeBytes">Of the data volume, as its file system has it.</param>
/// <param name="AgentLastSeenAt">UTC; null before the agent first called. Of several nodes, the one that has been silent for longest.</param>
/// <param name="Reader">Where to read from a replica; null where there is only one node.</param>
/// <param name="Nodes">Each node; null until known.</param>
/// <param name="Backup">What can be restored; null until the first backup.</param>
/// <param name="Extensions">What is installed in the databases of the spec, by whomever; looked at every minute. Null until known.</param>
/// <param name="PendingRestart">Names of settings that differ from what was asked for until PostgreSQL restarts; null for none.</param>
/// <param name="RetiredRoles">Roles that were in the spec and are not any more: nobody signs in as them, but something is still their own. Null for none.</param>
public sealed record PostgresStatus(
    string State,
    long ObservedGeneration,
    IReadOnlyList<Condition> Conditions,
    PostgresEndpoint? Endpoint = null,
    PostgresImage? Image = null,
    string? ServerVersion = null,
    string? Role = null,
    long? VolumeUsedBytes = null,
    long? VolumeSizeBytes = null,
    DateTimeOffset? AgentLastSeenAt = null,
    PostgresEndpoint? Reader = null,
    IReadOnlyList<PostgresNodeStatus>? Nodes = null,
    PostgresBackupStatus? Backup = null,
    IReadOnlyList<PostgresExtension>? Extensions = null,
    IReadOnlyList<string>? PendingRestart = null,
    IReadOnlyList<string>? RetiredRoles = null);

/// <summary>An extension that is installed.</summary>
/// <param name="Name">e.g. <c>vector</c>.</param>
/// <param name="Version">e.g. <c>0.8.0</c>.</param>
/// <param name="Database">In which database; null for <c>app</c>.</param>
public sealed record PostgresExtension(string Name, string Version, string? Database = null);

/// <summary>One node.</summary>
/// <param name="Name">Its name among the nodes.</param>
/// <param name="Address">Its own address in the space.</param>
/// <param name="Role"><c>primary</c> or <c>replica</c>; null while unknown.</param>
/// <param name="State"><c>ready</c>, <c>silent</c>, <c>stopped</c> (as asked, sealed, or deleted and not yet gone), or what Patroni says.</param>
public sealed record PostgresNodeStatus(string Name, string Address, string? Role, string State);

/// <summary>Where to connect.</summary>
/// <param name="Host">The name in the server certificate.</param>
/// <param name="Address">The IP address in the space.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Database">The database made at creation.</param>
/// <param name="Role">The role made at creation.</param>
/// <param name="PoolerPort">TCP port of the connection pooler; null where there is none.</param>
public sealed record PostgresEndpoint(string Host, string Address, int Port, string Database, string Role, int? PoolerPort = null);

/// <summary>What an instance runs from.</summary>
/// <param name="Name">e.g. <c>postgres</c>.</param>
/// <param name="Digest">SHA-256 of the image as Incus knows it, hexadecimal.</param>
/// <param name="BillOfMaterials">Path of the package list (CycloneDX JSON) at this API.</param>
public sealed record PostgresImage(string Name, string Digest, string BillOfMaterials);

/// <summary>All that is needed to connect. Reading it is recorded in the ledger.</summary>
/// <param name="Host">The name in the server certificate.</param>
/// <param name="Address">The IP address; give both to libpq as host and hostaddr.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Database">Database.</param>
/// <param name="Role">Role.</param>
/// <param name="Password">Its password.</param>
/// <param name="CaCertificate">PEM of the space's certificate authority, to verify the server with.</param>
/// <param name="ReaderHost">The name of the readers' endpoint; null with one node.</param>
/// <param name="ReaderAddress">Its IP address.</param>
/// <param name="PoolerPort">TCP port of the connection pooler, at the same addresses; null where there is none.</param>
public sealed record PostgresCredentials(
    string Host, string Address, int Port, string Database, string Role, string Password, string CaCertificate, string? ReaderHost = null, string? ReaderAddress = null,
    int? PoolerPort = null)
{
    /// <summary>Prints no password.</summary>
    public override string ToString() => Role + "@" + Host;
}
