using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Beffroi.EndToEnd.Tests;

/// <summary>What must not be readable is looked for, as root on the host, in every place the product has.</summary>
public sealed class SecrecyTests(InstalledProduct product)
{
    private const string Canary = "canary-7f3e9a51-in-a-patient-record";

    [Fact]
    public async Task No_secret_is_in_a_log_the_store_or_the_instances_own_disk()
    {
        var credentials = await product.CliAsync("postgres", "credentials", "first", "--output", "json");
        var password = JsonNode.Parse(credentials.Output)!["password"]!.GetValue<string>();
        var tokens = new[] { "admin", "demo" }.Select(n => File.ReadAllText($"{product.Installation.Configuration}/{n}.token").Trim());

        foreach (var secret in tokens.Append(password))
        {
            Assert.Empty(await Files.HoldingAsync(
                secret, product.Installation.Logs, product.Installation.State + "/store", product.Installation.State + "/keys", product.Installation.State + "/host"));
        }

        Assert.Empty(await Files.HoldingAsync(password, "/var/log/incus", "/var/lib/incus/database"));
    }

    /// <summary>As for a restart of the machine; and whoever starts it anew is interrupted at that.</summary>
    [Fact]
    public async Task Stopped_nothing_of_a_customers_data_can_be_read_on_the_host_and_started_again_it_is_there()
    {
        var write = await Availability.QueryAsync(product, $"create table if not exists records (t text); insert into records values ('{Canary}'); checkpoint");
        Assert.True(write.ExitCode == 0, write.Error);
        var places = product.Volumes().Select(v => $"{product.Installation.State}/volumes/{v}").ToList();

        // While it runs the mounted volume holds it: the search can find what is there.
        Assert.NotEmpty(await Files.HoldingAsync(Canary, places.Select(p => p + "/mount/data/postgresql")));

        var down = await product.RunAsync(product.Command, ["down"]);
        Assert.True(down.ExitCode == 0, down.Output + down.Error);
        try
        {
            Assert.Equal(1, (await product.CliAsync("status")).ExitCode);
            Assert.Equal(5, (await product.CliAsync("postgres", "list")).ExitCode);
            Assert.Empty(await Files.HoldingAsync(Canary, [.. places, product.Installation.State, product.Installation.Logs]));
            Assert.DoesNotContain(product.Installation.State + "/", await File.ReadAllTextAsync("/proc/mounts"), StringComparison.Ordinal);
        }
        finally
        {
            await product.InterruptUpAsync("The store runs");
            await product.InterruptUpAsync("The control plane runs");
            var up = await product.UpAsync();
            Assert.True(up.ExitCode == 0, up.Output + up.Error);
        }

        // By the command that the first `up` printed.
        var psql = Regex.Match(product.UpOutput, @"PGSERVICEFILE=\S+ psql service=first").Value;
        var read = await product.RunAsync("/bin/sh", ["-c", psql + " -XAtc 'select t from records limit 1'"]);
        Assert.True(read.Output == Canary + "\n", read.Output + read.Error);
    }
}
