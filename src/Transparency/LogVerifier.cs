using System.Runtime.InteropServices;
using System.Text.Json;
using Beffroi.Transparency.Witnessing;

namespace Beffroi.Transparency;

/// <summary>What a verification of a whole log found.</summary>
/// <param name="Checkpoint">What the log's key signed; null if nothing that counts.</param>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Findings">What is wrong, the first first, at most <see cref="LogVerifier.MaxFindings"/>; empty if the log is sound.</param>
public sealed record LogReport(Checkpoint? Checkpoint, long Entries, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whose cosignatures were found of the witnesses that were asked for.</summary>
    public IReadOnlyList<Cosignature> Cosignatures { get; init; } = [];
}

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

    private const int TileHeight = 8;

    private readonly List<Finding> _findings = [];
    private CompactTree _tree = new();

    // From the first entry on that isn't what its hash says; until then it would be the same tree.
    private CompactTree? _byEntries;
    private List<TreeHash> _tileRoots = [];
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

        _tree = new CompactTree();
        _byEntries = null;
        _tileRoots = [];
        var tree = new TiledTree(tiles, checkpoint.Size);
        var readable = await ReadAllAsync(tree, known, progress, cancellationToken);
        if (readable && _tree.Root != checkpoint.Root)
        {
            _findings.Clear();
            _findings.Add(_byEntries?.Root == checkpoint.Root
                ? new Finding(Fault.Damaged, null, "The entries lead to the signed root, but the hashes stored beside them are others.")
                : new Finding(Fault.Changed, null, "The entries don't lead to the root that was signed: some were changed together with their hashes."));
        }
        else if (readable)
        {
            await VerifyUpperTilesAsync(tree, cancellationToken);
        }

        return new LogReport(checkpoint, _tree.Size, [.. _findings]);
    }

    /// <summary>Reads entries and the hashes beside them, bundle by bundle. False if the rest can't be read.</summary>
    private async Task<bool> ReadAllAsync(TiledTree tree, Checkpoint? known, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        CheckKnown(known);
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

            byte[]? bytes;
            try
            {
                bytes = await tiles.ReadAsync(bundle, cancellationToken);
            }
            catch (TileException e)
            {
                _findings.Add(new Finding(Fault.Malformed, index * Tile.FullWidth, "Entries are not readable: " + e.Message));
                return false;
            }

            if (bytes is null || EntryBundle.Read(bytes) is not { } entries)
            {
                _findings.Add(new Finding(bytes is null ? Fault.Removed : Fault.Malformed, index * Tile.FullWidth,
                    $"The entries from number {index * Tile.FullWidth} are {(bytes is null ? "missing" : "not readable")} ({bundle})."));
                return false;
            }

            if (!Add(index * Tile.FullWidth, hashes.Span, entries, known))
            {
                return false;
            }

            progress?.Report(_tree.Size);
            if (_findings.Count >= MaxFindings)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A bundle's entries and the hashes beside them. False if what follows can't be told.</summary>
    private bool Add(long start, ReadOnlySpan<TreeHash> hashes, IReadOnlyList<ReadOnlyMemory<byte>> entries, Checkpoint? known)
    {
        var leaves = new TreeHash[entries.Count];
        for (var i = 0; i < leaves.Length; i++)
        {
            leaves[i] = TreeHash.OfLeaf(entries[i].Span);
        }

        if (!hashes.SequenceEqual(leaves) && !Compare(start, hashes, leaves))
        {
            return false;
        }

        for (var i = 0; i < leaves.Length; i++)
        {
            // What was changed says nothing of the clock.
            if (leaves[i] == hashes[i])
            {
                CheckTime(start + i, entries[i].Span);
            }
        }

        if (_byEntries is null && !hashes.SequenceEqual(leaves))
        {
            _byEntries = CompactTree.CopyOf(_tree);
        }

        foreach (var leaf in _byEntries is null ? [] : leaves)
        {
            _byEntries!.Append(leaf);
        }

        if (hashes.Length == Tile.FullWidth)
        {
            _tileRoots.Add(TiledTree.Join(hashes));
        }

        // All at once, unless one wants to know what the root was in between.
        if (hashes.Length == Tile.FullWidth && !(known?.Size > start && known.Size < start + Tile.FullWidth))
        {
            _tree.Append(_tileRoots[^1], TileHeight);
            CheckKnown(known);
            return true;
        }

        foreach (var hash in hashes)
        {
            _tree.Append(hash);
            CheckKnown(known);
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

    private void CheckKnown(Checkpoint? known)
    {
        if (known?.Size == _tree.Size && known.Root != _tree.Root)
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
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A log may hold anything; only what tells a time is held to it.
        }

        return null;
    }

    // They are read by whoever computes proofs.
    private async Task VerifyUpperTilesAsync(TiledTree tree, CancellationToken cancellationToken)
    {
        for (var (level, below) = (1, _tileRoots); below.Count > 0; level++)
        {
            var roots = new List<TreeHash>();
            for (var first = 0; first < below.Count; first += Tile.FullWidth)
            {
                var right = below.GetRange(first, Math.Min(Tile.FullWidth, below.Count - first));
                try
                {
                    var hashes = await tree.ReadAsync(level, first / Tile.FullWidth, cancellationToken);
                    if (!hashes.Span.SequenceEqual(CollectionsMarshal.AsSpan(right)))
                    {
                        _findings.Add(new Finding(Fault.Damaged, null, $"{Tile.Of(level, first / Tile.FullWidth, tree.Size)} is not what the hashes below it give."));
                    }
                }
                catch (TileException e)
                {
                    _findings.Add(new Finding(Fault.Damaged, null, e.Message));
                }

                if (right.Count == Tile.FullWidth)
                {
                    roots.Add(TiledTree.Join(CollectionsMarshal.AsSpan(right)));
                }
            }

            below = roots;
        }
    }
}
