namespace Beffroi.Transparency.Tests.Published;

/// <summary>Paths that Go's checksum database and Tessera write and read. Go's name a height too, which C2SP tlog-tiles fixes at 8 and leaves out; so it is left out here.</summary>
public sealed class TilePathsTests
{
    // golang/mod
    [Theory]
    [InlineData(0, 1, 256, "tile/0/001"), InlineData(0, 1, 5, "tile/0/001.p/5"), InlineData(5, 123456078, 256, "tile/5/x123/x456/078"), InlineData(5, 123456078, 2, "tile/5/x123/x456/078.p/2")]
    [InlineData(0, 3057500, 256, "tile/0/x003/x057/500"), InlineData(Tile.Entries, 3057500, 256, "tile/entries/x003/x057/500")]
    // Tessera, TestTilePath and TestParseTileLevelIndexWidth
    [InlineData(0, 0, 256, "tile/0/000"), InlineData(0, 0, 255, "tile/0/000.p/255"), InlineData(1, 0, 256, "tile/1/000"), InlineData(1, 0, 1, "tile/1/000.p/1"), InlineData(1, 0, 4, "tile/1/000.p/4")]
    [InlineData(3, 1234567, 256, "tile/3/x001/x234/567"), InlineData(0, 1234067, 256, "tile/0/x001/x234/067"), InlineData(0, 1234067, 89, "tile/0/x001/x234/067.p/89")]
    public void Are_written_and_read(int level, long index, int width, string path)
    {
        Assert.Equal(path, new Tile(level, index, width).Path);
        Assert.Equal(new Tile(level, index, width), Tile.Parse(path));
    }

    // Tessera, TestEntriesPathForLogIndex, TestEntriesPath and TestTilePath: which tile a log of some size has there.
    [Theory]
    [InlineData(Tile.Entries, 0, 256, "tile/entries/000"), InlineData(Tile.Entries, 0, 255, "tile/entries/000.p/255"), InlineData(Tile.Entries, 1, 512, "tile/entries/001")]
    [InlineData(Tile.Entries, 1, 257, "tile/entries/001.p/1"), InlineData(Tile.Entries, 123456789, 123456790L * 256, "tile/entries/x123/x456/789")]
    [InlineData(Tile.Entries, 0, 289, "tile/entries/000"), InlineData(Tile.Entries, 0, 8, "tile/entries/000.p/8"), InlineData(Tile.Entries, 255, 256 * 256, "tile/entries/255")]
    [InlineData(Tile.Entries, 256, 257 * 256, "tile/entries/256"), InlineData(Tile.Entries, 123456789000, long.MaxValue, "tile/entries/x123/x456/x789/000")]
    [InlineData(0, 0, 256, "tile/0/000"), InlineData(0, 0, 255, "tile/0/000.p/255"), InlineData(1, 0, long.MaxValue, "tile/1/000"), InlineData(1, 0, 256, "tile/1/000.p/1"), InlineData(1, 0, 1024, "tile/1/000.p/4")]
    [InlineData(3, 1234567, long.MaxValue, "tile/3/x001/x234/567")]
    public void Are_those_of_a_log_of_that_size(int level, long index, long size, string path) => Assert.Equal(path, Tile.Of(level, index, size)!.Value.Path);

    [Theory]
    // golang/mod
    [InlineData("tile/5/123/456/078"), InlineData("tile/-1/123/456/078")]
    // Tessera
    [InlineData("tile/0/x001/x234/067.p/"), InlineData("tile/0/x001/x234/067.p"), InlineData("tile/0/x001/x234/"), InlineData("tile/0/x001/x234"), InlineData("tile/0/x001/"), InlineData("tile/0/x001")]
    [InlineData("tile/1/x001/.p/abc"), InlineData("tile/64/x001/002"), InlineData("tile/-1/x001/002"), InlineData("tile/abc/x001/002"), InlineData("tile/8/001/002"), InlineData("tile/8/x001/0002")]
    [InlineData("tile/8/x001/-002"), InlineData("tile/8/x001/002.p/256")]
    // The same on a level that there is.
    [InlineData("tile/7/001/002"), InlineData("tile/7/x001/0002"), InlineData("tile/7/x001/-002"), InlineData("tile/7/x001/002.p/256")]
    // Tessera takes levels up to 63, as the specification names them; no tree of up to 2^63 leaves has one above 7.
    [InlineData("tile/15/x455/667"), InlineData("tile/15/x123/x456/789"), InlineData("tile/63/x999/x999/x999/x999/x999/999.p/255")]
    public void Others_are_refused(string path) => Assert.Null(Tile.Parse(path));
}
