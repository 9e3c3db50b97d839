using Beffroi.Testing;

namespace Beffroi.Reconciling.Tests;

public sealed class DeadlineTests(PostgresServer server)
{
    private static readonly string[] Kinds = ["test"];
    private readonly WorkKey _key = new("test", Guid.CreateVersion7());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Missed_is_told_once_and_settled_forgets_it()
    {
        await using var store = await TestStore.CreateAsync(server);
        var table = store.Table();
        await store.SignalAsync(_key, TimeSpan.FromMilliseconds(1));
        var lease = (await table.TakeAsync(Kinds, 1, "test", Cancel)).Single();
        await Task.Delay(5, Cancel);
        Assert.Equal([_key], await table.AlertAsync(Cancel));
        Assert.Empty(await table.AlertAsync(Cancel));

        // A later signal without a deadline leaves it told.
        await store.SignalAsync(_key);
        await table.ReleaseAsync(_key, lease.Epoch, TimeSpan.Zero, 0, settled: false, Cancel);
        lease = (await table.TakeAsync(Kinds, 1, "test", Cancel)).Single();
        Assert.Empty(await table.AlertAsync(Cancel));

        await table.ReleaseAsync(_key, lease.Epoch, TimeSpan.Zero, 0, settled: true, Cancel);
        Assert.Empty(await table.AlertAsync(Cancel));
        await store.SignalAsync(_key, TimeSpan.FromMilliseconds(1));
        await table.TakeAsync(Kinds, 1, "test", Cancel);
        await Task.Delay(5, Cancel);
        Assert.Equal([_key], await table.AlertAsync(Cancel));
    }

    [Fact]
    public async Task Counts_from_the_signal_even_while_a_hanging_run_holds_the_lease()
    {
        await using var store = await TestStore.CreateAsync(server);
        var table = store.Table();
        await store.SignalAsync(_key);
        var hanging = (await table.TakeAsync(Kinds, 1, "test", Cancel)).Single();
        await store.SignalAsync(_key, TimeSpan.FromMilliseconds(1));
        await Task.Delay(5, Cancel);
        Assert.Equal([_key], await table.AlertAsync(Cancel));

        // Taking what was told of does not tell it again.
        await table.ReleaseAsync(_key, hanging.Epoch, TimeSpan.Zero, 0, settled: false, Cancel);
        await table.TakeAsync(Kinds, 1, "test", Cancel);
        Assert.Empty(await table.AlertAsync(Cancel));
    }

    [Fact]
    public async Task Telling_waits_for_no_writer()
    {
        await using var store = await TestStore.CreateAsync(server);
        var table = store.Table();
        await store.SignalAsync(_key, TimeSpan.Zero);
        var lease = (await table.TakeAsync(Kinds, 1, "test", Cancel)).Single();
        await table.WriteAsync(_key, lease.Epoch, async (_, _) => Assert.Empty(await table.AlertAsync(Cancel).WaitAsync(Waiting.Limit, Cancel)), Cancel);
        Assert.Equal([_key], await table.AlertAsync(Cancel));
    }
}
