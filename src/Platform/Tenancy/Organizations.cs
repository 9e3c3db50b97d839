using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

internal sealed class Organizations(IPrincipals principals) : IOrganizations
{
    public async Task<Result<Creation<Organization>>> CreateAsync(
        NpgsqlConnection connection, string name, PutOrganization content, CancellationToken cancellationToken)
    {
        if (Validate(name, content) is { Count: > 0 } errors)
        {
            return Problem.Invalid(errors);
        }

        var isNew = await connection.Statement(
            "insert into platform.organizations (id, name) values ($1, $2) on conflict (name) do nothing", Guid.CreateVersion7(), name).RunAsync(cancellationToken) > 0;
        var organization = (await FindAsync(connection, name, cancellationToken))!;
        if (!isNew && !await HasOwnerAsync(connection, organization.Id, content, cancellationToken))
        {
            return Problem.Conflict("name-taken", "The name is taken",
                $"There is an organization called {name} with another owner or owner's token. Choose another name, or repeat the request exactly as it was.",
                new FieldError("name", "This name is taken.", "another name"));
        }

        var owner = await principals.EnsureOwnerAsync(connection, organization.Id, content.Owner, content.OwnerTokenSha256, cancellationToken);
        return owner.Ok ? new Creation<Organization>(organization, isNew) : owner.Problem;
    }

    public Task<Organization?> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) =>
        connection.Statement("select id, name, created_at from platform.organizations where name = $1", name).FirstAsync(Read, cancellationToken);

    public async Task<Organization> GetAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await connection.Statement("select id, name, created_at from platform.organizations where id = $1", id).FirstAsync(Read, cancellationToken))!;

    public async Task<Result<Page<Organization>>> ListAsync(NpgsqlConnection connection, PageRequest page, CancellationToken cancellationToken)
    {
        var after = page.After();
        return after.Ok
            ? page.Cut(await connection.Statement("select id, name, created_at from platform.organizations where name > $1 and name ~ '^[a-z]' order by name limit $2", after.Value, page.Limit + 1)
                .ListAsync(Read, cancellationToken), o => o.Name)
            : after.Problem;
    }

    private static List<FieldError> Validate(string name, PutOrganization content)
    {
        FieldError?[] errors =
        [
            ResourceName.Check("organization", name),
            ResourceName.Check("owner", content.Owner),
            content.OwnerTokenSha256 is { } hash && TokenHash.Parse(hash) is not null
                ? null
                : new FieldError("ownerTokenSha256", "This is not the SHA-256 of a token.", "64 hexadecimal digits"),
        ];
        return [.. errors.OfType<FieldError>()];
    }

    private static async Task<bool> HasOwnerAsync(NpgsqlConnection connection, Guid id, PutOrganization content, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select 1 from platform.principals p join platform.tokens t on t.principal_id = p.id
            where p.organization_id = $1 and p.name = $2 and t.sha256 = $3
            """, id, content.Owner, TokenHash.Parse(content.OwnerTokenSha256)).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;

    private static Organization Read(NpgsqlDataReader reader) => new(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2));
}
