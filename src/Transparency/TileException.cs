namespace Beffroi.Transparency;

/// <summary>A tile is missing or not what a tile can be.</summary>
public sealed class TileException(Tile tile, string message) : Exception(message)
{
    /// <summary>Which.</summary>
    public Tile Tile => tile;
}
