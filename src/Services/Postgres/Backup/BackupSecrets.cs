using System.Text;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>
/// The passphrase of a database's backups: derived from the generation of the database's own key that they are under, so that it ends with it. Only its
/// space's repository gets it, by name <c>backup/STANZA</c>.
/// </summary>
internal sealed class BackupSecrets(IResources resources, SpaceRepository repositories, IResourceKeys keys) : IInstanceSecrets
{
    private const string Prefix = "backup/";

    public string Kind => BackupKind.Repository;

    public async Task<Secret?> FindAsync(NpgsqlConnection connection, Guid instanceId, Guid resourceId, string name, CancellationToken cancellationToken)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !Guid.TryParseExact(name[Prefix.Length..], "N", out var id)
            || await resources.FindAsync(connection, resourceId, cancellationToken) is not { } repository || SpaceRepository.NotesOf(repository).InstanceId != instanceId)
        {
            return null;
        }

        var found = (await repositories.DatabasesAsync(connection, repository.Space.Id, cancellationToken))
            .SelectMany(database => BackupStanza.Of(database).Select(stanza => (Database: database, Stanza: stanza)))
            .FirstOrDefault(pair => pair.Stanza.Id == id);
        if (found.Database is not { } row)
        {
            return null;
        }

        using var bytes = await keys.DeriveAsync(
            connection, row.Space.OrganizationId, row.Id, BackupKind.Passphrase, length: 48, cancellationToken, found.Stanza.KeyGeneration);
        // Characters that a configuration file needs no quoting for.
        return Secret.FromBytes(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes.Reveal())));
    }
}
