using Beffroi.Contracts;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Identity.Sessions;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>Organizations' identity providers in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class IdentityProviders
{
    /// <summary>The most of one organization.</summary>
    public const int Max = 5;

    /// <summary>How we show who we are: by a secret, or by what we sign.</summary>
    public const string SharedSecret = "secret", PrivateKey = "private-key";

    /// <summary>The path of the one redirect address.</summary>
    public const string CallbackPath = "/sign-in/provider/callback";

    /// <summary>Below which path public keys are, each provider's under its id.</summary>
    public const string KeysPath = "/sign-in/provider/keys";

    private const string Columns = """
        select i.id, i.organization_id, o.name, i.name, i.issuer, i.client_id, i.authority, i.client_key, i.scopes, i.acr_values, i.second_factor_acr, i.second_factor_amr, i.max_age, i.name_claim, i.required, i.revision
        from platform.identity_providers i join platform.organizations o on o.id = i.organization_id
        """;

    // Of a principal p: an owner of the whole organization, by themselves or through a group.
    private const string IsOwner = """
        exists (select from platform.grants g where g.organization_id = p.organization_id and g.role = 'owner' and g.space_id is null
            and (g.principal_id = p.id or g.group_id in (select m.group_id from platform.group_members m where m.principal_id = p.id)))
        """;

    /// <summary>An organization's by name; with a name, that one.</summary>
    public static Task<List<IdentityProvider>> ShowAsync(NpgsqlConnection connection, Guid organizationId, string? name, CancellationToken cancellationToken) =>
        connection.Statement("""
            select i.name, i.issuer, i.client_id, i.scopes, i.acr_values, i.second_factor_acr, i.second_factor_amr, i.max_age, i.name_claim, i.required, i.authority,
                   (select count(*) from platform.identity_links l where l.provider_id = i.id), i.created_at, i.client_key is not null, i.id
            from platform.identity_providers i where i.organization_id = $1 and ($2::text is null or i.name = $2) order by i.name collate "C"
            """, organizationId, name).ListAsync(
            r => new IdentityProvider(
                r.GetString(0), r.GetString(1), r.GetString(2), r.GetBoolean(13) ? PrivateKey : SharedSecret, r.GetFieldValue<string[]>(3), r.GetFieldValue<string[]>(4), r.GetFieldValue<string[]>(5), r.GetFieldValue<string[]>(6), r.Nullable<int>(7),
                Text(r, 8), r.GetBoolean(9), Text(r, 10), r.GetInt64(11), CallbackPath, r.GetFieldValue<DateTimeOffset>(12),
                r.GetBoolean(13) ? $"{KeysPath}/{r.GetGuid(14):D}" : null),
            cancellationToken);

    /// <summary>One of an organization's, for a change; null if there is none of that name.</summary>
    public static Task<RegisteredProvider?> FindAsync(NpgsqlConnection connection, Guid organizationId, string name, CancellationToken cancellationToken) =>
        connection.Statement(Columns + " where i.organization_id = $1 and i.name = $2 for update of i", organizationId, name).FirstAsync(Read, cancellationToken);

    /// <summary>By id; null if it is gone.</summary>
    public static Task<RegisteredProvider?> GetAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + " where i.id = $1", id).FirstAsync(Read, cancellationToken);

    /// <summary>The one of this name of an organization; without a name its only one. Null if there is none, or not only one.</summary>
    public static async Task<RegisteredProvider?> ChooseAsync(NpgsqlConnection connection, string organization, string? name, CancellationToken cancellationToken) =>
        await connection.Statement(Columns + " where o.name = $1 and ($2::text is null or i.name = $2) limit 2", organization, name).ListAsync(Read, cancellationToken) is [var one] ? one : null;

    /// <summary>Adds one, or changes what is asked of one that has the same id. False if the organization has <see cref="Max"/> others already.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, RegisteredProvider provider, CancellationToken cancellationToken) =>
        await connection.Statement("""
            insert into platform.identity_providers
                (id, organization_id, name, issuer, client_id, authority, client_key, scopes, acr_values, second_factor_acr, second_factor_amr, max_age, name_claim, required)
            select $1, $2, $3, $4, $5, $6::text, $15::text, $7, $8, $9, $10, $11::int, $12::text, $13
            where (select count(*) from platform.identity_providers where organization_id = $2 and name <> $3) < $14
            on conflict (id) do update set
                authority = excluded.authority, client_key = excluded.client_key, scopes = excluded.scopes, acr_values = excluded.acr_values, second_factor_acr = excluded.second_factor_acr,
                second_factor_amr = excluded.second_factor_amr, max_age = excluded.max_age, name_claim = excluded.name_claim, required = excluded.required,
                revision = identity_providers.revision + 1
            """,
            provider.Id, provider.OrganizationId, provider.Name, provider.Issuer, provider.ClientId, provider.Authority, provider.Scopes.ToArray(), provider.AcrValues.ToArray(),
            provider.SecondFactorAcr.ToArray(), provider.SecondFactorAmr.ToArray(), (int?)provider.MaxAge?.TotalSeconds, provider.NameClaim, provider.Required, Max, provider.ClientKey).RunAsync(cancellationToken) > 0;

    /// <summary>Removes one, with who is linked there and all that was begun by way of it.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await SessionTable.EndOfProviderAsync(connection, id, null, cancellationToken);
        await connection.Statement("delete from platform.identity_providers where id = $1", id).RunAsync(cancellationToken);
    }

    /// <summary>The name of a provider that a person has to sign in by before anything can begin; null if they have, or needn't.</summary>
    public static async Task<string?> DemandedAsync(NpgsqlConnection connection, Person person, CancellationToken cancellationToken) =>
        person.Side == Side.Operator || person.Provider is not null ? null : await connection.Statement(
            "select i.name from platform.principals p join platform.identity_providers i on i.organization_id = p.organization_id and i.required where p.id = $1 and not " + IsOwner + " order by i.name limit 1",
            person.Id).FirstAsync(r => r.GetString(0), cancellationToken);

    /// <summary>Ends the sessions of an organization's members other than owners that have begun without a provider.</summary>
    public static async Task EndOthersAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        // First what a session could still begin with: who is beginning one at this moment is waited for.
        await connection.Statement(
            "delete from platform.authorization_codes c using platform.principals p where p.id = c.principal_id and p.organization_id = $1 and c.provider_id is null and not " + IsOwner,
            organizationId).RunAsync(cancellationToken);
        await connection.Statement(
            "delete from platform.device_codes c using platform.principals p where p.id = c.principal_id and p.organization_id = $1 and c.provider_id is null and not " + IsOwner,
            organizationId).RunAsync(cancellationToken);
        await connection.Statement(
            "update platform.sessions s set ended_at = now() from platform.principals p"
            + " where p.id = s.principal_id and p.organization_id = $1 and s.provider_id is null and s.ended_at is null and not " + IsOwner,
            organizationId).RunAsync(cancellationToken);
        // A statement of its own, which sees what a session was given that was being continued while the one before waited for it.
        await connection.Statement("""
            update platform.tokens t set revoked_at = now() from platform.sessions s join platform.principals p on p.id = s.principal_id
            where s.id = t.session_id and s.ended_at is not null and p.organization_id = $1 and t.revoked_at is null
            """, organizationId).RunAsync(cancellationToken);
    }

    /// <summary>Reads the columns of <see cref="Columns"/>.</summary>
    private static RegisteredProvider Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetGuid(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), Text(r, 6), Text(r, 7), r.GetFieldValue<string[]>(8), r.GetFieldValue<string[]>(9),
        r.GetFieldValue<string[]>(10), r.GetFieldValue<string[]>(11), r.Nullable<int>(12) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Text(r, 13), r.GetBoolean(14), r.GetInt32(15));

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
