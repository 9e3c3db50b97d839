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
                $"There is an organization called {name} with another owner, or another token or invitation of its owner's. Choose another name, or repeat the request exactly as it was.",
                new FieldError("name", "This name is taken.", "another name"));
        }

        var owner = content.OwnerTokenSha256 is { } token ? await principals.EnsureOwnerAsync(connection, organization.Id, content.Owner, token, cancellationToken)
            : isNew ? await principals.InviteOwnerAsync(connection, organization.Id, content.Owner, content.OwnerInvitationSha256!, cancellationToken)
            : organization.Id;
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
            content.OwnerTokenSha256 is null == content.OwnerInvitationSha256 is null
                ? new FieldError("ownerInvitationSha256", "The owner gets in by an invitation or by a token: one of the two is needed.", "ownerInvitationSha256 or ownerTokenSha256")
                : null,
            content.OwnerTokenSha256 is { } hash && TokenHash.Parse(hash) is null ? new FieldError("ownerTokenSha256", "This is not the SHA-256 of a token.", "64 hexadecimal digits") : null,
            content.OwnerInvitationSha256 is { } code && TokenHash.Parse(code) is null ? new FieldError("ownerInvitationSha256", "This is not the SHA-256 of an invitation's code.", "64 hexadecimal digits") : null,
        ];
        return [.. errors.OfType<FieldError>()];
    }

    private static async Task<bool> HasOwnerAsync(NpgsqlConnection connection, Guid id, PutOrganization content, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select 1 from platform.principals p left join platform.tokens t on t.principal_id = p.id left join platform.invitations i on i.principal_id = p.id
            where p.organization_id = $1 and p.name = $2 and (t.sha256 = $3::bytea or i.sha256 = $4::bytea)
            """, id, content.Owner, Hash(content.OwnerTokenSha256), Hash(content.OwnerInvitationSha256)).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;

    private static byte[]? Hash(string? hexadecimal) => hexadecimal is null ? null : TokenHash.Parse(hexadecimal);

    private static Organization Read(NpgsqlDataReader reader) => new(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2));
}
