using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

internal sealed class Principals(NpgsqlDataSource source) : IPrincipals
{
    private const string Administrator = "admin";

    public async Task<Result<Principal>> EnsureAsync(
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

        var principal = await EnsureAsync(connection, organizationId, name, cancellationToken);
        await connection.Statement("insert into platform.tokens (sha256, principal_id) values ($1, $2) on conflict do nothing", sha256, principal.Id)
            .RunAsync(cancellationToken);
        var mine = await connection.Statement("select 1 from platform.tokens where sha256 = $1 and principal_id = $2", sha256, principal.Id)
            .ListAsync(r => r.GetInt32(0), cancellationToken);
        return mine.Count > 0
            ? principal
            : Problem.Conflict("token-taken", "The token can't be used", "This token can't be used. Make a new random one and send its hash.");
    }

    public async Task EnsureAdministratorAsync(string tokenSha256, CancellationToken cancellationToken)
    {
        var sha256 = TokenHash.Parse(tokenSha256)
            ?? throw new InvalidOperationException("The setting AdministratorTokenSha256 is not a SHA-256: 64 hexadecimal digits are needed.");
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var principal = await EnsureAsync(connection, null, Administrator, cancellationToken);
        // One at a time, so that of several replicas with different settings the last one's token stands alone.
        await connection.Statement("select 1 from platform.principals where id = $1 for update", principal.Id).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.tokens where principal_id = $1 and sha256 <> $2", principal.Id, sha256).RunAsync(cancellationToken);
        await connection.Statement("insert into platform.tokens (sha256, principal_id) values ($1, $2) on conflict do nothing", sha256, principal.Id)
            .RunAsync(cancellationToken);
        var holder = await connection.Statement("select principal_id::text from platform.tokens where sha256 = $1", sha256)
            .FirstAsync(r => r.GetString(0), cancellationToken);
        if (holder != principal.Id.ToString("D"))
        {
            throw new InvalidOperationException("The setting AdministratorTokenSha256 is the hash of a customer's token. Make a new random token for the administrator.");
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<Principal> EnsureAsync(NpgsqlConnection connection, Guid? organizationId, string name, CancellationToken cancellationToken)
    {
        await connection.Statement(
            "insert into platform.principals (id, organization_id, name) values ($1, $2, $3) on conflict (organization_id, name) do nothing",
            Guid.CreateVersion7(), organizationId, name).RunAsync(cancellationToken);
        var id = await connection.Statement("select id::text from platform.principals where organization_id is not distinct from $1::uuid and name = $2", organizationId, name)
            .FirstAsync(r => r.GetString(0), cancellationToken);
        return new Principal(Guid.Parse(id!), name, organizationId);
    }
}
