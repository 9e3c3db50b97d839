using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>
/// Access tokens and invitations of both directories. Each method works in the caller's transaction and decides nothing. Of a token or a code only the SHA-256 is known.
/// </summary>
internal static class Tokens
{
    private const string State = "case when revoked_at is not null then 'revoked' when expires_at <= now() then 'expired' else 'valid' end";

    public static async Task<IReadOnlyList<AccessToken>> ListAsync(NpgsqlConnection connection, Side side, Guid holder, CancellationToken cancellationToken) =>
        await (side == Side.Customer
            ? connection.Statement("select name, " + State + ", created_at, expires_at, last_used_at from platform.tokens where principal_id = $1 and kind = 'personal' order by created_at desc limit 200", holder)
            : connection.Statement("select name, " + State + ", created_at, expires_at, last_used_at from platform.operator_tokens where operator_id = $1 and kind = 'personal' order by created_at desc limit 200", holder))
            .ListAsync(
                r => new AccessToken(r.GetString(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<DateTimeOffset>(4)),
                cancellationToken);

    /// <summary>
    /// Makes a token valid; success without change if it is there already. A name in use, or a hash that is somebody's, is a problem.
    /// </summary>
    public static async Task<Result<(AccessToken Token, bool IsNew)>> PutAsync(
        NpgsqlConnection connection, Side side, Guid holder, string name, PutToken content, CancellationToken cancellationToken)
    {
        FieldError?[] errors =
        [
            ResourceName.Check("token", name),
            content.Sha256 is { } text && TokenHash.Parse(text) is not null ? null : new FieldError("sha256", "This is not the SHA-256 of a token.", "64 hexadecimal digits"),
            content.Days is >= 1 and <= 366 ? null : new FieldError("days", "A token can't be valid for so long.", "1 to 366"),
        ];
        if (errors.OfType<FieldError>().ToList() is { Count: > 0 } wrong)
        {
            return Problem.Invalid(wrong);
        }

        var sha256 = TokenHash.Parse(content.Sha256)!;
        // An expired token gives its name back.
        await (side == Side.Customer
            ? connection.Statement("update platform.tokens set revoked_at = now() where principal_id = $1 and name = $2 and revoked_at is null and expires_at <= now()", holder, name)
            : connection.Statement("update platform.operator_tokens set revoked_at = now() where operator_id = $1 and name = $2 and revoked_at is null and expires_at <= now()", holder, name))
            .RunAsync(cancellationToken);
        var made = await (side == Side.Customer
            ? connection.Statement(
                "insert into platform.tokens (sha256, principal_id, name, expires_at) values ($1, $2, $3, now() + make_interval(days => $4)) on conflict do nothing", sha256, holder, name, content.Days)
            : connection.Statement(
                "insert into platform.operator_tokens (sha256, operator_id, name, expires_at) values ($1, $2, $3, now() + make_interval(days => $4)) on conflict do nothing", sha256, holder, name, content.Days))
            .RunAsync(cancellationToken) > 0;
        var mine = (await (side == Side.Customer
            ? connection.Statement("select 1 from platform.tokens where sha256 = $1 and principal_id = $2 and name = $3 and revoked_at is null", sha256, holder, name)
            : connection.Statement("select 1 from platform.operator_tokens where sha256 = $1 and operator_id = $2 and name = $3 and revoked_at is null", sha256, holder, name))
            .ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;
        return mine
            ? ((await ListAsync(connection, side, holder, cancellationToken)).First(t => t.Name == name && t.State == "valid"), made)
            : Problem.Conflict("name-taken", "The name is taken", $"There is a valid token called {name} already, or this token can't be used. Choose another name and make a new random token.",
                new FieldError("name", "This name is taken, or the token can't be used.", "another name, and the hash of a new random token"));
    }

    /// <summary>Ends a valid token. False if there is none of that name.</summary>
    public static async Task<bool> RevokeAsync(NpgsqlConnection connection, Side side, Guid holder, string name, CancellationToken cancellationToken) =>
        await (side == Side.Customer
            ? connection.Statement("update platform.tokens set revoked_at = now() where principal_id = $1 and name = $2 and revoked_at is null", holder, name)
            : connection.Statement("update platform.operator_tokens set revoked_at = now() where operator_id = $1 and name = $2 and revoked_at is null", holder, name))
            .RunAsync(cancellationToken) > 0;

    /// <summary>Replaces the account's invitation by this one, valid for a week or for as long as is said. A code that is another's is a problem.</summary>
    public static async Task<Problem?> InviteAsync(
        NpgsqlConnection connection, Side side, Guid holder, string? sha256, CancellationToken cancellationToken, TimeSpan? lifetime = null)
    {
        if (sha256 is null || TokenHash.Parse(sha256) is not { } hash)
        {
            return Problem.Invalid(new FieldError("invitationSha256", "This is not the SHA-256 of an invitation's code.", "64 hexadecimal digits"));
        }

        var (customer, one) = side == Side.Customer ? ((Guid?)holder, (Guid?)null) : (null, holder);
        await connection.Statement("delete from platform.invitations where (principal_id = $1 or operator_id = $2) and sha256 <> $3", holder, holder, hash).RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.invitations (sha256, principal_id, operator_id, expires_at) values ($1, $2::uuid, $3::uuid, now() + $4::interval) on conflict do nothing
            """, hash, customer, one, lifetime ?? TimeSpan.FromDays(7)).RunAsync(cancellationToken);
        return (await connection.Statement("select 1 from platform.invitations where sha256 = $1 and (principal_id = $2 or operator_id = $2)", hash, holder).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0
            ? null
            : Problem.Conflict("token-taken", "The code can't be used", "This code can't be used. Make a new random one and send its hash.",
                new FieldError("invitationSha256", "This code can't be used.", "the hash of a new random code"));
    }

    /// <summary>Uses an invitation up and makes its account active; null if the code is none, or no longer one, of this directory.</summary>
    public static async Task<Principal?> AcceptAsync(NpgsqlConnection connection, Side side, string code, CancellationToken cancellationToken)
    {
        if (TokenHash.Of(code) is not { } hash)
        {
            return null;
        }

        // Before its row is locked: whoever removes the account begins at the other end, and the two would wait for each other.
        if (await connection.Statement("select coalesce(p.organization_id, '00000000-0000-0000-0000-000000000000') from platform.invitations i left join platform.principals p on p.id = i.principal_id where i.sha256 = $1", hash)
            .ListAsync(r => r.GetGuid(0), cancellationToken) is [var directory])
        {
            await Authorizer.HoldAsync(connection, directory, changing: false, cancellationToken);
        }

        return side == Side.Customer
            ? await connection.Statement("""
                with used as (delete from platform.invitations where sha256 = $1 and principal_id is not null and expires_at > now() returning principal_id)
                update platform.principals p set accepted_at = now() from used u where p.id = u.principal_id and p.disabled_at is null and p.accepted_at is null
                returning p.id, p.name, p.organization_id
                """, hash).FirstAsync(Principal (r) => new CustomerPrincipal(r.GetGuid(0), r.GetString(1), Guid.Empty, r.GetGuid(2)), cancellationToken)
            : await connection.Statement("""
                with used as (delete from platform.invitations where sha256 = $1 and operator_id is not null and expires_at > now() returning operator_id)
                update platform.operators o set accepted_at = now() from used u where o.id = u.operator_id and o.disabled_at is null and o.accepted_at is null
                returning o.id, o.name
                """, hash).FirstAsync(Principal (r) => new OperatorPrincipal(r.GetGuid(0), r.GetString(1), Guid.Empty), cancellationToken);
    }
}
