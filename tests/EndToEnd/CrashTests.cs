using System.Text.Json.Nodes;

namespace Beffroi.EndToEnd.Tests;

/// <summary>beffroid is killed at every boundary between two steps, of a creation and of a deletion, and both converge all the same.</summary>
public sealed class CrashTests(InstalledProduct product)
{
    private static readonly string[] Create =
        ["space-network", "key", "volume", "identity", "configuration", "instance", "agent", "database", "endpoint", "forget-token"];

    private static readonly string[] Delete = ["remove-instance", "remove-volume", "destroy-key"];

    [Fact]
    public async Task Killed_at_every_step_of_a_creation_and_a_deletion_it_converges()
    {
        var orders = Directory.CreateDirectory(product.Installation.State + "/faults").FullName;
        await Files.OwnAsync(orders, product.Installation.User);
        await product.ConfigureServerAsync(server =>
        {
            server["FaultDirectory"] = orders;
            // The long way: SpareTests has the short one.
            server["Zone"] = new JsonObject { ["Spares"] = 0 };
        });
        try
        {
            await product.OrderKillsAsync(orders, "create", Create);
            await product.AskAsync(
                async () => await StateAsync("crashes") != "", "postgres", "create", "crashes", "--storage", "1GiB", "--deletion-protection", "off", "--no-wait");
            await InstalledProduct.EventuallyAsync("crashes is ready", async () => await StateAsync("crashes") == "ready");
            Assert.Empty(Directory.GetFiles(orders));
            var id = await IdAsync("crashes");
            Assert.Contains(id, product.Volumes());

            var query = await product.CliAsync("postgres", "connect", "crashes", "--", "-XAtc", "select 'alive'");
            Assert.True(query.Output == "alive\n", query.Output + query.Error);

            await product.OrderKillsAsync(orders, "delete", Delete);
            await product.AskAsync(async () => await StateAsync("crashes") == "deleting" || (await product.CliAsync("postgres", "show", "crashes")).ExitCode == 3, "postgres", "delete", "crashes", "--yes", "--no-wait");
            await InstalledProduct.EventuallyAsync("crashes is gone", async () => (await product.CliAsync("postgres", "show", "crashes")).ExitCode == 3);
            Assert.Empty(Directory.GetFiles(orders));
            Assert.DoesNotContain(id, product.Volumes());
            await EachStepIsInTheLedgerAsync();
        }
        finally
        {
            await product.ConfigureServerAsync(server =>
            {
                server.Remove("FaultDirectory");
                server["Zone"] = new JsonObject { ["Spares"] = 1 };
            });
            Directory.Delete(orders, recursive: true);
        }
    }

    private async Task EachStepIsInTheLedgerAsync()
    {
        var ledger = await product.CliAsync("ledger", "tail", "--lines", "1000", "--output", "json");
        foreach (var step in Create.Concat(Delete))
        {
            Assert.Contains("postgres." + step, ledger.Output, StringComparison.Ordinal);
        }
    }

    private async Task<string> StateAsync(string name) => (await ShowAsync(name))?["status"]?["state"]?.GetValue<string>() ?? "";

    /// <summary>As its volume's folder is named.</summary>
    private async Task<string> IdAsync(string name) => (await ShowAsync(name))!["id"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal);

    private async Task<JsonNode?> ShowAsync(string name)
    {
        var show = await product.CliAsync("postgres", "show", name, "--output", "json");
        return show.ExitCode == 0 ? JsonNode.Parse(show.Output) : null;
    }
}
