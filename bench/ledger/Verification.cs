using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Transparency;

namespace Beffroi.Bench.Ledger;

/// <summary>Verifying a whole log and making proofs, of a log that is made up as it is read; only its hashes are kept, in memory.</summary>
internal static class Verification
{
    public static async Task RunAsync(long size)
    {
        using var signer = NoteSigner.Generate("bench.example/log", NoteAlgorithm.Ed25519);
        var builder = TileBuilder.Empty();
        var log = new Generated(size);
        for (var index = 0L; index < size; index++)
        {
            builder.Append(TreeHash.OfLeaf(Generated.Entry(index)));
            if (builder.Size % 65536 == 0)
            {
                log.Keep(builder.Take());
            }
        }

        log.Keep(builder.Take());
        var text = new Checkpoint("bench.example/log", size, builder.Root).Text;
        var note = new SignedNote(text, [signer.Sign(text)]).ToString();

        var floor = Floor(size);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peak = 0L;
        var start = Stopwatch.GetTimestamp();
        var report = await new LogVerifier(log, signer.PublicKey).VerifyAsync(note, null, new Report(_ => peak = Math.Max(peak, GC.GetTotalMemory(false) - before)), CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (report.Findings.Count > 0)
        {
            throw new InvalidOperationException(report.Findings[0].Message);
        }

        Console.WriteLine($"verify       {size,11:N0} entries   hashing alone {floor,7:F2} s   verification {seconds,7:F2} s   ratio {seconds / floor:F2}   peak {peak / 1048576} MiB beside the log");

        const int Proofs = 2000;
        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Proofs; i++)
        {
            // Each as for a new request: nothing read before is kept.
            await new TiledTree(log, size).InclusionProofAsync(RandomNumberGenerator.GetInt32((int)Math.Min(size, int.MaxValue)), CancellationToken.None);
        }

        Console.WriteLine($"proof        {size,11:N0} entries   {Stopwatch.GetElapsedTime(start).TotalMilliseconds * 1000 / Proofs,7:F0} µs each, from tiles in memory");
    }

    // What no verification can do without: a hash a leaf and one a node, and the entries themselves.
    private static double Floor(long size)
    {
        Span<byte> hash = stackalloc byte[32];
        Span<byte> node = stackalloc byte[65];
        var start = Stopwatch.GetTimestamp();
        for (var index = 0L; index < size; index++)
        {
            SHA256.HashData(Generated.Entry(index), hash);
            SHA256.HashData(node, hash);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class Report(Action<long> report) : IProgress<long>
    {
        void IProgress<long>.Report(long value) => report(value);
    }

    private sealed class Generated(long size) : ITileSource
    {
        private readonly Dictionary<Tile, byte[]> _tiles = [];

        public static byte[] Entry(long index) => Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"action":"postgres.create","actor":"customer:someone","at":"2026-01-01T00:00:00.000000Z","generation":1,"loggedAt":"2026-01-01T00:00:00.000000Z","operationId":"01900000-0000-7000-8000-{{index:d12}}","organizationId":"01900000-0000-7000-8000-000000000001","outcome":"accepted","resource":"/v1/organizations/demo/spaces/eval/postgres/first","version":2}"""));

        public void Keep(IEnumerable<(Tile Tile, byte[] Hashes)> tiles)
        {
            foreach (var (tile, hashes) in tiles)
            {
                _tiles[tile] = hashes;
            }
        }

        public ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken)
        {
            if (tile.Level != Tile.Entries)
            {
                return new(_tiles.GetValueOrDefault(tile));
            }

            var first = tile.Index * Tile.FullWidth;
            var entries = new ReadOnlyMemory<byte>[Math.Min(tile.Width, size - first)];
            for (var i = 0; i < entries.Length; i++)
            {
                entries[i] = Entry(first + i);
            }

            return new(EntryBundle.Write(entries));
        }
    }
}
