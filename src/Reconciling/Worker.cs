using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>
/// Takes due work and runs its reconciler. Any number of workers in any number of processes share the work. A notification
/// is only a hint; the sweep of due rows is the truth.
/// </summary>
internal sealed partial class Worker : BackgroundService
{
    private readonly NpgsqlDataSource _store;
    private readonly LeaseTable _table;
    private readonly LeaseHolder _holder;
    private readonly ReconcilingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Worker> _log;
    private readonly Dictionary<string, IReconciler> _reconcilers;
    private readonly string _machine = Environment.MachineName + "/";
    private readonly string _owner;
    private readonly SemaphoreSlim _wake = new(0, 1);

    public Worker(
        NpgsqlDataSource store, LeaseTable table, LeaseHolder holder, ReconcilingOptions options, TimeProvider time, ILogger<Worker> log,
        IEnumerable<IReconciler> reconcilers)
    {
        (_store, _table, _holder, _options, _time, _log) = (store, table, holder, options, time, log);
        _owner = _machine + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        _reconcilers = reconcilers.ToDictionary(r => r.Kind, StringComparer.Ordinal);
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await TakeOverAsync(stoppingToken);
        var listening = ListenAsync(stoppingToken);
        var running = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            running.RemoveAll(task => task.IsCompleted);
            var more = false;
            try
            {
                await AlertAsync(stoppingToken);
                more = await TakeAsync(running, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (NpgsqlException e)
            {
                StoreAway(e);
            }

            if (!more)
            {
                await WaitAsync(stoppingToken);
            }
        }

        await Task.WhenAll([listening, .. running]);
    }

    /// <summary>
    /// What workers on this machine held when they were killed is due at once: a crash costs a restart, not the rest of a lease.
    /// </summary>
    private async Task TakeOverAsync(CancellationToken stopping)
    {
        try
        {
            var dead = (await _table.OwnersAsync(_machine, stopping)).Where(owner => !Directory.Exists("/proc/" + owner[_machine.Length..])).ToList();
            if (dead.Count > 0)
            {
                await _table.ExpireAsync(dead, stopping);
            }
        }
        catch (NpgsqlException e)
        {
            // They run out by themselves.
            StoreAway(e);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    /// <summary>Starts what is due, as far as there is room; true if there may be more to take at once.</summary>
    private async Task<bool> TakeAsync(List<Task> running, CancellationToken stopping)
    {
        var room = _options.Concurrency - running.Count;
        if (room == 0)
        {
            return false;
        }

        var taken = await _table.TakeAsync([.. _reconcilers.Keys], room, _owner, stopping);
        running.AddRange(taken.Select(lease => RunAsync(lease, stopping)));
        return taken.Count == room && running.Count < _options.Concurrency;
    }

    private async Task RunAsync(TakenLease taken, CancellationToken stopping)
    {
        // Its own turn of the thread pool: taking goes on meanwhile.
        await Task.Yield();
        try
        {
            await _holder.RunAsync(_reconcilers[taken.Kind], taken, stopping);
        }
        catch (NpgsqlException e)
        {
            StoreAway(e);
        }
        finally
        {
            Wake();
        }
    }

    private async Task AlertAsync(CancellationToken stopping)
    {
        foreach (var key in await _table.AlertAsync(stopping))
        {
            DeadlineMissed(key.Kind, key.Id);
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        try
        {
            await _wake.WaitAsync(_options.SweepInterval, stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Woken already.
        }
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _store.OpenConnectionAsync(stopping);
                connection.Notification += (_, _) => Wake();
                await using (var listen = new NpgsqlCommand("listen reconciling", connection))
                {
                    await listen.ExecuteNonQueryAsync(stopping);
                }

                while (true)
                {
                    await connection.WaitAsync(stopping);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NpgsqlException e)
            {
                StoreAway(e);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "The store does not answer; looking again in a moment.")]
    private partial void StoreAway(Exception exception);

    [LoggerMessage(11, LogLevel.Error, "{Kind} {Id} missed its deadline: a person should look.")]
    private partial void DeadlineMissed(string kind, Guid id);
}
