using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

internal sealed class Spaces(IOrganizationKeys keys, PlatformOptions options, TimeProvider time) : ISpaces
{
    // The first half of a two-part advisory lock; the second is the zone's hash.
    private const int NetworksLock = 0x6266_6e77;

    public async Task<Result<Creation<SpaceRecord>>> CreateAsync(
        NpgsqlConnection connection, Organization organization, string name, PutSpace content, CancellationToken cancellationToken)
    {
        if (ResourceName.Check("space", name) is { } error)
        {
            return Problem.Invalid(error);
        }

        if (!string.Equals(content.Zone, options.Zone.Name, StringComparison.Ordinal))
        {
            return Problem.Invalid(new FieldError("zone", "There is no such zone.", options.Zone.Name));
        }

        if (ClassificationRule.Check(content.Classification, options.Zone, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)) is { } refusal)
        {
            return refusal;
        }

        // All creations in a zone queue here: the smallest free index is then free until commit, and the name is decided.
        await connection.Statement("select pg_advisory_xact_lock($1, hashtext($2))", NetworksLock, content.Zone).RunAsync(cancellationToken);
        if (await FindAsync(connection, organization.Name, name, cancellationToken) is { } found)
        {
            return found.Classification == content.Classification && found.Zone == content.Zone
                ? new Creation<SpaceRecord>(found, false)
                : Problem.Conflict("name-taken", "The name is taken",
                    $"There is a space called {organization.Name}/{name} with classification {found.Classification} in zone {found.Zone}. Neither can be changed: choose another name.",
                    new FieldError("name", "This name is taken.", "another name"));
        }

        if (await FreeIndexAsync(connection, content.Zone, cancellationToken) is var index && index >= new SpaceSubnet(options.SpaceRange).Capacity)
        {
            return new Problem("zone-full", 503, "The zone is full", $"Zone {content.Zone} has no network left for another space. Ask its operator to add a range.", []);
        }

        try
        {
            await keys.EnsureAsync(organization.Id, cancellationToken);
        }
        catch (KeyUnavailableException e)
        {
            return Problem.Conflict("key-unavailable", "The organization's key is not available", e.Message);
        }

        var id = Guid.CreateVersion7();
        await connection.Statement("""
            insert into platform.spaces (id, organization_id, name, classification, zone, network_index) values ($1, $2, $3, $4, $5, $6)
            """, id, organization.Id, name, content.Classification, content.Zone, index).RunAsync(cancellationToken);
        return new Creation<SpaceRecord>((await FindAsync(connection, id, cancellationToken))!, true);
    }

    public Task<SpaceRecord?> FindAsync(NpgsqlConnection connection, string organization, string name, CancellationToken cancellationToken) =>
        connection.Statement("""
            select s.id, s.name, o.id, o.name, s.zone, s.network_index, s.classification, s.created_at
            from platform.spaces s join platform.organizations o on o.id = s.organization_id where o.name = $1 and s.name = $2
            """, organization, name).FirstAsync(Read, cancellationToken);

    public Task<SpaceRecord?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("""
            select s.id, s.name, o.id, o.name, s.zone, s.network_index, s.classification, s.created_at
            from platform.spaces s join platform.organizations o on o.id = s.organization_id where s.id = $1
            """, id).FirstAsync(Read, cancellationToken);

    public async Task<Result<Page<SpaceRecord>>> ListAsync(NpgsqlConnection connection, Guid organizationId, PageRequest page, CancellationToken cancellationToken, Guid[]? only = null)
    {
        var after = page.After();
        return after.Ok
            ? page.Cut(await connection.Statement("""
                select s.id, s.name, o.id, o.name, s.zone, s.network_index, s.classification, s.created_at
                from platform.spaces s join platform.organizations o on o.id = s.organization_id
                where o.id = $1 and s.name > $2 and ($4::boolean or s.id = any($5)) order by s.name limit $3
                """, organizationId, after.Value, page.Limit + 1, only is null, only ?? []).ListAsync(Read, cancellationToken), s => s.Name)
            : after.Problem;
    }

    private static async Task<int> FreeIndexAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select min(c.i) from (select 0 as i union all select network_index + 1 from platform.spaces where zone = $1) c
            where not exists (select from platform.spaces s where s.zone = $1 and s.network_index = c.i)
            """, zone).ListAsync(r => r.GetInt32(0), cancellationToken))[0];

    private static SpaceRecord Read(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.GetString(1), r.GetGuid(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetString(6), r.GetFieldValue<DateTimeOffset>(7));
}
