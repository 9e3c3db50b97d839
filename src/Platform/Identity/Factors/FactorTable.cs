using Beffroi.Platform.Identity.Sessions;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>What is stored of how a person signs in.</summary>
/// <param name="PasswordHash">As <see cref="Passwords"/> made it.</param>
/// <param name="SealedSecret">The second factor's secret, wrapped.</param>
/// <param name="Locks">Whether this attempt, if it fails, is the one after which the account is locked for a while.</param>
internal sealed record StoredFactors(string PasswordHash, byte[] SealedSecret, bool Locks);

/// <summary>Passwords and second factors in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class FactorTable
{
    /// <summary>
    /// Counts an attempt, before it is known whether it succeeds, and gives what to compare with; null while the account is locked. From the <paramref name="allowed"/>th on
    /// that isn't followed by a success, the account is locked: for <paramref name="window"/>, twice as long each time, at most <paramref name="longest"/>.
    /// </summary>
    public static Task<StoredFactors?> BeginAttemptAsync(
        NpgsqlConnection connection, Person person, int allowed, TimeSpan window, TimeSpan longest, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.factors set failures = failures + 1,
                locked_until = case when failures + 1 >= $3 then now() + least($4::interval * power(2, least(failures + 1 - $3, 20)), $5::interval) end
            where holder = $1 and side = $2 and (locked_until is null or locked_until <= now())
            returning password_hash, totp_sealed, locked_until is not null
            """, person.Id, person.Side.Text(), allowed, window, longest)
            .FirstAsync(r => new StoredFactors(r.GetString(0), r.GetFieldValue<byte[]>(1), r.GetBoolean(2)), cancellationToken);

    /// <summary>Whether the password is still the one that was compared, which took a while; until the transaction ends nobody changes it.</summary>
    public static async Task<bool> HoldAsync(NpgsqlConnection connection, Person person, string passwordHash, CancellationToken cancellationToken) =>
        (await connection.Statement("select 1 from platform.factors where holder = $1 and side = $2 and password_hash = $3 for no key update", person.Id, person.Side.Text(), passwordHash)
            .ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;

    /// <summary>Uses up the code of this step, and all before it; false if it was used.</summary>
    public static async Task<bool> UseStepAsync(NpgsqlConnection connection, Person person, long step, CancellationToken cancellationToken) =>
        await connection.Statement("update platform.factors set last_step = $3 where holder = $1 and side = $2 and last_step < $3", person.Id, person.Side.Text(), step)
            .RunAsync(cancellationToken) > 0;

    /// <summary>After a success: earlier failures count no more.</summary>
    public static Task ForgiveAsync(NpgsqlConnection connection, Person person, CancellationToken cancellationToken) =>
        connection.Statement("update platform.factors set failures = 0, locked_until = null where holder = $1 and side = $2", person.Id, person.Side.Text()).RunAsync(cancellationToken);

    public static async Task<bool> AnyAsync(NpgsqlConnection connection, Side side, Guid holder, CancellationToken cancellationToken) =>
        (await connection.Statement("select 1 from platform.factors where holder = $1 and side = $2", holder, side.Text()).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;

    /// <summary>Sets both factors, in place of earlier ones, and makes the account active.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="person">Whose.</param>
    /// <param name="passwordHash">As <see cref="Passwords"/> made it.</param>
    /// <param name="sealedSecret">Wrapped.</param>
    /// <param name="step">Of the code that proved the secret: it is used.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task PutAsync(NpgsqlConnection connection, Person person, string passwordHash, byte[] sealedSecret, long step, CancellationToken cancellationToken)
    {
        await RemoveAsync(connection, person.Side, person.Id, cancellationToken);
        await connection.Statement("""
            insert into platform.factors (principal_id, operator_id, password_hash, totp_sealed, last_step)
            values (case when $2 = 'customer' then $1::uuid end, case when $2 = 'operator' then $1::uuid end, $3, $4, $5)
            """, person.Id, person.Side.Text(), passwordHash, sealedSecret, step).RunAsync(cancellationToken);
        await (person.Side == Side.Operator
            ? connection.Statement("update platform.operators set accepted_at = coalesce(accepted_at, now()) where id = $1", person.Id)
            : connection.Statement("update platform.principals set accepted_at = coalesce(accepted_at, now()) where id = $1", person.Id)).RunAsync(cancellationToken);
    }

    /// <summary>Sets another password in place of this one, and ends all that was begun with it; false if it is this one no more.</summary>
    public static async Task<bool> ReplacePasswordAsync(NpgsqlConnection connection, Person person, string presentHash, string passwordHash, CancellationToken cancellationToken)
    {
        if (await connection.Statement("update platform.factors set password_hash = $4 where holder = $1 and side = $2 and password_hash = $3", person.Id, person.Side.Text(), presentHash, passwordHash)
            .RunAsync(cancellationToken) == 0)
        {
            return false;
        }

        await EndAllAsync(connection, person.Side, person.Id, cancellationToken);
        return true;
    }

    /// <summary>Takes both factors away, with the recovery codes, and ends all that was begun with them. No error if there is none.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, Side side, Guid holder, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.factors where holder = $1 and side = $2", holder, side.Text()).RunAsync(cancellationToken);
        await EndAllAsync(connection, side, holder, cancellationToken);
    }

    private static async Task EndAllAsync(NpgsqlConnection connection, Side side, Guid holder, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.browser_sign_ins where holder = $1 and side = $2", holder, side.Text()).RunAsync(cancellationToken);
        // First what a session could still begin with: who is beginning one at this moment is waited for.
        await connection.Statement("delete from platform.authorization_codes where holder = $1 and side = $2", holder, side.Text()).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.device_codes where holder = $1 and side = $2", holder, side.Text()).RunAsync(cancellationToken);
        await SessionTable.EndAllAsync(connection, side, holder, cancellationToken);
    }
}
