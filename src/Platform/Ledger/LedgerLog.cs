using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Ledger;

/// <summary>An entry that waits.</summary>
/// <param name="Id">Its place in the queue.</param>
/// <param name="LogId">For which log.</param>
/// <param name="At">When what it tells of happened, UTC.</param>
/// <param name="Members">The entry without its times.</param>
internal sealed record PendingEntry(long Id, Guid LogId, DateTime At, string Members);

/// <summary>What a log says of itself and what its tiles say differ: it must not be continued, as that would sign what it isn't.</summary>
internal sealed class LedgerBrokenException(string message) : Exception(message);

/// <summary>One Merkle log, for the length of a transaction in which nobody else writes to it.</summary>
internal sealed class LedgerLog
{
    private readonly NpgsqlConnection _connection;
    private readonly NoteSigner _signer;
    private readonly TileBuilder _tree;
    private readonly long _oldSize;
    private readonly List<string> _entries = [];
    private readonly Guid _id;

    private LedgerLog(NpgsqlConnection connection, Guid id, NoteSigner signer, TileBuilder tree, DateTime? lastLoggedAt)
    {
        (_connection, _id, _signer, _tree, _oldSize) = (connection, id, signer, tree, tree.Size);
        LastLoggedAt = lastLoggedAt;
    }

    /// <summary>When the newest entry was logged, UTC.</summary>
    public DateTime? LastLoggedAt { get; private set; }

    /// <summary>Opens the log, or makes it with a key of its own, and makes sure that what its tiles tell is what it signed.</summary>
    /// <exception cref="LedgerBrokenException">It isn't.</exception>
    /// <exception cref="KeyUnavailableException">The platform's key, under which the log's is sealed, isn't there.</exception>
    public static async Task<LedgerLog> OpenAsync(
        NpgsqlConnection connection, Guid id, IOrganizationKeys keys, IDictionary<Guid, NoteSigner> signers, CancellationToken cancellationToken)
    {
        var row = await connection.Statement("select origin, public_key, sealed_key, size, logged_at, checkpoint from platform.ledger_logs where id = $1 for update", id)
            .FirstAsync(r => new Row(r.GetString(0), r.GetString(1), r.GetFieldValue<byte[]>(2), r.GetInt64(3), r.Nullable<DateTime>(4), r.IsDBNull(5) ? null : r.GetString(5)), cancellationToken);
        if (row is null)
        {
            row = await CreateAsync(connection, id, keys, cancellationToken);
        }

        // A key may be cached of a log whose creation was rolled back.
        if (signers.TryGetValue(id, out var signer) && signer.PublicKey.ToString() != row.PublicKey)
        {
            signers.Remove(id);
            signer.Dispose();
            signer = null;
        }

        if (signer is null)
        {
            using var secret = await keys.UnwrapAsync(Guid.Empty, Context(id), row.SealedKey, cancellationToken);
            signers[id] = signer = NoteSigner.Import(row.Origin, NoteAlgorithm.Ed25519, secret.Reveal());
        }

        return new LedgerLog(connection, id, signer, await LoadTreeAsync(connection, id, row, signer, cancellationToken), row.LoggedAt);
    }

    /// <summary>Adds an entry as logged at <paramref name="now"/>, UTC.</summary>
    public void Append(PendingEntry pending, DateTime now)
    {
        var members = new Dictionary<string, object?> { ["at"] = Rfc3339(pending.At), ["loggedAt"] = Rfc3339(now) };
        using var json = JsonDocument.Parse(pending.Members);
        foreach (var member in json.RootElement.EnumerateObject())
        {
            members[member.Name] = member.Value.ValueKind == JsonValueKind.Number ? member.Value.GetInt64() : member.Value.GetString();
        }

        var entry = CanonicalJson.Write(members);
        _entries.Add(entry);
        _tree.Append(TreeHash.OfLeaf(Encoding.UTF8.GetBytes(entry)));
        LastLoggedAt = now;
    }

    /// <summary>Writes what was added, and a checkpoint signed over it.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        await using (var writer = await _connection.BeginBinaryImportAsync("copy platform.ledger_entries (log_id, index, entry) from stdin (format binary)", cancellationToken))
        {
            for (var i = 0; i < _entries.Count; i++)
            {
                await writer.StartRowAsync(cancellationToken);
                await writer.WriteAsync(_id, NpgsqlDbType.Uuid, cancellationToken);
                await writer.WriteAsync(_oldSize + i, NpgsqlDbType.Bigint, cancellationToken);
                await writer.WriteAsync(_entries[i], NpgsqlDbType.Text, cancellationToken);
            }

            await writer.CompleteAsync(cancellationToken);
        }

        var tiles = _tree.Take();
        await _connection.Statement("""
            insert into platform.ledger_tiles (log_id, level, index, hashes) select $1, * from unnest($2::smallint[], $3::bigint[], $4::bytea[])
            on conflict (log_id, level, index) do update set hashes = excluded.hashes
            """, _id, tiles.Select(t => (short)t.Tile.Level).ToArray(), tiles.Select(t => t.Tile.Index).ToArray(), tiles.Select(t => t.Hashes).ToArray())
            .RunAsync(cancellationToken);
        var text = new Checkpoint(_signer.PublicKey.Name, _tree.Size, _tree.Root).Text;
        await _connection.Statement(
            "update platform.ledger_logs set size = $2, logged_at = $3, checkpoint = $4 where id = $1",
            _id, _tree.Size, LastLoggedAt, new SignedNote(text, [_signer.Sign(text)]).ToString()).RunAsync(cancellationToken);
    }

    private static async Task<Row> CreateAsync(NpgsqlConnection connection, Guid id, IOrganizationKeys keys, CancellationToken cancellationToken)
    {
        // The operator's has no id that is unique in the world, so it gets one.
        var origin = id == Guid.Empty ? "beffroi/operator/" + Guid.NewGuid().ToString("D") : "beffroi/organization/" + id.ToString("D");
        using var signer = NoteSigner.Generate(origin, NoteAlgorithm.Ed25519);
        var seed = signer.Export();
        using var secret = Secret.FromBytes(seed);
        CryptographicOperations.ZeroMemory(seed);
        await keys.EnsureAsync(Guid.Empty, cancellationToken);
        var row = new Row(origin, signer.PublicKey.ToString(), await keys.WrapAsync(Guid.Empty, Context(id), secret, cancellationToken), 0, null, null);
        await connection.Statement(
            "insert into platform.ledger_logs (id, origin, public_key, sealed_key) values ($1, $2, $3, $4)", id, row.Origin, row.PublicKey, row.SealedKey)
            .RunAsync(cancellationToken);
        return row;
    }

    private static async Task<TileBuilder> LoadTreeAsync(NpgsqlConnection connection, Guid id, Row row, NoteSigner signer, CancellationToken cancellationToken)
    {
        if (row.PublicKey != signer.PublicKey.ToString())
        {
            throw new LedgerBrokenException($"The public key of the log {row.Origin} isn't that of its private key.");
        }

        if (row.Checkpoint is null)
        {
            return row.Size == 0 ? TileBuilder.Empty() : throw new LedgerBrokenException($"The log {row.Origin} has entries and no checkpoint.");
        }

        if (Checkpoint.Open(row.Checkpoint, signer.PublicKey, out var signed) is { } wrong)
        {
            throw new LedgerBrokenException($"The log {row.Origin}: {wrong.Message}");
        }

        try
        {
            var tree = await TileBuilder.LoadAsync(new TiledTree(new LedgerTiles(connection, id), signed.Size), cancellationToken);
            return row.Size == signed.Size && tree.Root == signed.Root
                ? tree
                : throw new LedgerBrokenException($"The log {row.Origin} is not what its newest checkpoint says: it was changed in the store.");
        }
        catch (TileException e)
        {
            throw new LedgerBrokenException($"The log {row.Origin}: {e.Message}");
        }
    }

    // RFC 3339, to the microsecond, which is what the store keeps.
    private static string Rfc3339(DateTime at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>What its sealed private key is bound to.</summary>
    internal static KeyContext Context(Guid id) => new(id, "ledger-log");

    private sealed record Row(string Origin, string PublicKey, byte[] SealedKey, long Size, DateTime? LoggedAt, string? Checkpoint);
}
