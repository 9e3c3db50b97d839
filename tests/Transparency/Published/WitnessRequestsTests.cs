using Beffroi.Transparency.Witnessing;

namespace Beffroi.Transparency.Tests.Published;

/// <summary>What the witness of torchwood is asked in its tests, by a log of Sigsum's kind (TestRace, TestTooManyProofs, TestZeroSize).</summary>
public sealed class WitnessRequestsTests : IDisposable
{
    private const string Origin = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    private const string WitnessSeed = "31ffc2116ecbe003acaa800ab70757bd7d53206e3febef6a6d0796d95530b34f";
    private const string WitnessPublic = "64848ad8abed6e85981b3b3875b252b8767ebb4b02f703aca3b1e71bbd6a8e50";
    private const string LogKey = Origin + "+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP";

    private const string SizeOne = Origin + "\n1\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 " + Origin + " UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=\n";

    private const string FromOneToThree =
        "old 1\nKgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nKgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
        + Origin + "\n3\nRcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n\n\u2014 " + Origin + " UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=\n";

    private const string FromOneToFive =
        "old 1\nKgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=\nKgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
        + Origin + "\n5\nQrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=\n\n\u2014 " + Origin + " UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-published-").FullName;
    private readonly NoteSigner _signer = NoteSigner.Import("example.com", NoteAlgorithm.Cosignature, Convert.FromHexString(WitnessSeed));
    private readonly NoteSigner _other = NoteSigner.Generate("example.com/log", NoteAlgorithm.Ed25519);
    private readonly NoteKey _log = NoteKey.Parse(LogKey)!;
    private readonly WitnessFolder _state;
    private readonly Witness _witness;

    public WitnessRequestsTests()
    {
        _state = new WitnessFolder(_directory);
        _witness = new Witness(_signer, [_log, _other.PublicKey], _state, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _witness.Dispose();
        _state.Dispose();
        _signer.Dispose();
        _other.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_log_goes_on_and_not_back()
    {
        Assert.Equal(Convert.ToBase64String([0x04, .. Convert.FromHexString(WitnessPublic)]), _signer.PublicKey.ToString().Split('+', 3)[2]);
        Assert.Equal(200, (await AskAsync("old 0\n\n" + SizeOne)).Status);
        var five = await AskAsync(FromOneToFive);
        Assert.Equal(200, five.Status);
        Assert.Null(new WitnessPolicy([_signer.PublicKey], 1).Check(AddCheckpoint.Parse(FromOneToFive)!.Checkpoint + five.Body, out _));
        var three = await AskAsync(FromOneToThree);
        Assert.Equal((409, "5\n", "text/x.tlog.size"), (three.Status, three.Body, three.ContentType));
        var kept = Checkpoint.Parse((await _state.FindAsync(Origin, Cancel))!)!;
        Assert.Equal((5, "42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36"), (kept.Size, Convert.ToHexStringLower(kept.Root.Span)));
    }

    [Fact]
    public async Task Three_come_after_one_and_the_proofs_are_those_that_this_log_would_make()
    {
        Assert.Equal(200, (await AskAsync("old 0\n\n" + SizeOne)).Status);
        Assert.Equal(200, (await AskAsync(FromOneToThree)).Status);
        // The leaves' hashes are a 42 and their number.
        foreach (var request in new[] { FromOneToThree, FromOneToFive }.Select(r => AddCheckpoint.Parse(r)!))
        {
            var checkpoint = Checkpoint.Parse(SignedNote.Parse(request.Checkpoint)!.Text)!;
            var builder = TileBuilder.Empty();
            Enumerable.Range(0, (int)checkpoint.Size).ToList().ForEach(i => builder.Append(new TreeHash([42, (byte)i, .. new byte[30]])));
            var tree = new TiledTree(new MemoryTiles(builder.Take()), checkpoint.Size);
            Assert.Equal(checkpoint.Root, await tree.RootAsync(Cancel));
            Assert.Equal(request.Proof, await tree.ConsistencyProofAsync(request.OldSize, Cancel));
        }
    }

    [Theory]
    [InlineData(63, 422), InlineData(64, 400)]
    public async Task A_proof_has_63_hashes_at_most(int hashes, int status) =>
        Assert.Equal(status, (await AskAsync("old 0\n" + string.Concat(Enumerable.Repeat("KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", hashes)) + "\n" + SizeOne)).Status);

    // 400 where torchwood says 422 of an empty tree with another root: here that is no checkpoint.
    [Theory]
    [InlineData(0, 0, 0, "empty", false, 200), InlineData(0, 0, 0, "leaf", false, 400), InlineData(0, 0, 0, "zero", false, 400), InlineData(0, 0, 0, "empty", true, 422)]
    [InlineData(0, 0, 1, "leaf", false, 200), InlineData(0, 0, 1, "leaf", true, 422), InlineData(1, 0, 1, "leaf", true, 409), InlineData(1, 1, 0, "empty", false, 400)]
    public async Task The_beginning_of_a_log_is_answered_as_published(long known, long old, long size, string root, bool proof, int status)
    {
        var leaf = TreeHash.OfLeaf("leaf"u8);
        var hash = root switch { "empty" => TreeHash.Empty, "leaf" => leaf, _ => default };
        if (known == 1)
        {
            Assert.Equal(200, (await AskAsync("old 0\n\n" + Note(1, leaf))).Status);
        }

        var answer = await AskAsync($"old {old}\n{(proof ? leaf + "\n" : "")}\n{Note(size, hash)}");
        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200, answer.Body.Contains('\u2014', StringComparison.Ordinal));
        if (status == 200)
        {
            Assert.Equal(200, (await AskAsync($"old {size}\n\n{Note(size, hash)}")).Status);
        }
    }

    private string Note(long size, TreeHash root)
    {
        var text = $"example.com/log\n{size}\n{root}\n";
        return new SignedNote(text, [_other.Sign(text)]).ToString();
    }

    private Task<WitnessAnswer> AskAsync(string body) => _witness.AddCheckpointAsync(body, Cancel);
}
