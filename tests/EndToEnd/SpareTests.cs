using System.Text.Json.Nodes;

namespace Beffroi.EndToEnd.Tests;

/// <summary>
/// A spare from its preparation to its end: beffroid is killed at boundaries of its preparation and of its becoming a customer's, and it converges.
/// </summary>
public sealed class SpareTests(InstalledProduct product)
{
    private const string Space = "demo/spares";

    // CrashTests kills at all of them in what is the same in both; here, unless one has long, at the one where a spare is most otherwise.
    private static readonly string[] Steps = InstalledProduct.AtLength
        ? ["space-network", "key", "volume", "identity", "configuration", "instance", "agent", "database", "endpoint", "forget-token"]
        : ["configuration"];

    [Fact]
    public async Task A_space_with_a_database_has_a_spare_that_the_next_takes_over_and_that_goes_with_the_last()
    {
        var orders = Directory.CreateDirectory(product.Installation.State + "/faults").FullName;
        await Files.OwnAsync(orders, product.Installation.User);
        await product.ConfigureServerAsync(server => server["FaultDirectory"] = orders);
        try
        {
            Assert.Equal(0, (await product.CliAsync("space", "create", Space, "--evaluation")).ExitCode);
            await OrderAsync(orders, "prepare", "after");
            await product.AskAsync(async () => await ShowAsync("one") is not null, Create("one", "--no-wait"));
            await InstalledProduct.EventuallyAsync("one is ready", async () => (string?)(await ShowAsync("one"))?["status"]?["state"] == "ready");
            var spare = "";
            await InstalledProduct.EventuallyAsync("the space has a spare that is ready", async () => (spare = await ReadySpareAsync()).Length > 0);
            Assert.Empty(Directory.GetFiles(orders));
            Assert.Contains(spare, product.Volumes());
            Assert.Equal(["one"], await NamesAsync());

            await OrderAsync(orders, "create", "before");
            await product.AskAsync(async () => await ShowAsync("two") is not null, Create("two", "--no-wait"));
            await InstalledProduct.EventuallyAsync("two is ready", async () => (string?)(await ShowAsync("two"))?["status"]?["state"] == "ready");
            Assert.Empty(Directory.GetFiles(orders));
            Assert.Equal(spare, Id(await ShowAsync("two")));

            // psql verifies the server's name: it is that of the new database, no longer the spare's.
            var query = await product.CliAsync("postgres", "connect", "two", "--space", Space, "--", "-XAtc", "select 'alive'");
            Assert.True(query.Output == "alive\n", query.Output + query.Error);
            Assert.Contains("two.spares.demo", (string)(await ShowAsync("two"))!["status"]!["endpoint"]!["host"]!, StringComparison.Ordinal);
            var ledger = await product.CliAsync("ledger", "search", "--action", "postgres.create", "--output", "json");
            Assert.True(ledger.Output.Contains("takes over a spare", StringComparison.Ordinal), ledger.Output + ledger.Error);

            await InstalledProduct.EventuallyAsync("there is another spare", async () => await ReadySpareAsync() is { Length: > 0 } next && next != spare);
            var last = await ReadySpareAsync();
            foreach (var name in new[] { "one", "two" })
            {
                var delete = await product.CliAsync("postgres", "delete", name, "--space", Space, "--yes");
                Assert.True(delete.ExitCode == 0, delete.Output + delete.Error);
            }

            await InstalledProduct.EventuallyAsync("the spare goes with the last database", () => Task.FromResult(!product.Volumes().Contains(last)));
        }
        finally
        {
            await product.ConfigureServerAsync(server => server.Remove("FaultDirectory"));
            Directory.Delete(orders, recursive: true);
        }
    }

    private static string[] Create(string name, params string[] more) =>
        ["postgres", "create", name, "--space", Space, "--storage", "1GiB", "--deletion-protection", "off", .. more];

    private async Task<JsonNode?> ShowAsync(string name)
    {
        var show = await product.CliAsync("postgres", "show", name, "--space", Space, "--output", "json");
        return show.ExitCode == 0 ? JsonNode.Parse(show.Output) : null;
    }

    /// <summary>As its volume's folder is named.</summary>
    private static string Id(JsonNode? shown) => shown!["id"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal);

    private async Task<IEnumerable<string>> NamesAsync() =>
        JsonNode.Parse((await product.CliAsync("postgres", "list", "--space", Space, "--output", "json")).Output)!.AsArray().Select(item => (string)item!["name"]!);

    private Task<string> ReadySpareAsync() => product.QueryStoreAsync("""
        select replace(r.id::text, '-', '') from platform.resources r join platform.spaces s on s.id = r.space_id
        where r.spare and s.name = 'spares' and r.status->>'state' = 'ready' and r.deletion_requested_at is null
        """);

    private async Task OrderAsync(string orders, string verb, string side)
    {
        foreach (var order in Steps.Select(step => $"{orders}/{verb}.{step}.{side}"))
        {
            await product.OrderKillAsync(order);
        }
    }
}
