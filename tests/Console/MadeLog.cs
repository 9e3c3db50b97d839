using System.Text;
using Beffroi.Transparency;
using Microsoft.Playwright;

namespace Beffroi.WebConsole.Tests;

/// <summary>A log that a test makes and signs itself, as the server would show it.</summary>
internal sealed class MadeLog
{
    private readonly Dictionary<string, byte[]> _files = [];

    /// <summary>Of these entries.</summary>
    /// <param name="signer">The log's key.</param>
    /// <param name="entries">In order.</param>
    /// <param name="origin">Of the checkpoint; the key's name if it is left out.</param>
    public MadeLog(NoteSigner signer, IReadOnlyList<byte[]> entries, string? origin = null)
    {
        var builder = TileBuilder.Empty();
        foreach (var entry in entries)
        {
            builder.Append(TreeHash.OfLeaf(entry));
        }

        Tiles = builder.Take();
        Root = builder.Root;
        foreach (var (tile, hashes) in Tiles)
        {
            _files[tile.Path] = hashes;
        }

        for (var index = 0L; Tile.Of(Tile.Entries, index, entries.Count) is { } bundle; index++)
        {
            _files[bundle.Path] = EntryBundle.Write([.. entries.Skip((int)index * Tile.FullWidth).Take(bundle.Width).Select(e => (ReadOnlyMemory<byte>)e)]);
        }

        var text = new Checkpoint(origin ?? signer.PublicKey.Name, entries.Count, Root).Text;
        _files["checkpoint"] = Encoding.UTF8.GetBytes(new SignedNote(text, [signer.Sign(text)]).ToString());
        _files["key"] = Encoding.UTF8.GetBytes(signer.PublicKey + "\n");
    }

    public IReadOnlyList<(Tile Tile, byte[] Hashes)> Tiles { get; }

    public TreeHash Root { get; }

    /// <summary>Answers in the server's place.</summary>
    public Task ServeAsync(IPage page) => page.RouteAsync("**/console/ledger/log/**", route =>
        _files.TryGetValue(route.Request.Url.Split("/console/ledger/log/")[1], out var bytes)
            ? route.FulfillAsync(new() { BodyBytes = bytes, ContentType = "application/octet-stream" })
            : route.FulfillAsync(new() { Status = 404 }));
}
