using System.Text;

namespace Beffroi.Transparency.Tests;

/// <summary>A log in files is tampered with in every way there is, and each is named.</summary>
public sealed class LogVerifierTests : IDisposable
{
    private const int Size = 700;
    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-test-log-").FullName;
    private readonly NoteSigner _signer = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _signer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_sound_log_is_sound_and_continues_any_part_of_itself()
    {
        var note = await WriteAsync(Entries(Size));
        foreach (var known in new[] { 0, 1, 255, 256, 257, 512, 699, 700 })
        {
            var report = await VerifyAsync(note, At(known));
            Assert.Empty(report.Findings);
            Assert.Equal(Size, report.Entries);
        }
    }

    [Theory]
    [InlineData(0), InlineData(300), InlineData(699)]
    public async Task A_changed_entry_is_named(int index)
    {
        var note = await WriteAsync(Entries(Size));
        await ChangeAsync(entries => entries[index] = Bytes("{\"loggedAt\":\"2026-01-01T00:00:00.000000Z\",\"what\":\"other\"}"));
        AssertFound(await VerifyAsync(note), Fault.Changed, index);
    }

    [Theory]
    [InlineData(0), InlineData(300), InlineData(699)]
    public async Task A_removed_entry_is_named_whether_the_rest_moves_up_or_not(int index)
    {
        var note = await WriteAsync(Entries(Size));
        await ChangeAsync(entries => entries.RemoveAt(index));
        AssertFound(await VerifyAsync(note), Fault.Removed, index);
    }

    [Fact]
    public async Task An_inserted_entry_is_named()
    {
        var note = await WriteAsync(Entries(Size));
        await ChangeAsync(entries => entries.Insert(300, Bytes("{}")));
        AssertFound(await VerifyAsync(note), Fault.Inserted, 300);
    }

    [Fact]
    public async Task Two_entries_that_changed_places_are_named()
    {
        var note = await WriteAsync(Entries(Size));
        await ChangeAsync(entries => (entries[300], entries[310]) = (entries[310], entries[300]));
        var report = await VerifyAsync(note);
        Assert.Equal([(Fault.Reordered, (long?)300), (Fault.Reordered, 310)], report.Findings.Select(f => (f.Fault, f.Index)));
        await ChangeAsync(entries => (entries[300], entries[310]) = (entries[310], entries[300]));
        await ChangeAsync(entries => (entries[300], entries[301]) = (entries[301], entries[300]));
        Assert.All((await VerifyAsync(note)).Findings, f => Assert.Equal(Fault.Reordered, f.Fault));
    }

    [Fact]
    public async Task A_bundle_that_is_gone_is_named()
    {
        var note = await WriteAsync(Entries(Size));
        File.Delete(Path.Combine(_folder, Tile.Of(Tile.Entries, 1, Size)!.Value.Path));
        AssertFound(await VerifyAsync(note), Fault.Removed, 256);
        await WriteAsync(Entries(Size));
        File.Delete(Path.Combine(_folder, Tile.Of(0, 1, Size)!.Value.Path));
        AssertFound(await VerifyAsync(note), Fault.Removed, 256);
    }

    [Fact]
    public async Task Entries_changed_together_with_their_hashes_do_not_lead_to_the_signed_root()
    {
        var note = await WriteAsync(Entries(Size));
        var entries = Entries(Size);
        entries[3] = Bytes("{}");
        await WriteAsync(entries);
        AssertFound(await VerifyAsync(note), Fault.Changed, null);
    }

    [Fact]
    public async Task Hashes_that_are_not_those_of_sound_entries_are_named()
    {
        var note = await WriteAsync(Entries(Size));
        var upper = Path.Combine(_folder, Tile.Of(1, 0, Size)!.Value.Path);
        await File.WriteAllBytesAsync(upper, new byte[64], Cancel);
        AssertFound(await VerifyAsync(note), Fault.Damaged, null);
    }

    [Fact]
    public async Task A_log_signed_anew_with_another_past_is_a_fork()
    {
        await WriteAsync(Entries(500));
        var known = At(500);
        var entries = Entries(Size);
        entries[3] = Bytes("{}");
        var note = await WriteAsync(entries);
        Assert.Empty((await VerifyAsync(note)).Findings);
        AssertFound(await VerifyAsync(note, known), Fault.Forked, null);
        var tree = new TiledTree(new TileFolder(_folder), Size);
        Checkpoint.Open(note, _signer.PublicKey, out var checkpoint);
        Assert.Equal(Fault.Forked, checkpoint.Follows(known, await tree.ConsistencyProofAsync(500, Cancel))!.Fault);
    }

    [Fact]
    public async Task A_log_that_became_shorter_is_named()
    {
        var note = await WriteAsync(Entries(600));
        AssertFound(await VerifyAsync(note, At(Size)), Fault.Removed, 600);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_is_named()
    {
        var entries = Entries(Size);
        entries[300] = Bytes("{\"loggedAt\":\"2025-12-31T23:59:59.999999Z\"}");
        AssertFound(await VerifyAsync(await WriteAsync(entries)), Fault.ClockRewound, 300);
    }

    [Fact]
    public async Task Checkpoints_without_the_logs_true_signature_are_named()
    {
        var note = await WriteAsync(Entries(10));
        var text = SignedNote.Parse(note)!.Text;
        using var other = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);
        AssertFound(await VerifyAsync(text), Fault.NotSigned, null);
        AssertFound(await VerifyAsync(new SignedNote(text, [other.Sign(text)]).ToString()), Fault.NotSigned, null);
        AssertFound(await VerifyAsync(note.Replace("\n10\n", "\n11\n", StringComparison.Ordinal)), Fault.Forged, null);
        AssertFound(await VerifyAsync("nonsense"), Fault.Malformed, null);
        var foreign = text.Replace("log.example", "other.example", StringComparison.Ordinal);
        AssertFound(await VerifyAsync(new SignedNote(foreign, [_signer.Sign(foreign)]).ToString()), Fault.OtherLog, null);
    }

    [Fact]
    public async Task An_entry_is_proven_offline_and_another_is_not()
    {
        var note = await WriteAsync(Entries(Size));
        var proof = new InclusionProof(300, await new TiledTree(new TileFolder(_folder), Size).InclusionProofAsync(300, Cancel), note);
        var read = InclusionProof.Parse(proof.ToString())!;
        Assert.Equal(proof.ToString(), read.ToString());
        Assert.Null(read.Verify(Entries(Size)[300], _signer.PublicKey));
        Assert.Equal(Fault.Changed, read.Verify(Entries(Size)[301], _signer.PublicKey)!.Fault);
        Assert.Equal(Fault.Changed, (read with { Index = 301 }).Verify(Entries(Size)[300], _signer.PublicKey)!.Fault);
        Assert.Equal(Fault.Forged, (read with { Checkpoint = note.Replace("\n700\n", "\n701\n", StringComparison.Ordinal) }).Verify(Entries(Size)[300], _signer.PublicKey)!.Fault);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static List<byte[]> Entries(int size) =>
        [.. Enumerable.Range(0, size).Select(i => Bytes($"{{\"loggedAt\":\"2026-01-01T00:{i / 60:d2}:{i % 60:d2}.000000Z\",\"number\":{i}}}"))];

    private static void AssertFound(LogReport report, Fault fault, long? index)
    {
        var finding = Assert.Single(report.Findings);
        Assert.Equal((fault, index), (finding.Fault, finding.Index));
    }

    private Task<LogReport> VerifyAsync(string note, Checkpoint? known = null) =>
        new LogVerifier(new TileFolder(_folder), _signer.PublicKey).VerifyAsync(note, known, null, Cancel);

    private static Checkpoint At(int size)
    {
        var tree = new CompactTree();
        Entries(size).ForEach(e => tree.Append(TreeHash.OfLeaf(e)));
        return new Checkpoint("log.example", size, tree.Root);
    }

    private async Task<string> WriteAsync(List<byte[]> entries)
    {
        var folder = new TileFolder(_folder);
        var builder = TileBuilder.Empty();
        entries.ForEach(e => builder.Append(TreeHash.OfLeaf(e)));
        foreach (var (tile, hashes) in builder.Take())
        {
            await folder.WriteAsync(tile, hashes, Cancel);
        }

        await WriteEntriesAsync(entries, entries.Count);
        var text = new Checkpoint("log.example", entries.Count, builder.Root).Text;
        return new SignedNote(text, [_signer.Sign(text)]).ToString();
    }

    /// <summary>Changes the entries only: the hashes and the checkpoint stay.</summary>
    private async Task ChangeAsync(Action<List<byte[]>> change)
    {
        var folder = new TileFolder(_folder);
        var entries = new List<byte[]>();
        for (var i = 0L; Tile.Of(Tile.Entries, i, Size) is { } tile; i++)
        {
            entries.AddRange(EntryBundle.Read((await folder.ReadAsync(tile, Cancel))!)!.Select(e => e.ToArray()));
        }

        change(entries);
        await WriteEntriesAsync(entries, Size);
    }

    private async Task WriteEntriesAsync(List<byte[]> entries, int size)
    {
        for (var i = 0L; Tile.Of(Tile.Entries, i, size) is { } tile; i++)
        {
            var isLast = Tile.Of(Tile.Entries, i + 1, size) is null;
            var part = entries.Skip((int)i * Tile.FullWidth).Take(isLast ? int.MaxValue : Tile.FullWidth);
            await new TileFolder(_folder).WriteAsync(tile, EntryBundle.Write([.. part.Select(e => (ReadOnlyMemory<byte>)e)]), Cancel);
        }
    }
}
