namespace Beffroi.Transparency;

/// <summary>A log in a folder, under the paths of C2SP tlog-tiles: what an export is, and what any web server can serve as a log.</summary>
/// <param name="path">The folder.</param>
public sealed class TileFolder(string path) : ITileSource
{
    /// <summary>The checkpoint's name in the folder.</summary>
    public const string CheckpointName = "checkpoint";

    /// <summary>A file with the log's public key, beside what C2SP names.</summary>
    public const string KeyName = "key";

    private const long MaxLength = Tile.FullWidth * (2L + EntryBundle.MaxEntryLength);

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(Path.Combine(path, tile.Path));
            return file.Exists && file.Length > MaxLength ? throw new TileException(tile, $"{tile} is larger than any tile can be.") : await File.ReadAllBytesAsync(file.FullName, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TileException(tile, $"{tile} can't be read: {e.Message}");
        }
    }

    /// <summary>Writes a tile, whole or not at all.</summary>
    public async Task WriteAsync(Tile tile, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var file = Path.Combine(path, tile.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file + ".new", bytes, cancellationToken);
        File.Move(file + ".new", file, overwrite: true);
    }
}
