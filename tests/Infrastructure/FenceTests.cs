namespace Beffroi.Infrastructure.Tests;

public sealed class FenceTests(HostProcess host)
{
    [Fact]
    public async Task A_worker_that_lost_its_lease_changes_nothing_even_after_a_restart_of_the_host()
    {
        await using var resource = new Resource(host, 3);
        resource.Epoch = 5;
        await resource.VolumeAsync();
        await resource.VolumeAsync();

        resource.Epoch = 4;
        var stale = await Assert.ThrowsAsync<StaleFenceException>(() => resource.VolumeAsync());
        Assert.Contains("epoch 5", stale.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StaleFenceException>(resource.LockAsync);

        await host.KillAsync();
        await host.StartAsync();
        await Assert.ThrowsAsync<StaleFenceException>(resource.LockAsync);
        await Assert.ThrowsAsync<StaleFenceException>(resource.NetworkAsync);
        Assert.True(Assert.Single((await host.Client.GetInventoryAsync(CancellationToken.None)).Volumes, v => v.VolumeId == resource.Volume).Unlocked);

        resource.Epoch = 6;
        await resource.LockAsync();
    }

    [Fact]
    public async Task A_refused_epoch_is_one_of_that_resource_only()
    {
        await using var one = new Resource(host, 3) { Epoch = 100 };
        await using var other = new Resource(host, 4) { Epoch = 1 };
        await one.VolumeAsync();
        await other.VolumeAsync();
    }

    [Fact]
    public async Task Calls_of_one_key_take_turns_and_keys_that_nobody_waits_for_are_forgotten()
    {
        var locks = new Fencing.KeyedLocks<int>();
        var inside = new int[4];
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var turn = await locks.EnterAsync(i % 4, CancellationToken.None);
            Assert.Equal(1, ++inside[i % 4]);
            await Task.Yield();
            inside[i % 4]--;
        }));

        using var held = await locks.EnterAsync(1, CancellationToken.None);
        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => locks.EnterAsync(1, impatient.Token));
        held.Dispose();
        (await locks.EnterAsync(1, CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Calls_of_one_epoch_work_side_by_side_and_a_newer_one_waits_for_their_end()
    {
        // An installation that nobody runs; what it remembers goes with the test.
        var installation = new Kernel.Installation("beffroi-" + Guid.NewGuid().ToString("N")[..4]);
        Assert.False(Directory.Exists(installation.State));
        using var leftovers = new RemovedAtEnd(installation.State);
        var fences = new Fencing.Fences(installation);
        var resource = Guid.NewGuid();
        var first = await fences.EnterAsync(new Fence(resource, 1), CancellationToken.None);
        var second = await fences.EnterAsync(new Fence(resource, 1), CancellationToken.None);

        var newer = fences.EnterAsync(new Fence(resource, 2), CancellationToken.None);
        first.Dispose();
        await Task.Yield();
        Assert.False(newer.IsCompleted);
        second.Dispose();
        (await newer).Dispose();
        await Assert.ThrowsAsync<StaleFenceException>(() => fences.EnterAsync(new Fence(resource, 1), CancellationToken.None));
    }

    /// <summary>Removes a directory in the end.</summary>
    private sealed class RemovedAtEnd(string path) : IDisposable
    {
        public void Dispose()
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }
}
