using Beffroi.Infrastructure.Backups;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>Locks of finished backups, against root in the repository's instance and against whoever speaks for beffroid.</summary>
public sealed class BackupLockTests(HostProcess host)
{
    private static readonly Guid Stanza = Guid.NewGuid();
    private static readonly string Archive = $"/data/repository/archive/{Stanza:N}";
    private static readonly string Backups = $"/data/repository/backup/{Stanza:N}";
    private static readonly string Wal = $"{Archive}/17-1/0000000100000000/000000010000000000000001-b31654d25980984cdc935b3ae392926314cddb2a.zst";

    [Fact]
    public async Task Root_in_the_instance_cannot_change_what_is_finished_and_a_repair_puts_back_what_it_moved()
    {
        await using var resource = new Resource(host, 41);
        await resource.AllAsync();
        try
        {
            await MakeAsync(resource);
            var state = await LockAsync(resource, 30);
            Assert.True(state.Files >= 5, $"{state.Files} locked");
            Assert.InRange(state.LockedUntil!.Value, DateTimeOffset.UtcNow.AddDays(29), DateTimeOffset.UtcNow.AddDays(31));

            foreach (var attack in new[]
            {
                $"rm -f {Wal}", $"echo x > {Wal}", $"mv {Wal} /data/x", $"chmod 777 {Wal}", $"rm -rf {Backups}/20261124-120000F", $"mv {Backups}/20261124-120000F /data/x",
                $"echo x > {Backups}/20261124-120000F/new", "rm -rf /data/repository", "mv /data/repository /data/x", $"mv {Archive} /data/x", $"ln -f {Wal} /data/y",
            })
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => resource.RunAsync(attack));
            }

            // What is rewritten and what is unfinished stays the tool's own.
            await resource.RunAsync($"echo garbage > {Archive}/archive.info; rm -f {Backups}/backup.info; mv {Archive}/17-1/0000000100000000 {Archive}/17-1/hidden; mkdir {Archive}/17-1/0000000100000000");
            await Assert.ThrowsAsync<InfrastructureException>(() => host.Client.RepairBackupsAsync(new VolumeRequest(resource.Fence, resource.Volume), CancellationToken.None));
            await resource.StopAsync();
            await host.Client.RepairBackupsAsync(new VolumeRequest(resource.Fence, resource.Volume), CancellationToken.None);

            var data = resource.Home + "/mount";
            Assert.Equal("wal", (await File.ReadAllTextAsync(data + Wal)).Trim());
            Assert.Equal("first", (await File.ReadAllTextAsync(data + Archive + "/archive.info")).Trim());
            Assert.Equal("info", (await File.ReadAllTextAsync(data + Backups + "/backup.info.copy")).Trim());
        }
        finally
        {
            await UnlockAsync(resource);
        }
    }

    [Fact]
    public async Task Neither_a_shorter_policy_nor_removing_the_volume_opens_a_lock()
    {
        await using var resource = new Resource(host, 42);
        await resource.AllAsync();
        try
        {
            await MakeAsync(resource);
            var before = await LockAsync(resource, 30);
            Assert.Equal(before.LockedUntil, (await LockAsync(resource, 1)).LockedUntil);
            await resource.StopAsync();
            var refusal = await Assert.ThrowsAsync<InfrastructureException>(() => host.Client.RemoveVolumeAsync(new VolumeRequest(resource.Fence, resource.Volume), CancellationToken.None));
            Assert.Contains("locked until", refusal.Message, StringComparison.Ordinal);
            await resource.LockAsync();
            await Assert.ThrowsAsync<InfrastructureException>(() => host.Client.RemoveVolumeAsync(new VolumeRequest(resource.Fence, resource.Volume), CancellationToken.None));
        }
        finally
        {
            await UnlockAsync(resource);
        }
    }

    [Fact]
    public async Task Under_another_key_everything_is_as_locked_as_before_and_can_be_repaired()
    {
        await using var resource = new Resource(host, 45);
        await resource.AllAsync();
        try
        {
            await MakeAsync(resource);
            var before = await LockAsync(resource, 30);
            await resource.StopAsync();
            var key = Secret.Random(64);
            var asking = new RekeyVolume(resource.Fence, resource.Volume, Resource.Size, resource.Key, key);
            while (!(await host.Client.RekeyVolumeAsync(asking, CancellationToken.None)).Done)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            resource.Key = key;
            await resource.VolumeAsync();
            // Before any sweep of the new volume could have locked it.
            Assert.StartsWith("----i", await Commands.RunAsync("lsattr", [resource.Home + "/mount" + Wal]), StringComparison.Ordinal);
            var after = await LockAsync(resource, 1);
            Assert.Equal((before.Files, before.LockedUntil), (after.Files, after.LockedUntil));
            await resource.InstanceAsync();
            foreach (var attack in new[] { $"rm -f {Wal}", $"mv {Backups}/20261124-120000F /data/x", "mv /data/repository /data/x" })
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => resource.RunAsync(attack));
            }

            await resource.RunAsync($"echo garbage > {Archive}/archive.info");
            await resource.StopAsync();
            await host.Client.RepairBackupsAsync(new VolumeRequest(resource.Fence, resource.Volume), CancellationToken.None);
            Assert.Equal("first", (await File.ReadAllTextAsync(resource.Home + "/mount" + Archive + "/archive.info")).Trim());
        }
        finally
        {
            await UnlockAsync(resource);
        }
    }

    [Fact]
    public async Task The_host_locks_by_itself_and_follows_no_link_out_of_the_volume()
    {
        await using var resource = new Resource(host, 43);
        await resource.AllAsync();
        try
        {
            await LockAsync(resource, 30);
            await MakeAsync(resource);
            // Names that a sweep would take, leading to a file of the host's.
            var outside = Path.GetTempFileName();
            await resource.RunAsync($"ln -s {outside} {Archive}/17-1/0000000100000000/000000010000000000000002-b31654d25980984cdc935b3ae392926314cddb2a.zst; ln -s /etc {Backups}/20261124-130000F");
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    await resource.RunAsync($"touch {Wal}");
                    Assert.True(attempt < 100, "not locked by itself");
                    await Task.Delay(200, TestContext.Current.CancellationToken);
                }
                catch (InvalidOperationException)
                {
                    break;
                }
            }

            Assert.DoesNotContain("i", (await Commands.RunAsync("lsattr", ["-d", outside])).Split(' ')[0], StringComparison.Ordinal);
            File.Delete(outside);
        }
        finally
        {
            await UnlockAsync(resource);
        }
    }

    [Fact]
    public async Task Once_its_date_has_come_it_can_be_removed_and_not_before()
    {
        await using var resource = new Resource(host, 44);
        await resource.AllAsync();
        var clock = host.Installation.State + "/host/locks/clock";
        try
        {
            await MakeAsync(resource);
            await LockAsync(resource, 30);
            var written = await File.ReadAllTextAsync(clock);
            var time = new PassingTime();
            var locks = new BackupLocks(host.Installation, VolumeEncryption.Choose("auto", host.Installation), time);
            var attempt = $"rm -r {Backups}/20261124-120000F {Wal}";
            foreach (var days in new[] { 0, 29 })
            {
                time.Passed = TimeSpan.FromDays(days);
                locks.Sweep(resource.Volume);
                Assert.True(locks.State(resource.Volume).Files >= 5, $"{locks.State(resource.Volume).Files} locked after {days} days");
                await Assert.ThrowsAsync<InvalidOperationException>(() => resource.RunAsync(attempt));
            }

            time.Passed = TimeSpan.FromDays(31);
            locks.Sweep(resource.Volume);
            Assert.Equal(0, locks.State(resource.Volume).Files);
            await resource.RunAsync(attempt);
            locks.Sweep(resource.Volume);
            await resource.RunAsync($"echo wal > {Wal}");
            locks.Sweep(resource.Volume);
            Assert.InRange(locks.State(resource.Volume).LockedUntil!.Value, DateTimeOffset.UtcNow.AddDays(59), DateTimeOffset.UtcNow.AddDays(62));
            await File.WriteAllTextAsync(clock, written);
        }
        finally
        {
            await UnlockAsync(resource);
        }
    }

    [Fact]
    public void A_clock_that_jumps_forward_is_not_believed()
    {
        var name = "beffroi-tck";
        var time = new JumpingTime();
        var installation = new Installation(name);
        try
        {
            var clock = new TrustedClock(installation, time);
            var began = clock.Now();
            time.Wall += TimeSpan.FromDays(400);
            Assert.InRange(clock.Now() - began, TimeSpan.Zero, TimeSpan.FromMinutes(2));
            Assert.InRange(new TrustedClock(installation, time).Now() - began, TimeSpan.Zero, TimeSpan.FromDays(2));
            time.Wall -= TimeSpan.FromDays(900);
            Assert.True(new TrustedClock(installation, time).Now() >= began);
        }
        finally
        {
            Directory.Delete(installation.State, recursive: true);
        }
    }

    private Task<BackupLockState> LockAsync(Resource resource, int days) =>
        host.Client.EnsureBackupLocksAsync(new EnsureBackupLocks(resource.Fence, resource.Volume, [new StanzaLock(Stanza, days)]), CancellationToken.None);

    private static Task<string> MakeAsync(Resource resource) => resource.RunAsync(
        $"mkdir -p {Path.GetDirectoryName(Wal)} {Backups}/20261124-120000F/bundle {Backups}/20261124-140000F; echo wal > {Wal}; echo first > {Archive}/archive.info; echo info > {Backups}/backup.info; "
        + $"echo b > {Backups}/20261124-120000F/bundle/1; echo m > {Backups}/20261124-120000F/backup.manifest; echo unfinished > {Backups}/20261124-140000F/x");

    // As root on the host, which is beyond what locks protect from.
    private async Task UnlockAsync(Resource resource)
    {
        File.Delete($"{host.Installation.State}/host/locks/{resource.Volume:N}.json");
        await resource.VolumeAsync();
        await Commands.RunAsync("find", [resource.Home + "/mount/data", "-not", "-type", "l", "-exec", "chattr", "-ia", "{}", "+"]);
    }

    /// <summary>Time that really passes: the wall clock and what it is measured by.</summary>
    private sealed class PassingTime : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Passed;

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Passed.TotalSeconds * TimestampFrequency);
    }

    private sealed class JumpingTime : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => 0;
    }
}
