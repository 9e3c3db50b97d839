using System.Diagnostics.Metrics;
using Beffroi.Testing;

namespace Beffroi.Reconciling.Tests;

/// <summary>The worker in its host, end to end.</summary>
public sealed class WorkerTests(PostgresServer server) : IAsyncLifetime
{
    private readonly WorkKey _key = new("test", Guid.CreateVersion7());
    private TestStore _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _store = await TestStore.CreateAsync(server);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_hint_is_enough_and_comes_back_after_its_connection_was_lost()
    {
        var reconciler = new FunctionReconciler((_, _) => Task.FromResult(Requeue.Settled));
        await using var worker = await WorkerHost.StartAsync(_store, reconciler, o => o with { SweepInterval = TimeSpan.FromHours(1) });
        await UntilListeningAsync();
        await _store.SignalAsync(_key);
        await Waiting.UntilAsync(() => reconciler.Runs == 1, "the hint starts a run");

        await _store.ExecuteAsync("select pg_terminate_backend(pid, 20000) from pg_stat_activity where datname = current_database() and query = 'listen reconciling'");
        await UntilListeningAsync();
        await _store.SignalAsync(_key);
        await Waiting.UntilAsync(() => reconciler.Runs == 2, "the hint on the new connection starts a run");
    }

    [Fact]
    public async Task The_sweep_finds_what_no_hint_told()
    {
        var reconciler = new FunctionReconciler((_, _) => Task.FromResult(Requeue.Settled));
        await using var worker = await WorkerHost.StartAsync(_store, reconciler);
        await UntilListeningAsync();
        await _store.ExecuteAsync("insert into reconciling.signals (kind, id) values (@Kind, @Id)", new { _key.Kind, _key.Id });
        await Waiting.UntilAsync(() => reconciler.Runs == 1, "the sweep starts a run");
    }

    [Fact]
    public async Task A_signal_during_a_run_ends_its_wait_and_makes_another_run()
    {
        var (running, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource<bool>());
        var reconciler = new FunctionReconciler(async (lease, cancellation) =>
        {
            if (running.TrySetResult())
            {
                await Task.Delay(Timeout.Infinite, lease.Superseded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancelled.SetResult(cancellation.IsCancellationRequested);
            }

            return Requeue.Settled;
        });
        var time = new ManualTime();
        await using var worker = await WorkerHost.StartAsync(_store, reconciler, o => o with { LeaseDuration = TimeSpan.FromHours(3) }, time);
        await _store.SignalAsync(_key);
        await running.Task.WaitAsync(Waiting.Limit, Cancel);
        await _store.SignalAsync(_key);
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(await cancelled.Task.WaitAsync(Waiting.Limit, Cancel));
        await Waiting.UntilAsync(() => reconciler.Runs == 2, "the signal makes a second run");
        await Waiting.UntilAsync(() => FreeAsync(), "the second run is released");
        Assert.Equal(2, reconciler.Runs);
    }

    [Fact]
    public async Task What_fails_is_tried_again_and_its_failures_are_counted()
    {
        var failures = new List<int>();
        var reconciler = new FunctionReconciler((lease, _) =>
        {
            failures.Add(lease.FailedAttempts);
            return failures.Count < 3 ? throw new InvalidOperationException("As the test wants.") : Task.FromResult(Requeue.Settled);
        });
        await using var worker = await WorkerHost.StartAsync(_store, reconciler, time: new ManualTime());
        await _store.SignalAsync(_key);
        await Waiting.UntilAsync(async () => reconciler.Runs == 3 && await FreeAsync(), "the third attempt holds");
        Assert.Equal([0, 1, 2], failures);
        Assert.Equal(0, await _store.ScalarAsync<int>("select failed_attempts from reconciling.work"));
    }

    [Fact]
    public async Task Settled_is_checked_again_after_its_interval_and_finished_is_removed()
    {
        FunctionReconciler reconciler = null!;
        reconciler = new FunctionReconciler((_, _) => Task.FromResult(reconciler.Runs < 3 ? Requeue.Settled : Requeue.Finished));
        await using var worker = await WorkerHost.StartAsync(_store, reconciler, o => o with { SettledInterval = TimeSpan.FromHours(1) });
        var began = await _store.ScalarAsync<DateTime>("select clock_timestamp()");
        await _store.SignalAsync(_key);
        for (var run = 1; run < 3; run++)
        {
            await Waiting.UntilAsync(async () => reconciler.Runs == run && await FreeAsync(), "it is settled");
            Assert.True(await _store.ScalarAsync<bool>(
                "select due_at between @began + interval '48 min' and clock_timestamp() + interval '72 min' from reconciling.work", new { began }));
            await _store.ExecuteAsync("update reconciling.work set due_at = clock_timestamp()");
        }

        await Waiting.UntilAsync(async () => await _store.ScalarAsync<long>("select count(*) from reconciling.work") == 0, "it is removed");
        Assert.Equal(3, reconciler.Runs);
    }

    [Fact]
    public async Task A_run_longer_than_its_lease_keeps_it_by_renewing()
    {
        var (running, enough) = (new TaskCompletionSource(), new TaskCompletionSource());
        var reconciler = new FunctionReconciler(async (lease, cancellation) =>
        {
            running.TrySetResult();
            await enough.Task.WaitAsync(cancellation);
            await lease.WriteAsync((_, _) => Task.CompletedTask, cancellation);
            return Requeue.Settled;
        });
        var time = new ManualTime();
        await using var one = await WorkerHost.StartAsync(_store, reconciler, o => o with { LeaseDuration = TimeSpan.FromHours(3) }, time);
        await using var two = await WorkerHost.StartAsync(_store, reconciler, o => o with { LeaseDuration = TimeSpan.FromHours(3) }, time);
        await _store.SignalAsync(_key);
        await running.Task.WaitAsync(Waiting.Limit, Cancel);

        // Two leases' time, by the database's clock and by the workers'.
        for (var hour = 0; hour < 6; hour++)
        {
            await _store.ExecuteAsync("update reconciling.work set leased_until = leased_until - interval '1 h'");
            time.Advance(TimeSpan.FromHours(1));
            await Waiting.UntilAsync(
                () => _store.ScalarAsync<bool>("select leased_until > clock_timestamp() + interval '2.5 h' from reconciling.work"), "it is renewed");
        }

        enough.SetResult();
        await Waiting.UntilAsync(FreeAsync, "the long run ends");
        Assert.Equal(1, reconciler.Runs);
    }

    [Fact]
    public async Task Who_loses_its_lease_is_told_to_stop()
    {
        var (running, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        var reconciler = new FunctionReconciler(async (_, cancellation) =>
        {
            if (running.TrySetResult())
            {
                await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stopped.SetResult();
                cancellation.ThrowIfCancellationRequested();
            }

            return Requeue.Settled;
        });
        var time = new ManualTime();
        await using var worker = await WorkerHost.StartAsync(_store, reconciler, o => o with { LeaseDuration = TimeSpan.FromHours(3) }, time);
        await _store.SignalAsync(_key);
        await running.Task.WaitAsync(Waiting.Limit, Cancel);
        await _store.ExpireAsync(_key);
        time.Advance(TimeSpan.FromHours(1));
        await stopped.Task.WaitAsync(Waiting.Limit, Cancel);
        await Waiting.UntilAsync(async () => reconciler.Runs == 2 && await FreeAsync(), "it is taken again");
        Assert.Equal(0, await _store.ScalarAsync<int>("select failed_attempts from reconciling.work"));
    }

    [Fact]
    public async Task A_worker_that_stops_gives_its_leases_up_at_once()
    {
        var endless = new FunctionReconciler(async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return Requeue.Settled;
        });
        await using (await WorkerHost.StartAsync(_store, endless, o => o with { LeaseDuration = TimeSpan.FromHours(1) }, new ManualTime()))
        {
            await _store.SignalAsync(_key);
            await Waiting.UntilAsync(() => endless.Runs == 1, "it runs");
        }

        var next = new FunctionReconciler((lease, _) => Task.FromResult(lease.FailedAttempts == 0 ? Requeue.Finished : Requeue.Settled));
        await using var restarted = await WorkerHost.StartAsync(_store, next);
        await Waiting.UntilAsync(async () => await _store.ScalarAsync<long>("select count(*) from reconciling.work") == 0, "the next worker goes on, with no failure counted");
    }

    [Fact]
    public async Task No_more_runs_at_a_time_than_allowed_and_each_is_measured()
    {
        var (now, most) = (0, 0);
        var three = new TaskCompletionSource();
        var reconciler = new FunctionReconciler(async (_, cancellation) =>
        {
            var current = Interlocked.Increment(ref now);
            for (var seen = Volatile.Read(ref most); current > seen; seen = Volatile.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, current, seen);
            }

            // However slowly the signals come, three are at it together; a fourth would have time to join them.
            if (current == 3)
            {
                three.TrySetResult();
            }

            await three.Task.WaitAsync(cancellation);
            await Task.Delay(30, cancellation);
            Interlocked.Decrement(ref now);
            return Requeue.Finished;
        });
        var measured = 0;
        using var listener = new MeterListener { InstrumentPublished = (i, l) => l.EnableMeasurementEvents(i, this) };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
        {
            if (instrument.Name == "beffroi.reconciling.duration" && tags.Contains(new("outcome", "finished")) && tags.Contains(new("kind", "test")))
            {
                Interlocked.Increment(ref measured);
            }
        });
        listener.Start();
        await using var worker = await WorkerHost.StartAsync(_store, reconciler, o => o with { Concurrency = 3 });
        for (var i = 0; i < 20; i++)
        {
            await _store.SignalAsync(new WorkKey("test", Guid.CreateVersion7()));
        }

        await Waiting.UntilAsync(() => reconciler.Runs == 20 && Volatile.Read(ref measured) >= 20, "all ran and were measured");
        Assert.Equal(3, most);
    }

    private Task UntilListeningAsync() => Waiting.UntilAsync(
        () => _store.ScalarAsync<bool>(
            "select exists (select 1 from pg_stat_activity where application_name = 'worker' and datname = current_database() and state = 'idle' and query = 'listen reconciling')"),
        "the worker listens");

    private Task<bool> FreeAsync() =>
        _store.ScalarAsync<bool>("select exists (select 1 from reconciling.work where leased_until is null)");
}
