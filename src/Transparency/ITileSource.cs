namespace Beffroi.Transparency;

/// <summary>Where a log's tiles are: its store, a folder, an address. Whoever reads from one checks what it gets.</summary>
public interface ITileSource
{
    /// <summary>The bytes of a tile; null if it isn't there.</summary>
    ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken);
}
