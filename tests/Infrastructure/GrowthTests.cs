using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>Volumes that grow, in use and at rest, with what was in them.</summary>
public sealed class GrowthTests(HostProcess host)
{
    [Fact]
    public async Task A_volume_grows_with_what_is_in_it_and_never_shrinks()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        await File.WriteAllTextAsync(resource.Home + "/mount/data/kept", "kept");
        await resource.LockAsync();

        var grown = await resource.VolumeAsync(3 * Resource.Size);
        Assert.Equal(3 * Resource.Size, grown.SizeBytes);
        Assert.True(grown.Unlocked);
        Assert.False(grown.MustBeLockedToGrow);
        Assert.True(new DriveInfo(resource.Home + "/mount").TotalSize > 2 * Resource.Size);
        Assert.Equal("kept", await File.ReadAllTextAsync(resource.Home + "/mount/data/kept"));

        var refusal = await Assert.ThrowsAsync<InfrastructureException>(() => resource.VolumeAsync());
        Assert.Contains("smaller", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3 * Resource.Size, (await resource.VolumeAsync(3 * Resource.Size)).SizeBytes);
    }

    [Fact]
    public async Task A_growth_that_was_interrupted_is_finished_by_the_next_call()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        await resource.LockAsync();

        // As a host that was killed right after the first step of a growth.
        await using (var image = File.OpenWrite(resource.Home + "/volume.img"))
        {
            image.SetLength(2 * Resource.Size);
        }

        await resource.VolumeAsync(2 * Resource.Size);
        Assert.True(new DriveInfo(resource.Home + "/mount").TotalSize > 1.5 * Resource.Size);
    }

    [Fact]
    public async Task In_use_it_grows_at_once_where_the_host_may_and_else_says_that_it_must_be_locked()
    {
        await using var resource = new Resource(host, 2);
        await resource.AllAsync();
        await resource.RunAsync("echo kept > /data/kept");

        var state = await resource.VolumeAsync(2 * Resource.Size);
        Assert.Equal(!await MayGrowInUseAsync(), state.MustBeLockedToGrow);
        Assert.True(state.Unlocked);
        if (state.MustBeLockedToGrow)
        {
            Assert.True(new DriveInfo(resource.Home + "/mount").TotalSize < Resource.Size);
            await resource.StopAsync();
            await resource.LockAsync();
            Assert.False((await resource.VolumeAsync(2 * Resource.Size)).MustBeLockedToGrow);
            await resource.InstanceAsync();
        }

        Assert.Equal("kept", (await resource.RunAsync("cat /data/kept")).Trim());
        Assert.True(long.Parse((await resource.RunAsync("stat -f -c %b /data")).Trim(), System.Globalization.CultureInfo.InvariantCulture) > 1.5 * Resource.Size / 4096);
    }

    // CAP_SYS_RESOURCE (capability 24), which the kernel asks of whoever lets a mounted ext4 grow.
    private static async Task<bool> MayGrowInUseAsync() =>
        (Convert.ToInt64((await Commands.RunAsync("awk", ["/^CapEff/ { print $2 }", "/proc/self/status"])).Trim(), 16) >> 24 & 1) == 1;
}
