using Beffroi.Infrastructure;

namespace Beffroi.Hosts.Host;

/// <summary>
/// Locks finished backups and WAL every second: what an attacker could still remove is what was finished since. Where there is so much that looking takes
/// long, it is looked at less often, so that this takes a tenth of one processor at most.
/// </summary>
internal sealed partial class BackupLockKeeper(IncusInfrastructure infrastructure, TimeProvider time, ILogger<BackupLockKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Shortest;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var began = time.GetTimestamp();
            try
            {
                await infrastructure.SweepBackupLocksAsync(stoppingToken);
            }
            catch (Exception e) when (e is InfrastructureException or IOException or UnauthorizedAccessException)
            {
                LogFailed(e.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            pause = TimeSpan.FromTicks(Math.Max(Shortest.Ticks, 9 * time.GetElapsedTime(began).Ticks));
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Finished backups are not locked: {Reason}")]
    private partial void LogFailed(string reason);
}
