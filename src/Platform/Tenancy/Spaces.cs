using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

internal sealed class Spaces(IOrganizationKeys keys, IPolicy policy, PlatformOptions options) : ISpaces
{
    public async Task<Result<Creation<SpaceRecord>>> CreateAsync(
        NpgsqlConnection connection, Organization organization, string name, PutSpace content, string by, CancellationToken cancellationToken)
    {
        if (ResourceName.Check("space", name) is { } error)
        {
            return Problem.Invalid(error);
        }

        if (!string.Equals(content.Zone, options.Zone.Name, StringComparison.Ordinal))
        {
            return Problem.Invalid(new FieldError("zone", "There is no such zone.", options.Zone.Name));
        }

        var label = policy.LabelOf(content);
        if (!label.Ok)
        {
            return label.Problem;
        }

        // All creations in a zone queue here: the smallest free index is then free until commit, the name is decided, and the zone stays as it is declared.
        await ZoneTable.TakeTurnAsync(connection, content.Zone, cancellationToken);
        if (await FindAsync(connection, organization.Name, name, cancellationToken) is { } found)
        {
            var stated = (await policy.ExplainAsync(connection, found.Id, cancellationToken)).Label;
            return Same(stated, label.Value) && found.Zone == content.Zone
                ? new Creation<SpaceRecord>(found, false)
                : Problem.Conflict("name-taken", "The name is taken",
                    $"There is a space called {organization.Name}/{name} with another label (classification {found.Classification}) or in another zone ({found.Zone}). Choose another name, or change that one's label (beffroi space label).",
                    new FieldError("name", "This name is taken.", "another name"));
        }

        var decision = await policy.AdmitAsync(connection, organization.Id, name, content.Zone, label.Value, cancellationToken);
        if (decision.Refusal is { } refusal)
        {
            return refusal;
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
            """, id, organization.Id, name, Labels.Classify(label.Value), content.Zone, index).RunAsync(cancellationToken);
        await policy.StateAsync(connection, id, label.Value, by, cancellationToken);
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

    private static bool Same(SpaceLabel one, SpaceLabel other) =>
        JsonSerializer.Serialize(one, WireJson.Default.SpaceLabel) == JsonSerializer.Serialize(other, WireJson.Default.SpaceLabel);

    private static async Task<int> FreeIndexAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select min(c.i) from (select 0 as i union all select network_index + 1 from platform.spaces where zone = $1) c
            where not exists (select from platform.spaces s where s.zone = $1 and s.network_index = c.i)
            """, zone).ListAsync(r => r.GetInt32(0), cancellationToken))[0];

    private static SpaceRecord Read(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.GetString(1), r.GetGuid(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetString(6), r.GetFieldValue<DateTimeOffset>(7));
}
