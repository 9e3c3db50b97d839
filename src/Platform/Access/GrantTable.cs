using System.Collections.Frozen;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Access;

/// <summary>A grant with what it allows.</summary>
internal sealed record GrantRow(Grant Grant, HeldGrant Held);

/// <summary>Grants in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class GrantTable
{
    private const string Columns = """
        select g.id, coalesce(g.role, r.name), p.name, gr.name, s.name, x.kind || '/' || x.name, g.created_at, g.role, g.space_id, g.resource_id, r.permissions
        from platform.grants g
        left join platform.roles r on r.id = g.custom_role_id
        left join platform.principals p on p.id = g.principal_id
        left join platform.groups gr on gr.id = g.group_id
        left join platform.spaces s on s.id = g.space_id
        left join platform.resources x on x.id = g.resource_id
        """;

    /// <summary>Those in these spaces, or all for null, in the order in which they were made.</summary>
    public static async Task<IReadOnlyList<GrantRow>> ListAsync(
        NpgsqlConnection connection, Guid organizationId, Guid[]? spaces, Guid? after, int limit, CancellationToken cancellationToken) =>
        await connection.Statement(
            Columns + " where g.organization_id = $1 and ($2::boolean or g.space_id = any($3)) and g.id > $4 order by g.id limit $5",
            organizationId, spaces is null, spaces ?? [], after ?? Guid.Empty, limit).ListAsync(Read, cancellationToken);

    public static Task<GrantRow?> FindAsync(NpgsqlConnection connection, Guid organizationId, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + " where g.organization_id = $1 and g.id = $2", organizationId, id).FirstAsync(Read, cancellationToken);

    /// <summary>What a grant would be: each name found, or said to be wrong.</summary>
    public static async Task<Result<WantedGrant>> ResolveAsync(NpgsqlConnection connection, Guid organizationId, PutGrant content, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        if (content.Member is null == content.Group is null)
        {
            errors.Add(new FieldError("member", "A role is granted to a user or service account, or to a group.", "one of member and group"));
        }

        var builtIn = Roles.Names.Contains(content.Role) ? content.Role : null;
        var custom = builtIn is null ? await IdAsync("role", content.Role, connection.Statement("select id from platform.roles where organization_id = $1 and name = $2", organizationId, content.Role)) : null;
        var member = await IdAsync("member", content.Member, connection.Statement("select id from platform.principals where organization_id = $1 and name = $2", organizationId, content.Member));
        var group = await IdAsync("group", content.Group, connection.Statement("select id from platform.groups where organization_id = $1 and name = $2", organizationId, content.Group));
        var space = await IdAsync("space", content.Space, connection.Statement("select id from platform.spaces where organization_id = $1 and name = $2", organizationId, content.Space));
        var resource = await IdAsync("resource", content.Resource, connection.Statement("select id from platform.resources where space_id = $1 and kind || '/' || name = $2", space ?? Guid.Empty, content.Resource));
        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        var permissions = builtIn is not null ? Roles.Permissions(builtIn)
            : (await connection.Statement("select permissions from platform.roles where id = $1", custom).ListAsync(r => r.GetFieldValue<string[]>(0), cancellationToken))[0].ToFrozenSet(StringComparer.Ordinal);
        return new WantedGrant(member, group, builtIn, custom, new HeldGrant(permissions, new AccessScope(space, resource)));

        async Task<Guid?> IdAsync(string field, string? name, NpgsqlCommand find)
        {
            await using (find)
            {
                if (name is null)
                {
                    return null;
                }

                if (name.Length <= 90 && !name.Contains('\0', StringComparison.Ordinal) && await find.ExecuteScalarAsync(cancellationToken) is Guid id)
                {
                    return id;
                }
            }

            errors.Add(new FieldError(field, $"There is no such {field}.", field == "role" ? string.Join(", ", Roles.Names) + ", or one of the organization's own" : field == "resource" ? "KIND/NAME of a resource of the space" : null));
            return null;
        }
    }

    /// <summary>Its row, which may have been there before.</summary>
    public static async Task<(GrantRow Row, bool IsNew)> PutAsync(NpgsqlConnection connection, Guid organizationId, WantedGrant wanted, CancellationToken cancellationToken)
    {
        var made = await connection.Statement("""
            insert into platform.grants (id, organization_id, principal_id, group_id, role, custom_role_id, space_id, resource_id) values ($1, $2, $3::uuid, $4::uuid, $5::text, $6::uuid, $7::uuid, $8::uuid)
            on conflict do nothing
            """, Guid.CreateVersion7(), organizationId, wanted.Member, wanted.Group, wanted.BuiltInRole, wanted.CustomRole, wanted.Held.Scope.SpaceId, wanted.Held.Scope.ResourceId)
            .RunAsync(cancellationToken) > 0;
        var row = await connection.Statement(
            Columns + """
             where g.organization_id = $1 and g.principal_id is not distinct from $2::uuid and g.group_id is not distinct from $3::uuid and g.role is not distinct from $4::text
               and g.custom_role_id is not distinct from $5::uuid and g.space_id is not distinct from $6::uuid and g.resource_id is not distinct from $7::uuid
            """, organizationId, wanted.Member, wanted.Group, wanted.BuiltInRole, wanted.CustomRole, wanted.Held.Scope.SpaceId, wanted.Held.Scope.ResourceId)
            .FirstAsync(Read, cancellationToken);
        return (row!, made);
    }

    public static Task<int> RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.grants where id = $1", id).RunAsync(cancellationToken);

    private static GrantRow Read(NpgsqlDataReader r) => new(
        new Grant(r.GetGuid(0), r.GetString(1), Text(r, 2), Text(r, 3), Text(r, 4), Text(r, 5), r.GetFieldValue<DateTimeOffset>(6)), Authorizer.Grant(r, 7));

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}

/// <summary>A grant that is asked for, with everything in it found.</summary>
internal sealed record WantedGrant(Guid? Member, Guid? Group, string? BuiltInRole, Guid? CustomRole, HeldGrant Held);
