using System.Text;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>
/// The passphrase of a database's backups: derived from the database's own key, so that it ends with it. Only its space's repository gets it, by name
/// <c>backup/ID</c>.
/// </summary>
internal sealed class BackupSecrets(IResources resources, IResourceKeys keys) : IInstanceSecrets
{
    private const string Prefix = "backup/";

    public string Kind => BackupKind.Repository;

    public async Task<Secret?> FindAsync(NpgsqlConnection connection, Guid instanceId, Guid resourceId, string name, CancellationToken cancellationToken)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !Guid.TryParseExact(name[Prefix.Length..], "N", out var database)
            || await resources.FindAsync(connection, resourceId, cancellationToken) is not { } repository || SpaceRepository.NotesOf(repository).InstanceId != instanceId
            || await resources.FindAsync(connection, database, cancellationToken) is not { Kind: PostgresKind.Name } row || row.Space.Id != repository.Space.Id)
        {
            return null;
        }

        using var bytes = await keys.DeriveAsync(connection, row.Space.OrganizationId, row.Id, BackupKind.Passphrase, length: 48, cancellationToken, PostgresKind.BackupKeyGeneration);
        // Characters that a configuration file needs no quoting for.
        return Secret.FromBytes(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes.Reveal())));
    }
}
