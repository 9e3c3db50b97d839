using CsCheck;

namespace Beffroi.Transparency.Tests;

public sealed class TileTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(1, 1234067, 256, "tile/1/x001/x234/067")]
    [InlineData(0, 273, 112, "tile/0/273.p/112")]
    [InlineData(Tile.Entries, 1000, 1, "tile/entries/x001/000.p/1")]
    public void Paths_are_those_of_the_specification(int level, long index, int width, string path)
    {
        Assert.Equal(path, new Tile(level, index, width).Path);
        Assert.Equal(new Tile(level, index, width), Tile.Parse(path));
    }

    // The example in C2SP tlog-tiles, "Partial Tiles".
    [Fact]
    public void A_tree_of_70000_has_the_tiles_that_the_specification_says()
    {
        Assert.Equal(256, Tile.Of(0, 272, 70_000)!.Value.Width);
        Assert.Equal(112, Tile.Of(0, 273, 70_000)!.Value.Width);
        Assert.Null(Tile.Of(0, 274, 70_000));
        Assert.Equal(256, Tile.Of(1, 0, 70_000)!.Value.Width);
        Assert.Equal(17, Tile.Of(1, 1, 70_000)!.Value.Width);
        Assert.Equal(1, Tile.Of(2, 0, 70_000)!.Value.Width);
        Assert.Null(Tile.Of(3, 0, 70_000));
    }

    [Theory]
    [InlineData("tile/0/0"), InlineData("tile/0/1000"), InlineData("tile/00/000"), InlineData("tile/8/000"), InlineData("tile/-1/000"), InlineData("tile/0/x000/001")]
    [InlineData("tile/0/000.p/0"), InlineData("tile/0/000.p/256"), InlineData("tile/0/000.p/01"), InlineData("tile/0/000/p"), InlineData("tile/0/../000")]
    [InlineData("tile/0/001/000"), InlineData("tile/0/x001/x000"), InlineData("tile/0/xx001/000"), InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999"), InlineData("tile")]
    public void Other_spellings_are_refused(string path) => Assert.Null(Tile.Parse(path));

    [Fact]
    public void Every_tile_is_read_back_from_its_path() =>
        Gen.Select(Gen.Int[-1, 7], Gen.Long[0, 1L << 40], Gen.Int[1, 256]).Sample(t => Assert.Equal(new Tile(t.Item1, t.Item2, t.Item3), Tile.Parse(new Tile(t.Item1, t.Item2, t.Item3).Path)));

    [Fact]
    public void Bundles_are_read_back_and_no_bytes_break_the_reader()
    {
        Gen.Byte.Array[0, 300].Array[0, 20].Sample(entries => Assert.Equal(
            entries.Select(Convert.ToHexString),
            EntryBundle.Read(EntryBundle.Write([.. entries.Select(e => (ReadOnlyMemory<byte>)e)]))!.Select(e => Convert.ToHexString(e.Span))));
        Gen.Byte.Array[0, 600].Sample(bytes => EntryBundle.Read(bytes));
        Assert.Throws<ArgumentException>(() => EntryBundle.Write([new byte[EntryBundle.MaxEntryLength + 1]]));
    }
}
