using Beffroi.Agent.Files;

namespace Beffroi.Agent.Backup;

/// <summary>pgBackRest's server on this instance.</summary>
internal static class BackupServer
{
    /// <summary>Ensures that it runs with its configuration as it is now.</summary>
    internal static async Task EnsureAsync(bool changed, CancellationToken cancellationToken)
    {
        // One that has just begun has read it, and would end by the signal.
        var reload = changed && await SystemUnit.IsActiveAsync(BackupPaths.Unit, cancellationToken);
        await SystemUnit.StartAsync(BackupPaths.Unit, cancellationToken);
        if (reload)
        {
            await SystemUnit.ReloadAsync(BackupPaths.Unit, cancellationToken);
        }
    }
}
