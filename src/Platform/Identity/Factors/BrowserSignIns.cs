using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>
/// Browsers in which someone has signed in, for ten minutes and for one use: each session that begins needs a sign-in of its own. Each method works in the caller's transaction.
/// </summary>
internal static class BrowserSignIns
{
    public static Task InsertAsync(NpgsqlConnection connection, Person person, byte[] cookie, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.browser_sign_ins (sha256, principal_id, operator_id, provider_id, expires_at)
            values ($1, case when $3 = 'customer' then $2::uuid end, case when $3 = 'operator' then $2::uuid end, $4::uuid, now() + interval '10 minutes')
            """, cookie, person.Id, person.Side.Text(), person.Provider).RunAsync(cancellationToken);

    /// <summary>Who is signed in there; null for nobody.</summary>
    public static async Task<Person?> FindAsync(NpgsqlConnection connection, Side side, byte[] cookie, CancellationToken cancellationToken) => await PersonAsync(
        connection, side,
        await connection.Statement("select holder, provider_id from platform.browser_sign_ins where sha256 = $1 and side = $2 and expires_at > now()", cookie, side.Text()).ListAsync(Read, cancellationToken),
        cancellationToken);

    /// <summary>Uses it up; who was signed in there.</summary>
    public static async Task<Person?> UseAsync(NpgsqlConnection connection, Side side, byte[] cookie, CancellationToken cancellationToken) => await PersonAsync(
        connection, side,
        await connection.Statement("delete from platform.browser_sign_ins where sha256 = $1 and side = $2 and expires_at > now() returning holder, provider_id", cookie, side.Text()).ListAsync(Read, cancellationToken),
        cancellationToken);

    private static (Guid Holder, Guid? Provider) Read(NpgsqlDataReader r) => (r.GetGuid(0), r.Nullable<Guid>(1));

    private static async Task<Person?> PersonAsync(NpgsqlConnection connection, Side side, List<(Guid Holder, Guid? Provider)> found, CancellationToken cancellationToken) =>
        found is [var (holder, provider)] && await Person.GetAsync(connection, side, holder, cancellationToken) is { } person ? person with { Provider = provider } : null;
}
