using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Backup;

/// <summary>
/// What a repository asks of a backup tool; today pgBackRest. Each call runs the tool once and throws <see cref="InvalidOperationException"/> with
/// the tool's own words when it fails. Not for concurrent use on one stanza.
/// </summary>
internal interface IBackupTool
{
    /// <summary>Ensures that the stanza is set up and that WAL of its database arrives: a segment is switched and waited for.</summary>
    Task EnsureStanzaAsync(string stanza, CancellationToken cancellationToken);

    /// <summary>Makes a backup; returns when it is complete and its WAL is archived.</summary>
    Task BackupAsync(string stanza, RepositoryConfiguration.Types.Request request, CancellationToken cancellationToken);

    /// <summary>Removes what is older than the newest <paramref name="fulls"/> full backups, and WAL that no backup needs.</summary>
    Task ExpireAsync(string stanza, int fulls, CancellationToken cancellationToken);

    /// <summary>What there is of the stanza; null if it is not set up.</summary>
    Task<StanzaFacts?> FindAsync(string stanza, CancellationToken cancellationToken);

    /// <summary>Restores the newest backup below <see cref="BackupPaths.DrillData"/>, ready to recover to the end of the archive.</summary>
    Task RestoreForDrillAsync(string stanza, CancellationToken cancellationToken);
}
