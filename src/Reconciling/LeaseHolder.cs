using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>Runs one reconciler under one lease: renews it meanwhile, stops the reconciler when it is lost, and releases it at the end.</summary>
internal sealed partial class LeaseHolder(LeaseTable table, ReconcilingOptions options, TimeProvider time, ILogger<LeaseHolder> log)
{
    internal async Task RunAsync(IReconciler reconciler, TakenLease taken, CancellationToken stopping)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var finished = new CancellationTokenSource();
        var renewing = RenewAsync(taken, lost, finished.Token);
        try
        {
            var requeue = await reconciler.ReconcileAsync(new Lease(table, taken), lost.Token);
            await ReleaseAsync(taken, requeue);
        }
        catch (LeaseLostException)
        {
            Lost(taken.Kind, taken.Id, taken.Epoch);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Given up at once, so that another worker, or this one after its restart, goes on without waiting.
            await TryReleaseAsync(taken, TimeSpan.Zero, taken.FailedAttempts);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            Lost(taken.Kind, taken.Id, taken.Epoch);
        }
#pragma warning disable CA1031 // Whatever a reconciler throws means the same: again later.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failed(taken.Kind, taken.Id, taken.FailedAttempts + 1, e);
            await TryReleaseAsync(taken, Backoff.Draw(taken.FailedAttempts, Random.Shared), taken.FailedAttempts + 1);
        }
        finally
        {
            await finished.CancelAsync();
            await renewing;
        }
    }

    private async Task ReleaseAsync(TakenLease taken, Requeue requeue)
    {
        // Not cancelled by a stop: the work is done, and saying so takes a moment.
        switch (requeue)
        {
            case Requeue.FinishedCase:
                await table.RemoveAsync(taken.Key, taken.Epoch, CancellationToken.None);
                break;
            case Requeue.AfterCase after:
                await table.ReleaseAsync(taken.Key, taken.Epoch, after.Delay, failedAttempts: 0, settled: false, CancellationToken.None);
                break;
            default:
                var delay = options.SettledInterval * (0.8 + (Random.Shared.NextDouble() * 0.4));
                await table.ReleaseAsync(taken.Key, taken.Epoch, delay, failedAttempts: 0, settled: true, CancellationToken.None);
                break;
        }
    }

    private async Task TryReleaseAsync(TakenLease taken, TimeSpan delay, int failedAttempts)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
            await table.ReleaseAsync(taken.Key, taken.Epoch, delay, failedAttempts, settled: false, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            // The lease runs out by itself.
            NotReleased(taken.Kind, taken.Id, e);
        }
    }

    private async Task RenewAsync(TakenLease taken, CancellationTokenSource lost, CancellationToken finished)
    {
        var renewed = time.GetTimestamp();
        try
        {
            using var timer = new PeriodicTimer(options.LeaseDuration / 3, time);
            while (await timer.WaitForNextTickAsync(finished))
            {
                var began = time.GetTimestamp();
                try
                {
                    if (!await table.RenewAsync(taken.Key, taken.Epoch, finished))
                    {
                        await lost.CancelAsync();
                        return;
                    }

                    renewed = began;
                }
                catch (NpgsqlException) when (time.GetElapsedTime(renewed) < options.LeaseDuration)
                {
                    // The store may be back before the lease has run out.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The work is done.
        }
        catch (NpgsqlException)
        {
            await lost.CancelAsync();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The lease of {Kind} {Id} at epoch {Epoch} was lost; another worker goes on.")]
    private partial void Lost(string kind, Guid id, long epoch);

    [LoggerMessage(2, LogLevel.Warning, "Reconciling {Kind} {Id} failed ({Attempt} in a row); it is tried again.")]
    private partial void Failed(string kind, Guid id, int attempt, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "The lease of {Kind} {Id} could not be given back; it runs out by itself.")]
    private partial void NotReleased(string kind, Guid id, Exception exception);
}
