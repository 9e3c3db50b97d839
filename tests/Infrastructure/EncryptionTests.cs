using System.Text;
using Beffroi.Hosts.Cli.Encryption;
using Beffroi.Kernel;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

public sealed class EncryptionTests(HostProcess host)
{
    [Fact]
    public async Task A_locked_volume_shows_neither_contents_nor_names()
    {
        await using var resource = new Resource(host, 2);
        var secret = "canary-" + Guid.NewGuid().ToString("N");
        var name = "name-" + Guid.NewGuid().ToString("N");
        var control = "control-" + Guid.NewGuid().ToString("N");
        await resource.VolumeAsync();
        await File.WriteAllTextAsync(resource.Home + "/mount/data/" + name, string.Concat(Enumerable.Repeat(secret + "\n", 2000)));

        // Beside the encrypted directory: shows that a plaintext on the device would be found.
        await File.WriteAllTextAsync(resource.Home + "/mount/control", control);
        await resource.LockAsync();

        Assert.DoesNotContain(resource.Volume.ToString("N"), await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
        var found = await FindAsync(resource.Home + "/volume.img", secret, name, control);
        Assert.Equal([control], found);

        var elsewhere = Directory.CreateTempSubdirectory("beffroi-test-mount-").FullName;
        await Commands.RunAsync("mount", ["-o", "loop,ro,noload", resource.Home + "/volume.img", elsewhere]);
        try
        {
            var shown = Assert.Single(Directory.GetFiles(elsewhere + "/data"));
            Assert.DoesNotContain(name, shown, StringComparison.Ordinal);
            Assert.ThrowsAny<IOException>(() => File.ReadAllText(shown));
        }
        finally
        {
            await Commands.RunAsync("umount", [elsewhere]);
            Directory.Delete(elsewhere);
        }

        await resource.VolumeAsync();
        Assert.Contains(secret, await File.ReadAllTextAsync(resource.Home + "/mount/data/" + name), StringComparison.Ordinal);
    }

    /// <summary>Of several that are opened and locked at once, while the process does other things, over and over.</summary>
    [Fact]
    public async Task Of_locked_volumes_keys_nothing_is_left_in_the_host_process_s_memory()
    {
        List<Resource> resources = [.. Enumerable.Range(0, 6).Select(_ => new Resource(host, 2))];
        // As they are, and as they are told.
        var search = new MemorySearch(new SoughtBytes([.. resources.Select(r => r.Key.Reveal().ToArray()).SelectMany(key => new[] { key, Encoding.ASCII.GetBytes(Convert.ToBase64String(key)) })]));
        try
        {
            for (var opened = 0; opened < 3; opened++)
            {
                await Task.WhenAll(resources.Select(async resource =>
                {
                    await resource.VolumeAsync();
                    await host.Client.GetInventoryAsync(CancellationToken.None);
                }));
                await Task.WhenAll(resources.Select(resource => resource.LockAsync()));
                Assert.False(search.Holds(host.ProcessId), $"opened {opened + 1} times");
            }

            Assert.Equal(3, search.Processes);
            Assert.True(new MemorySearch(new SoughtBytes([.. SoughtBytes.Of(host.Installation.Name)])).Holds(host.ProcessId));
        }
        finally
        {
            foreach (var resource in resources)
            {
                await resource.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Another_key_is_refused_whether_the_volume_is_locked_or_not()
    {
        await using var resource = new Resource(host, 2);
        var right = resource.Key;
        await resource.VolumeAsync();
        await File.WriteAllTextAsync(resource.Home + "/mount/data/file", "x");

        resource.Key = Secret.Random(64);
        var refusal = await Assert.ThrowsAsync<InfrastructureException>(() => resource.VolumeAsync());
        Assert.Contains("not the key", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("x", await File.ReadAllTextAsync(resource.Home + "/mount/data/file"));

        await resource.LockAsync();
        await Assert.ThrowsAsync<InfrastructureException>(() => resource.VolumeAsync());
        Assert.False(Assert.Single((await host.Client.GetInventoryAsync(CancellationToken.None)).Volumes, v => v.VolumeId == resource.Volume).Unlocked);

        resource.Key = right;
        Assert.True((await resource.VolumeAsync()).Unlocked);
        Assert.Equal("x", await File.ReadAllTextAsync(resource.Home + "/mount/data/file"));
    }

    [Fact]
    public async Task A_volume_in_use_is_neither_locked_nor_removed()
    {
        await using var resource = new Resource(host, 2);
        await resource.AllAsync();
        await Assert.ThrowsAsync<InfrastructureException>(resource.LockAsync);
        await Assert.ThrowsAsync<InfrastructureException>(() => host.Client.RemoveVolumeAsync(new VolumeRequest(resource.Fence, resource.Volume), CancellationToken.None));
        await resource.RunAsync("echo still > /data/works; cat /data/works");
    }

    [Fact]
    public async Task What_the_kernel_encrypts_with_is_what_the_documentation_says()
    {
        await using var resource = new Resource(host, 2);
        await resource.VolumeAsync();
        Assert.NotNull(Volumes.Fscrypt.KeyOf(resource.Home + "/mount/data"));
        Assert.Null(Volumes.Fscrypt.KeyOf(resource.Home + "/mount"));
        var mount = (await File.ReadAllLinesAsync("/proc/self/mountinfo")).Single(l => l.Contains(resource.Volume.ToString("N"), StringComparison.Ordinal));
        Assert.Contains("nosuid,nodev", mount, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(host.VolumesRoot));
    }

    /// <summary>Which of the texts a file holds.</summary>
    private static async Task<IReadOnlyList<string>> FindAsync(string path, params string[] texts)
    {
        var found = new HashSet<string>();
        var buffer = new byte[4 << 20];
        var kept = 0;
        await using var file = File.OpenRead(path);
        for (int read; (read = await file.ReadAsync(buffer.AsMemory(kept))) > 0;)
        {
            var length = kept + read;
            foreach (var text in texts)
            {
                if (buffer.AsSpan(0, length).IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) >= 0)
                {
                    found.Add(text);
                }
            }

            kept = Math.Min(length, 128);
            buffer.AsSpan(length - kept, kept).CopyTo(buffer);
        }

        return [.. found];
    }
}
