using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>A provider of a person's organization, as that person sees it.</summary>
/// <param name="Id">The provider's.</param>
/// <param name="Name">The provider's.</param>
/// <param name="Issuer">Where it is.</param>
/// <param name="LinkedAt">Since when the person is linked there, UTC; null if they aren't.</param>
/// <param name="Shown">What it calls them.</param>
/// <param name="LastUsedAt">When they last signed in by it, UTC; null for never.</param>
internal sealed record OwnProvider(Guid Id, string Name, string Issuer, DateTimeOffset? LinkedAt, string? Shown, DateTimeOffset? LastUsedAt);

/// <summary>Who is whom at identity providers, in the store: by the provider's subject, never by an address or a name. Each method works in the caller's transaction and decides nothing.</summary>
internal static class IdentityLinks
{
    /// <summary>The providers of a person's organization.</summary>
    public static Task<List<OwnProvider>> ListAsync(NpgsqlConnection connection, Person person, CancellationToken cancellationToken) =>
        connection.Statement("""
            select i.id, i.name, i.issuer, l.created_at, l.shown, l.last_used_at
            from platform.identity_providers i left join platform.identity_links l on l.provider_id = i.id and l.principal_id = $2
            where i.organization_id = $1 order by i.name collate "C"
            """, person.OrganizationId, person.Id).ListAsync(
            r => new OwnProvider(
                r.GetGuid(0), r.GetString(1), r.GetString(2), r.Nullable<DateTimeOffset>(3), r.IsDBNull(4) ? null : r.GetString(4), r.Nullable<DateTimeOffset>(5)),
            cancellationToken);

    /// <summary>Links a person; false if the subject is another account's, the person is linked there as another, or has been reset meanwhile.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, RegisteredProvider provider, Person person, string subject, string? shown, CancellationToken cancellationToken)
    {
        await connection.Statement("""
            insert into platform.identity_links (organization_id, provider_id, principal_id, subject, shown)
            select $1, $2, f.principal_id, $4, $5::text from platform.factors f where f.principal_id = $3
            on conflict do nothing
            """, provider.OrganizationId, provider.Id, person.Id, subject, shown).RunAsync(cancellationToken);
        return (await connection.Statement("select 1 from platform.identity_links where provider_id = $1 and principal_id = $2 and subject = $3", provider.Id, person.Id, subject)
            .ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;
    }

    /// <summary>Whose account a subject is, which is then used; null for nobody's.</summary>
    public static async Task<Guid?> UseAsync(NpgsqlConnection connection, Guid provider, string subject, CancellationToken cancellationToken) =>
        await connection.Statement("update platform.identity_links set last_used_at = now() where provider_id = $1 and subject = $2 returning principal_id", provider, subject)
            .ListAsync(r => r.GetGuid(0), cancellationToken) is [var holder] ? holder : null;

    /// <summary>The name of the provider that a person was linked to and no longer is; null if they weren't.</summary>
    public static Task<string?> RemoveAsync(NpgsqlConnection connection, Person person, Guid provider, CancellationToken cancellationToken) =>
        connection.Statement("""
            delete from platform.identity_links l using platform.identity_providers i where i.id = l.provider_id and l.provider_id = $1 and l.principal_id = $2 returning i.name
            """, provider, person.Id).FirstAsync(r => r.GetString(0), cancellationToken);
}
