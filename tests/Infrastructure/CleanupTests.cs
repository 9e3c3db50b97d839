using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

public sealed class CleanupTests(HostProcess host)
{
    [Fact]
    public async Task Cleanup_removes_one_installation_whole_and_leaves_its_neighbour_alone()
    {
        await using var kept = new Resource(host, 9);
        var before = await kept.AllAsync();

        await using (var other = HostProcess.Named("beffroi-t3"))
        {
            await other.InitializeAsync();
            var resource = new Resource(other, 10);
            await resource.AllAsync();
            await other.KillAsync();
            var removed = await other.VerbAsync("cleanup");
            foreach (var what in (string[])["instance i-", "volume ", "project beffroi-t3-", "network bfr-t3-10", "image beffroi-t3-tiny", "storage pool beffroi-t3"])
            {
                Assert.Contains("removed " + what, removed, StringComparison.Ordinal);
            }

            Assert.Equal("", await other.VerbAsync("cleanup"));
            Assert.False(Directory.Exists(other.VolumesRoot));
            Assert.DoesNotContain("t3", await Commands.RunAsync("nft", ["list", "tables"]), StringComparison.Ordinal);
            Assert.DoesNotContain("beffroi-t3", await Commands.RunAsync("incus", ["storage", "list", "--format", "csv"]), StringComparison.Ordinal);
        }

        Assert.Equal(before, await kept.AllAsync());
        Assert.Equal(host.ImageFingerprint, (await kept.InstanceAsync()).ImageDigest);
    }

    [Fact]
    public async Task An_image_takes_the_place_of_the_one_before_and_importing_it_again_changes_nothing()
    {
        var first = await host.ImportAsync("other", await host.BuildImageAsync("first"));
        var files = await host.BuildImageAsync("second");
        var second = await host.ImportAsync("other", files);
        Assert.NotEqual(first, second);
        Assert.Equal(second, await host.ImportAsync("other", files));
        var images = await Commands.RunAsync("incus", ["image", "list", "--format", "csv", "--columns", "lF"]);
        Assert.Contains("beffroi-t1-other," + second, images, StringComparison.Ordinal);
        Assert.DoesNotContain(first, images, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_that_is_there_may_be_used_and_one_that_is_not_is_named()
    {
        await host.VerbAsync("prepare", "--pool", host.Installation.StoragePool);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => host.VerbAsync("prepare", "--pool", "nowhere"));
        Assert.Contains("nowhere", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.VerbAsync("prepare", "--pool-size", "lots"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.VerbAsync("frobnicate"));
    }
}
