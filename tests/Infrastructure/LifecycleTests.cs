using System.Diagnostics;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

public sealed class LifecycleTests(HostProcess host, ITestOutputHelper output)
{
    [Fact]
    public async Task Everything_is_made_changed_stopped_started_and_removed()
    {
        await using var resource = new Resource(host, 1);
        var clock = Stopwatch.StartNew();
        var network = await resource.NetworkAsync();
        Say("network", clock);
        var volume = await resource.VolumeAsync();
        Say("volume", clock);
        var instance = await resource.InstanceAsync();
        Say("instance", clock);

        Assert.Equal(new NetworkState("10.94.1.0/24", "10.94.1.1"), network);
        Assert.Equal(new VolumeState(resource.Volume, Resource.Size, true, "fscrypt", MustBeLockedToGrow: false, "AES-256-XTS, names AES-256-CTS"), volume);
        Assert.Equal(new InstanceState(resource.Instance, resource.Space, "Running", "10.94.1.10", host.ImageFingerprint), instance);
        await resource.RunAsync("echo kept > /data/file");

        // Again: the same, and nothing restarted.
        var pid = await resource.RunAsync("stat -c %Y /proc/1");
        Assert.Equal(instance, await resource.AllAsync());
        Assert.Equal(pid, await resource.RunAsync("stat -c %Y /proc/1"));

        // Limits change in place.
        resource.Limits = resource.Limits with { MemoryBytes = 300L << 20, Processes = 300 };
        Assert.Equal(instance, await resource.InstanceAsync());
        Assert.Equal(pid, await resource.RunAsync("stat -c %Y /proc/1"));
        var shown = await Commands.RunAsync("incus", ["query", "/1.0/instances/" + Kernel.Installation.InstanceName(resource.Instance) + "?project=" + host.Installation.ProjectName(resource.Space)]);
        var (config, devices) = (JsonNode.Parse(shown)!["config"]!, JsonNode.Parse(shown)!["devices"]!);
        Assert.Equal(
            ["1", "314572800B", "300", "1073741824B"],
            [(string)config["limits.cpu"]!, (string)config["limits.memory"]!, (string)config["limits.processes"]!, (string)devices["root"]!["size"]!]);

        var inventory = await host.Client.GetInventoryAsync(CancellationToken.None);
        Assert.Contains(resource.Space, inventory.Spaces);
        Assert.Contains(volume, inventory.Volumes);
        Assert.Contains(instance, inventory.Instances);

        clock.Restart();
        await resource.StopAsync();
        Say("stop", clock);
        await resource.StopAsync();
        await resource.LockAsync();
        Say("lock", clock);
        await resource.LockAsync();
        Assert.False(Assert.Single((await host.Client.GetInventoryAsync(CancellationToken.None)).Volumes, v => v.VolumeId == resource.Volume).Unlocked);
        await Assert.ThrowsAsync<InfrastructureException>(resource.InstanceAsync);

        clock.Restart();
        await resource.VolumeAsync();
        Say("unlock", clock);
        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
        Say("start", clock);
        Assert.Equal("kept\n", await resource.RunAsync("cat /data/file"));

        clock.Restart();
        await resource.RemoveAsync();
        Say("remove", clock);
        await resource.RemoveAsync();
        inventory = await host.Client.GetInventoryAsync(CancellationToken.None);
        Assert.DoesNotContain(resource.Space, inventory.Spaces);
        Assert.DoesNotContain(inventory.Volumes, v => v.VolumeId == resource.Volume);
        Assert.DoesNotContain(inventory.Instances, i => i.InstanceId == resource.Instance);
        Assert.DoesNotContain(resource.Volume.ToString("N"), await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(host.VolumesRoot, "*" + resource.Volume.ToString("N") + "*"));
    }

    private void Say(string step, Stopwatch clock)
    {
        output.WriteLine($"{step}: {clock.ElapsedMilliseconds} ms");
        clock.Restart();
    }
}
