namespace Beffroi.Transparency.Tests.Published;

/// <summary>Checkpoints of Go's checksum database, good and bad, and what was signed in its name.</summary>
public sealed class CheckpointsTests
{
    private const string Golden = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n";
    private const string GoKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    private const string GoNote =
        "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
        + "\u2014 sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n";

    private static readonly string[] MoreSignatures =
    [
        "\u2014 monkeys 202ffh9ve46Mqbhuyb4wnC2Pwdan5EsXQym/tF1ggXJqhjGosU4T5intH4iKMRgDLxrnXuIjRaU2NbvAnaepM6Y+8ww=\n",
        "\u2014 bananas z2OfE+2bbsBZ7NLgfuslc0v7NFW2QyexJ7fhePpoL2N/P7N/COd5S+JNHbQEAlYzz2C5sg0E+x/MggS1mDR6t3/9rQw=\n",
        "\u2014 witness 8TqG25yWGFLdT7WPf/WoyeG3LwqtkXP+8S3yykOVm6EMh4hPgCke6eSVPU4BdtXNMPJBXKF+UpDbGgCdcpR8SVSoqAU=\n",
        "\u2014 random1 8TqG25yWGFLdT7WPf/WoyeG3LwqtkXP+8S3yykOVm6EMh4hPgCke6eSVPU4BdtXNMPJBXKF+UpDbGgCdcpR8SVSoqAU=\n",
    ];

    // golang/mod, TestFormatTree and TestParseTree.
    [Fact]
    public void Gos_form_is_written_and_read()
    {
        var root = TreeHash.OfLeaf("hello world"u8);
        Assert.Equal(Golden, new Checkpoint("go.sum database tree", 123456789012, root).Text);
        foreach (var text in new[] { Golden, Golden + "JOE\n", Golden + string.Concat(Enumerable.Repeat("JOE\n", 1000)) })
        {
            var read = Checkpoint.Parse(text)!;
            Assert.Equal(("go.sum database tree", 123456789012, root), (read.Origin, read.Size, read.Root));
        }
    }

    [Theory]
    // golang/mod, TestParseTree
    [InlineData("go.sum database tree\n0xabcdef\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n")]
    [InlineData("go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBTOOBIG=\n")]
    // It takes this too; the specification has every line end in a newline.
    [InlineData(Golden + "JOE")]
    // transparency-dev/formats, TestUnmarshalLogState; the last of them once more with a root that is a hash.
    [InlineData("Head\n9944\n"), InlineData("\n9944\ndGhlIHZpZXcgZnJvbSB0aGUgdHJlZSB0b3BzIGlzIGdyZWF0IQ==\n"), InlineData("Log\n123\nYmFuYW5hcw==")]
    [InlineData("Log\nbananas\ndGhlIHZpZXcgZnJvbSB0aGUgdHJlZSB0b3BzIGlzIGdyZWF0IQ==\n"), InlineData("Log\n-34\ndGhlIHZpZXcgZnJvbSB0aGUgdHJlZSB0b3BzIGlzIGdyZWF0IQ==\n")]
    [InlineData("Log\n3438945738945739845734895735\ndGhlIHZpZXcgZnJvbSB0aGUgdHJlZSB0b3BzIGlzIGdyZWF0IQ==\n"), InlineData("Log\n123\nThisIsn'tBase64\n")]
    [InlineData("\n9944\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"), InlineData("Log\nbananas\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n")]
    [InlineData("Log\n-34\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"), InlineData("Log\n3438945738945739845734895735\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n")]
    // It takes these: a root of seven bytes, and empty lines, which the specification forbids.
    [InlineData("Log\n123\nYmFuYW5hcw==\n"), InlineData("Log\n9944\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n\n\n\n")]
    public void What_is_none_is_refused(string text) => Assert.Null(Checkpoint.Parse(text));

    // transparency-dev/formats, TestSumDBNoteParsing and the keys of BenchmarkParse.
    [Fact]
    public void A_state_that_Gos_checksum_database_signed_verifies_with_each_signature_on_it()
    {
        var note = SignedNote.Parse(GoNote + string.Concat(MoreSignatures))!;
        foreach (var text in new[]
        {
            GoKey, "monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT", "bananas+cf639f13+AaPjhFnPCQnid/Ql32KWhmh+uk72FVRfK+2DLmO3BI3M",
            "witness+f13a86db+AdYV1Ztajd9BvyjP2HgpwrqYL6TjOwIjGMOq8Bu42xbN",
        })
        {
            var key = NoteKey.Parse(text)!;
            Assert.Equal(text, key.ToString());
            Assert.NotNull(key.Verify(note, out var forged));
            Assert.False(forged);
            Assert.Null(key.Verify(note with { Text = note.Text.Replace("6476701", "6476702", StringComparison.Ordinal) }, out forged));
            Assert.True(forged);
        }

        var checkpoint = Checkpoint.Parse(note.Text)!;
        Assert.Equal(("go.sum database tree", 6476701), (checkpoint.Origin, checkpoint.Size));
        // Ours asks that a log's key has the log's name, which the specification recommends and this log does not do.
        Assert.Equal(Fault.OtherLog, Checkpoint.Open(GoNote, NoteKey.Parse(GoKey)!, out _)!.Fault);
    }

    // The example in the specification of checkpoints and cosignatures is a state of this log in another's name: signed by its key, and so false for that other name.
    [Fact]
    public void The_log_signs_for_itself_alone()
    {
        const string Signature = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
        const string State = "\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 sum.golang.org " + Signature;
        var key = NoteKey.Parse(GoKey)!;
        Assert.NotNull(key.Verify(SignedNote.Parse("go.sum database tree" + State)!, out _));
        Assert.Null(key.Verify(SignedNote.Parse("example.com/behind-the-sofa" + State)!, out var forged));
        Assert.True(forged);
    }

    // transparency-dev/formats, TestParseCheckpoint's keys, private and public.
    [Theory]
    [InlineData("Log+2271c621+AemuH5ooBpEPcr+W8onrjA1NfuzBVHdezakU81Ekarvs", "AdEIq9FLRQni54Wg68T96VJO+iayOaulswav2DUMKgvQ")]
    [InlineData("Known+451c786d+AXAQ0T7lbwuY4ABJ9/MYY9bWV3hmSyOGVt2x42NkmdUH", "AQPRoE2+Z+Ed1HaHBA9F/FfracvcZ2rDU39kCecMEoci")]
    [InlineData("KnownAgain+4893b26c+AQ+LR7BFF/F/dkpIBjBpSvT0crkteizuUkavAoGeaYMj", "ARhZda/l25zjGZswYLDZsLNRzNpmv5wYTN9IoTr1OJ2+")]
    [InlineData("Unknown+fdbb2e08+AWgRIYZ+8x1Vl+1Q+sR8zciNHiYI1SdlBjNw+RV0rots", "Aav2knTC6orbhXX8pMWuNiWgO+Wwk2DB+h1eU2Q1W1nU")]
    public void A_private_key_has_the_public_one_that_others_made_of_it(string key, string secret)
    {
        using var signer = NoteSigner.Import(key.Split('+')[0], NoteAlgorithm.Ed25519, Convert.FromBase64String(secret).AsSpan(1));
        Assert.Equal(key, signer.PublicKey.ToString());
    }
}
