using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>A passkey as its holder sees it.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">The holder's choice.</param>
/// <param name="Domain">The name of this installation that it was made for.</param>
/// <param name="Syncable">Whether it may be copied to other devices.</param>
/// <param name="Synced">Whether it was, as the authenticator said last.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="LastUsedAt">UTC; null if never.</param>
internal sealed record Passkey(Guid Id, string Name, string Domain, bool Syncable, bool Synced, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

/// <summary>What is stored of a passkey, to compare an attempt with.</summary>
/// <param name="Id">Its.</param>
/// <param name="Holder">Whose.</param>
/// <param name="CredentialId">The authenticator's choice.</param>
/// <param name="PublicKey">COSE.</param>
/// <param name="SignCount">The highest seen.</param>
/// <param name="Syncable">Whether it may be copied to other devices: never changes.</param>
/// <param name="Transports">How browsers reach it.</param>
/// <param name="Locks">Whether this attempt, if it fails, is the one after which the passkey is locked for a while.</param>
internal sealed record StoredPasskey(Guid Id, Guid Holder, byte[] CredentialId, byte[] PublicKey, long SignCount, bool Syncable, string[] Transports, bool Locks);

/// <summary>A passkey that an authenticator has made.</summary>
/// <param name="CredentialId">The authenticator's choice.</param>
/// <param name="PublicKey">COSE.</param>
/// <param name="Domain">For which name.</param>
/// <param name="SignCount">0 if it doesn't count.</param>
/// <param name="Syncable">Whether it may be copied to other devices.</param>
/// <param name="Synced">Whether it was.</param>
/// <param name="Transports">How browsers reach it.</param>
internal sealed record NewPasskey(byte[] CredentialId, byte[] PublicKey, string Domain, long SignCount, bool Syncable, bool Synced, string[] Transports);

/// <summary>Passkeys in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class PasskeyTable
{
    /// <summary>The most that a person has.</summary>
    public const int Most = 20;

    /// <summary>A person's, the oldest first.</summary>
    public static Task<List<Passkey>> ListAsync(NpgsqlConnection connection, Person person, CancellationToken cancellationToken) =>
        connection.Statement("""
            select k.id, k.name, k.domain, k.backup_eligible, k.backed_up, k.created_at, k.last_used_at
            from platform.passkeys k join platform.factors f on f.holder = k.holder
            where k.holder = $1 and f.side = $2 order by k.created_at, k.id
            """, person.Id, person.Side.Text())
            .ListAsync(ReadShown, cancellationToken);

    /// <summary>What an authenticator is told, so that it makes no second one for the same person.</summary>
    public static Task<List<StoredPasskey>> HeldAsync(NpgsqlConnection connection, Person person, string domain, CancellationToken cancellationToken) =>
        connection.Statement("""
            select k.id, k.holder, k.credential_id, k.public_key, k.sign_count, k.backup_eligible, k.transports, false
            from platform.passkeys k join platform.factors f on f.holder = k.holder
            where k.holder = $1 and f.side = $2 and k.domain = $3
            """, person.Id, person.Side.Text(), domain).ListAsync(Read, cancellationToken);

    /// <summary>Those that a member may approve with by a page of this name, each with how its holder calls it.</summary>
    public static Task<List<(Passkey Shown, byte[] CredentialId, byte[] PublicKey)>> ListKeysAsync(NpgsqlConnection connection, Guid member, string domain, CancellationToken cancellationToken) =>
        connection.Statement("""
            select k.id, k.name, k.domain, k.backup_eligible, k.backed_up, k.created_at, k.last_used_at, k.credential_id, k.public_key
            from platform.passkeys k join platform.factors f on f.holder = k.holder
            where f.principal_id = $1 and k.domain = $2 order by k.created_at, k.id
            """, member, domain).ListAsync(r => (ReadShown(r), r.GetFieldValue<byte[]>(7), r.GetFieldValue<byte[]>(8)), cancellationToken);

    /// <summary>Keeps a new one; false if the person has <see cref="Most"/>, has been reset meanwhile, or if there is one with its id.</summary>
    public static async Task<bool> InsertAsync(NpgsqlConnection connection, Person person, string name, NewPasskey made, CancellationToken cancellationToken)
    {
        // Several at once are counted one after the other.
        await connection.Statement("select 1 from platform.factors where holder = $1 and side = $2 for update", person.Id, person.Side.Text()).RunAsync(cancellationToken);
        return await connection.Statement("""
            insert into platform.passkeys (holder, name, credential_id, public_key, domain, sign_count, backup_eligible, backed_up, transports)
            select f.holder, $3, $4, $5, $6, $7, $8, $9, $10 from platform.factors f
            where f.holder = $1 and f.side = $2 and (select count(*) from platform.passkeys k where k.holder = f.holder) < $11
            on conflict (credential_id) do nothing
            """, person.Id, person.Side.Text(), name, made.CredentialId, made.PublicKey, made.Domain, made.SignCount, made.Syncable, made.Synced, made.Transports, Most)
            .RunAsync(cancellationToken) > 0;
    }

    /// <summary>Removes one of the person's; false if there is none of this id.</summary>
    public static async Task<bool> RemoveAsync(NpgsqlConnection connection, Person person, Guid id, CancellationToken cancellationToken) =>
        await connection.Statement("""
            delete from platform.passkeys k using platform.factors f where f.holder = k.holder and k.id = $1 and k.holder = $2 and f.side = $3
            """, id, person.Id, person.Side.Text()).RunAsync(cancellationToken) > 0;

    /// <summary>
    /// Counts an attempt, before it is known whether it succeeds, and gives what to compare with; null for a passkey that isn't of this side or not for this name, and while it is locked.
    /// It is locked as an account is (<see cref="FactorTable.BeginAttemptAsync"/>).
    /// </summary>
    public static Task<StoredPasskey?> BeginAttemptAsync(
        NpgsqlConnection connection, Side side, string domain, byte[] credentialId, int allowed, TimeSpan window, TimeSpan longest, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.passkeys k set failures = k.failures + 1,
                locked_until = case when k.failures + 1 >= $4 then now() + least($5::interval * power(2, least(k.failures + 1 - $4, 20)), $6::interval) end
            from platform.factors f
            where k.credential_id = $1 and f.holder = k.holder and f.side = $2 and k.domain = $3 and (k.locked_until is null or k.locked_until <= now())
            returning k.id, k.holder, k.credential_id, k.public_key, k.sign_count, k.backup_eligible, k.transports, k.locked_until is not null
            """, credentialId, side.Text(), domain, allowed, window, longest).FirstAsync(Read, cancellationToken);

    /// <summary>
    /// After a success: earlier failures count no more. False if the passkey is no longer there, or has counted no further than it had before: whoever has its key has it twice
    /// (WebAuthn section 6.1.1).
    /// </summary>
    public static async Task<bool> UseAsync(NpgsqlConnection connection, Guid passkey, long signCount, bool synced, CancellationToken cancellationToken) =>
        await connection.Statement("""
            update platform.passkeys set sign_count = $2, backed_up = $3, failures = 0, locked_until = null, last_used_at = now()
            where id = $1 and ($2 > sign_count or ($2 = 0 and sign_count = 0))
            """, passkey, signCount, synced).RunAsync(cancellationToken) > 0;

    private static Passkey ReadShown(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetBoolean(3), r.GetBoolean(4), r.GetFieldValue<DateTimeOffset>(5), r.Nullable<DateTimeOffset>(6));

    private static StoredPasskey Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetGuid(1), r.GetFieldValue<byte[]>(2), r.GetFieldValue<byte[]>(3), r.GetInt64(4), r.GetBoolean(5), r.GetFieldValue<string[]>(6), r.GetBoolean(7));
}
