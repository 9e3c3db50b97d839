using System.Text;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>The log of one node, read piece by piece. Keeps where it has read to.</summary>
internal sealed class NodeLog(ILogFiles files, string node = "", int piece = NodeLog.Most) : IDisposable
{
    /// <summary>Which node's, where there are several.</summary>
    public string Node => node;

    /// <summary>The most bytes that a database gives at once.</summary>
    public const int Most = 1 << 20;
    private (string File, long At)? _end;

    public void Dispose() => files.Dispose();

    /// <summary>Entries from the newest to the oldest, until nobody asks for more or all that is younger than <paramref name="since"/> was read.</summary>
    public async IAsyncEnumerable<LogEntry> BackwardsAsync(DateTimeOffset since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await files.ListAsync(cancellationToken);
        _end = all.Count > 0 ? (all[^1].Name, all[^1].Size) : null;
        foreach (var file in Enumerable.Reverse(all).TakeWhile(file => file.Modified >= since))
        {
            byte[] head = [];
            for (var end = file.Size; end > 0; end = Math.Max(0, end - piece))
            {
                var start = Math.Max(0, end - piece);
                byte[] bytes = [.. await files.ReadAsync(file.Name, start, (int)(end - start), cancellationToken), .. head];
                // Its first line may have begun in the piece before.
                var whole = start == 0 ? 0 : Array.IndexOf(bytes, (byte)'\n') + 1;
                head = start == 0 ? [] : whole == 0 ? bytes : bytes[..whole];
                foreach (var entry in whole == 0 && start > 0 ? [] : Entries(bytes.AsSpan(whole)).AsEnumerable().Reverse())
                {
                    yield return entry;
                }
            }
        }
    }

    /// <summary>What has come since it was last read, oldest first.</summary>
    public async Task<IReadOnlyList<LogEntry>> NewAsync(CancellationToken cancellationToken)
    {
        var entries = new List<LogEntry>();
        foreach (var (name, size, _) in await files.ListAsync(cancellationToken))
        {
            var at = _end is { } end ? string.CompareOrdinal(name, end.File) switch { < 0 => size, 0 => end.At, _ => 0 } : 0;
            while (at < size)
            {
                var bytes = await files.ReadAsync(name, at, (int)Math.Min(piece, size - at), cancellationToken);
                // The rest of a line that is being written comes the next time; one that is longer than a piece is no entry.
                var whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
                if (whole == 0 && bytes.Length < piece)
                {
                    break;
                }

                whole = whole == 0 ? bytes.Length : whole;
                entries.AddRange(Entries(bytes.AsSpan(0, whole)));
                at += whole;
                _end = (name, at);
            }
        }

        return entries;
    }

    private static List<LogEntry> Entries(ReadOnlySpan<byte> lines) =>
        [.. Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(LogEntry.Parse).OfType<LogEntry>()];
}
