using Beffroi.Testing;
using Dapper;
using Npgsql;

namespace Beffroi.Reconciling.Tests;

/// <summary>What a lease promises, statement by statement, on a real PostgreSQL.</summary>
public sealed class LeaseTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly string[] Kinds = ["test"];
    private readonly WorkKey _key = new("test", Guid.CreateVersion7());
    private TestStore _store = null!;
    private LeaseTable _table = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(server);
        _table = _store.Table();
        await _store.ExecuteAsync("create table written (epoch bigint not null)");
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task What_is_taken_is_not_taken_again_until_its_lease_runs_out()
    {
        await _store.SignalAsync(_key);
        var first = await TakeOneAsync();
        Assert.Equal(_key, first.Key);
        Assert.Null(await TakeAsync());

        await _store.ExpireAsync(_key);
        Assert.True((await TakeOneAsync()).Epoch > first.Epoch);
    }

    [Fact]
    public async Task Many_takers_at_once_never_take_the_same()
    {
        var keys = Enumerable.Range(0, 200).Select(_ => new WorkKey("test", Guid.CreateVersion7())).ToHashSet();
        foreach (var key in keys)
        {
            await _store.SignalAsync(key);
        }

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(taker => Task.Run(async () =>
        {
            var mine = new List<TakenLease>();
            while (await _table.TakeAsync(Kinds, 7, "taker", Cancel) is { Count: > 0 } some)
            {
                mine.AddRange(some);
            }

            return mine;
        })));
        Assert.Equal(keys, taken.SelectMany(t => t).Select(t => t.Key).ToHashSet());
        Assert.Equal(keys.Count, taken.Sum(t => t.Count));
        Assert.Equal(keys.Count, taken.SelectMany(t => t).Select(t => t.Epoch).Distinct().Count());
    }

    [Fact]
    public async Task Only_the_holder_writes()
    {
        await _store.SignalAsync(_key);
        var first = await TakeOneAsync();
        await WriteAsync(first);

        await _store.ExpireAsync(_key);
        await Assert.ThrowsAsync<LeaseLostException>(() => WriteAsync(first));

        var second = await TakeOneAsync();
        await Assert.ThrowsAsync<LeaseLostException>(() => WriteAsync(first));
        await WriteAsync(second);
        Assert.Equal([first.Epoch, second.Epoch], await WrittenAsync());
    }

    [Fact]
    public async Task A_write_that_throws_leaves_nothing()
    {
        await _store.SignalAsync(_key);
        var lease = await TakeOneAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _table.WriteAsync(_key, lease.Epoch, async (connection, _) =>
        {
            await connection.ExecuteAsync("insert into written values (1)");
            throw new InvalidOperationException();
        }, Cancel));
        Assert.Empty(await WrittenAsync());
        await WriteAsync(lease);
    }

    [Fact]
    public async Task Who_only_released_or_lost_it_can_neither_renew_nor_release_nor_remove()
    {
        await _store.SignalAsync(_key);
        var first = await TakeOneAsync();
        Assert.False(await _table.RenewAsync(_key, first.Epoch, Cancel));
        await _table.ReleaseAsync(_key, first.Epoch, TimeSpan.Zero, 0, settled: false, Cancel);
        Assert.Null(await _table.RenewAsync(_key, first.Epoch, Cancel));
        await Assert.ThrowsAsync<LeaseLostException>(() => WriteAsync(first));

        var second = await TakeOneAsync();
        await _table.ReleaseAsync(_key, first.Epoch, TimeSpan.Zero, 7, settled: false, Cancel);
        await _table.RemoveAsync(_key, first.Epoch, Cancel);
        Assert.False(await _table.RenewAsync(_key, second.Epoch, Cancel));
        await WriteAsync(second);
    }

    [Fact]
    public async Task An_epoch_is_not_used_again_when_the_work_is_removed_and_made_anew()
    {
        await _store.SignalAsync(_key);
        var stale = await TakeOneAsync();
        await _store.ExpireAsync(_key);
        await _table.RemoveAsync(_key, (await TakeOneAsync()).Epoch, Cancel);
        await _store.SignalAsync(_key);
        var anew = await TakeOneAsync();

        Assert.True(anew.Epoch > stale.Epoch + 1);
        await Assert.ThrowsAsync<LeaseLostException>(() => WriteAsync(stale));
    }

    [Fact]
    public async Task A_write_under_way_when_its_lease_runs_out_comes_before_the_next_taking()
    {
        // Long enough that on whatever machine the write begins in time, and the moments between its statements are no silence.
        var table = _store.Table(TimeSpan.FromSeconds(5));
        await using var gate = await _store.Source.OpenConnectionAsync(Cancel);
        await gate.ExecuteAsync("select pg_advisory_lock(1)");
        await _store.SignalAsync(_key);
        var lease = await TakeOneAsync(table);
        var writing = table.WriteAsync(_key, lease.Epoch, async (connection, _) =>
        {
            await connection.ExecuteAsync("insert into written values (@Epoch)", new { lease.Epoch });

            // Busy, not silent, until after the lease has run out.
            await connection.ExecuteAsync("select pg_advisory_xact_lock(1)");
        }, Cancel);
        await Waiting.UntilAsync(() => _store.ScalarAsync<bool>("select leased_until < clock_timestamp() from reconciling.work"), "the lease runs out");
        Assert.Null(await TakeAsync());
        await gate.ExecuteAsync("select pg_advisory_unlock(1)");
        await writing;
        Assert.Equal([lease.Epoch], await WrittenAsync());
        Assert.NotNull(await TakeAsync());
    }

    [Fact]
    public async Task A_writer_that_falls_silent_is_cut_off_and_the_work_taken_over()
    {
        // Only the silence is short: a lease as short might have run out before it is held.
        var table = _store.Table(TimeSpan.FromMilliseconds(300));
        await _store.SignalAsync(_key);
        var stuck = await TakeOneAsync();
        var (holds, takenOver) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writing = table.WriteAsync(_key, stuck.Epoch, async (connection, _) =>
        {
            holds.SetResult();
            await connection.ExecuteAsync("insert into written values (@Epoch)", new { stuck.Epoch });
            await takenOver.Task;
        }, Cancel);
        await holds.Task.WaitAsync(Waiting.Limit, Cancel);

        // Gets at the row once the writer is cut off.
        await _store.ExpireAsync(_key);
        Assert.NotNull(await TakeAsync());
        takenOver.SetResult();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => writing);
        Assert.Empty(await WrittenAsync());
    }

    [Fact]
    public async Task A_signal_shows_with_its_transaction_or_not_at_all()
    {
        await using var connection = await _store.Source.OpenConnectionAsync(Cancel);
        await using (var undone = await connection.BeginTransactionAsync(Cancel))
        {
            await _store.Signals.SignalAsync(connection, _key, cancellationToken: Cancel);
        }

        Assert.Null(await TakeAsync());
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await _store.Signals.SignalAsync(connection, _key, cancellationToken: Cancel);
        Assert.Null(await TakeAsync());
        await transaction.CommitAsync(Cancel);
        await TakeOneAsync();
    }

    [Fact]
    public async Task A_signal_needs_no_lock_that_a_holder_has()
    {
        await _store.SignalAsync(_key);
        var lease = await TakeOneAsync();
        await _table.WriteAsync(_key, lease.Epoch, (_, token) => _store.SignalAsync(_key).WaitAsync(Waiting.Limit, token), Cancel);
        Assert.True(await _table.RenewAsync(_key, lease.Epoch, Cancel));
        await _table.ReleaseAsync(_key, lease.Epoch, TimeSpan.FromHours(1), 0, settled: true, Cancel);
        await TakeOneAsync();
    }

    [Fact]
    public async Task Failures_are_counted_until_a_signal_comes()
    {
        await _store.SignalAsync(_key);
        await _table.ReleaseAsync(_key, (await TakeOneAsync()).Epoch, TimeSpan.Zero, 1, settled: false, Cancel);
        var again = await TakeOneAsync();
        Assert.Equal(1, again.FailedAttempts);
        await _table.ReleaseAsync(_key, again.Epoch, TimeSpan.FromHours(1), 2, settled: false, Cancel);
        Assert.Null(await TakeAsync());
        await _store.SignalAsync(_key);
        Assert.Equal(0, (await TakeOneAsync()).FailedAttempts);
    }

    private async Task<TakenLease?> TakeAsync(LeaseTable? table = null) =>
        (await (table ?? _table).TakeAsync(Kinds, 10, "test", Cancel)).SingleOrDefault();

    private async Task<TakenLease> TakeOneAsync(LeaseTable? table = null)
    {
        var taken = await TakeAsync(table);
        Assert.NotNull(taken);
        return taken;
    }

    private Task WriteAsync(TakenLease lease) => _table.WriteAsync(
        lease.Key, lease.Epoch, (connection, _) => connection.ExecuteAsync("insert into written values (@Epoch)", new { lease.Epoch }), Cancel);

    private async Task<IEnumerable<long>> WrittenAsync()
    {
        await using var connection = await _store.Source.OpenConnectionAsync(Cancel);
        return await connection.QueryAsync<long>("select epoch from written order by epoch");
    }
}
