using System.Globalization;
using System.Text.Json;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Backups of the installed product's first database: made, attacked, restored and proven.</summary>
public sealed class BackupTests(InstalledProduct product)
{
    [Fact]
    public async Task A_database_is_restored_to_a_moment_after_ransomware_was_everywhere()
    {
        await EnsureReadyAsync();
        await SqlAsync("drop table if exists patients; create table patients as select generate_series(1, 1000) as id");
        var backup = await product.CliAsync("postgres", "backup", "create", "first", "--label", "before-attack");
        Assert.True(backup.ExitCode == 0, backup.Output + backup.Error);
        await SqlAsync("insert into patients values (1001)");
        var good = (await SqlAsync("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")).Trim();
        await SqlAsync("delete from patients");

        // A moment is in the window once a transaction after it is archived. The agent makes one within half a minute; the segment would end a minute later by itself.
        await Task.Delay(TimeSpan.FromSeconds(36), TestContext.Current.CancellationToken);
        foreach (var (project, instance) in await InstancesAsync())
        {
            await InAsync(project, instance, "su postgres -s /bin/sh -c \"psql -XAtq -c 'select pg_switch_wal()'\"");
        }

        await InstalledProduct.EventuallyAsync("the moment can be restored", async () =>
            (await BackupsAsync()).RootElement.GetProperty("window").TryGetProperty("latest", out var latest) && latest.GetDateTimeOffset() > Time(good));
        var outside = await product.CliAsync("postgres", "restore", "first", "--to", "nowhere", "--at", "2020-01-01T00:00:00Z");
        Assert.Equal(4, outside.ExitCode);
        Assert.Contains("Z to ", outside.Error, StringComparison.Ordinal);

        // What arrived in the last second is not locked yet, as the threat model says.
        await InstalledProduct.EventuallyAsync("what is archived is locked", async () => (await UnlockedAsync()).Length == 0);
        await AttackAsync();

        var repair = await product.CliAsync("backup-repository", "repair");
        Assert.True(repair.ExitCode == 0, repair.Output + repair.Error);
        var restore = await product.CliAsync("postgres", "restore", "first", "--to", "rescued", "--at", good, "--timeout", "240");
        Assert.True(restore.ExitCode == 0, restore.Output + restore.Error);
        Assert.Equal("1001", (await SqlAsync("select count(*) from patients", "rescued")).Trim());

        // What the tool was stopped with on the database's side lies there until somebody takes it away.
        foreach (var (project, instance) in await InstancesAsync())
        {
            await InAsync(project, instance, "rm -f /tmp/pgbackrest/*.stop");
        }

        // Its password is its own.
        Assert.NotEqual(await PasswordAsync("first"), await PasswordAsync("rescued"));
        await product.CliAsync("postgres", "update", "rescued", "--deletion-protection", "off");
        await product.CliAsync("postgres", "delete", "rescued", "--yes");
    }

    [Fact]
    public async Task A_drill_restores_and_its_certificate_is_on_the_ledger()
    {
        await EnsureReadyAsync();
        var drill = await product.CliAsync("verify", "backups", "first", "--now", "--output", "json", "--timeout", "240");
        Assert.True(drill.ExitCode == 0, drill.Output + drill.Error);
        using var json = JsonDocument.Parse(drill.Output);
        var one = json.RootElement[0];
        Assert.True(one.GetProperty("passed").GetBoolean());
        Assert.True(one.GetProperty("rtoSeconds").GetDouble() > 0);
        Assert.Equal(64, one.GetProperty("contentSha256").GetString()!.Length);
        await InstalledProduct.EventuallyAsync("the ledger has it", async () =>
            (await product.CliAsync("ledger", "tail", "--lines", "100", "--output", "json")).Output.Contains(one.GetProperty("contentSha256").GetString()!, StringComparison.Ordinal));
    }

    // Root in the database's and in the repository's instance, and the customer's own administrator.
    private async Task AttackAsync()
    {
        foreach (var (project, instance) in await InstancesAsync())
        {
            // Every way to destroy that root has: by hand, by the tool, and over the tool's own protocol from the database.
            await InAsync(project, instance, "chattr -R -i /data/repository; rm -rf /data/repository/*; find /data/repository -type f -exec sh -c 'echo x > \"$1\"' _ {} \\;; true");
            await InAsync(project, instance, "for d in /data/repository/archive/*/*/*; do mv \"$d\" \"$d.gone\"; done; rm -f /data/repository/*/*/*.info /data/repository/*/*/*.copy; true");
            await InAsync(project, instance, "s=$(cat /data/backup/stanza) && pgbackrest --config=/data/backup/pgbackrest.conf --stanza=$s --repo1-retention-full=1 expire; "
                + "pgbackrest --config=/data/backup/pgbackrest.conf --stanza=$s repo-rm --recurse backup; pgbackrest --config=/data/backup/pgbackrest.conf --stanza=$s stop; true");
        }

        // The shortest retention there is opens nothing that is locked already.
        var update = await product.CliAsync("postgres", "update", "first", "--retention-days", "1");
        Assert.True(update.ExitCode == 0, update.Output + update.Error);
        using var repository = JsonDocument.Parse((await product.CliAsync("backup-repository", "show", "-o", "json")).Output);
        Assert.True(repository.RootElement.GetProperty("status").GetProperty("lockedUntil").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddDays(14));
    }

    // WAL that root in the repository's instance could write to: the kernel grants nobody that where it is immutable.
    private async Task<string> UnlockedAsync()
    {
        var unlocked = "";
        foreach (var (project, instance) in await InstancesAsync())
        {
            unlocked += await Commands.RunAsync("incus", ["exec", "--project", project, instance, "--", "sh", "-c", "test ! -d /data/repository || find /data/repository/archive -type f -name '*.zst' -writable"]);
        }

        return unlocked.Trim();
    }

    private async Task EnsureReadyAsync() => await InstalledProduct.EventuallyAsync("the first backup", async () =>
    {
        var show = await product.CliAsync("postgres", "show", "first", "-o", "json");
        using var json = JsonDocument.Parse(show.Output);
        return json.RootElement.GetProperty("status").GetProperty("conditions").EnumerateArray()
            .Any(c => c.GetProperty("type").GetString() == "BackupReady" && c.TryGetProperty("holds", out var holds) && holds.GetBoolean());
    });

    private async Task<JsonDocument> BackupsAsync() => JsonDocument.Parse((await product.CliAsync("postgres", "backup", "list", "first", "-o", "json")).Output);

    private async Task<string> PasswordAsync(string name)
    {
        using var json = JsonDocument.Parse((await product.CliAsync("postgres", "credentials", name, "--output", "json")).Output);
        return json.RootElement.GetProperty("password").GetString()!;
    }

    private async Task<string> SqlAsync(string sql, string database = "first")
    {
        var run = await product.CliAsync("postgres", "connect", database, "--", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        return run.Output;
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<(string Project, string Instance)>> InstancesAsync()
    {
        var all = await Commands.RunAsync("incus", ["list", "--all-projects", "--format", "json"]);
        using var json = JsonDocument.Parse(all);
        return [.. json.RootElement.EnumerateArray()
            .Select(i => (i.GetProperty("project").GetString()!, i.GetProperty("name").GetString()!))
            .Where(i => i.Item1.StartsWith(product.Installation.Name + "-", StringComparison.Ordinal))];
    }

    private static async Task InAsync(string project, string instance, string script)
    {
        try
        {
            await Commands.RunAsync("incus", ["exec", "--project", project, instance, "--", "sh", "-c", script]);
        }
        catch (InvalidOperationException)
        {
            // What an attacker tries may well fail.
        }
    }
}
