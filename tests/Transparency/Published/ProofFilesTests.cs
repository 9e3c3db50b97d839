using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Transparency.Tests.Published;

/// <summary>Files of proofs (C2SP tlog-proof) that transparency-dev/formats writes, and those that it refuses.</summary>
public sealed class ProofFilesTests
{
    private const string Header = "c2sp.org/tlog-proof@v1\n";
    private static readonly TreeHash One = Sha256("hash1");
    private static readonly TreeHash Two = Sha256("hash2");

    // TestMarshal; ours writes no extra data.
    [Fact]
    public void Are_read_and_written()
    {
        Read($"{Header}index 5\n{One}\n{Two}\n\ntest checkpoint\n", 5, [One, Two], "test checkpoint\n", again: true);
        Read($"{Header}extra {Convert.ToBase64String("extra information"u8)}\nindex 10\n{One}\n\ncheckpoint data\n", 10, [One], "checkpoint data\n", again: false);
        Read($"{Header}index 0\n\ncheckpoint\n", 0, [], "checkpoint\n", again: true);
    }

    // The example in the specification; its signatures are cut short there.
    [Fact]
    public void The_example_of_the_specification_is_read() => Read(
        Header + "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\nindex 73894\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\nB95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
        + "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\nRoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\nAHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n\n"
        + "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n",
        73894,
        ["gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=", "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=", "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=", "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk="],
        "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n");

    // TestUnmarshalErrors.
    [Theory]
    [InlineData("wrong-header\nindex 0\n\ncheckpoint\n"), InlineData(Header + "extra !!notbase64!!\nindex 0\n\ncheckpoint\n"), InlineData(Header + "\n\ncheckpoint\n")]
    [InlineData(Header + "index notanumber\n\ncheckpoint\n"), InlineData(Header + "index -5\n\ncheckpoint\n"), InlineData(Header + "index 0\n!!notbase64!!\n\ncheckpoint\n")]
    public void Others_are_refused(string file) => Assert.Null(InclusionProof.Parse(file));

    [Fact]
    public void Others_with_what_is_too_long_are_refused()
    {
        Assert.Null(InclusionProof.Parse($"{Header}index 0\n{Convert.ToBase64String(new byte[64])}\n\ncheckpoint\n"));
        Assert.Null(InclusionProof.Parse($"{Header}index 0\n{new string('a', 65 * 1024)}\n"));
    }

    private static void Read(string file, long index, string[] hashes, string checkpoint) => Read(file, index, [.. hashes.Select(h => TreeHash.FromBase64(h)!.Value)], checkpoint, again: false);

    private static void Read(string file, long index, TreeHash[] hashes, string checkpoint, bool again)
    {
        var read = InclusionProof.Parse(file)!;
        Assert.Equal((index, checkpoint), (read.Index, read.Checkpoint));
        Assert.Equal(hashes, read.Hashes);
        if (again)
        {
            Assert.Equal(file, read.ToString());
        }
    }

    private static TreeHash Sha256(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
