using System.Text.Json;

namespace Beffroi.Transparency;

/// <summary>What a verification of a whole log found.</summary>
/// <param name="Checkpoint">What the log's key signed; null if nothing that counts.</param>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Findings">What is wrong, the first first, at most <see cref="LogVerifier.MaxFindings"/>; empty if the log is sound.</param>
public sealed record LogReport(Checkpoint? Checkpoint, long Entries, IReadOnlyList<Finding> Findings);

/// <summary>
/// Verifies a whole log from its tiles, a signed checkpoint and the log's public key, and nothing else: every entry leads to the signed
/// root, none is missing, none is added, and their times run forward.
/// </summary>
/// <param name="tiles">The log's tiles, of which nothing is believed.</param>
/// <param name="key">The log's key.</param>
public sealed class LogVerifier(ITileSource tiles, NoteKey key)
{
    /// <summary>After so many it doesn't look for more.</summary>
    public const int MaxFindings = 100;

    private readonly List<Finding> _findings = [];
    private string _lastTime = "";

    /// <summary>Verifies.</summary>
    /// <param name="note">The newest checkpoint, signed.</param>
    /// <param name="known">A checkpoint of the same log that was verified before; without one nobody can tell whether the log was rewritten and signed anew.</param>
    /// <param name="progress">Told how many entries were read.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<LogReport> VerifyAsync(string note, Checkpoint? known, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        _findings.Clear();
        _lastTime = "";
        if (Checkpoint.Open(note, key, out var checkpoint) is { } wrong)
        {
            return new LogReport(null, 0, [wrong]);
        }

        if (known is not null && (known.Origin != checkpoint.Origin || known.Size > checkpoint.Size))
        {
            return new LogReport(checkpoint, 0, [checkpoint.Follows(known, [])!]);
        }

        var (byHashes, byEntries) = (new CompactTree(), new CompactTree());
        var tree = new TiledTree(tiles, checkpoint.Size);
        var readable = await ReadAllAsync(tree, byHashes, byEntries, known, progress, cancellationToken);
        if (readable && byHashes.Root != checkpoint.Root)
        {
            _findings.Clear();
            _findings.Add(byEntries.Size == checkpoint.Size && byEntries.Root == checkpoint.Root
                ? new Finding(Fault.Damaged, null, "The entries lead to the signed root, but the hashes stored beside them are others.")
                : new Finding(Fault.Changed, null, "The entries don't lead to the root that was signed: some were changed together with their hashes."));
        }
        else if (readable)
        {
            await VerifyUpperTilesAsync(tree, cancellationToken);
        }

        return new LogReport(checkpoint, byEntries.Size, [.. _findings]);
    }

    /// <summary>Reads entries and the hashes beside them, bundle by bundle. False if the rest can't be read.</summary>
    private async Task<bool> ReadAllAsync(
        TiledTree tree, CompactTree byHashes, CompactTree byEntries, Checkpoint? known, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        CheckKnown(byHashes, known);
        for (var index = 0L; Tile.Of(Tile.Entries, index, tree.Size) is { } bundle; index++)
        {
            ReadOnlyMemory<TreeHash> hashes;
            try
            {
                hashes = await tree.ReadAsync(0, index, cancellationToken);
            }
            catch (TileException e)
            {
                _findings.Add(new Finding(Fault.Removed, index * Tile.FullWidth, "The hashes of entries are not there: " + e.Message));
                return false;
            }

            var bytes = await tiles.ReadAsync(bundle, cancellationToken);
            if (bytes is null || EntryBundle.Read(bytes) is not { } entries)
            {
                _findings.Add(new Finding(bytes is null ? Fault.Removed : Fault.Malformed, index * Tile.FullWidth,
                    $"The entries from number {index * Tile.FullWidth} are {(bytes is null ? "missing" : "not readable")} ({bundle})."));
                return false;
            }

            var leaves = entries.Select(e => TreeHash.OfLeaf(e.Span)).ToArray();
            if (!Compare(index * Tile.FullWidth, hashes.Span, leaves))
            {
                return false;
            }

            for (var i = 0; i < leaves.Length; i++)
            {
                // What was changed says nothing of the clock.
                if (leaves[i] == hashes.Span[i])
                {
                    CheckTime(byEntries.Size, entries[i].Span);
                }

                byEntries.Append(leaves[i]);
            }

            for (var i = 0; i < hashes.Length; i++)
            {
                byHashes.Append(hashes.Span[i]);
                CheckKnown(byHashes, known);
            }

            progress?.Report(byEntries.Size);
            if (_findings.Count >= MaxFindings)
            {
                return false;
            }
        }

        return true;
    }

    // The hashes beside the entries are the better witness: they lead to the signed root unless both were changed.
    private bool Compare(long start, ReadOnlySpan<TreeHash> hashes, ReadOnlySpan<TreeHash> leaves)
    {
        for (var i = 0; i < Math.Max(hashes.Length, leaves.Length); i++)
        {
            var at = start + i;
            if (i < hashes.Length && i < leaves.Length && hashes[i] == leaves[i])
            {
                continue;
            }

            // What follows is shifted: nothing more can be told from it.
            if (i >= leaves.Length || (i + 1 < hashes.Length && leaves[i] == hashes[i + 1] && (i + 1 >= leaves.Length || leaves[i + 1] != hashes[i])))
            {
                _findings.Add(new Finding(Fault.Removed, at, $"Entry {at} is missing."));
                return false;
            }

            if (i >= hashes.Length || (i + 1 < leaves.Length && leaves[i + 1] == hashes[i] && (i + 1 >= hashes.Length || leaves[i] != hashes[i + 1])))
            {
                _findings.Add(new Finding(Fault.Inserted, at, $"Entry {at} was inserted; what belongs there follows it."));
                return false;
            }

            var elsewhere = leaves.IndexOf(hashes[i]);
            _findings.Add(elsewhere >= 0
                ? new Finding(Fault.Reordered, at, $"In place of entry {at} stands another; it stands where entry {start + elsewhere} belongs.")
                : new Finding(Fault.Changed, at, $"Entry {at} is not what was logged."));
        }

        return true;
    }

    private void CheckKnown(CompactTree tree, Checkpoint? known)
    {
        if (known is not null && known.Size == tree.Size && known.Root != tree.Root)
        {
            _findings.Add(new Finding(Fault.Forked, null,
                $"With {known.Size} entries the log is not what it was when it was seen before: its past was rewritten, or another was shown to someone else."));
        }
    }

    // RFC 3339 in UTC with a fixed number of digits sorts as text.
    private void CheckTime(long index, ReadOnlySpan<byte> entry)
    {
        if (TimeOf(entry) is not { } time)
        {
            return;
        }

        if (string.CompareOrdinal(time, _lastTime) < 0)
        {
            _findings.Add(new Finding(Fault.ClockRewound, index, $"Entry {index} was logged at {time}, before the one it follows ({_lastTime}): the clock was set back."));
        }

        _lastTime = time;
    }

    private static string? TimeOf(ReadOnlySpan<byte> entry)
    {
        var json = new Utf8JsonReader(entry);
        try
        {
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1 && json.ValueTextEquals("loggedAt"u8))
                {
                    return json.Read() && json.TokenType == JsonTokenType.String ? json.GetString() : null;
                }
            }
        }
        catch (JsonException)
        {
            // A log may hold anything; only what tells a time is held to it.
        }

        return null;
    }

    // They are read by whoever computes proofs.
    private async Task VerifyUpperTilesAsync(TiledTree tree, CancellationToken cancellationToken)
    {
        for (var level = 1; level <= Tile.MaxLevel; level++)
        {
            for (var index = 0L; Tile.Of(level, index, tree.Size) is { } tile; index++)
            {
                try
                {
                    var hashes = await tree.ReadAsync(level, index, cancellationToken);
                    for (var i = 0; i < hashes.Length; i++)
                    {
                        var below = await tree.ReadAsync(level - 1, (index * Tile.FullWidth) + i, cancellationToken);
                        if (TiledTree.Join(below.Span) != hashes.Span[i])
                        {
                            _findings.Add(new Finding(Fault.Damaged, null, $"{tile} is not what the hashes below it give."));
                            break;
                        }
                    }
                }
                catch (TileException e)
                {
                    _findings.Add(new Finding(Fault.Damaged, null, e.Message));
                }
            }
        }
    }
}
