using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Transparency;

namespace Beffroi.Server.Tests;

/// <summary>
/// The export of a real log is tampered with, file by file, in each way that the product says it finds; the command line, which has nothing but the
/// files and the log's public key, names the fault and its place.
/// </summary>
public sealed class LedgerTamperingTests : IClassFixture<ExportedLog>, IAsyncLifetime
{
    private const int At = 2;
    private readonly ExportedLog _log;
    private readonly string _home = Directory.CreateTempSubdirectory("beffroi-test-tampering-").FullName;
    private readonly Tile _bundle;

    public LedgerTamperingTests(ExportedLog log)
    {
        _log = log;
        Size = Checkpoint.Parse(SignedNote.Parse(log.Checkpoint)!.Text)!.Size;
        _bundle = Tile.Of(Tile.Entries, 0, Size)!.Value;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private long Size { get; }

    private string Folder => _home + "/export";

    private string CheckpointFile => Path.Combine(Folder, TileFolder.CheckpointName);

    public ValueTask InitializeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(_log.Folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Folder, Path.GetRelativePath(_log.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_home, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_nobody_touched_is_sound_and_continues_what_was_seen_of_it()
    {
        // Enough of them that an entry can go, come or move in the middle.
        Assert.True(Size > At + 2);
        await SoundAsync("--since", _log.Folder + "/" + TileFolder.CheckpointName);
    }

    [Theory]
    [InlineData("removed", At), InlineData("removed", 0)]
    [InlineData("changed", At), InlineData("changed", 0)]
    [InlineData("inserted", At)]
    [InlineData("reordered", At)]
    public async Task An_entry_that_was_tampered_with_is_named_with_its_place(string what, int at)
    {
        await ChangeAsync(entries =>
        {
            switch (what)
            {
                case "removed":
                    entries.RemoveAt(at);
                    break;
                case "changed":
                    entries[at] = Other(entries[at]);
                    break;
                case "inserted":
                    entries.Insert(at, Other(entries[at]));
                    break;
                default:
                    (entries[at], entries[at + 2]) = (entries[at + 2], entries[at]);
                    break;
            }
        });
        var findings = await FindingsAsync();
        Assert.Equal((what, at), ((string)findings[0]!["what"]!, (int)findings[0]!["entry"]!));
        if (what == "reordered")
        {
            // Both that changed places, and nothing beside them.
            Assert.Equal((what, at + 2), ((string)findings[1]!["what"]!, (int)findings[1]!["entry"]!));
        }

        Assert.Equal(what == "reordered" ? 2 : 1, findings.Count);
    }

    // Who holds the log's key can sign another past, and it agrees with itself; whoever kept a checkpoint sees that it isn't the one that was shown.
    [Fact]
    public async Task A_past_that_was_signed_anew_is_a_fork_to_another_reader()
    {
        await SignAnewAsync(entries => entries[At] = Other(entries[At]));
        await SoundAsync();
        var finding = Assert.Single(await FindingsAsync("--since", _log.Folder + "/" + TileFolder.CheckpointName))!;
        Assert.Equal(("forked", null), ((string)finding["what"]!, (int?)finding["entry"]));
        Assert.Contains($"With {Size} entries the log is not what it was", (string)finding["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_is_named_at_the_entry_that_tells_it()
    {
        await SignAnewAsync(entries => entries[At] = Encoding.UTF8.GetBytes(Regex.Replace(
            Encoding.UTF8.GetString(entries[At]), "\"loggedAt\":\"[^\"]+\"", "\"loggedAt\":\"2020-01-01T00:00:00.000000Z\"")));
        var finding = Assert.Single(await FindingsAsync())!;
        Assert.Equal(("clock-rewound", At), ((string)finding["what"]!, (int)finding["entry"]!));
    }

    [Theory]
    [InlineData("unsigned", "not-signed"), InlineData("another key", "not-signed"), InlineData("another key under its name and id", "forged"), InlineData("one entry less", "forged")]
    public async Task A_checkpoint_that_the_log_did_not_sign_is_named(string how, string what)
    {
        var text = SignedNote.Parse(_log.Checkpoint)!.Text;
        using var other = NoteSigner.Generate(_log.Key.Name, NoteAlgorithm.Ed25519);
        var theirs = other.Sign(text);
        await File.WriteAllTextAsync(CheckpointFile, how switch
        {
            "unsigned" => text,
            "another key" => new SignedNote(text, [theirs]).ToString(),
            "one entry less" => _log.Checkpoint.Replace($"\n{Size}\n", $"\n{Size - 1}\n", StringComparison.Ordinal),
            _ => new SignedNote(text, [theirs with { KeyId = _log.Key.Id }]).ToString(),
        }, Cancel);
        var finding = Assert.Single(await FindingsAsync())!;
        Assert.Equal((what, null), ((string)finding["what"]!, (int?)finding["entry"]));
    }

    private static byte[] Other(byte[] entry) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(entry).Replace("\"outcome\":\"accepted\"", "\"outcome\":\"refused\"", StringComparison.Ordinal));

    /// <summary>Changes the entries alone: the hashes and the checkpoint stay.</summary>
    private async Task<List<byte[]>> ChangeAsync(Action<List<byte[]>> change)
    {
        var folder = new TileFolder(Folder);
        var before = EntryBundle.Read((await folder.ReadAsync(_bundle, Cancel))!)!.Select(e => e.ToArray()).ToList();
        var entries = before.ToList();
        change(entries);
        Assert.False(entries.Count == before.Count && entries.Zip(before, (a, b) => a.AsSpan().SequenceEqual(b)).All(same => same), "Nothing was changed.");
        await folder.WriteAsync(_bundle, EntryBundle.Write([.. entries.Select(e => (ReadOnlyMemory<byte>)e)]), Cancel);
        return entries;
    }

    /// <summary>Changes the entries, and makes the hashes and a checkpoint to them that the log's own key signs.</summary>
    private async Task SignAnewAsync(Action<List<byte[]>> change)
    {
        var tree = TileBuilder.Empty();
        foreach (var entry in await ChangeAsync(change))
        {
            tree.Append(TreeHash.OfLeaf(entry));
        }

        foreach (var (tile, hashes) in tree.Take())
        {
            await new TileFolder(Folder).WriteAsync(tile, hashes, Cancel);
        }

        await File.WriteAllTextAsync(CheckpointFile, _log.Sign(new Checkpoint(_log.Key.Name, tree.Size, tree.Root).Text), Cancel);
    }

    private async Task SoundAsync(params string[] more)
    {
        var (code, output, error) = await VerifyAsync(more);
        Assert.True(code == 0, error + output);
        Assert.Equal((true, Size), ((bool)JsonNode.Parse(output)!["sound"]!, (long)JsonNode.Parse(output)!["entries"]!));
    }

    private async Task<JsonArray> FindingsAsync(params string[] more)
    {
        var (code, output, error) = await VerifyAsync(more);
        Assert.True(code == 1, error + output);
        Assert.False((bool)JsonNode.Parse(output)!["sound"]!);
        return JsonNode.Parse(output)!["findings"]!.AsArray();
    }

    private Task<(int Code, string Output, string Error)> VerifyAsync(string[] more) =>
        ExportedLog.RunAsync(_home, ["ledger", "verify", Folder, "--key", _log.Key.ToString(), .. more, "-o", "json"]);
}
