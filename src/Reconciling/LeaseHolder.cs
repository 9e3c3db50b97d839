using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>Runs one reconciler under one lease: renews it meanwhile, stops the reconciler when it is lost, and releases it at the end.</summary>
internal sealed partial class LeaseHolder(
    LeaseTable table, ReconcilingOptions options, TimeProvider time, ReconcilingMetrics metrics, ILogger<LeaseHolder> log)
{
    internal async Task RunAsync(IReconciler reconciler, TakenLease taken, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        metrics.Took(taken.Kind);

        // By this process's clock, and only to stop early what could write no more: whether the lease holds is the database's to say.
        using var lost = new CancellationTokenSource(options.LeaseDuration, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping, lost.Token);
        using var superseded = new CancellationTokenSource();
        using var finished = new CancellationTokenSource();
        var renewing = RenewAsync(taken, lost, superseded, finished.Token);
        var outcome = ReconcilingMetrics.Failed;
        try
        {
            var requeue = await reconciler.ReconcileAsync(new Lease(table, taken, superseded.Token), stop.Token);
            outcome = await ReleaseAsync(taken, requeue);
        }
#pragma warning disable CA1031 // Whatever a reconciler throws means the same: again later.
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // Given up at once, so that another worker, or this one after its restart, goes on without waiting.
            outcome = ReconcilingMetrics.GivenUp;
            await TryReleaseAsync(taken, TimeSpan.Zero, taken.FailedAttempts);
        }
        catch (Exception e) when (e is LeaseLostException || lost.IsCancellationRequested)
        {
            outcome = ReconcilingMetrics.Lost;
            Lost(taken.Kind, taken.Id, taken.Epoch);
        }
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
            metrics.Ended(taken.Kind, outcome, time.GetElapsedTime(began));
        }
    }

    private async Task<string> ReleaseAsync(TakenLease taken, Requeue requeue)
    {
        // Not cancelled by a stop: the work is done, and saying so takes a moment.
        switch (requeue)
        {
            case Requeue.FinishedCase:
                await table.RemoveAsync(taken.Key, taken.Epoch, CancellationToken.None);
                return ReconcilingMetrics.Finished;
            case Requeue.AfterCase after:
                await table.ReleaseAsync(taken.Key, taken.Epoch, after.Delay, failedAttempts: 0, settled: false, CancellationToken.None);
                return ReconcilingMetrics.Waiting;
            default:
                var delay = options.SettledInterval * (0.8 + (Random.Shared.NextDouble() * 0.4));
                await table.ReleaseAsync(taken.Key, taken.Epoch, delay, failedAttempts: 0, settled: true, CancellationToken.None);
                return ReconcilingMetrics.Settled;
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

    private async Task RenewAsync(TakenLease taken, CancellationTokenSource lost, CancellationTokenSource superseded, CancellationToken finished)
    {
        try
        {
            using var timer = new PeriodicTimer(options.LeaseDuration / 3, time);
            while (await timer.WaitForNextTickAsync(finished))
            {
                var began = time.GetTimestamp();
                try
                {
                    if (await table.RenewAsync(taken.Key, taken.Epoch, finished) is not { } signaled)
                    {
                        await lost.CancelAsync();
                        return;
                    }

                    var left = options.LeaseDuration - time.GetElapsedTime(began);
                    lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                    if (signaled)
                    {
                        await superseded.CancelAsync();
                    }
                }
                catch (NpgsqlException)
                {
                    // The store may be back before the lease has run out.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The work is done.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The lease of {Kind} {Id} at epoch {Epoch} was lost; another worker goes on.")]
    private partial void Lost(string kind, Guid id, long epoch);

    [LoggerMessage(2, LogLevel.Warning, "Reconciling {Kind} {Id} failed ({Attempt} in a row); it is tried again.")]
    private partial void Failed(string kind, Guid id, int attempt, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "The lease of {Kind} {Id} could not be given back; it runs out by itself.")]
    private partial void NotReleased(string kind, Guid id, Exception exception);
}
