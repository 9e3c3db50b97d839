using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

internal sealed class Principals(NpgsqlDataSource source) : IPrincipals
{
    private const string Administrator = "admin";
    private const string Configured = "configuration";

    public async Task<Result<Guid>> EnsureOwnerAsync(
        NpgsqlConnection connection, Guid organizationId, string name, string tokenSha256, CancellationToken cancellationToken)
    {
        if (TokenHash.Parse(tokenSha256) is not { } sha256)
        {
            return Problem.Invalid(new FieldError("ownerTokenSha256", "This is not the SHA-256 of a token.", "64 hexadecimal digits"));
        }

        if (ResourceName.Check("owner", name) is { } error)
        {
            return Problem.Invalid(error);
        }

        await connection.Statement("""
            with made as (
                insert into platform.principals (id, organization_id, name, accepted_at) values ($1, $2, $3, now())
                on conflict (organization_id, name) do nothing returning id)
            insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), $2, id, 'owner' from made
            """, Guid.CreateVersion7(), organizationId, name).RunAsync(cancellationToken);
        var id = (await connection.Statement("select id from platform.principals where organization_id = $1 and name = $2", organizationId, name)
            .ListAsync(r => r.GetGuid(0), cancellationToken))[0];
        await connection.Statement("""
            insert into platform.tokens (sha256, principal_id, name, expires_at) values ($1, $2, 'first', now() + interval '365 days') on conflict do nothing
            """, sha256, id).RunAsync(cancellationToken);
        var mine = await connection.Statement("select 1 from platform.tokens where sha256 = $1 and principal_id = $2", sha256, id)
            .ListAsync(r => r.GetInt32(0), cancellationToken);
        return mine.Count > 0
            ? id
            : Problem.Conflict("token-taken", "The token can't be used", "This token can't be used. Make a new random one and send its hash.",
                new FieldError("ownerTokenSha256", "This token can't be used.", "the hash of a new random token"));
    }

    public async Task<Result<Guid>> InviteOwnerAsync(
        NpgsqlConnection connection, Guid organizationId, string name, string invitationSha256, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        await connection.Statement("""
            with made as (insert into platform.principals (id, organization_id, name) values ($1, $2, $3) returning id)
            insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), $2, id, 'owner' from made
            """, id, organizationId, name).RunAsync(cancellationToken);
        return await Tokens.InviteAsync(connection, Side.Customer, id, invitationSha256, cancellationToken) is { } refused ? refused : id;
    }

    public async Task EnsureAdministratorAsync(string tokenSha256, CancellationToken cancellationToken)
    {
        var sha256 = TokenHash.Parse(tokenSha256)
            ?? throw new InvalidOperationException("The setting AdministratorTokenSha256 is not a SHA-256: 64 hexadecimal digits are needed.");
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if ((await connection.Statement("select 1 from platform.tokens where sha256 = $1", sha256).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0)
        {
            throw new InvalidOperationException("The setting AdministratorTokenSha256 is the hash of a customer's token. Make a new random token for the administrator.");
        }

        await connection.Statement("insert into platform.operators (id, name, accepted_at) values ($1, $2, now()) on conflict (name) do nothing", Guid.CreateVersion7(), Administrator)
            .RunAsync(cancellationToken);
        // One at a time, so that of several replicas with different settings the last one's token stands alone.
        var id = (await connection.Statement("select id from platform.operators where name = $1 for update", Administrator).ListAsync(r => r.GetGuid(0), cancellationToken))[0];
        await connection.Statement("insert into platform.operator_roles (operator_id, role) values ($1, 'platform-administrator') on conflict do nothing", id)
            .RunAsync(cancellationToken);
        await connection.Statement("""
            update platform.operator_tokens set revoked_at = now()
            where operator_id = $1 and sha256 <> $2 and revoked_at is null and (name = $3 or name like 'first-%')
            """, id, sha256, Configured).RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.operator_tokens (sha256, operator_id, name, expires_at) values ($1, $2, $3, now() + interval '365 days')
            on conflict (sha256) do update set name = excluded.name, expires_at = excluded.expires_at
            where operator_tokens.operator_id = excluded.operator_id and operator_tokens.revoked_at is null
            """, sha256, id, Configured).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
