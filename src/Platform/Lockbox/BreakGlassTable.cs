using Beffroi.Contracts.Lockbox;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>Breakings of the glass in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class BreakGlassTable
{
    private const string Columns = """
        select b.id, b.beginner, b.approver, b.reason, b.details, b.minutes,
               case when b.state = 'waiting' and b.expires_at <= now() then 'lapsed' when b.state = 'open' and b.open_until <= now() then 'ended' else b.state end,
               b.begun_at, b.expires_at, b.opened_at, b.open_until, b.ended_at, b.ended_by,
               (select count(*)::int from platform.break_glass_showings s where s.break_glass_id = b.id), b.beginner_id, b.approver_id
        from platform.break_glasses b

        """;

    // An organization sees, and is told of, what was open at any time since it is here.
    private const string OfOrganization = "($1::uuid is null or coalesce(b.ended_at, b.open_until) > (select o.created_at from platform.organizations o where o.id = $1) and b.opened_at is not null)";

    /// <summary>Those that an organization sees, or all for null; the newest, older than <paramref name="before"/>.</summary>
    public static Task<List<BreakGlassRow>> ListAsync(NpgsqlConnection connection, Guid? organizationId, Guid? before, int limit, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where " + OfOrganization + " and ($2::uuid is null or b.id < $2) order by b.id desc limit $3", organizationId, before, limit)
            .ListAsync(Read, cancellationToken);

    /// <summary>All that an organization is to be told of.</summary>
    public static Task<List<BreakGlassRow>> ListToldAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where " + OfOrganization + " order by b.id", organizationId).ListAsync(Read, cancellationToken);

    public static Task<BreakGlassRow?> FindAsync(NpgsqlConnection connection, Guid? organizationId, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where " + OfOrganization + " and b.id = $2", organizationId, id).FirstAsync(Read, cancellationToken);

    /// <summary>The same, which nobody else changes until the transaction ends.</summary>
    public static Task<BreakGlassRow?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where b.id = $1 for no key update of b", id).FirstAsync(Read, cancellationToken);

    public static async Task<int> WaitingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.Statement("select count(*)::int from platform.break_glasses where state = 'waiting' and expires_at > now()").ListAsync(r => r.GetInt32(0), cancellationToken))[0];

    public static Task<int> InsertAsync(
        NpgsqlConnection connection, Guid id, Guid beginner, string name, string reason, string details, int minutes, TimeSpan waits, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.break_glasses (id, beginner_id, beginner, reason, details, minutes, expires_at) values ($1, $2, $3, $4, $5, $6, now() + $7::interval)
            """, id, beginner, name, reason, details, minutes, waits).RunAsync(cancellationToken);

    /// <summary>Whether this account could be used already when it was begun: nobody makes a second person afterwards.</summary>
    public static async Task<bool> WasThereAsync(NpgsqlConnection connection, Guid id, Guid approver, CancellationToken cancellationToken) =>
        (await connection.Statement("select exists(select from platform.operators o, platform.break_glasses b where o.id = $2 and b.id = $1 and o.accepted_at < b.begun_at)", id, approver)
            .ListAsync(r => r.GetBoolean(0), cancellationToken))[0];

    /// <summary>Whether this account may still be used.</summary>
    public static async Task<bool> IsThereAsync(NpgsqlConnection connection, Guid operatorId, CancellationToken cancellationToken) =>
        (await connection.Statement("select exists(select from platform.operators where id = $1 and accepted_at is not null and disabled_at is null)", operatorId)
            .ListAsync(r => r.GetBoolean(0), cancellationToken))[0];

    public static Task<int> OpenAsync(NpgsqlConnection connection, Guid id, Guid approver, string name, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.break_glasses set state = 'open', approver_id = $2, approver = $3, opened_at = now(), open_until = now() + make_interval(mins => minutes) where id = $1
            """, id, approver, name).RunAsync(cancellationToken);

    public static Task<int> EndAsync(NpgsqlConnection connection, Guid id, string state, string by, CancellationToken cancellationToken) =>
        connection.Statement("update platform.break_glasses set state = $2, ended_at = now(), ended_by = $3 where id = $1", id, state, by).RunAsync(cancellationToken);

    public static Task<int> NoteShowingAsync(NpgsqlConnection connection, Guid id, Guid breakGlass, string? origin, byte[] sha256, CancellationToken cancellationToken) =>
        connection.Statement("insert into platform.break_glass_showings (id, break_glass_id, origin, sha256) values ($1, $2, $3, $4)", id, breakGlass, origin, sha256)
            .RunAsync(cancellationToken);

    /// <summary>From where each showing was asked for, and the digest of what was shown, hexadecimal; the oldest first.</summary>
    public static Task<List<(string? Origin, string Sha256)>> ShowingsAsync(NpgsqlConnection connection, Guid breakGlass, CancellationToken cancellationToken) =>
        connection.Statement("select origin, encode(sha256, 'hex') from platform.break_glass_showings where break_glass_id = $1 order by id", breakGlass)
            .ListAsync(r => (Text(r, 0), r.GetString(1)), cancellationToken);

    private static BreakGlassRow Read(NpgsqlDataReader r) => new(
        new BreakGlass(
            r.GetGuid(0), r.GetString(1), Text(r, 2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetString(6), r.GetFieldValue<DateTimeOffset>(7), r.GetFieldValue<DateTimeOffset>(8),
            r.Nullable<DateTimeOffset>(9), r.Nullable<DateTimeOffset>(10), r.Nullable<DateTimeOffset>(11), Text(r, 12), r.GetInt32(13)),
        r.GetGuid(14), r.Nullable<Guid>(15));

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
