using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>Members' keys that approve. Each method works in the caller's transaction.</summary>
internal static class LockboxKeys
{
    public static Task<List<LockboxKey>> ListAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select p.name, k.public_key, k.created_at from platform.lockbox_keys k join platform.principals p on p.id = k.principal_id
            where k.organization_id = $1 order by p.name collate "C"
            """, organizationId).ListAsync(r => new LockboxKey(r.GetString(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2)), cancellationToken);

    public static async Task<NoteKey?> FindAsync(NpgsqlConnection connection, Guid principal, CancellationToken cancellationToken) =>
        await connection.Statement("select public_key from platform.lockbox_keys where principal_id = $1", principal).FirstAsync(r => r.GetString(0), cancellationToken) is { } text
            ? NoteKey.Parse(text) : null;

    /// <summary>Replaces the one that was there: what that has signed opens nothing any more.</summary>
    public static Task<LockboxKey?> PutAsync(NpgsqlConnection connection, Guid organizationId, Guid principal, string account, NoteKey key, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.lockbox_keys (principal_id, organization_id, public_key) values ($1, $2, $3)
            on conflict (principal_id) do update set public_key = excluded.public_key,
                created_at = case when lockbox_keys.public_key = excluded.public_key then lockbox_keys.created_at else now() end
            returning public_key, created_at
            """, principal, organizationId, key.ToString()).FirstAsync(r => new LockboxKey(account, r.GetString(0), r.GetFieldValue<DateTimeOffset>(1)), cancellationToken);

    public static Task<LockboxKey?> RemoveAsync(NpgsqlConnection connection, Guid organizationId, string account, CancellationToken cancellationToken) =>
        connection.Statement("""
            delete from platform.lockbox_keys k using platform.principals p where p.id = k.principal_id and k.organization_id = $1 and p.name = $2
            returning k.public_key, k.created_at
            """, organizationId, account).FirstAsync(r => new LockboxKey(account, r.GetString(0), r.GetFieldValue<DateTimeOffset>(1)), cancellationToken);

    /// <summary>The key, or what is wrong with it.</summary>
    public static Result<NoteKey> Read(string organization, string account, string text)
    {
        var name = LockboxTerms.KeyName(organization, account);
        return text.Length <= 500 && NoteKey.Parse(text) is { Algorithm: NoteAlgorithm.Ed25519 } key && key.Name == name ? key
            : Problem.Invalid(new FieldError("key", "This is no key of yours.", $"a public key for notes with the name {name}, as `beffroi lockbox key create` makes it"));
    }
}
