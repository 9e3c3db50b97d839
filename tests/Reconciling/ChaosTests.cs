using System.Diagnostics;
using System.Globalization;
using Beffroi.Testing;

namespace Beffroi.Reconciling.Tests;

/// <summary>
/// Three worker processes share the work while they are killed and paused for longer than their leases. Their reconciler decides outside the
/// fence and never stops by itself (see StepsReconciler): the store must end up as if one careful worker had done it all.
/// </summary>
public sealed class ChaosTests(PostgresServer server)
{
    private const int Items = 240;
    private const int Steps = 6;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_and_paused_workers_do_every_step_once()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.ExecuteAsync("""
            create table items (id uuid primary key, done int not null default 0);
            create table effects (sequence bigint generated always as identity, item uuid not null, step int not null, epoch bigint not null);
            create table refusals (item uuid not null, step int not null, epoch bigint not null);
            """);
        var random = new Random(20261123);
        var ids = Enumerable.Range(0, Items).Select(_ =>
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            return new Guid(bytes);
        }).ToArray();
        await store.ExecuteAsync("insert into items (id) select unnest(@ids)", new { ids });
        await store.ExecuteAsync("insert into reconciling.signals (kind, id) select 'steps', unnest(@ids)", new { ids });

        var workers = Enumerable.Range(0, 3).Select(_ => Start(store)).ToArray();
        var (kills, pauses) = (0, 0);
        try
        {
            for (var strike = 0; strike < 9; strike++)
            {
                await Task.Delay(random.Next(100, 400), Cancel);
                await store.SignalAsync(new WorkKey("steps", ids[random.Next(Items)]));
                var victim = random.Next(3);
                await UntilAtWorkAsync(store, workers[victim]);
                if (strike % 3 == 2)
                {
                    workers[victim].Kill();
                    workers[victim].Dispose();
                    workers[victim] = Start(store);
                    kills++;
                }
                else
                {
                    await SignalProcessAsync("-STOP", workers[victim]);
                    await Task.Delay(random.Next(1200, 1500), Cancel);
                    await SignalProcessAsync("-CONT", workers[victim]);
                    pauses++;
                }
            }

            var began = Stopwatch.GetTimestamp();
            while (!await DoneAsync(store) && Stopwatch.GetElapsedTime(began) < Waiting.Limit)
            {
                await Task.Delay(50, Cancel);
            }
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }

        await AssertAsync(store, 0, "select count(*) from (select item, step from effects group by item, step having count(*) > 1) twice");
        await AssertAsync(store, 0, """
            select count(*) from (
                select epoch < lag(epoch) over w as epoch_back, step <> lag(step, 1, 0) over w + 1 as out_of_order
                from effects window w as (partition by item order by sequence)) following
            where epoch_back or out_of_order
            """);
        await AssertAsync(store, 0, "select count(*) from effects e join refusals r using (item, step, epoch)");

        // Nothing was lost, no item and no signal.
        Assert.True(await DoneAsync(store), "Something was left undone long after the last disturbance.");
        await AssertAsync(store, Items * Steps, "select count(*) from effects where step between 1 and 6");

        // It was a trial: workers died and slept, and stale ones did try to write.
        var refusals = await store.ScalarAsync<long>("select count(*) from refusals");
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {pauses} pauses, {refusals} stale writes refused");
        Assert.True(kills > 0 && pauses > 0 && refusals > 0, $"{kills} kills, {pauses} pauses, {refusals} stale writes refused");
    }

    private static Task<bool> DoneAsync(TestStore store) => store.ScalarAsync<bool>("""
        select (select min(done) = @Steps from items) and not exists (select 1 from reconciling.signals)
        and not exists (select 1 from reconciling.work where leased_until is not null)
        """, new { Steps });

    private static async Task AssertAsync(TestStore store, long expected, string count) =>
        Assert.True(expected == await store.ScalarAsync<long>(count), $"Not {expected}: {count}");

    /// <summary>Until it holds leases, so that the strike is felt, or nothing is left to do.</summary>
    private static async Task UntilAtWorkAsync(TestStore store, Process worker)
    {
        var pid = worker.Id.ToString(CultureInfo.InvariantCulture);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Waiting.Limit && !await DoneAsync(store) && !await store.ScalarAsync<bool>(
            "select count(*) > 2 from reconciling.work where split_part(leased_by, '/', 2) = @pid and leased_until > clock_timestamp()", new { pid }))
        {
            await Task.Delay(20, Cancel);
        }
    }

    private static Process Start(TestStore store)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Beffroi.Reconciling.Worker");
        return Process.Start(new ProcessStartInfo(program, [store.ConnectionString]) { WorkingDirectory = "/" })!;
    }

    private static Task<string> SignalProcessAsync(string signal, Process process) =>
        Commands.RunAsync("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)], cancellationToken: Cancel);
}
