using CsCheck;

namespace Beffroi.Transparency.Tests;

public sealed class NoteTests
{
    // The example of the Go implementation, from which C2SP signed-note was written.
    private const string PublishedKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    private const string PublishedText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    private const string PublishedSignature = "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    [Fact]
    public void The_published_note_verifies()
    {
        var note = SignedNote.Parse(PublishedText + "\n" + PublishedSignature)!;
        Assert.Equal(PublishedText, note.Text);
        Assert.NotNull(NoteKey.Parse(PublishedKey)!.Verify(note, out var forged));
        Assert.False(forged);
        Assert.Null(NoteKey.Parse(PublishedKey)!.Verify(note with { Text = note.Text + "!\n" }, out forged));
        Assert.True(forged);
    }

    // The key of Go's checksum database, which everybody who builds with Go has.
    [Theory]
    [InlineData("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")]
    public void Published_keys_are_read_and_written_back(string key) => Assert.Equal(key, NoteKey.Parse(key)!.ToString());

    [Theory]
    [InlineData("sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")]
    [InlineData("sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")]
    [InlineData("+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"), InlineData("a b+033de0ae+Ac4z"), InlineData("sum.golang.org"), InlineData("")]
    public void What_is_no_key_is_refused(string key) => Assert.Null(NoteKey.Parse(key));

    [Fact]
    public void The_checkpoint_of_the_specification_is_read()
    {
        const string Text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        var checkpoint = Checkpoint.Parse(Text)!;
        Assert.Equal(("example.com/behind-the-sofa", 20852163), (checkpoint.Origin, checkpoint.Size));
        Assert.Equal(Text, checkpoint.Text);
    }

    [Theory]
    [InlineData("o\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"), InlineData("o\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n"), InlineData("o\n1\n"), InlineData("\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")]
    [InlineData("o\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"), InlineData("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    public void What_is_no_checkpoint_is_refused(string text) => Assert.Null(Checkpoint.Parse(text));

    [Fact]
    public void Signatures_and_cosignatures_verify_with_their_own_key_only()
    {
        using var log = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);
        using var witness = NoteSigner.Generate("witness.example", NoteAlgorithm.Cosignature);
        const string Text = "some text\n\nwith a gap\n";
        var time = DateTimeOffset.FromUnixTimeSeconds(1679315147);
        var note = SignedNote.Parse(new SignedNote(Text, [log.Sign(Text), witness.Cosign(Text, time)]).ToString())!;
        Assert.Equal(Text, note.Text);
        Assert.NotNull(NoteKey.Parse(log.PublicKey.ToString())!.Verify(note, out _));
        Assert.Equal(time, NoteKey.TimeOf(NoteKey.Parse(witness.PublicKey.ToString())!.Verify(note, out _)!));
        using var other = NoteSigner.Generate("log.example", NoteAlgorithm.Ed25519);
        Assert.Null(other.PublicKey.Verify(note, out var forged));
        Assert.False(forged);
        Assert.Null(witness.PublicKey.Verify(note with { Text = "other\n" }, out forged));
        Assert.True(forged);
        using var again = NoteSigner.Import("log.example", NoteAlgorithm.Ed25519, log.Export());
        Assert.Equal(log.PublicKey.ToString(), again.PublicKey.ToString());
    }

    [Fact]
    public void No_text_breaks_the_readers() => Gen.OneOf(Gen.String, Gen.Char["\u2014 \nab+=01A\ud800\udc00"].Array[0, 60].Select(c => new string(c))).Sample(text =>
    {
        SignedNote.Parse(text);
        SignedNote.Parse(PublishedText + "\n" + text);
        Checkpoint.Parse(text);
        NoteKey.Parse(text);
        InclusionProof.Parse(text);
        InclusionProof.Parse("c2sp.org/tlog-proof@v1\nindex 1\n" + text);
        Tile.Parse("tile/" + text);
    });
}
