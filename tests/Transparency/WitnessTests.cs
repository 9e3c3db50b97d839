using System.Globalization;
using System.Text;
using Beffroi.Transparency.Witnessing;
using CsCheck;

namespace Beffroi.Transparency.Tests;

/// <summary>A witness against a log that goes on, one that forks, and whoever asks wrongly (C2SP tlog-witness, add-checkpoint).</summary>
public sealed class WitnessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-witness-").FullName;
    private readonly NoteSigner _log = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);
    private readonly NoteSigner _key = NoteSigner.Generate("witness.example", NoteAlgorithm.Cosignature);
    private readonly WitnessFolder _state;
    private readonly Witness _witness;

    public WitnessTests()
    {
        _state = new WitnessFolder(_directory);
        _witness = new Witness(_key, [_log.PublicKey], _state, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _witness.Dispose();
        _state.Dispose();
        _log.Dispose();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_log_that_goes_on_is_cosigned_and_the_signature_counts()
    {
        var (tiles, tree) = Log("a", "b", "c", "d", "e");
        Assert.Equal(200, (await AskAsync(0, [], Note(tree, 3))).Status);
        var note = Note(tree, 5);
        var answer = await AskAsync(3, await ProofAsync(tiles, 3, 5), note);
        Assert.Equal(200, answer.Status);

        var policy = new WitnessPolicy([_key.PublicKey], 1);
        Assert.Null(policy.Check(note + answer.Body, out var found));
        Assert.Equal("witness.example", Assert.Single(found).Witness);
        Assert.InRange(found[0].At, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal(Fault.NotCosigned, policy.Check(note, out _)!.Fault);
        Assert.Equal(Fault.Forged, policy.Check(Note(tree, 4) + answer.Body, out _)!.Fault);

        // Again for the same state, which says that nothing has come since.
        Assert.Equal(200, (await AskAsync(5, [], note)).Status);
    }

    [Fact]
    public async Task A_fork_is_not_cosigned_whatever_is_said_with_it()
    {
        var (tiles, tree) = Log("a", "b", "c", "d");
        var (otherTiles, other) = Log("a", "X", "c", "d", "e");
        Assert.Equal(200, (await AskAsync(0, [], Note(tree, 4))).Status);

        Assert.Equal(422, (await AskAsync(4, await ProofAsync(otherTiles, 4, 5), Note(other, 5))).Status);
        Assert.Equal(422, (await AskAsync(4, [], Note(other, 5))).Status);
        Assert.Equal((409, "4\n", "text/x.tlog.size"), Parts(await AskAsync(4, [], Note(other, 4))));
        Assert.Equal((409, "4\n", "text/x.tlog.size"), Parts(await AskAsync(0, [], Note(other, 5))));
        // Back to what it was.
        Assert.Equal(409, (await AskAsync(3, [], Note(tree, 3))).Status);
        Assert.Equal(409, (await AskAsync(0, [], Note(tree, 3))).Status);
        Assert.Equal(200, (await AskAsync(4, await ProofAsync(tiles, 4, 4), Note(tree, 4))).Status);
    }

    [Fact]
    public async Task It_remembers_over_restarts_and_no_two_run_from_one_memory()
    {
        var (_, tree) = Log("a", "b");
        Assert.Equal(200, (await AskAsync(0, [], Note(tree, 2))).Status);
        Assert.Throws<IOException>(() => new WitnessFolder(_directory));
        _state.Dispose();
        using var state = new WitnessFolder(_directory);
        using var again = new Witness(_key, [_log.PublicKey], state, TimeProvider.System);
        var (_, other) = Log("a", "X", "c");
        Assert.Equal(409, (await again.AddCheckpointAsync(new AddCheckpoint(0, [], Note(other, 3)).ToString(), Cancel)).Status);

        await File.WriteAllTextAsync(Directory.EnumerateFiles(_directory).Single(f => Path.GetFileName(f).Length == 64), "nonsense", Cancel);
        await Assert.ThrowsAsync<IOException>(() => again.AddCheckpointAsync(new AddCheckpoint(0, [], Note(other, 3)).ToString(), Cancel));
    }

    [Fact]
    public async Task Strangers_and_wrong_requests_get_the_statuses_of_the_specification()
    {
        var (_, tree) = Log("a", "b");
        using var stranger = NoteSigner.Generate("other.example", NoteAlgorithm.Ed25519);
        using var impostor = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);
        Assert.Equal(404, (await AskAsync(0, [], Note(tree, 2, stranger))).Status);
        Assert.Equal(403, (await AskAsync(0, [], Note(tree, 2, impostor))).Status);
        Assert.Equal(400, (await AskAsync(3, [], Note(tree, 2))).Status);
        foreach (var body in new[] { "", "old 0\n\n", "old 00\n\n" + Note(tree, 2), "old -1\n\n" + Note(tree, 2), "old 0\nnonsense\n\n" + Note(tree, 2), "x\n\n" + Note(tree, 2), new string('a', 200_000) })
        {
            Assert.Equal(400, (await _witness.AddCheckpointAsync(body, Cancel)).Status);
        }
    }

    [Fact]
    public async Task Of_many_requests_at_once_none_rolls_another_back()
    {
        var (tiles, tree) = Log([.. Enumerable.Range(0, 20).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        Assert.Equal(200, (await AskAsync(0, [], Note(tree, 1))).Status);
        var proofs = await Task.WhenAll(Enumerable.Range(2, 18).Select(async n => (Size: n, Proof: await ProofAsync(tiles, 1, n))));
        var answers = await Task.WhenAll(proofs.Select(p => Task.Run(() => AskAsync(1, p.Proof, Note(tree, p.Size)))));
        // All ask from the same old state: one of them is right, for the others it is no longer so.
        Assert.Single(answers, a => a.Status == 200);
        Assert.All(answers.Where(a => a.Status != 200), a => Assert.Equal(409, a.Status));
    }

    [Fact]
    public void A_request_reads_back_as_it_was_written() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Byte.Array[32].Array[0, 63]).Sample((old, hashes) =>
        {
            const string Note = "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 k AAAAAAE=\n";
            var request = new AddCheckpoint(old, [.. hashes.Select(h => new TreeHash(h))], Note);
            var read = AddCheckpoint.Parse(request.ToString())!;
            return read.OldSize == old && read.Proof.SequenceEqual(request.Proof) && read.Checkpoint == Note;
        });

    [Fact]
    public void No_text_breaks_the_reading_of_requests() => Gen.String.Sample(text => AddCheckpoint.Parse("old 1\n" + text) is null or { OldSize: 1 });

    private static (int Status, string Body, string Type) Parts(WitnessAnswer answer) => (answer.Status, answer.Body, answer.ContentType);

    private static (MemoryTiles Tiles, TreeHash[] Leaves) Log(params string[] entries)
    {
        var leaves = entries.Select(e => TreeHash.OfLeaf(Encoding.UTF8.GetBytes(e))).ToArray();
        // Of the log at each of its sizes.
        var builder = TileBuilder.Empty();
        var tiles = new List<(Tile Tile, byte[] Hashes)>();
        foreach (var leaf in leaves)
        {
            builder.Append(leaf);
            tiles.AddRange(builder.Take());
        }

        return (new MemoryTiles(tiles.DistinctBy(t => t.Tile)), leaves);
    }

    private static async Task<IReadOnlyList<TreeHash>> ProofAsync(MemoryTiles tiles, long old, long size) =>
        await new TiledTree(tiles, size).ConsistencyProofAsync(old, Cancel);

    private string Note(TreeHash[] leaves, int size, NoteSigner? signer = null)
    {
        var builder = TileBuilder.Empty();
        foreach (var leaf in leaves[..size])
        {
            builder.Append(leaf);
        }

        var text = new Checkpoint((signer ?? _log).PublicKey.Name, size, builder.Root).Text;
        return new SignedNote(text, [(signer ?? _log).Sign(text)]).ToString();
    }

    private Task<WitnessAnswer> AskAsync(long old, IReadOnlyList<TreeHash> proof, string note) =>
        _witness.AddCheckpointAsync(new AddCheckpoint(old, proof, note).ToString(), Cancel);
}
