using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests;

public sealed class NodeStateTests : IDisposable
{
    private readonly NodeState _state = new();

    [Fact]
    public void At_first_it_waits_for_a_configuration()
    {
        Assert.Equal(0, _state.AppliedVersion);
        Assert.NotEmpty(_state.Pending);
        Assert.Null(_state.Desired);
    }

    [Fact]
    public async Task News_wake_the_loop_that_waits_for_them()
    {
        _state.Want(new DesiredConfiguration { Version = 3 });
        Assert.True(await SignalledAsync(_state.DesiredChanged));
        Assert.False(await SignalledAsync(_state.FactsChanged));

        _state.Applied(3);
        Assert.True(await SignalledAsync(_state.FactsChanged));
        Assert.Equal((3, ""), (_state.AppliedVersion, _state.Pending));

        _state.Applied(3);
        Assert.False(await SignalledAsync(_state.FactsChanged));
    }

    [Fact]
    public async Task The_same_reason_is_told_once_and_success_clears_it()
    {
        _state.NotApplied("etcd does not start");
        Assert.True(await SignalledAsync(_state.FactsChanged));
        _state.NotApplied("etcd does not start");
        Assert.False(await SignalledAsync(_state.FactsChanged));
        Assert.Equal("etcd does not start", _state.Pending);

        _state.Applied(1);
        Assert.True(await SignalledAsync(_state.FactsChanged));
        Assert.Empty(_state.Pending);
    }

    [Fact]
    public async Task Any_number_of_changes_before_the_wait_count_once()
    {
        using var change = new Change();
        await Parallel.ForAsync(0, 100, (_, _) =>
        {
            change.Notify();
            return ValueTask.CompletedTask;
        });
        Assert.True(await SignalledAsync(change));
        Assert.False(await SignalledAsync(change));
    }

    [Fact]
    public async Task A_change_ends_a_wait_that_has_begun()
    {
        using var change = new Change();
        var waiting = change.WaitAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        change.Notify();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _state.Dispose();

    // A semaphore's wait says whether it was signalled; one of no length leaves no waiter behind.
    private static Task<bool> SignalledAsync(Change change) => (Task<bool>)change.WaitAsync(TimeSpan.Zero, CancellationToken.None);
}
