using Beffroi.Infrastructure;

namespace Beffroi.Hosts.Host;

/// <summary>Locks finished backups and WAL every few seconds: what an attacker could still remove is what was finished since.</summary>
internal sealed partial class BackupLockKeeper(IncusInfrastructure infrastructure, TimeProvider time, ILogger<BackupLockKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await infrastructure.SweepBackupLocksAsync(stoppingToken);
            }
            catch (Exception e) when (e is InfrastructureException or IOException or UnauthorizedAccessException)
            {
                LogFailed(e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Finished backups are not locked: {Reason}")]
    private partial void LogFailed(string reason);
}
