using System.Globalization;
using System.Text;
using Beffroi.Transparency;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary>A real log of the organization demo, as an API serves it, which a test may then falsify.</summary>
internal sealed class ServedLog(FakeApi api) : IDisposable
{
    public const string Path = "/v1/organizations/demo/ledger";

    public NoteSigner Signer { get; } = NoteSigner.Generate("beffroi/organization/1", NoteAlgorithm.Ed25519);

    public string Note { get; private set; } = "";

    public static string Entry(int index, string what = "done") =>
        $"{{\"action\":\"volume.create\",\"actor\":\"system:test\",\"loggedAt\":\"2026-01-01T{index / 3600:d2}:{index / 60 % 60:d2}:{index % 60:d2}.000000Z\",\"outcome\":\"{what}\"}}";

    /// <summary>Serves a log with these entries and nothing else.</summary>
    public void Serve(params IReadOnlyList<string> entries)
    {
        foreach (var old in api.Answers.Keys.Where(k => k.StartsWith("GET " + Path, StringComparison.Ordinal)))
        {
            api.Answers.TryRemove(old, out _);
        }

        var builder = TileBuilder.Empty();
        foreach (var entry in entries)
        {
            builder.Append(TreeHash.OfLeaf(Encoding.UTF8.GetBytes(entry)));
        }

        foreach (var (tile, hashes) in builder.Take())
        {
            ServeTile(tile, hashes);
        }

        for (var i = 0L; Tile.Of(Tile.Entries, i, entries.Count) is { } tile; i++)
        {
            ServeTile(tile, EntryBundle.Write([.. entries.Skip((int)i * Tile.FullWidth).Take(tile.Width).Select(e => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(e))]));
        }

        var text = new Checkpoint(Signer.PublicKey.Name, entries.Count, builder.Root).Text;
        ServeCheckpoint(new SignedNote(text, [Signer.Sign(text)]).ToString());
        ServeKey(Signer.PublicKey);
        api.On("GET " + Path, http =>
        {
            var from = int.Parse(http.Request.Query["from"]!, CultureInfo.InvariantCulture);
            var limit = int.Parse(http.Request.Query["limit"]!, CultureInfo.InvariantCulture);
            var items = entries.Select((e, i) => new Contracts.LedgerRecord(i, e)).Skip(from).Take(limit).ToList();
            var page = new Contracts.LedgerPage(items, from + limit < entries.Count ? from + limit : null);
            return Results.Text(System.Text.Json.JsonSerializer.Serialize(page, Contracts.WireJson.Default.LedgerPage), "application/json");
        });
    }

    public static IReadOnlyList<string> Entries(int count) => [.. Enumerable.Range(0, count).Select(i => Entry(i))];

    public void ServeTile(Tile tile, byte[] bytes) => api.On($"GET {Path}/{tile}", _ => Results.Bytes(bytes));

    public void ServeKey(NoteKey key) => api.On($"GET {Path}/key", _ => Results.Text(key + "\n"));

    public void ServeCheckpoint(string note)
    {
        Note = note;
        api.On($"GET {Path}/checkpoint", _ => Results.Text(note));
    }

    public void Dispose() => Signer.Dispose();
}
