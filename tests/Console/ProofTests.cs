using System.Text;
using System.Text.Json;
using Beffroi.Platform.Identity;
using Beffroi.Server.Tests;
using Beffroi.Testing;
using Beffroi.Transparency;
using Beffroi.Transparency.Tests;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>That an entry of the ledger is verified in the browser, and what is wrong is named, whatever it is.</summary>
public sealed class ProofTests(PostgresServer postgres, Chromium chromium) : IAsyncLifetime
{
    private const string Entry = "/console/ledger/1", Log = "**/console/ledger/log/";
    private TestServer _server = null!;
    private IBrowserContext _context = null!;
    private IPage _page = null!;
    private Audit _audit = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres);
        var bob = await Person.EnrolAsync(_server, "bob", "demo", "owner", "auditor");
        await _server.LedgerIntegratedAsync();
        _context = await chromium.ContextAsync(new() { BaseURL = _server.Address(Side.Customer), IgnoreHTTPSErrors = true, Locale = "en" });
        _audit = new Audit(await _context.NewPageAsync());
        _page = _audit.Page;
        await bob.SignInAsync(_page);
        await _page.GotoAsync(Entry);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_entry_is_verified_and_the_log_held_to_what_it_was()
    {
        var key = (await _server.Alice.GetStringAsync("/v1/organizations/demo/ledger/key", Cancel)).Trim();
        Assert.Equal("verified", await VerifyAsync());
        var steps = await _page.InnerTextAsync("#steps");
        Assert.Contains("for the first time", steps, StringComparison.Ordinal);
        Assert.Contains(key, steps, StringComparison.Ordinal);
        await _audit.LookAsync("ledger-entry-verified", "en");
        // The log grows, and another entry of it is verified.
        (await _server.Alice.PutAsync("/v1/organizations/demo/spaces/more", TestServer.Json(TestServer.NewSpace), Cancel)).EnsureSuccessStatusCode();
        await _server.LedgerIntegratedAsync();
        await _page.GotoAsync("/console/ledger/3");
        Assert.Equal("verified", await VerifyAsync());
        steps = await _page.InnerTextAsync("#steps");
        Assert.Contains("the one that this browser remembers", steps, StringComparison.Ordinal);
        Assert.Contains("begins with all of the", steps, StringComparison.Ordinal);
        // What is kept: the key and a checkpoint, no more.
        var kept = await _page.EvaluateAsync<string[]>("() => [...Object.entries(localStorage).flat(), String(sessionStorage.length), document.cookie]");
        Assert.Equal(["beffroi ledger demo", "0", ""], [kept[0], kept[2], kept[3]]);
        using var memory = JsonDocument.Parse(kept[1]);
        Assert.Equal(["key", "size", "root"], memory.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(key, memory.RootElement.GetProperty("key").GetString());
        // In French, and a browser that is too old says so.
        await _page.GotoAsync("/console/language?to=fr&back=" + Entry);
        Assert.Equal("verified", await VerifyAsync());
        await _audit.LookAsync("ledger-entry-verified", "fr");
        await _page.EvaluateAsync("() => { crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError')) }");
        Assert.Equal("unsupported", await VerifyAsync());
        await _audit.LookAsync("ledger-entry-failed", "fr");
        Assert.True(_audit.Wrong.Count == 0, string.Join('\n', _audit.Wrong));
    }

    [Fact]
    public async Task What_was_tampered_with_on_the_way_is_named()
    {
        Assert.Equal("verified", await VerifyAsync());
        var before = await RememberedAsync();
        using var other = NoteSigner.Generate("beffroi/organization/other", NoteAlgorithm.Ed25519);
        var outcome = (Func<byte[], byte[]>)(bytes => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace("accepted", "acceptee", StringComparison.Ordinal)));
        (string Named, string At, Func<byte[], byte[]> Change)[] changes =
        [
            ("other-entry", "tile/entries/**", outcome),
            ("tile", "tile/entries/**", bytes => bytes[..^1]),
            ("changed", "tile/0/**", bytes => [.. bytes.Select(b => (byte)(b ^ 1))]),
            ("tile", "tile/0/**", bytes => bytes[..^1]),
            ("forged", "checkpoint", bytes => Line(bytes, 1, "100000")),
            ("forged", "checkpoint", bytes => Line(bytes, 2, TreeHash.Empty.ToString())),
            ("not-signed", "checkpoint", bytes => [.. bytes.Take(bytes.AsSpan().IndexOf("\n\n"u8) + 1)]),
            ("not-signed", "checkpoint", bytes => Line(bytes, 4, other.Sign("x").ToString().TrimEnd('\n'))),
            ("checkpoint", "checkpoint", _ => "<html>"u8.ToArray()),
            ("other-key", "key", _ => Encoding.UTF8.GetBytes(other.PublicKey.ToString())),
            ("key", "key", bytes => bytes[..^4]),
        ];
        foreach (var (named, at, change) in changes)
        {
            await ChangedAsync(Log + at, change);
            // The platform enters by itself what its checks find: where the log has grown meanwhile, hashes that are changed first fail to continue what the browser remembers.
            var verdict = await VerifyAsync();
            Assert.Equal(named, named == "changed" && verdict == "forked" ? "changed" : verdict);
            Assert.Contains("This is not proved", await _page.InnerTextAsync("#verdict"), StringComparison.Ordinal);
            Assert.Contains("fails", await _page.InnerTextAsync("#steps"), StringComparison.Ordinal);
            await _page.UnrouteAllAsync();
        }

        await _page.RouteAsync(Log + "tile/0/**", route => route.FulfillAsync(new() { Status = 404 }));
        Assert.Equal("missing", await VerifyAsync());
        await _page.UnrouteAllAsync();
        await _page.RouteAsync(Log + "checkpoint", route => route.AbortAsync());
        Assert.Equal("away", await VerifyAsync());
        await _page.UnrouteAllAsync();
        // The page lies, alone or with the log.
        await ChangedAsync("**" + Entry, outcome);
        await _page.ReloadAsync();
        Assert.Equal("other-entry", await VerifyAsync());
        await ChangedAsync(Log + "tile/entries/**", outcome);
        Assert.Equal("changed", await VerifyAsync());
        await _page.UnrouteAllAsync();
        // None of it was believed.
        Assert.Equal(before, await RememberedAsync());
        await _page.ReloadAsync();
        Assert.Equal("verified", await VerifyAsync());
        await _context.ClearCookiesAsync();
        Assert.Equal("signed-out", await VerifyAsync());
        await _page.EvaluateAsync("() => localStorage.setItem('beffroi ledger demo', '{}')");
        Assert.Equal("memory", await VerifyAsync());
    }

    [Fact]
    public async Task A_log_that_its_own_key_rewrote_is_found_out()
    {
        using var signer = NoteSigner.Generate("beffroi/organization/made", NoteAlgorithm.Ed25519);
        // The page's own entry in its place, and others around it, over several tiles.
        var entry = Encoding.UTF8.GetBytes(await _page.EvaluateAsync<string>("() => document.getElementById('entry').textContent"));
        List<byte[]> entries = [.. Enumerable.Range(0, 1000).Select(i => i == 1 ? entry : Encoding.UTF8.GetBytes("entry " + i))];
        async Task<string> ShownAsync(IReadOnlyList<byte[]> log, string? origin = null)
        {
            await _page.UnrouteAllAsync();
            await new MadeLog(signer, log, origin).ServeAsync(_page);
            return await VerifyAsync();
        }

        foreach (var size in (int[])[2, 3, 200, 256, 257, 700])
        {
            Assert.Equal("verified", await ShownAsync(entries[..size]));
        }

        Assert.Equal("smaller", await ShownAsync(entries[..699]));
        Assert.Equal("forked", await ShownAsync([.. entries[..300], [1], .. entries[301..700]]));
        Assert.Equal("forked", await ShownAsync([.. entries[..300], [1], .. entries[301..]]));
        Assert.Equal("other-log", await ShownAsync(entries, "beffroi/organization/else"));
        Assert.Equal("verified", await ShownAsync(entries));
        // Of which the entry isn't a part.
        await _page.EvaluateAsync("() => localStorage.clear()");
        Assert.Equal("beyond", await ShownAsync(entries[..1]));
        Assert.Equal("other-entry", await ShownAsync([.. entries[..1], .. entries[2..]]));
    }

    [Fact]
    public async Task The_script_computes_what_the_published_vectors_say()
    {
        var merkle = new { leaves = MerkleVectors.Leaves, roots = MerkleVectors.Roots, inclusion = MerkleVectors.InclusionProofs.Select(p => new { index = p.Index, size = p.Size, proof = p.Proof }), consistency = MerkleVectors.ConsistencyProofs.Select(p => new { before = p.Before, size = p.Size, proof = p.Proof }) };
        Assert.Empty(await InScriptAsync("""
            const unhex = text => Uint8Array.from(text.match(/../g) ?? [], b => parseInt(b, 16));
            const leaf = i => proof.leafHash(unhex(given.leaves[i]));
            const root = size => unhex(given.roots[size - 1]);
            check('leaf', proof.same(await leaf(0), root(1)));
            for (const { index, size, proof: hex } of given.inclusion) {
              const hashes = hex.map(unhex);
              const holds = (i, l, s, h, r) => proof.verifyInclusion(i, s, l, h, r);
              check(`inclusion ${index} ${size}`, await holds(index, await leaf(index), size, hashes, root(size)));
              check(`inclusion of another ${index}`, !await holds(index ^ 1, await leaf(index), size, hashes, root(size)));
              check(`inclusion of another leaf ${index}`, !await holds(index, await leaf(index ^ 1), size, hashes, root(size)));
              check(`inclusion and more ${index}`, !await holds(index, await leaf(index), size, [...hashes, root(1)], root(size)));
              check(`inclusion and less ${index}`, hashes.length === 0 || !await holds(index, await leaf(index), size, hashes.slice(1), root(size)));
            }
            for (const { before, size, proof: hex } of given.consistency) {
              const hashes = hex.map(unhex);
              const holds = (b, r1, r2, h) => proof.verifyConsistency(b, r1, size, r2, h);
              check(`consistency ${before} ${size}`, await holds(before, root(before), root(size), hashes));
              check(`consistency of another ${before}`, !await holds(before, root(before + 1), root(size), hashes));
              check(`consistency and more ${before}`, !await holds(before, root(before), root(size), [...hashes, root(1)]));
            }
            check('empty', !await proof.verifyConsistency(0, root(1), 1, root(1), []));
            """, merkle));
        // Of signed notes and checkpoints, as the specifications and the Go implementation have them.
        Assert.Empty(await InScriptAsync("""
            const key = await proof.readKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
            const note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
            const fault = async of => { try { await of(); return 'none'; } catch (failure) { return failure.code; } };
            // Signed truly, and no checkpoint.
            check('note', await fault(() => proof.openCheckpoint(note, key)) === 'checkpoint');
            check('forged', await fault(() => proof.openCheckpoint(note.replace('answer', 'cause'), key)) === 'forged');
            check('go', await fault(() => proof.readKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8')) === 'none');
            for (const text of ['sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8', 'sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8', '+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8', 'a b+033de0ae+Ac4z', 'sum.golang.org', '']) {
              check('key ' + text, await fault(() => proof.readKey(text)) === 'key');
            }
            const hash = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
            const read = proof.readCheckpoint(`example.com/behind-the-sofa\n20852163\n${hash}\n`);
            check('checkpoint', read.origin === 'example.com/behind-the-sofa' && read.size === 20852163 && proof.toBase64(read.root) === hash);
            for (const text of [`o\n01\n${hash}\n`, `o\n-1\n${hash}\n`, `o\n1\n${hash.replace('I=', 'J=')}\n`, 'o\n1\n', `\n1\n${hash}\n`, `o\n1\n${hash}`, `o\n9007199254740993\n${hash}\n`]) {
              check('checkpoint ' + text, proof.readCheckpoint(text) === null);
            }
            """, new { }));
    }

    [Fact]
    public async Task The_script_makes_the_proofs_that_the_command_line_makes()
    {
        using var signer = NoteSigner.Generate("x", NoteAlgorithm.Ed25519);
        foreach (var size in (int[])[1, 2, 7, 8, 255, 256, 257, 511, 513, 1000])
        {
            var made = new MadeLog(signer, [.. Enumerable.Range(0, size).Select(i => new[] { (byte)i, (byte)(i >> 8) })]);
            var tree = new TiledTree(new MemoryTiles(made.Tiles.Select(t => (t.Tile, t.Hashes))), size);
            var places = Enumerable.Range(0, size).Where(i => size < 10 || i % 37 == 0 || i >= size - 2).ToList();
            var expected = new List<object>();
            foreach (var i in places)
            {
                expected.Add(new { i, inclusion = (await tree.InclusionProofAsync(i, Cancel)).Select(h => h.ToString()), consistency = (await tree.ConsistencyProofAsync(i + 1, Cancel)).Select(h => h.ToString()) });
            }

            Assert.Empty(await InScriptAsync("""
                const tree = new proof.Tree(path => proof.fromBase64(given.tiles[path]), given.size);
                for (const { i, inclusion, consistency } of given.expected) {
                  check('inclusion ' + i, (await tree.inclusionProof(i)).map(proof.toBase64).join() === inclusion.join());
                  check('consistency ' + i, (await tree.consistencyProof(i + 1)).map(proof.toBase64).join() === consistency.join());
                }
                """, new { size, expected, tiles = made.Tiles.ToDictionary(t => t.Tile.Path, t => Convert.ToBase64String(t.Hashes)) }));
        }
    }

    /// <summary>Runs something with the module that computes proofs; what it found wrong.</summary>
    private Task<string[]> InScriptAsync(string body, object given) => _page.EvaluateAsync<string[]>(
        "async text => { const given = JSON.parse(text), wrong = [], check = (what, holds) => { if (holds !== true) { wrong.push(what); } };"
        + "const proof = await import(new URL('proof.js', document.querySelector('script').src)); " + body + " return wrong; }",
        JsonSerializer.Serialize(given));

    private async Task<string> VerifyAsync()
    {
        await _page.ClickAsync("#verify");
        await _page.WaitForSelectorAsync("#proof[data-verdict]:not([data-verdict=running])");
        return (await _page.GetAttributeAsync("#proof", "data-verdict"))!;
    }

    private Task<string> RememberedAsync() => _page.EvaluateAsync<string>("() => localStorage.getItem('beffroi ledger demo')");

    private async Task ChangedAsync(string at, Func<byte[], byte[]> change) => await _page.RouteAsync(at, async route =>
    {
        var answer = await route.FetchAsync();
        await route.FulfillAsync(new() { Response = answer, BodyBytes = change(await answer.BodyAsync()) });
    });

    private static byte[] Line(byte[] note, int line, string text)
    {
        var lines = Encoding.UTF8.GetString(note).Split('\n');
        lines[line] = text;
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }
}
