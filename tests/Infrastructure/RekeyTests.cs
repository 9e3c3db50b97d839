using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>Volumes that go under another key with all that is in them, whatever comes between.</summary>
public sealed class RekeyTests(HostProcess host)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_of_a_volume_goes_under_another_key_and_the_old_one_opens_nothing()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        var data = resource.Home + "/mount/data";
        await Commands.RunAsync("sh", ["-c", """
            cd "$1"; mkdir -p a/b; echo kept > a/b/file; ln a/b/file a/hard; ln -s b/file a/soft; mkfifo a/pipe
            chown 1000123:1000456 a/b/file; chmod 2751 a; touch -d '2020-02-02 02:02:02.123456789Z' a/b/file
            setfattr -n user.note -v here a/b/file; setfattr -n trusted.beffroi.place -v there a/b
            truncate -s 1G a/sparse; head -c 20000000 /dev/urandom > a/random; sha256sum a/random > "$1/../../sum"
            """, "sh", data]);
        var before = await DescribeAsync(data);
        var (old, key) = (resource.Key, Secret.Random(64));

        var states = await RekeyAsync(resource, key);
        Assert.True(states.Count > 1, "it answers before it is done");
        Assert.All(states.SkipLast(1), s => Assert.True(!s.Done && s.CopiedBytes <= s.TotalBytes && s.TotalBytes > 20_000_000, s.ToString()));
        Assert.DoesNotContain(resource.Volume.ToString("N"), await File.ReadAllTextAsync("/proc/self/mountinfo", Cancel), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(host.VolumesRoot + "/.copies"));

        await Assert.ThrowsAsync<InfrastructureException>(() => resource.VolumeAsync());
        resource.Key = key;
        await resource.VolumeAsync();
        Assert.Equal(before, await DescribeAsync(data));
        Assert.Equal(await File.ReadAllTextAsync(resource.Home + "/sum", Cancel), await Commands.RunAsync("sh", ["-c", "cd \"$1\"; sha256sum a/random", "sh", data]));
        Assert.True(new FileInfo(resource.Home + "/volume.img").Length == Resource.Size);
        File.Delete(resource.Home + "/sum");

        // Asked once more, as after a crash of who asked: it is done already, and the old key is not needed for that.
        resource.Key = old;
        Assert.True((await RekeyAsync(resource, key)).Single().Done);
        resource.Key = key;
        await resource.VolumeAsync();
    }

    [Fact]
    public async Task The_kernel_names_a_key_as_is_computed_here()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        Assert.Equal(Fscrypt.KeyOf(resource.Home + "/mount/data"), Fscrypt.IdentifierOf(resource.Key));
    }

    [Fact]
    public async Task In_use_it_stays_as_it_is_and_while_it_is_copied_nothing_uses_it()
    {
        await using var resource = new Resource(host, 2);
        await resource.AllAsync();
        await resource.RunAsync("head -c 200000000 /dev/urandom > /data/much; echo kept > /data/kept");
        var key = Secret.Random(64);
        var refusal = await Assert.ThrowsAsync<InfrastructureException>(() => OnceAsync(resource, key));
        Assert.Contains("in use", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("kept", (await resource.RunAsync("cat /data/kept")).Trim());

        await resource.StopAsync();
        Assert.False((await OnceAsync(resource, key)).Done);
        Assert.Contains("copied", (await Assert.ThrowsAsync<InfrastructureException>(resource.InstanceAsync)).Message, StringComparison.Ordinal);

        // Whoever wants it open again as it was has it so at once: the copy is given up.
        await resource.VolumeAsync();
        await resource.InstanceAsync();
        Assert.Equal("kept", (await resource.RunAsync("cat /data/kept")).Trim());
        Assert.Empty(Directory.EnumerateDirectories(host.VolumesRoot + "/.copies"));

        await resource.StopAsync();
        await RekeyAsync(resource, key);
        resource.Key = key;
        await resource.VolumeAsync();
        await resource.InstanceAsync();
        Assert.Equal("kept", (await resource.RunAsync("cat /data/kept")).Trim());
    }

    [Fact]
    public async Task Locking_ends_a_copy_and_leaves_nothing_open()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        await Commands.RunAsync("sh", ["-c", "head -c 200000000 /dev/urandom > \"$1\"/much", "sh", resource.Home + "/mount/data"]);
        Assert.False((await OnceAsync(resource, Secret.Random(64))).Done);
        Assert.Contains(".copies/" + resource.Volume.ToString("N"), await File.ReadAllTextAsync("/proc/self/mountinfo", Cancel), StringComparison.Ordinal);
        await resource.LockAsync();
        Assert.DoesNotContain(resource.Volume.ToString("N"), await File.ReadAllTextAsync("/proc/self/mountinfo", Cancel), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(host.VolumesRoot + "/.copies"));
        await resource.VolumeAsync();
        Assert.Equal(200_000_000, new FileInfo(resource.Home + "/mount/data/much").Length);
    }

    [Fact]
    public async Task A_host_that_is_killed_while_it_copies_begins_anew_and_gets_there()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        await Commands.RunAsync("sh", ["-c", "head -c 300000000 /dev/urandom > \"$1\"/much", "sh", resource.Home + "/mount/data"]);
        var key = Secret.Random(64);
        foreach (var delay in (int[])[0, 150, 400])
        {
            await OnceAsync(resource, key);
            await Task.Delay(delay, Cancel);
            await host.KillAsync();
            await host.StartAsync();
        }

        await RekeyAsync(resource, key, patient: true);
        resource.Key = key;
        await resource.VolumeAsync();
        Assert.Equal(300_000_000, new FileInfo(resource.Home + "/mount/data/much").Length);
    }

    [Fact]
    public async Task Another_key_than_the_volumes_or_a_volume_that_is_not_there_is_refused()
    {
        await using var resource = new Resource(host, 2);
        Assert.Contains("not there", (await Assert.ThrowsAsync<InfrastructureException>(() => OnceAsync(resource, Secret.Random(64)))).Message, StringComparison.Ordinal);
        await resource.VolumeAsync();
        await resource.LockAsync();
        var right = resource.Key;
        resource.Key = Secret.Random(64);
        Assert.Contains("not the key", (await Assert.ThrowsAsync<InfrastructureException>(() => OnceAsync(resource, Secret.Random(64)))).Message, StringComparison.Ordinal);
        resource.Key = right;
        await resource.VolumeAsync();
    }

    /// <summary>Asks until it is done; what was answered each time.</summary>
    private async Task<List<RekeyState>> RekeyAsync(Resource resource, Secret key, bool patient = false)
    {
        var states = new List<RekeyState>();
        for (var attempt = 0; states.Count == 0 || !states[^1].Done; attempt++)
        {
            Assert.True(attempt < 600, "it never ends");
            try
            {
                states.Add(await OnceAsync(resource, key));
            }
            catch (InfrastructureException e) when (patient && e.Message.Contains("still open", StringComparison.Ordinal))
            {
                // The program that copied outlives the host that was killed, for as long as it has to do.
            }

            await Task.Delay(50, Cancel);
        }

        return states;
    }

    private Task<RekeyState> OnceAsync(Resource resource, Secret key) =>
        host.Client.RekeyVolumeAsync(new RekeyVolume(resource.Fence, resource.Volume, Resource.Size, resource.Key, key), Cancel);

    // Type, mode, owners, links, size, time, extended attributes.
    private static Task<string> DescribeAsync(string data) => Commands.RunAsync("sh", ["-c", """
        cd "$1"; find . -printf '%p %y %m %U:%G %n %l %T@ %Y\n' | sort; find . -type f -printf '%p %s\n' | sort; getfattr -R -h -d -m - . | sort
        test "$(stat -c %i a/hard)" = "$(stat -c %i a/b/file)" && echo linked; test $(stat -c %b a/sparse) -lt 100 && echo sparse
        """, "sh", data]);
}
