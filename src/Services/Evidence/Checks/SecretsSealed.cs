using System.Globalization;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What is secret in the platform's store is sealed there.</summary>
internal sealed class SecretsSealed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "secrets-sealed",
        new("Keys and secrets are sealed in the platform's store", "Clés et secrets sont scellés dans la base de la plateforme"),
        new(
            "That every key, secret and private key of the organization's in the store, and the platform's own that sign for it, begins as a sealed value and names a generation of the key that it should be under. It does not open them, so it shows the form and not that what is inside is secret.",
            "Que chaque clé, secret et clé privée de l'organisation dans la base, et ceux de la plateforme qui signent pour elle, commence comme une valeur scellée et nomme une génération de la clé sous laquelle il doit être. Il ne les ouvre pas : il montre la forme, non que le contenu est secret."),
        Enforced: true,
        "secnumcloud-3.2/10.5.c", "secnumcloud-3.2/10.5.d")
    {
        JudgesBy = [ConfigurationFiles.Keys],
    };

    // Each sealed value begins with the format, one of four, and the fingerprint of its key; the shortest that seals nothing has 37 bytes. A secret is under its resource's key, of which the
    // store has no fingerprint.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement($"""
            with sealed (what, value, owner) as (
                select 'resource_keys', wrapped, organization_id from platform.resource_keys where organization_id = $1
                union all
                select 'authorities', a.sealed_key, $1 from platform.authorities a where a.owner_id in ({AuthorityId.OwnersOfOrganization})
                union all
                select 'secrets', c.sealed, null from platform.secrets c where exists (select from platform.resource_keys k where k.resource_id = c.owner_id and k.organization_id = $1)
                union all
                select 'ledger_logs', sealed_key, $2 from platform.ledger_logs where id = $1
                union all
                select 'factors', f.totp_sealed, $2 from platform.factors f join platform.principals p on p.id = f.principal_id where p.organization_id = $1
                union all
                select 'issuer_keys', sealed_key, $2 from platform.issuer_keys
            ), judged as (
                select what, not (octet_length(value) >= 37 and get_byte(value, 0) between 1 and 4
                    and (owner is null or exists (select from platform.organization_keys k where k.organization_id = owner and k.fingerprint = substring(value from 2 for 8)))) as open
                from sealed
            )
            select count(*), count(*) filter (where open), coalesce(string_agg(distinct what, ', ') filter (where open), '') from judged
            """, organizationId, Guid.Empty).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1)) switch
            {
                (0, _) => new Observation(null, new("There is nothing secret yet.", "Il n'y a encore rien de secret.")),
                (var all, 0) => new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"All {all} are."), string.Create(CultureInfo.InvariantCulture, $"Tous le sont ({all})."))),
                var (all, open) => new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"{open} of {all} are not: {r.GetString(2)}."), string.Create(CultureInfo.InvariantCulture, $"{open} sur {all} ne le sont pas : {r.GetString(2)}."))),
            },
            cancellationToken))!;
}
