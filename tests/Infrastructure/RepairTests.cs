using Beffroi.Kernel;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>The next call mends what a kill at any moment left.</summary>
public sealed class RepairTests(HostProcess host)
{
    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    [InlineData(80)]
    [InlineData(150)]
    [InlineData(300)]
    [InlineData(500)]
    public async Task A_host_process_killed_while_it_creates_everything_finishes_after_its_restart(int milliseconds)
    {
        await using var resource = new Resource(host, 5);
        var making = resource.AllAsync();
        await Task.Delay(milliseconds);
        await host.KillAsync();
        await Record.ExceptionAsync(() => making);
        Assert.DoesNotContain("one-time-token", await host.Log, StringComparison.Ordinal);
        await host.StartAsync();

        Assert.Equal("Running", (await resource.AllAsync()).Status);
        await resource.RunAsync("echo x > /data/x");
        Assert.Empty(Directory.EnumerateFileSystemEntries(host.VolumesRoot, ".*"));
        await resource.RemoveAsync();
        Assert.DoesNotContain(Volumes.LoopDevice.Images(), i => i.Contains(resource.Volume.ToString("N"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Half_made_and_half_deleted_volumes_are_cleared_away()
    {
        await using var resource = new Resource(host, 5);
        foreach (var prefix in (string[])[".new-", ".gone-"])
        {
            var leftover = host.VolumesRoot + "/" + prefix + resource.Volume.ToString("N");
            Directory.CreateDirectory(leftover + "/mount");
            await File.WriteAllTextAsync(leftover + "/volume.img", "half");
        }

        Assert.True((await resource.VolumeAsync()).Unlocked);
        await resource.RemoveAsync(network: false);
        Assert.Empty(Directory.EnumerateFileSystemEntries(host.VolumesRoot, "*" + resource.Volume.ToString("N")));
    }

    [Fact]
    public async Task A_volume_whose_encryption_was_not_set_up_yet_gets_it()
    {
        await using var resource = new Resource(host, 5);
        Directory.CreateDirectory(resource.Home + "/mount");
        await Commands.RunAsync("truncate", ["-s", "1G", resource.Home + "/volume.img"]);
        await Commands.RunAsync("mkfs.ext4", ["-q", "-O", "encrypt", resource.Home + "/volume.img"]);

        await resource.VolumeAsync();
        Assert.NotNull(Volumes.Fscrypt.KeyOf(resource.Home + "/mount/data"));
    }

    [Fact]
    public async Task A_volume_that_is_mounted_without_its_key_counts_as_locked_and_gets_its_key_back()
    {
        await using var resource = new Resource(host, 5);
        await resource.NetworkAsync();
        await resource.VolumeAsync();
        var data = resource.Home + "/mount/data";
        Assert.True(Volumes.Fscrypt.RemoveKey(data, Volumes.Fscrypt.KeyOf(data)));

        Assert.False(Assert.Single((await host.Client.GetInventoryAsync(CancellationToken.None)).Volumes, v => v.VolumeId == resource.Volume).Unlocked);
        var refusal = await Assert.ThrowsAsync<InfrastructureException>(resource.InstanceAsync);
        Assert.Contains("locked", refusal.Message, StringComparison.Ordinal);
        Assert.True((await resource.VolumeAsync()).Unlocked);
        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
    }

    [Fact]
    public async Task An_instance_that_incus_left_half_made_is_made_again()
    {
        await using var resource = new Resource(host, 5);
        await resource.NetworkAsync();
        await resource.VolumeAsync();
        var project = host.Installation.ProjectName(resource.Space);
        var name = Installation.InstanceName(resource.Instance);
        await CreateOnlyAsync(resource);

        // As a killed incusd leaves it: the record without the disk.
        await Commands.RunAsync("incus", ["config", "unset", "--project", project, name, "volatile.apply_template"]);
        await Commands.RunAsync("btrfs", ["subvolume", "delete", $"/var/lib/incus/storage-pools/{host.Installation.StoragePool}/containers/{project}_{name}"]);

        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
        await resource.RunAsync("cat /etc/note");
    }

    [Fact]
    public async Task An_instance_that_was_created_but_not_started_is_started()
    {
        await using var resource = new Resource(host, 5);
        await resource.NetworkAsync();
        await resource.VolumeAsync();
        var project = host.Installation.ProjectName(resource.Space);
        await CreateOnlyAsync(resource);
        await Commands.RunAsync("incus", ["config", "set", "--project", project, Installation.InstanceName(resource.Instance), "user.test=same"]);

        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
        Assert.Equal("same\n", await Commands.RunAsync("incus", ["config", "get", "--project", project, Installation.InstanceName(resource.Instance), "user.test"]));
    }

    [Fact]
    public async Task An_instance_that_was_killed_or_frozen_runs_again()
    {
        await using var resource = new Resource(host, 5);
        await resource.AllAsync();
        string[] about = ["--project", host.Installation.ProjectName(resource.Space), Installation.InstanceName(resource.Instance)];
        await Commands.RunAsync("incus", ["pause", .. about]);
        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
        await Commands.RunAsync("incus", ["stop", "--force", .. about]);
        Assert.Equal("Running", (await resource.InstanceAsync()).Status);
    }

    [Fact]
    public async Task Packet_filter_rules_that_somebody_flushed_come_back()
    {
        await using var resource = new Resource(host, 5);
        await Commands.RunAsync("nft", ["delete", "table", "inet", host.Installation.Name]);
        await resource.NetworkAsync();
        Assert.Contains("bfr-t1-*", await Commands.RunAsync("nft", ["list", "table", "inet", host.Installation.Name]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_spaces_gateway_and_route_stay_while_incusd_takes_its_addresses_away_and_sets_them_anew()
    {
        await using var resource = new Resource(host, 2);
        await resource.NetworkAsync();
        await resource.NetworkAsync();
        var bridge = host.Installation.NetworkName(2);

        // What incusd does with a bridge when it starts (the setup of its bridge driver).
        await Commands.RunAsync("ip", ["-4", "address", "flush", "dev", bridge, "scope", "global"]);
        await Commands.RunAsync("ip", ["-4", "route", "flush", "dev", bridge, "proto", "static"]);
        var between = await Commands.RunAsync("ip", ["route", "get", resource.Address]);
        await Commands.RunAsync("ip", ["address", "add", resource.Gateway + "/24", "dev", bridge]);

        Assert.Contains($"dev {bridge} src {resource.Gateway} ", between, StringComparison.Ordinal);
        Assert.Contains($"dev {bridge} src {resource.Gateway} ", await Commands.RunAsync("ip", ["route", "get", resource.Address]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_and_different_things_may_be_asked_for_at_once()
    {
        await using var one = new Resource(host, 5);
        await one.NetworkAsync();
        await using var two = new Resource(host, 5, 11, one.Space);
        await using var three = new Resource(host, 5, 12, one.Space);
        await Task.WhenAll(new[] { one, one, two, two, three }.Select(r => r.AllAsync()));
        var mine = (await host.Client.GetInventoryAsync(CancellationToken.None)).Instances.Where(i => i.SpaceId == one.Space);
        Assert.Equal(["10.94.5.10", "10.94.5.11", "10.94.5.12"], mine.Select(i => i.Address).Order());

        await Assert.ThrowsAsync<InfrastructureException>(() => host.Client.RemoveNetworkAsync(new RemoveNetwork(one.Fence, one.Space, 5), CancellationToken.None));
    }

    private async Task CreateOnlyAsync(Resource resource)
    {
        var range = new SpaceSubnet(System.Net.IPNetwork.Parse("10.94.0.0/16"));
        var definition = new Instances.InstanceDefinition(host.Installation, range, host.Installation.StoragePool);
        using var incus = new Incus.IncusClient("/var/lib/incus/unix.socket");
        await incus.CreateInstanceAsync(
            host.Installation.ProjectName(resource.Space), definition.New(resource.InstanceRequest, host.ImageFingerprint), CancellationToken.None);
    }
}
