using System.Diagnostics;
using System.Text;
using Beffroi.Hosts.Cli.Encryption;

namespace Beffroi.Cli.Tests;

public sealed class PlaintextSearchTests : IDisposable
{
    private readonly Canary _canary = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-search-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 20) - 5)]
    [InlineData((1 << 21) - 30)]
    [InlineData(3_000_000)]
    public void The_word_is_found_wherever_it_lies_also_across_pieces(int offset)
    {
        var bytes = new byte[4_000_000];
        new Random(offset).NextBytes(bytes);
        Encoding.ASCII.GetBytes(_canary.Word).CopyTo(bytes, offset);
        File.WriteAllBytes(_folder + "/with", bytes);
        bytes[offset + 3] ^= 1;
        File.WriteAllBytes(_folder + "/without", bytes);
        Assert.Equal([_folder + "/with"], Search().Below(_folder, _ => false, CancellationToken.None));
    }

    [Fact]
    public void The_holes_of_a_sparse_file_are_not_read()
    {
        using (var file = File.Create(_folder + "/sparse"))
        {
            file.SetLength(1L << 40);
            file.Position = 700L << 30;
            file.Write(Encoding.ASCII.GetBytes(_canary.Word));
        }

        var search = Search();
        Assert.Single(search.Below(_folder, _ => false, CancellationToken.None));
        Assert.InRange(search.Bytes, 0, 1 << 20);
    }

    [Fact]
    public void Links_pipes_and_what_is_to_be_skipped_are_passed_over()
    {
        Directory.CreateDirectory(_folder + "/deep/skipped");
        File.WriteAllText(_folder + "/deep/skipped/with", _canary.Word);
        File.CreateSymbolicLink(_folder + "/deep/link", _folder + "/deep/skipped/with");
        File.CreateSymbolicLink(_folder + "/deep/round", _folder);
        using (var made = Process.Start("mkfifo", [_folder + "/deep/pipe"]))
        {
            made.WaitForExit();
        }

        Assert.Empty(Search().Below(_folder, path => path.EndsWith("/skipped", StringComparison.Ordinal), CancellationToken.None));
        Assert.Single(Search().Below(_folder, _ => false, CancellationToken.None));
        Assert.Empty(Search().Below(_folder + "/missing", _ => false, CancellationToken.None));
    }

    private PlaintextSearch Search() => new(_canary.Sought);
}
