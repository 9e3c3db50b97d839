using Beffroi.Agent.Files;

namespace Beffroi.Agent.Backup;

/// <summary>pgBackRest's server on this instance.</summary>
internal static class BackupServer
{
    /// <summary>Ensures that it runs with its configuration as it is now.</summary>
    /// <param name="letsIn">Whether it lets anybody in: pgBackRest has no server that doesn't, and ends with an error.</param>
    /// <param name="changed">Whether its configuration is another than it was.</param>
    /// <param name="cancellationToken">Gives up waiting for systemd.</param>
    internal static async Task EnsureAsync(bool letsIn, bool changed, CancellationToken cancellationToken)
    {
        if (!letsIn)
        {
            await SystemUnit.StopAsync(BackupPaths.Unit, cancellationToken);
            return;
        }

        // One that has just begun has read it, and would end by the signal.
        var reload = changed && await SystemUnit.IsActiveAsync(BackupPaths.Unit, cancellationToken);
        await SystemUnit.StartAsync(BackupPaths.Unit, cancellationToken);
        if (reload)
        {
            await SystemUnit.ReloadAsync(BackupPaths.Unit, cancellationToken);
        }
    }
}
