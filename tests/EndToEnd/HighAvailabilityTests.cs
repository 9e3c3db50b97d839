using Beffroi.Chaos;

namespace Beffroi.EndToEnd.Tests;

/// <summary>A database of three nodes loses nothing when one of them fails, and its endpoint follows. One after the other: each begins whole.</summary>
public sealed class HighAvailabilityTests(InstalledProduct product, ITestOutputHelper output)
{
    [Fact]
    public async Task A_database_of_three_nodes_survives_faults_hands_over_and_shrinks_without_losing_a_write()
    {
        var create = await product.CliAsync("postgres", "create", "three", "--availability", "ha", "--storage", "1GiB", "--deletion-protection", "off");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        using (var database = await Database.FindAsync(product.Command, "three"))
        {
            // The faults of processes: tests/Agent ClusterTests.
            foreach (var fault in Fault.All(product.Installation.Name).Where(f => f.Name == "cut-node"))
            {
                var round = new Round(database);
                await round.PrepareAsync();
                var result = await round.RunAsync(fault);
                output.WriteLine($"{fault.Name}: {result.Acknowledged} writes, writing again after {result.Recovered.TotalSeconds:F1} s");
                Assert.True(result.Acknowledged > 100);
                Assert.Equal(0, result.Lost);
                Assert.Equal(0, result.Second);
            }

            Assert.Equal("True", await database.AskAsync(database.Reader, "select pg_is_in_recovery()"));
            var before = await database.PrimaryAsync();
            var switchover = await product.CliAsync("postgres", "switchover", "three");
            Assert.True(switchover.ExitCode == 0, switchover.Output + switchover.Error);
            Assert.NotEqual(before, await database.PrimaryAsync());
            Assert.Equal("False", await database.AskAsync(database.Writer, "select pg_is_in_recovery()"));

            // Each node has a log of its own, and all of them are read.
            var logs = await product.CliAsync("postgres", "logs", "three", "-n", "100000");
            Assert.True(logs.ExitCode == 0, logs.Error);
            Assert.Equal(3, logs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[0]).Distinct().Count());

            // Whoever leads is backed up, on its timeline.
            var backup = await product.CliAsync("postgres", "backup", "create", "three");
            Assert.True(backup.ExitCode == 0, backup.Output + backup.Error);
            if (InstalledProduct.AtLength)
            {
                // Of the nodes alone, with no control plane: tests/Agent ClusterTests.
                await NothingIsAcknowledgedAloneAsync(database);
            }
        }

        var shrink = await product.CliAsync("postgres", "update", "three", "--availability", "single");
        Assert.True(shrink.ExitCode == 0, shrink.Output + shrink.Error);
        var delete = await product.CliAsync("postgres", "delete", "three", "--yes");
        Assert.True(delete.ExitCode == 0, delete.Output + delete.Error);
    }

    // Patroni 4.0.7 would let anybody acknowledge here, see images/postgres/files/usr/lib/beffroi/patroni.
    private async Task NothingIsAcknowledgedAloneAsync(Database database)
    {
        // Lowered, too: then a switchover would lead to a node that has to have as many connections as before.
        var update = await product.CliAsync("postgres", "update", "three", "--availability", "ha-strict", "--parameter", "max_connections=60", "--timeout", "300");
        Assert.True(update.ExitCode == 0, update.Output + update.Error);
        await database.HealthyAsync(TimeSpan.FromMinutes(2));
        foreach (var node in database.Nodes)
        {
            Assert.Equal("60", await database.AskAsync(node.Address, "show max_connections"));
        }

        var primary = (await database.PrimaryAsync())!;
        var replicas = database.Nodes.Where(node => node != primary).ToList();
        foreach (var replica in replicas)
        {
            await Database.InAsync(replica, "systemctl", "stop", "beffroi-agent.service", "beffroi-patroni.service");
        }

        await InstalledProduct.EventuallyAsync("the primary sees that it is alone", async () =>
            await database.AskAsync(primary.Address, "select count(*) from pg_stat_replication") == "0"
            && (await database.AskAsync(primary.Address, "show synchronous_standby_names"))?.Contains("nobody", StringComparison.Ordinal) == true);
        Assert.DoesNotContain('*', await database.AskAsync(primary.Address, "show synchronous_standby_names") ?? "*");
        Assert.Null(await database.AskAsync(primary.Address, "insert into chaos values (99, 1) returning 1"));
        foreach (var replica in replicas)
        {
            await Database.InAsync(replica, "systemctl", "start", "beffroi-patroni.service", "beffroi-agent.service");
        }

        await database.HealthyAsync(TimeSpan.FromMinutes(2));
        Assert.NotNull(await database.AskAsync(database.Writer, "insert into chaos values (99, 2) returning 1"));
    }
}
