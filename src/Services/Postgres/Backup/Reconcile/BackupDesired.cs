using Beffroi.Contracts.Agents;
using Beffroi.Platform.Resources;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>Backup's part of a database node's desired configuration.</summary>
internal sealed class BackupDesired(SpaceRepository repository)
{
    /// <summary>Adds where WAL goes, once the repository has an address, and what the database begins as.</summary>
    public async Task AddAsync(NpgsqlConnection connection, ResourceRow row, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        if (await repository.FindAsync(connection, row.Space.Id, cancellationToken) is not { Address: { } address, Notes.InstanceId: { } instance })
        {
            return;
        }

        var id = instance.ToString("D");
        var restore = await BackupRows.RestoreOfAsync(connection, row.Id, cancellationToken);
        if (restore is { Done: false })
        {
            configuration.Restore = new PostgresConfiguration.Types.RestoreSource
            {
                Stanza = restore.Stanza.ToString("N"),
                RepositoryAddress = address,
                RepositoryId = id,
                Type = restore.Type,
                Target = restore.Target,
            };
        }

        var taking = BackupStanza.Of(row).Where(s => s.Stage is StanzaStage.Archived or StanzaStage.BackedUp).Select(s => s.Name).ToList();
        configuration.Backup = new PostgresConfiguration.Types.BackupTarget { Stanza = taking[0], Also = { taking[1..] }, RepositoryAddress = address, RepositoryId = id, Waits = row.IsSpare };
    }
}
