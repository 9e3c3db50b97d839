using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Isolation proved by the product itself; and, with a rule taken away, its own verification telling so.</summary>
public sealed class IsolationTests(InstalledProduct product)
{
    private const string Space = "demo/eval";

    // In this order: what was wrong with the rules since the verification before counts against the next.
    [Fact]
    public async Task Verification_passes_and_with_a_rule_gone_it_fails_and_names_what_got_through()
    {
        await PassesAsync();
        await FailsAsync();
    }

    /// <summary>It signs evidence that is verified offline, and leaves nothing behind.</summary>
    private async Task PassesAsync()
    {
        var evidence = Path.GetTempFileName();
        try
        {
            var before = await InstancesAsync();
            var run = await product.CliAsync("verify", "isolation", "--space", Space, "--evidence", evidence, "--output", "json");
            Assert.True(run.ExitCode == 0, run.Output + run.Error);
            var verification = JsonNode.Parse(run.Output)!;
            Assert.Equal("passed", (string)verification["verdict"]!);
            var attempts = verification["attempts"]!.AsArray();
            foreach (var name in (string[])["tcp", "udp", "icmp", "arp", "spoofed-ip", "spoofed-mac", "spoofed-source", "router-advertisement", "host", "guest-api", "host-surface", "stolen-token", "self-signed", "packet-filter", "own-ids"])
            {
                Assert.Contains(attempts, a => (string)a!["name"]! == name);
            }

            Assert.Equal(before, await InstancesAsync());
            Assert.Contains("IsolationVerified", (await product.CliAsync("space", "show", Space)).Output, StringComparison.Ordinal);

            var offline = await product.CliAsync("verify", "evidence", evidence);
            Assert.True(offline.ExitCode == 0, offline.Output + offline.Error);
            var text = await File.ReadAllTextAsync(evidence);
            await File.WriteAllTextAsync(evidence, text.Replace("\"observed\":\"blocked\"", "\"observed\":\"BLOCKED\"", StringComparison.Ordinal));
            var forged = await product.CliAsync("verify", "evidence", evidence);
            Assert.Equal(1, forged.ExitCode);
            Assert.Contains("NOT GENUINE", forged.Error, StringComparison.Ordinal);
            Assert.Contains("isolation.judge", (await product.CliAsync("ledger", "tail", "--lines", "200", "--output", "json")).Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(evidence);
        }
    }

    /// <summary>The forward rule is gone, and beffroid is killed meanwhile.</summary>
    private async Task FailsAsync()
    {
        var before = await InstancesAsync();
        var started = JsonNode.Parse((await product.CliAsync("verify", "isolation", "--space", Space, "--no-wait", "--output", "json")).Output)!;
        var name = (string)started["name"]!;
        using (var stop = new CancellationTokenSource())
        {
            // The host puts the rule back whenever it touches a network: it is taken away until the attacks are over.
            var breaking = BreakAsync(stop.Token);
            await product.RunAsync("/usr/bin/sv", ["kill", product.Installation.State + "/services/server"]);
            await InstalledProduct.EventuallyAsync("the verdict", async () => await VerdictAsync(name) is not (null or "running"));
            await stop.CancelAsync();
            await breaking;
        }

        var shown = await product.CliAsync("verify", "show", name, "--space", Space);
        Assert.Equal(1, shown.ExitCode);
        foreach (var attack in (string[])["outside/tcp", "outside/icmp", "inside/udp", "platform/packet-filter"])
        {
            Assert.Contains("FAILED: " + attack, shown.Output, StringComparison.Ordinal);
        }

        Assert.Contains("FALSE (AttackSucceeded", (await product.CliAsync("space", "show", Space)).Output, StringComparison.Ordinal);
        await InstalledProduct.EventuallyAsync("the probes are gone", async () => await InstancesAsync() == before);
        await InstalledProduct.EventuallyAsync(
            "the rule is back", async () => (await Commands.RunAsync("nft", ["list", "chain", "inet", product.Installation.Name, "forward"])).Contains("jump across", StringComparison.Ordinal));
    }

    private async Task BreakAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await product.RunAsync("/usr/sbin/nft", ["flush", "chain", "inet", product.Installation.Name, "forward"]);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private async Task<string?> VerdictAsync(string name)
    {
        var shown = await product.CliAsync("verify", "show", name, "--space", Space, "--output", "json");
        return shown.Output.StartsWith('{') ? (string?)JsonNode.Parse(shown.Output)!["verdict"] : null;
    }

    private async Task<string> InstancesAsync() =>
        string.Join('\n', (await Commands.RunAsync("incus", ["list", "--all-projects", "--format", "csv", "--columns", "en"])).Split('\n').Where(l => l.StartsWith(product.Installation.Name + "-", StringComparison.Ordinal)).Order());
}
