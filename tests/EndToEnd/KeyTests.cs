using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Encryption;

namespace Beffroi.EndToEnd.Tests;

/// <summary>
/// An organization's key from rotation to sealing and back, and a deletion that is undone: with a database and a spare, and beffroid killed
/// at one boundary of each, or with <c>--long</c> at every one. What must not be readable is looked for as root on the host.
/// </summary>
public sealed class KeyTests(InstalledProduct product)
{
    private const string Space = "demo/sealing";
    private const string Row = "canary-51c0d7e2-in-a-sealed-record";
    private const string Ask = "select t from records";

    // In backups, which are compressed, too: what is random is there as it lies.
    private readonly Canary _canary = new();

    [Fact]
    public async Task Rotated_everything_serves_on_sealed_nothing_opens_and_unsealed_all_is_back()
    {
        var orders = Directory.CreateDirectory(product.Installation.State + "/faults").FullName;
        await Files.OwnAsync(orders, product.Installation.User);
        await product.ConfigureServerAsync(server => (server["FaultDirectory"], server["KeyRetirementSeconds"]) = (orders, 5));
        try
        {
            Assert.Equal(0, (await product.CliAsync("space", "create", Space, "--evaluation")).ExitCode);
            await DoneAsync("postgres", "create", "one", "--space", Space, "--storage", "1GiB", "--deletion-protection", "off");
            await InstalledProduct.EventuallyAsync("the space has a spare that is ready", async () => await NodesAsync("and r.spare and r.status->>'state' = 'ready'") is [_]);
            var plant = await QueryAsync("one", $"create table records (t text); insert into records values ('{Row}'); checkpoint");
            Assert.True(plant.ExitCode == 0, plant.Error);
            await File.WriteAllTextAsync(orders + ".sql", _canary.Variables + Canary.Plant);
            plant = await product.CliAsync("postgres", "connect", "one", "--space", Space, "--", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", orders + ".sql");
            Assert.True(plant.ExitCode == 0, plant.Error);
            File.Delete(orders + ".sql");

            await RotateAsync(orders);
            await RotateDatabaseAsync(orders);
            await SealAsync(orders);
            await UnsealAsync(orders);
            Assert.Empty(Directory.GetFiles(orders));
            await VerifyOpenAsync();
            if (InstalledProduct.AtLength)
            {
                await VerifyAsync();
                await VerifyByTwoAsync();
            }

            await DeleteAsync();
        }
        finally
        {
            // Other tests find what they had.
            await product.CliAsync("key", "unseal");
            await product.ConfigureServerAsync(server =>
            {
                server.Remove("FaultDirectory");
                server.Remove("KeyRetirementSeconds");
            });
            Directory.Delete(orders, recursive: true);
        }
    }

    private async Task RotateAsync(string orders)
    {
        using var asking = new Availability(product);
        await KillsAsync(orders, "rotate-key", "rewrapped", "new-generation", "old-destroyed");
        await DoneAsync("key", "rotate");
        Assert.Empty(await asking.EndAsync());
        var key = JsonNode.Parse((await product.CliAsync("key", "show", "--output", "json")).Output)!;
        Assert.Equal("active", (string?)key["generations"]!.AsArray()[^1]!["state"]);
        Assert.All(key["generations"]!.AsArray(), g => Assert.Equal("softhsm", (string?)g!["provider"]));
        Assert.All(key["generations"]!.AsArray().SkipLast(1), g => Assert.Equal("destroyed", (string?)g!["state"]));
        var newest = (int)key["generations"]!.AsArray()[^1]!["generation"]!;
        Assert.All(
            JsonNode.Parse((await product.CliAsync("key", "list", "--output", "json")).Output)!.AsArray(), k => Assert.Equal(newest, (int)k!["wrappedUnder"]!));
        await AnswersAsync();
    }

    /// <summary>The database's own key: everything is where it was, and nothing of the copy is left.</summary>
    private async Task RotateDatabaseAsync(string orders)
    {
        await KillsAsync(orders, "create", "rekey");
        await DoneAsync("postgres", "rotate-key", "one", "--space", Space);
        await AnswersAsync();
        var keys = JsonNode.Parse((await product.CliAsync("key", "list", "--output", "json")).Output)!.AsArray().Where(k => (string?)k!["resource"] == "sealing/one").ToList();
        Assert.Equal([(1, "kept"), (2, "active")], keys.Select(k => ((int)k!["generation"]!, (string)k["state"]!)).Order());
        Assert.Empty(Directory.EnumerateDirectories(product.Installation.State + "/volumes/.copies"));

        // What is backed up is under the new key, and the volume that it lies on under another one, as locked as before.
        var shown = JsonNode.Parse((await product.CliAsync("postgres", "show", "one", "--space", Space, "--output", "json")).Output)!;
        Assert.Equal("true", shown["status"]!["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "BackupKeyRotated")!["holds"]!.ToJsonString());
        await DoneAsync("backup-repository", "rotate-key", "--space", Space);
        var repository = JsonNode.Parse((await product.CliAsync("backup-repository", "show", "--space", Space, "--output", "json")).Output)!["status"]!;
        Assert.True((string?)repository["state"] == "ready" && (int)repository["lockedFiles"]! > 0, repository.ToJsonString());
        await DoneAsync("postgres", "backup", "create", "one", "--space", Space);
    }

    private async Task SealAsync(string orders)
    {
        // The search finds what is there.
        var places = product.Volumes().Select(v => $"{product.Installation.State}/volumes/{v}").ToList();
        Assert.NotEmpty(places.Select(p => p + "/mount/data/postgresql").Where(Path.Exists).SelectMany(p => Search(_canary.Sought, p)));
        var password = (string)JsonNode.Parse((await product.CliAsync("postgres", "credentials", "one", "--space", Space, "--output", "json")).Output)!["password"]!;
        var nodes = await NodesAsync("");
        Assert.Equal(2, nodes.Count);

        await KillsAsync(orders, "seal", "stop-instance", "lock-volume");
        await KillsAsync(orders, "seal-key", "services-stopped", "nothing-open", "memory-cleared");
        await DoneAsync("key", "seal", "--yes");
        Assert.DoesNotContain(product.Installation.State + "/volumes", await File.ReadAllTextAsync("/proc/mounts"), StringComparison.Ordinal);
        var sought = new SoughtBytes([.. _canary.Sought.Sequences, .. SoughtBytes.Of(Row), .. SoughtBytes.Of(password)]);
        Assert.Empty(new[] { product.Installation.State, product.Installation.Logs, product.Installation.Configuration, "/var/lib/incus", "/var/log/incus" }.SelectMany(p => Search(sought, p)));

        foreach (var command in new string[][]
        {
            ["postgres", "create", "more", "--space", Space], ["postgres", "credentials", "one", "--space", Space], ["postgres", "restart", "one", "--space", Space],
            ["postgres", "restore", "one", "--space", Space, "--to", "more", "--latest"], ["key", "rotate"], ["verify", "isolation", "--space", Space],
        })
        {
            var refused = await product.CliAsync(command);
            Assert.True(refused.ExitCode == 4 && refused.Error.Contains("sealed", StringComparison.OrdinalIgnoreCase), string.Join(' ', command) + ": " + refused.Output + refused.Error);
        }

        // Root starts the instances: without their volumes they don't even begin. Their files are read past them: those of the image are there, and nothing else.
        foreach (var (project, instance) in nodes)
        {
            Assert.NotEqual(0, (await product.RunAsync("/usr/bin/incus", ["--project", project, "start", instance])).ExitCode);
            Assert.Equal(0, (await product.RunAsync("/usr/bin/incus", ["--project", project, "file", "pull", instance + "/etc/passwd", "-"])).ExitCode);
            Assert.NotEqual(0, (await product.RunAsync("/usr/bin/incus", ["--project", project, "file", "pull", "--recursive", instance + "/data/postgresql", orders])).ExitCode);
        }

        // The control plane goes down and comes up, and at length the whole platform: sealed it stays.
        if (InstalledProduct.AtLength)
        {
            var down = await product.RunAsync(InstalledProduct.Sources + "/beffroi", ["down"]);
            Assert.True(down.ExitCode == 0, down.Output + down.Error);
            var up = await product.UpAsync();
            Assert.True(up.ExitCode == 0, up.Output + up.Error);
        }

        // `up` writes the configuration of an ordinary installation.
        await product.ConfigureServerAsync(server => server["FaultDirectory"] = orders);
        Assert.Equal("sealed", (string?)JsonNode.Parse((await product.CliAsync("key", "show", "--output", "json")).Output)!["state"]);
        Assert.DoesNotContain(product.Installation.State + "/volumes", await File.ReadAllTextAsync("/proc/mounts"), StringComparison.Ordinal);
    }

    private async Task UnsealAsync(string orders)
    {
        await KillsAsync(orders, "unseal-key", "seal-lifted", "key-usable", "services-started");
        await DoneAsync("key", "unseal");
        await AnswersAsync();
        var reaped = await QueryAsync("one", Canary.Reap);
        Assert.True(reaped.Output.StartsWith(_canary.Word + "\n", StringComparison.Ordinal), reaped.Output + reaped.Error);
        await InstalledProduct.EventuallyAsync("what other tests use is back as well", async () => (await Availability.QueryAsync(product, "select 1")).Output == "1\n");
    }

    private static IReadOnlyList<string> Search(SoughtBytes sought, string path) => new PlaintextSearch(sought).Below(path, _ => false, CancellationToken.None);

    private Task<Outcome> Verify() =>
        product.RunAsync(product.Command, ["verify", "encryption", "--space", Space, "--yes", "--evidence", "-", "--output", "json"], TimeSpan.FromMinutes(15));

    private async Task VerifyOpenAsync()
    {
        var evidence = Path.GetTempFileName();
        var open = await product.CliAsync("verify", "encryption", "--space", Space, "--open-only", "--evidence", evidence);
        Assert.True(open.ExitCode == 0, open.Output + open.Error);
        var signed = await product.CliAsync("verify", "evidence", evidence, "--output", "json");
        File.Delete(evidence);
        Assert.True(signed.ExitCode == 0, signed.Output + signed.Error);
        Assert.Equal("alice", (string?)JsonNode.Parse(signed.Output)!["reportedBy"]);
    }

    /// <summary>
    /// The command finds nothing but what is laid out for it: the word of its own row, in a file that this test makes of it. It reads the whole host three times, and stops and seals in
    /// between: that takes minutes.
    /// </summary>
    private async Task VerifyAsync()
    {
        var leak = product.Installation.State + "/leak";
        var verifying = Verify();
        var word = "";
        await InstalledProduct.EventuallyAsync("the row is there", async () =>
            (word = (await QueryAsync("one", "select word from beffroi_encryption_verification where word is not null")).Output).Length > 1 || verifying.IsCompleted);
        await File.WriteAllTextAsync(leak, "somewhere in it is " + word);
        var found = await verifying;
        File.Delete(leak);
        Assert.True(found.ExitCode == 1, found.Output + found.Error);
        var attempts = JsonNode.Parse(found.Output)!["attempts"]!.AsArray().Select(a => a!.AsObject()).ToList();
        Assert.Contains(attempts, a => (string?)a["state"] == "sealed" && (string?)a["verdict"] == "failed");
        // Five times by the API, three times by Incus: start, restore and read.
        Assert.Equal(8, attempts.Count(a => (string?)a["state"] == "sealed" && (string?)a["verdict"] == "passed" && (((string?)a["what"])!.EndsWith("of the API", StringComparison.Ordinal) || ((string?)a["what"])!.Contains("by Incus", StringComparison.Ordinal))));
        // This test has read the word: it is in its memory, and found there.
        Assert.All(attempts.Where(a => (string?)a["verdict"] == "failed"), a =>
            Assert.StartsWith(((string?)a["what"])!.Contains("memory", StringComparison.Ordinal) ? $"found in {Path.GetFileName(Environment.ProcessPath)} (" : $"found in {leak} (", (string?)a["observed"], StringComparison.Ordinal));
        Assert.Equal("unsealed", (string?)attempts[^1]["state"]);
        await AnswersAsync();
        // What was found is told to the organization, too.
        await InstalledProduct.EventuallyAsync("the check fails", async () =>
            JsonNode.Parse((await product.CliAsync("evidence", "list", "--output", "json")).Output)!.AsArray()
                .Any(f => (string?)f!["check"] == "encryption-verified" && (string?)f["state"] == "fails"));
    }

    /// <summary>Nothing is laid out for it, and it ends in passed: under the two-person rule, by which it waits to seal and to unseal.</summary>
    private async Task VerifyByTwoAsync()
    {
        await DoneAsync("safeguard", "set", "--two-person-rule", "on");
        var verifying = Verify();
        await ApproveAsync("key.seal", verifying);
        await ApproveAsync("key.unseal", verifying);
        var verified = await verifying;
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
        var attempts = JsonNode.Parse(verified.Output)!["attempts"]!.AsArray().Select(a => a!.AsObject()).ToList();
        Assert.All(attempts, a => Assert.Equal("passed", (string?)a["verdict"]));
        Assert.Equal(2, attempts.Count(a => ((string?)a["what"])!.Contains("memory of", StringComparison.Ordinal) && (string?)a["state"] == "sealed"));
        // Nobody has looked into the organization's other spaces, so that it holds can't be said.
        await InstalledProduct.EventuallyAsync("the check fails no more", async () =>
            JsonNode.Parse((await product.CliAsync("evidence", "list", "--output", "json")).Output)!.AsArray()
                .Any(f => (string?)f!["check"] == "encryption-verified" && (string?)f["state"] == "unknown"));

        string[] off = ["safeguard", "set", "--two-person-rule", "off"];
        Assert.Equal(4, (await product.CliAsync(off)).ExitCode);
        await ApproveAsync("safeguard.change", Task.Delay(TimeSpan.FromMinutes(1)));
        await DoneAsync(off);
    }

    /// <summary>As a second person would: who may be one, and what they decide, are the matter of the server's own tests.</summary>
    private async Task ApproveAsync(string action, Task asking)
    {
        while (await product.QueryStoreAsync($"update platform.approvals set state = 'approved', decider = 'bob' where action = '{action}' and state = 'waiting' returning 1") != "1")
        {
            Assert.False(asking.IsCompleted, $"{action} never waited");
            await Task.Delay(1000);
        }
    }

    private async Task DeleteAsync()
    {
        await DoneAsync("safeguard", "set", "--deletion-grace", "1", "--immediate-deletion", "on");
        var volume = ((string)(await ShowAsync("one"))!["id"]!).Replace("-", "", StringComparison.Ordinal);
        await DoneAsync("postgres", "delete", "one", "--space", Space, "--yes");
        Assert.Contains(volume, product.Volumes());
        Assert.DoesNotContain(volume, await File.ReadAllTextAsync("/proc/mounts"), StringComparison.Ordinal);
        await DoneAsync("postgres", "undelete", "one", "--space", Space);
        Assert.Equal(Row + "\n", (await QueryAsync("one", Ask)).Output);

        await DoneAsync("postgres", "delete", "one", "--space", Space, "--yes", "--grace", "0");
        Assert.DoesNotContain(volume, product.Volumes());
        Assert.Null(await ShowAsync("one"));
        var ledger = await product.CliAsync("ledger", "search", "--action", "postgres.key.destroy", "--output", "json");
        Assert.Contains("SHA-256 of the wrapped key", ledger.Output, StringComparison.Ordinal);
        await DoneAsync("safeguard", "set", "--deletion-grace", "0", "--immediate-deletion", "off");
    }

    /// <summary>The first of the steps is the one that tells most.</summary>
    private Task KillsAsync(string orders, string verb, params string[] steps) =>
        InstalledProduct.AtLength ? product.OrderKillsAsync(orders, verb, steps) : product.OrderKillAsync($"{orders}/{verb}.{steps[0]}.after");

    private async Task AnswersAsync()
    {
        var answer = await QueryAsync("one", Ask);
        Assert.True(answer.Output == Row + "\n", answer.Output + answer.Error);
    }

    private async Task DoneAsync(params string[] arguments)
    {
        var done = await product.CliAsync(arguments);
        Assert.True(done.ExitCode == 0, string.Join(' ', arguments) + ": " + done.Output + done.Error);
    }

    private Task<Outcome> QueryAsync(string name, string sql) => product.CliAsync("postgres", "connect", name, "--space", Space, "--", "-XAtc", sql);

    private async Task<JsonNode?> ShowAsync(string name)
    {
        var show = await product.CliAsync("postgres", "show", name, "--space", Space, "--output", "json");
        return show.ExitCode == 0 ? JsonNode.Parse(show.Output) : null;
    }

    /// <summary>Project and name, at Incus, of each node of the space.</summary>
    private async Task<IReadOnlyList<(string Project, string Instance)>> NodesAsync(string condition) =>
        [.. (await product.QueryStoreAsync($"""
            select replace(s.id::text, '-', '') || ' i-' || replace(n ->> 'instanceId', '-', '') from platform.resources r join platform.spaces s on s.id = r.space_id,
                   jsonb_array_elements(r.internal -> 'nodes') n
            where s.name = 'sealing' and r.kind = 'postgres' {condition}
            """)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Select(p => (product.Installation.Name + "-" + p[0], p[1]))];
}
