namespace Beffroi.Transparency.Tests;

/// <summary>Tiles in memory.</summary>
internal sealed class MemoryTiles(IEnumerable<(Tile Tile, byte[] Bytes)> tiles) : ITileSource
{
    private readonly Dictionary<Tile, byte[]> _tiles = tiles.ToDictionary(t => t.Tile, t => t.Bytes);

    public ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken) => new(_tiles.GetValueOrDefault(tile));
}
