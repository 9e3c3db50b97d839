using Beffroi.Testing;
using CsCheck;
using Dapper;

namespace Beffroi.Reconciling.Tests;

/// <summary>
/// Random interleavings of everything that happens to work, against a small model of what leases promise. Whoever was ever a holder may act
/// at any time, as a paused worker does.
/// </summary>
public sealed class ModelTests(PostgresServer server)
{
    private const int Items = 2;

    private enum Verb
    {
        Signal,
        SignalUndone,
        Take,
        Expire,
        Renew,
        Write,
        ReleaseNow,
        ReleaseLater,
        Fail,
        Remove,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leases_do_as_the_model_says()
    {
        await using var store = await TestStore.CreateAsync(server);
        await store.ExecuteAsync("create table written (kind text not null, id uuid not null, epoch bigint not null)");
        var act = Gen.Select(Gen.Enum<Verb>(), Gen.Int[0, Items - 1], Gen.Int[0, 3], (verb, item, holder) => new Act(verb, item, holder));
        await act.Array[0, 40].SampleAsync(acts => RunAsync(store, acts), iter: 150, threads: 2);
    }

    private static async Task RunAsync(TestStore store, Act[] acts)
    {
        // Every run has a kind of its own, and so sees none of the others'.
        var kind = Guid.NewGuid().ToString();
        var table = store.Table();
        var items = Enumerable.Range(0, Items).Select(_ => new Item(new WorkKey(kind, Guid.NewGuid()))).ToArray();
        foreach (var act in acts)
        {
            await ActAsync(store, table, items, items[act.Item], act);
        }

        // Never lost: whatever was signalled and not taken since is taken now, once its holder is gone.
        foreach (var item in items)
        {
            await store.ExpireAsync(item.Key);
            item.Leased = false;
        }

        await TakeAsync(table, kind, items);
        foreach (var item in items)
        {
            Assert.False(item.Signaled);
            var written = await store.ScalarAsync<long[]>(
                "select coalesce(array_agg(epoch order by epoch), '{}') from written where kind = @Kind and id = @Id", new { item.Key.Kind, item.Key.Id });
            Assert.Equal(item.Written, written);
        }
    }

    private static async Task ActAsync(TestStore store, LeaseTable table, Item[] items, Item item, Act act)
    {
        switch (act.Verb)
        {
            case Verb.Signal:
                await store.SignalAsync(item.Key);
                item.Signaled = true;
                return;
            case Verb.SignalUndone:
                await using (var connection = await store.Source.OpenConnectionAsync(Cancel))
                {
                    await using var undone = await connection.BeginTransactionAsync(Cancel);
                    await store.Signals.SignalAsync(connection, item.Key, cancellationToken: Cancel);
                }

                return;
            case Verb.Take:
                await TakeAsync(table, item.Key.Kind, items);
                return;
            case Verb.Expire:
                await store.ExpireAsync(item.Key);
                item.Leased = false;
                return;
        }

        // The rest is done by one who holds the lease, or once did: 0 is the latest.
        if (act.Holder >= item.Holders.Count)
        {
            return;
        }

        var holder = item.Holders[^(act.Holder + 1)];
        var isLatest = act.Holder == 0 && item.Exists;
        switch (act.Verb)
        {
            case Verb.Renew:
                Assert.Equal(isLatest && item.Leased ? item.Signaled : null, await table.RenewAsync(item.Key, holder.Epoch, Cancel));
                return;
            case Verb.Write:
                var held = isLatest && item.Leased;
                var refused = await Record.ExceptionAsync(() => table.WriteAsync(
                    item.Key, holder.Epoch,
                    (c, _) => c.ExecuteAsync("insert into written values (@Kind, @Id, @Epoch)", new { item.Key.Kind, item.Key.Id, holder.Epoch }), Cancel));
                Assert.Equal(held, refused is null);
                Assert.True(held || refused is LeaseLostException);
                if (held)
                {
                    item.Written.Add(holder.Epoch);
                }

                return;
            case Verb.Remove:
                await table.RemoveAsync(item.Key, holder.Epoch, Cancel);
                if (isLatest && !item.Released)
                {
                    (item.Exists, item.Leased, item.Due, item.Failed) = (false, false, false, 0);
                }

                return;
            default:
                var (delay, failed) = act.Verb switch
                {
                    Verb.ReleaseNow => (TimeSpan.Zero, 0),
                    Verb.ReleaseLater => (TimeSpan.FromHours(1), 0),
                    _ => (TimeSpan.FromHours(1), holder.FailedAttempts + 1),
                };
                await table.ReleaseAsync(item.Key, holder.Epoch, delay, failed, settled: false, Cancel);
                if (isLatest && !item.Released)
                {
                    (item.Leased, item.Released, item.Due, item.Failed) = (false, true, delay == TimeSpan.Zero, failed);
                }

                return;
        }
    }

    private static async Task TakeAsync(LeaseTable table, string kind, Item[] items)
    {
        var expected = items.Where(i => i.Signaled ? !i.Leased : i is { Exists: true, Leased: false, Due: true }).ToList();
        var taken = await table.TakeAsync([kind], 10, "model", Cancel);
        Assert.Equal(expected.Select(i => i.Key).ToHashSet(), taken.Select(t => t.Key).ToHashSet());
        foreach (var item in expected)
        {
            var lease = taken.Single(t => t.Key == item.Key);
            Assert.True(item.Holders.Count == 0 || lease.Epoch > item.Holders[^1].Epoch);
            Assert.Equal(item.Signaled ? 0 : item.Failed, lease.FailedAttempts);
            item.Holders.Add(lease);
            (item.Exists, item.Leased, item.Released, item.Signaled, item.Due, item.Failed) = (true, true, false, false, true, lease.FailedAttempts);
        }
    }

    private sealed record Act(Verb Verb, int Item, int Holder);

    private sealed class Item(WorkKey key)
    {
        public WorkKey Key { get; } = key;

        public bool Exists { get; set; }

        public bool Signaled { get; set; }

        public bool Leased { get; set; }

        /// <summary>The latest holder has given the lease back.</summary>
        public bool Released { get; set; }

        public bool Due { get; set; }

        public int Failed { get; set; }

        public List<TakenLease> Holders { get; } = [];

        public List<long> Written { get; } = [];
    }
}
