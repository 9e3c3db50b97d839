using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Beffroi.Transparency.Consent;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>Members' keys that approve. Each method works in the caller's transaction.</summary>
internal static class LockboxKeys
{
    public static Task<List<LockboxKey>> ListAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select p.name, k.public_key, k.created_at from platform.lockbox_keys k join platform.principals p on p.id = k.principal_id
            where k.organization_id = $1 order by p.name collate "C"
            """, organizationId).ListAsync(r => Shown(r.GetString(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2)), cancellationToken);

    /// <summary>A member's, and the passkey that it is of; null if they have none.</summary>
    public static async Task<(ApproverKey Key, Guid? Passkey)?> FindAsync(NpgsqlConnection connection, Guid principal, CancellationToken cancellationToken) =>
        await connection.Statement("select public_key, passkey_id from platform.lockbox_keys where principal_id = $1", principal)
            .FirstAsync(r => Tuple.Create(r.GetString(0), r.Nullable<Guid>(1)), cancellationToken) is ({ } text, var passkey) && ApproverKey.Parse(text) is { } key
            ? (key, passkey) : null;

    /// <summary>Replaces the one that was there: what that has signed opens nothing any more.</summary>
    public static Task<LockboxKey?> PutAsync(NpgsqlConnection connection, CustomerPrincipal member, ApproverKey key, Guid? passkey, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.lockbox_keys (principal_id, organization_id, public_key, passkey_id) values ($1, $2, $3, $4::uuid)
            on conflict (principal_id) do update set public_key = excluded.public_key, passkey_id = excluded.passkey_id,
                created_at = case when lockbox_keys.public_key = excluded.public_key then lockbox_keys.created_at else now() end
            returning public_key, created_at
            """, member.Id, member.Organization, key.ToString(), passkey).FirstAsync(r => Shown(member.Name, r.GetString(0), r.GetFieldValue<DateTimeOffset>(1)), cancellationToken);

    public static Task<LockboxKey?> RemoveAsync(NpgsqlConnection connection, Guid organizationId, string account, CancellationToken cancellationToken) =>
        connection.Statement("""
            delete from platform.lockbox_keys k using platform.principals p where p.id = k.principal_id and k.organization_id = $1 and p.name = $2
            returning k.public_key, k.created_at
            """, organizationId, account).FirstAsync(r => Shown(account, r.GetString(0), r.GetFieldValue<DateTimeOffset>(1)), cancellationToken);

    /// <summary>The key, or what is wrong with it.</summary>
    public static Result<ApproverKey> Read(string organization, string account, string text)
    {
        var name = LockboxTerms.KeyName(organization, account);
        return ApproverKey.Parse(text) is { } key && key.Name == name ? key
            : Problem.Invalid(new FieldError("key", "This is no key of yours.", $"a public key for notes with the name {name}, as `beffroi lockbox key create` makes it, or a passkey's as it is listed"));
    }

    /// <summary>Of which kind a key is, in the words of the API.</summary>
    public static string KindOf(string key) => ApproverKey.Parse(key) is { IsPasskey: true } ? LockboxTerms.PasskeyKey : LockboxTerms.MachineKey;

    private static LockboxKey Shown(string account, string key, DateTimeOffset createdAt) => new(account, key, createdAt, KindOf(key));
}
