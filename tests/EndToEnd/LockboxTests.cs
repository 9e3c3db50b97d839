using System.Text.Json.Nodes;

namespace Beffroi.EndToEnd.Tests;

/// <summary>A support case on the installed product, from asking to the audit, each on their own side.</summary>
public sealed class LockboxTests(InstalledProduct product)
{
    private const string Passphrase = "correct horse battery";

    [Fact]
    public async Task The_operator_sees_what_the_customer_signed_for_and_an_audit_agrees()
    {
        var folder = Directory.CreateTempSubdirectory("beffroi-test-lockbox-").FullName;
        try
        {
            var key = await product.CliWithPassphraseAsync(Passphrase, "lockbox", "key", "create", "--key", folder + "/alice.key");
            Assert.True(key.ExitCode == 0, key.Error);
            // What is shown is what its agent told last, and another test may have stopped it a moment ago.
            await InstalledProduct.EventuallyAsync("its agent has told that it runs", async () =>
                (string?)JsonNode.Parse((await product.CliAsync("postgres", "show", "first", "-o", "json")).Output)!["status"]!["nodes"]![0]!["state"] == "ready");
            var asked = await AdminAsync("lockbox", "ask", "demo/eval", "first", "--access", "diagnostics", "--reason", "support-case", "--details", "You wrote that it is slow.", "-o", "json");
            Assert.True(asked.ExitCode == 0, asked.Error);
            var id = (string)JsonNode.Parse(asked.Output)!["id"]!;
            Assert.Equal(4, (await AdminAsync("lockbox", "open", id)).ExitCode);

            var approved = await product.CliWithPassphraseAsync(Passphrase, "lockbox", "approve", id, "--yes", "--key", folder + "/alice.key");
            Assert.True(approved.ExitCode == 0, approved.Error);
            Assert.Contains("resource postgres/first", approved.Error, StringComparison.Ordinal);
            var seen = await AdminAsync("lockbox", "open", id);
            Assert.True(seen.ExitCode == 0, seen.Error);
            var told = JsonNode.Parse(seen.Output)!;
            Assert.Equal("first", (string?)told["resource"]!["name"]);
            // Asked of the database itself; its state is Patroni's word, which a busy machine may not wait for.
            Assert.Equal("primary", (string?)told["nodes"]![0]!["facts"]!["postgres"]!["role"]);
            // Nothing in it opens the database.
            var password = (string)JsonNode.Parse((await product.CliAsync("postgres", "credentials", "first", "-o", "json")).Output)!["password"]!;
            Assert.DoesNotContain(password, seen.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("SCRAM-SHA-256", seen.Output, StringComparison.Ordinal);

            Assert.Equal(0, (await product.CliAsync("lockbox", "end", id)).ExitCode);
            Assert.Equal(4, (await AdminAsync("lockbox", "open", id)).ExitCode);
            Assert.Single(JsonNode.Parse((await product.CliAsync("lockbox", "accesses", id, "-o", "json")).Output)!.AsArray());

            await InstalledProduct.EventuallyAsync("it is entered", async () => (await product.CliAsync("ledger", "search", "--action", "lockbox.end")).Output.Contains(id, StringComparison.Ordinal));
            var export = await product.CliAsync("ledger", "export", folder + "/ledger");
            Assert.True(export.ExitCode == 0, export.Output + export.Error);
            var audit = await product.CliAsync("lockbox", "audit", folder + "/ledger", "--approver", key.Output.Trim(), "-o", "json");
            Assert.True(audit.ExitCode == 0, audit.Output + audit.Error);
            Assert.Equal(1, (int)JsonNode.Parse(audit.Output)!["agreed"]!);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<Outcome> AdminAsync(params string[] arguments) => product.CliAsync(["--context", "admin", .. arguments]);
}
