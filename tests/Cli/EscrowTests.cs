using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Cli.Tests;

/// <summary><c>key escrow</c> on the customer's own machine, which believes no server and writes no key that nobody asked for.</summary>
public sealed class EscrowTests : IAsyncLifetime
{
    private const string Escrow = "/v1/organizations/demo/key/escrow";
    private readonly CliRun _cli = new();
    private readonly EscrowScene _scene = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-test-escrow-").FullName;
    private FakeApi _api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
        for (var i = 0; i < _scene.Shares.Count; i++)
        {
            await File.WriteAllTextAsync(In($"share{i}"), $"# Share {i}\n{_scene.Shares[i]}\n", Cancel);
        }

        await File.WriteAllTextAsync(In("export"), JsonSerializer.Serialize(_scene.Export, WireJson.Default.EscrowExport), Cancel);
        await File.WriteAllTextAsync(In("public"), _scene.Key.PublicKey.Pem, Cancel);
        _api.OnJson($"GET {Escrow}/export", _scene.Export, WireJson.Default.EscrowExport);
        _api.OnJson($"POST {Escrow}/recover", Samples.Operation("running", "unseal"), WireJson.Default.Operation, 202);
        _api.OnJson("GET /v1/organizations/demo/key/operations/" + Samples.OperationId, Samples.Operation("succeeded", "unseal"), WireJson.Default.Operation);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
        _scene.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Shares_are_made_without_a_server_and_any_enough_of_them_give_the_public_key_that_was_written()
    {
        var made = await _cli.RunAsync("key", "escrow", "create", In("new.pub"), "--shares", "5", "--threshold", "3", "--folder", In("shares"));
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Empty(_api.Requests);
        var fingerprint = EscrowPublicKey.Parse(await File.ReadAllTextAsync(In("new.pub"), Cancel))!.Fingerprint;
        Assert.Equal(fingerprint, made.Output.Trim());
        var files = Directory.GetFiles(In("shares")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(5, files.Count);
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.DoesNotContain((await File.ReadAllLinesAsync(files[0], Cancel))[^1], made.Output + made.Error, StringComparison.Ordinal);

        var check = await _cli.RunAsync("key", "escrow", "check", files[4], files[0], files[2], "--public-key", In("new.pub"));
        Assert.True(check.ExitCode == 0, check.Error);
        Assert.Equal(fingerprint, check.Output.Trim());
        Assert.Equal(0, (await _cli.RunAsync(["key", "escrow", "check", .. files])).ExitCode);
        var few = await _cli.RunAsync("key", "escrow", "check", files[4], files[0]);
        Assert.Equal(0, few.ExitCode);
        Assert.Contains("3 different shares are needed", few.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _cli.RunAsync("key", "escrow", "check", files[4], files[0], "--public-key", In("new.pub"))).ExitCode);
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task Nothing_is_overwritten_and_nothing_half_made_stays()
    {
        Directory.CreateDirectory(In("shares"));
        await File.WriteAllTextAsync(In("shares/share-2.txt"), "mine", Cancel);
        var run = await _cli.RunAsync("key", "escrow", "create", In("new.pub"), "--shares", "3", "--threshold", "2", "--folder", In("shares"));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("mine", await File.ReadAllTextAsync(In("shares/share-2.txt"), Cancel));
        Assert.Single(Directory.GetFiles(In("shares")));
        Assert.False(File.Exists(In("new.pub")));
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("key", "escrow", "create", In("public"), "--shares", "3", "--threshold", "2", "--folder", In("others"))).ExitCode);
        Assert.Equal(_scene.Key.PublicKey.Pem, await File.ReadAllTextAsync(In("public"), Cancel));
        Assert.False(Directory.Exists(In("others")));
        // What can't be written at all leaves no shares behind.
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("key", "escrow", "create", In("nowhere/new.pub"), "--shares", "3", "--threshold", "2", "--folder", In("others"))).ExitCode);
        Assert.False(Directory.Exists(In("others")));
        foreach (var wrong in new[] { "--shares 3 --threshold 4", "--shares 17 --threshold 2", "--shares 3 --threshold 1", "--shares 3 --threshold 2 --print" })
        {
            var refused = await _cli.RunAsync(["key", "escrow", "create", In("new.pub"), .. wrong.Split(' '), .. wrong.EndsWith("print", StringComparison.Ordinal) ? Array.Empty<string>() : ["--folder", In("others")]]);
            Assert.Equal(ExitCode.Usage, refused.ExitCode);
            Assert.DoesNotContain("academic", refused.Output + refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_passphrase_is_needed_beside_the_shares_if_there_is_one()
    {
        _cli.Input = "correct horse battery\n";
        var made = await _cli.RunAsync("key", "escrow", "create", In("new.pub"), "--shares", "2", "--threshold", "2", "--folder", In("shares"), "--passphrase");
        Assert.True(made.ExitCode == 0, made.Error);
        string[] check = ["key", "escrow", "check", In("shares/share-1.txt"), In("shares/share-2.txt"), "--public-key", In("new.pub")];
        Assert.Equal(0, (await _cli.RunAsync([.. check, "--passphrase"])).ExitCode);
        Assert.Equal(1, (await _cli.RunAsync(check)).ExitCode);
        _cli.Input = "short\n";
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("key", "escrow", "create", In("more.pub"), "--shares", "2", "--threshold", "2", "--folder", In("more"), "--passphrase")).ExitCode);
    }

    [Fact]
    public async Task A_changed_share_is_found_and_its_file_named()
    {
        var words = _scene.Shares[1].Split(' ');
        (words[9], words[10]) = (words[10] == words[9] ? "academic" : words[10], words[9]);
        await File.WriteAllTextAsync(In("share1"), string.Join(' ', words), Cancel);
        var run = await _cli.RunAsync("key", "escrow", "check", In("share0"), In("share1"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(In("share1"), run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(words[9], run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_key_is_registered_and_a_server_that_says_another_is_not_believed()
    {
        _api.OnJson("PUT " + Escrow, _scene.Shown, WireJson.Default.KeyEscrow);
        var run = await _cli.RunAsync("key", "escrow", "register", In("public"));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(_scene.Key.PublicKey.Pem, JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.PutEscrow)!.PublicKey);
        _api.OnJson("PUT " + Escrow, _scene.Shown with { Fingerprint = new string('0', 64) }, WireJson.Default.KeyEscrow);
        Assert.Equal(1, (await _cli.RunAsync("key", "escrow", "register", In("public"))).ExitCode);
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("key", "escrow", "register", In("share0"))).ExitCode);
    }

    [Fact]
    public async Task A_resources_key_opens_with_enough_shares_and_no_server()
    {
        string[] open = ["key", "escrow", "open", In("export"), "--resource", "eval/dossiers", "--out", In("opened")];
        string[] shares = ["--share", In("share2"), "--share", In("share0"), "--yes"];
        Assert.Equal(1, (await _cli.RunAsync([.. open, "--share", In("share0"), "--yes"])).ExitCode);
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync([.. open, .. shares[..^1]])).ExitCode);
        Assert.Equal(ExitCode.NotFound, (await _cli.RunAsync([.. open[..5], "eval/other", .. open[6..], .. shares])).ExitCode);
        Assert.False(File.Exists(In("opened")));

        var run = await _cli.RunAsync([.. open, .. shares]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(_scene.ResourceKey.Reveal().ToArray(), await File.ReadAllBytesAsync(In("opened"), Cancel));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("opened")));
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync([.. open, .. shares])).ExitCode);
        foreach (var (use, purpose, length) in new[] { ("volume", "volume", 64), ("volume/" + EscrowScene.Space.ToString("D"), "volume/" + EscrowScene.Space.ToString("N"), 64), ("backup", "backup", 48) })
        {
            File.Delete(In("opened"));
            Assert.Equal(0, (await _cli.RunAsync([.. open, .. shares, "--use", use])).ExitCode);
            using var derived = ResourceKeyUses.Derive(_scene.ResourceKey, EscrowScene.Resource, purpose, length);
            var expected = use == "backup" ? System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(derived.Reveal())) : derived.Reveal().ToArray();
            Assert.Equal(expected, await File.ReadAllBytesAsync(In("opened"), Cancel));
        }

        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task Recovery_gives_back_every_key_as_it_was_and_sends_nothing_with_other_shares()
    {
        string[] recover = ["key", "escrow", "recover", "--provider", "hsm", "--yes"];
        using (var other = new EscrowScene())
        {
            await File.WriteAllTextAsync(In("alien0"), other.Shares[0], Cancel);
            await File.WriteAllTextAsync(In("alien1"), other.Shares[1], Cancel);
        }

        var refused = await _cli.RunAsync([.. recover, "--share", In("alien0"), "--share", In("alien1")]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Nothing was sent", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await _cli.RunAsync([.. recover, "--share", In("share0")])).ExitCode);
        Assert.DoesNotContain(_api.Requests, r => r.StartsWith("POST", StringComparison.Ordinal));

        var run = await _cli.RunAsync([.. recover, "--share", In("share1"), "--share", In("share2")]);
        Assert.True(run.ExitCode == 0, run.Error);
        var sent = JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.RecoverOrganization)!;
        Assert.Equal("hsm", sent.Provider);
        Assert.Equal([(EscrowScene.Space, "authority/servers"), (EscrowScene.Resource, "resource-key")], sent.Keys.Select(k => (k.OwnerId, k.Purpose)));
        Assert.Equal(_scene.AuthorityKey.Reveal().ToArray(), sent.Keys[0].Key);
        Assert.Equal(_scene.ResourceKey.Reveal().ToArray(), sent.Keys[1].Key);
        Assert.DoesNotContain(Convert.ToBase64String(_scene.ResourceKey.Reveal()), run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_damaged_comes_from_an_earlier_export_and_what_was_never_sealed_stops_all()
    {
        string[] recover = ["key", "escrow", "recover", "--provider", "hsm", "--yes", "--share", In("share1"), "--share", In("share2")];
        Serve(_scene.Export.Keys[0], _scene.Export.Keys[1] with { Sealed = null });
        var refused = await _cli.RunAsync(recover);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("wholly or not at all", refused.Error, StringComparison.Ordinal);

        var damaged = _scene.Export.Keys[0].Sealed!.ToArray();
        damaged[^1] ^= 1;
        Serve(_scene.Export.Keys[0] with { Sealed = damaged }, _scene.Export.Keys[1]);
        Assert.Equal(1, (await _cli.RunAsync(recover)).ExitCode);
        Assert.DoesNotContain(_api.Requests, r => r.StartsWith("POST", StringComparison.Ordinal));
        var run = await _cli.RunAsync([.. recover, "--export", In("export")]);
        Assert.True(run.ExitCode == 0, run.Error);
        var sent = JsonSerializer.Deserialize(_api.Bodies.Last(), WireJson.Default.RecoverOrganization)!;
        Assert.Equal([_scene.AuthorityKey.Reveal().ToArray(), _scene.ResourceKey.Reveal().ToArray()], sent.Keys.Select(k => k.Key));

        void Serve(params EscrowedKey[] keys) => _api.OnJson($"GET {Escrow}/export", _scene.Export with { Keys = keys }, WireJson.Default.EscrowExport);
    }

    [Fact]
    public async Task An_export_is_a_file_of_its_owners_and_says_what_is_not_in_it_yet()
    {
        var half = _scene.Export with { Keys = [_scene.Export.Keys[0], _scene.Export.Keys[1] with { Sealed = null, Commitment = null }] };
        _api.OnJson($"GET {Escrow}/export", half, WireJson.Default.EscrowExport);
        var run = await _cli.RunAsync("key", "escrow", "export", In("written"), "-o", "json");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(1, (int)JsonNode.Parse(run.Output)!["left"]!);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("written")));
        Assert.Equal(ExitCode.NotFound, (await _cli.RunAsync("key", "escrow", "open", In("written"), "--resource", "eval/dossiers", "--out", In("x"), "--yes", "--share", In("share0"), "--share", In("share1"))).ExitCode);
        _api.OnJson($"GET {Escrow}/export", half with { Fingerprint = new string('0', 64) }, WireJson.Default.EscrowExport);
        Assert.Equal(1, (await _cli.RunAsync("key", "escrow", "export", In("lies"))).ExitCode);
        Assert.False(File.Exists(In("lies")));
    }

    private string In(string name) => Path.Combine(_folder, name);
}
