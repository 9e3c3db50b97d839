using System.Security.Cryptography;
using System.Text;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Sessions;

/// <summary>How far a device is.</summary>
internal enum DeviceState
{
    /// <summary>Nobody has entered the user code yet.</summary>
    Waiting,

    /// <summary>It asks again too soon.</summary>
    TooSoon,

    /// <summary>Someone refused.</summary>
    Refused,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Someone agreed.</summary>
    Agreed,
}

/// <summary>A device that waits for its user.</summary>
/// <param name="Sha256">Of its device code.</param>
/// <param name="Origin">From which address it asked.</param>
/// <param name="CreatedAt">UTC.</param>
internal sealed record WaitingDevice(byte[] Sha256, string Origin, DateTimeOffset CreatedAt);

/// <summary>Device codes (RFC 8628) in the store. Each method works in the caller's transaction.</summary>
internal static class DeviceCodes
{
    /// <summary>How long one waits.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // RFC 8628 section 6.1: no vowels, so no words; 20^8 of them.
    private const string Letters = "BCDFGHJKLMNPQRSTVWXZ";
    private const int Length = 8;
    private const int MostFromOneOrigin = 20;

    /// <summary>A new pair; null if too many from this address wait already.</summary>
    public static async Task<(string DeviceCode, string UserCode)?> InsertAsync(NpgsqlConnection connection, Side side, string origin, IEnumerable<string> scopes, CancellationToken cancellationToken)
    {
        var (device, user) = (SessionTable.Random(), RandomNumberGenerator.GetString(Letters, Length));
        return await connection.Statement("""
            insert into platform.device_codes (sha256, user_code_sha256, side, origin, scopes, expires_at)
            select $1, $2, $3, $4, $5, now() + $6::interval
            where (select count(*) from platform.device_codes where origin = $4 and expires_at > now() and holder is null) < $7
            """, TokenHash.Of(device), Hash(user), side.Text(), origin, scopes.ToArray(), Lifetime, MostFromOneOrigin).RunAsync(cancellationToken) > 0
            ? (device, user[..(Length / 2)] + "-" + user[(Length / 2)..])
            : null;
    }

    /// <summary>The device of a user code, as people type it; null if none of this side waits under it.</summary>
    public static Task<WaitingDevice?> FindAsync(NpgsqlConnection connection, Side side, string userCode, CancellationToken cancellationToken) =>
        connection.Statement("""
            select sha256, origin, created_at from platform.device_codes
            where user_code_sha256 = $1 and side = $2 and expires_at > now() and refused_at is null and holder is null for update
            """, Hash(new string([.. userCode.ToUpperInvariant().Where(char.IsAsciiLetter)])), side.Text())
            .FirstAsync(r => new WaitingDevice(r.GetFieldValue<byte[]>(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2)), cancellationToken);

    public static Task DecideAsync(NpgsqlConnection connection, WaitingDevice device, Person person, bool agreed, CancellationToken cancellationToken) => agreed
        ? connection.Statement("""
            update platform.device_codes set principal_id = case when side = 'customer' then $2::uuid end, operator_id = case when side = 'operator' then $2::uuid end,
                provider_id = $3::uuid
            where sha256 = $1
            """, device.Sha256, person.Id, person.Provider).RunAsync(cancellationToken)
        : connection.Statement("update platform.device_codes set refused_at = now() where sha256 = $1", device.Sha256).RunAsync(cancellationToken);

    /// <summary>How far the device is, and for which scopes it asked; null for a code that is none of this side's. Notes that it asked.</summary>
    public static async Task<(DeviceState State, Guid? Holder, IReadOnlyList<string> Scopes)?> PollAsync(
        NpgsqlConnection connection, Side side, string deviceCode, TimeSpan interval, CancellationToken cancellationToken)
    {
        if (TokenHash.Of(deviceCode) is not { } hash)
        {
            return null;
        }

        var row = await connection.Statement("""
            update platform.device_codes d set polled_at = now() from (select sha256, polled_at from platform.device_codes where sha256 = $1 for update) before
            where d.sha256 = before.sha256 and d.side = $2
            returning d.expires_at <= now(), d.refused_at is not null, d.holder, coalesce(before.polled_at > now() - $3::interval, false), d.scopes
            """, hash, side.Text(), interval).FirstAsync(
            r => Tuple.Create(
                r.GetBoolean(0) ? DeviceState.Expired : r.GetBoolean(1) ? DeviceState.Refused : !r.IsDBNull(2) ? DeviceState.Agreed : r.GetBoolean(3) ? DeviceState.TooSoon : DeviceState.Waiting,
                r.Nullable<Guid>(2), r.GetFieldValue<string[]>(4)), cancellationToken);
        return row is null ? null : (row.Item1, row.Item2, row.Item3);
    }

    /// <summary>Who has agreed to this code, if anybody has.</summary>
    public static async Task<Guid?> HolderAsync(NpgsqlConnection connection, Side side, string deviceCode, CancellationToken cancellationToken) =>
        await connection.Statement("select holder from platform.device_codes where sha256 = $1 and side = $2 and holder is not null", TokenHash.Of(deviceCode), side.Text())
            .ListAsync(r => r.GetGuid(0), cancellationToken) is [var holder] ? holder : null;

    /// <summary>Uses the code up; who agreed, or null if it can't be used (any more).</summary>
    public static async Task<Person?> UseAsync(NpgsqlConnection connection, Side side, string deviceCode, CancellationToken cancellationToken)
    {
        var used = await connection.Statement(
            "delete from platform.device_codes where sha256 = $1 and side = $2 and expires_at > now() and refused_at is null and holder is not null returning holder, provider_id",
            TokenHash.Of(deviceCode), side.Text()).ListAsync(r => (Holder: r.GetGuid(0), Provider: r.Nullable<Guid>(1)), cancellationToken);
        return used is [var (holder, provider)] && await Person.GetAsync(connection, side, holder, cancellationToken) is { } person ? person with { Provider = provider } : null;
    }

    private static byte[] Hash(string userCode) => SHA256.HashData(Encoding.ASCII.GetBytes(userCode));
}
