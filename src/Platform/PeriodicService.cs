using Microsoft.Extensions.Hosting;

namespace Beffroi.Platform;

/// <summary>Work that is done at start and again at each interval, for as long as the host runs. A round that fails is told of and does not keep the next from being tried.</summary>
/// <param name="interval">From one round's beginning to the next; a round that takes longer is followed at once.</param>
/// <param name="time">The clock.</param>
internal abstract class PeriodicService(TimeSpan interval, TimeProvider time) : BackgroundService
{
    /// <summary>One round.</summary>
    protected abstract Task RoundAsync(CancellationToken cancellationToken);

    /// <summary>Tells of a round that failed.</summary>
    protected abstract void Failed(Exception e);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Failed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
