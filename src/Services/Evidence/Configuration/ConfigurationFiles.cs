using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Platform;
using Beffroi.Platform.Access;
using Beffroi.Platform.Access.Reviews;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Protection;
using Beffroi.Services.Evidence.Checks;

namespace Beffroi.Services.Evidence.Configuration;

/// <summary>
/// The files. Every column is named: what is sealed, hashed or wrapped is in none, nor is anything of the operator's that the API keeps from customers.
/// </summary>
internal sealed class ConfigurationFiles(PlatformOptions options, ApiOptions api, OrganizationSafeguards safeguards)
{
    public const string Spaces = "spaces", Keys = "keys", Safeguards = "safeguards", Ledger = "ledger", Access = "access", Reviews = "reviews", Databases = "databases", Network = "network",
        Lockbox = "lockbox", Alerts = "alerts", Installation = "installation";

    /// <summary>All of them.</summary>
    public IReadOnlyList<ConfigurationFile> All { get; } =
    [
        new(Spaces, new("Spaces with their labels, and what the zone declares", "Les espaces et leurs étiquettes, et ce que déclare la zone"), [Permission.SpaceRead, Permission.PolicyRead],
            new("spaces", """
                select json_build_object('name', s.name, 'classification', s.classification, 'zone', s.zone, 'label', s.label, 'labelStatedBy', s.label_stated_by, 'labelStatedAt', s.label_stated_at,
                    'createdAt', s.created_at)::text
                from platform.spaces s where s.organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by s.name limit $2
                """),
            new("limits", "select content::text from platform.policy_limits where organization_id = $1 limit $2"),
            new("derogations", """
                select json_build_object('name', name, 'rules', rules, 'space', space, 'authority', authority, 'reference', reference, 'publication', publication, 'expires', expires,
                    'recordedBy', recorded_by, 'recordedAt', recorded_at)::text
                from platform.derogations where organization_id = $1 order by name limit $2
                """),
            new("zones", """
                select json_build_object('zone', d.zone, 'declaration', d.content::json, 'changedAt', d.changed_at)::text
                from platform.zone_declarations d
                where d.zone in (select zone from platform.spaces where organization_id = $1)
                  and d.id = (select max(n.id) from platform.zone_declarations n where n.zone = d.zone)
                order by d.zone limit $2
                """)),
        new(Keys, new("Generations of the organization's key, and the keys under it", "Les générations de la clé de l'organisation, et les clés sous elle"), [Permission.KeyRead],
            new("generations", """
                select json_build_object('generation', generation, 'provider', provider, 'state', state, 'fingerprint', encode(fingerprint, 'hex'), 'createdAt', created_at, 'destroyedAt', destroyed_at)::text
                from platform.organization_keys where organization_id = $1 order by generation limit $2
                """),
            new("resourceKeys", """
                select json_build_object('kind', r.kind, 'space', s.name, 'name', case when r.spare then null else r.name end, 'spare', r.spare, 'purpose', k.purpose, 'generation', k.generation,
                    'wrappedUnder', g.generation, 'inEscrow', k.escrow is not null, 'createdAt', k.created_at)::text
                from platform.resource_keys k
                left join platform.resources r on r.id = k.resource_id left join platform.spaces s on s.id = r.space_id and s.organization_id = k.organization_id
                left join platform.organization_keys g on g.organization_id = k.organization_id and g.fingerprint = substring(k.wrapped from 2 for 8)
                where k.organization_id = $1 order by s.name, r.kind, r.name, k.purpose, k.generation, k.id limit $2
                """))
        {
            Settings = async (connection, id, token) => await EscrowReview.ReadAsync(connection, id, token) is { Fingerprint: { } fingerprint } escrow
                ? new JsonObject { ["escrow"] = new JsonObject { ["fingerprint"] = fingerprint, ["registeredBy"] = escrow.RegisteredBy, ["registeredAt"] = escrow.RegisteredAt } }
                : new JsonObject { ["escrow"] = null },
        },
        new(Safeguards, new("Safeguards against mistakes and against one person alone", "Les protections contre les erreurs et contre une personne seule"), [Permission.SafeguardRead])
        {
            Settings = async (connection, id, token) => await safeguards.GetAsync(connection, id, token) is var set
                ? new JsonObject { ["twoPersonRule"] = set.TwoPersonRule, ["deletionGraceHours"] = set.DeletionGraceHours, ["immediateDeletion"] = set.ImmediateDeletion, ["passkeyConsents"] = set.PasskeyConsents } : [],
        },
        new(Ledger, new("The ledger's log, receivers and witnesses", "Le journal du registre, ses destinataires et ses témoins"), [Permission.LedgerRead],
            new("log", "select json_build_object('origin', origin, 'publicKey', public_key)::text from platform.ledger_logs where id = $1 limit $2"),
            // The API takes no address with a user or a query; one that came another way is shown without.
            new("receivers", """
                select json_build_object('name', name, 'url', regexp_replace(regexp_replace(url, '//[^/@]*@', '//'), '[?#].*', ''), 'ownAuthority', authority is not null,
                    'fromFirstEntry', coalesce(first_index = 0, false), 'createdAt', created_at)::text
                from platform.ledger_forwards where log_id = $1 order by name limit $2
                """),
            new("witnesses", """
                select json_build_object('name', name, 'url', regexp_replace(regexp_replace(url, '//[^/@]*@', '//'), '[?#].*', ''), 'publicKey', public_key, 'ownAuthority', authority is not null,
                    'createdAt', created_at)::text
                from platform.ledger_witnesses where log_id = $1 order by name limit $2
                """)),
        new(Access, new("Accounts with their factors, roles, groups and identity providers", "Les comptes et leurs facteurs, les rôles, les groupes et les fournisseurs d'identité"),
            [Permission.AccessRead, Permission.IdentityRead],
            new("accounts", """
                select json_build_object('name', p.name, 'kind', p.kind,
                    'state', case when p.disabled_at is not null then 'disabled' when p.accepted_at is null then 'invited' else 'active' end,
                    'password', f.holder is not null, 'authenticator', f.holder is not null,
                    'passkeys', (select count(*) from platform.passkeys k where k.holder = f.holder),
                    'identityProviders', array(select i.name from platform.identity_links l join platform.identity_providers i on i.id = l.provider_id where l.principal_id = p.id order by i.name),
                    'personalTokens', (select count(*) from platform.tokens t where t.principal_id = p.id and t.kind = 'personal' and t.revoked_at is null),
                    'personalTokensUntil', (select max(t.expires_at) from platform.tokens t where t.principal_id = p.id and t.kind = 'personal' and t.revoked_at is null),
                    'assertionKeys', case when jsonb_typeof(p.public_keys) = 'array' then jsonb_array_length(p.public_keys) when p.public_keys is null then 0 else 1 end,
                    'createdAt', p.created_at)::text
                from platform.principals p left join platform.factors f on f.principal_id = p.id where p.organization_id = $1 order by p.name limit $2
                """),
            new("groups", """
                select json_build_object('name', g.name, 'members', array(
                    select p.name from platform.group_members m join platform.principals p on p.id = m.principal_id where m.group_id = g.id order by p.name))::text
                from platform.groups g where g.organization_id = $1 order by g.name limit $2
                """),
            new("roles", "select json_build_object('name', name, 'description', description, 'permissions', permissions)::text from platform.roles where organization_id = $1 order by name limit $2"),
            new("grants", """
                select json_build_object('role', coalesce(g.role, r.name), 'member', p.name, 'group', gr.name, 'space', s.name, 'resource', x.kind || '/' || x.name, 'createdAt', g.created_at)::text
                from platform.grants g
                left join platform.roles r on r.id = g.custom_role_id left join platform.principals p on p.id = g.principal_id left join platform.groups gr on gr.id = g.group_id
                left join platform.spaces s on s.id = g.space_id left join platform.resources x on x.id = g.resource_id
                where g.organization_id = $1 order by g.id limit $2
                """),
            new("identityProviders", """
                select json_build_object('name', name, 'issuer', issuer, 'clientId', client_id, 'scopes', scopes, 'acrValues', acr_values, 'secondFactorAcr', second_factor_acr,
                    'secondFactorAmr', second_factor_amr, 'maxAge', max_age, 'nameClaim', name_claim, 'required', required, 'createdAt', created_at)::text
                from platform.identity_providers where organization_id = $1 order by name limit $2
                """),
            new("workloadIdentities", """
                select json_build_object('account', p.name, 'name', w.name, 'issuer', w.issuer, 'audience', w.audience, 'subject', w.subject)::text
                from platform.workload_identities w join platform.principals p on p.id = w.principal_id where p.organization_id = $1 order by p.name, w.name limit $2
                """))
        {
            Settings = (_, _, _) => Task.FromResult(new JsonObject
            {
                ["passwords"] = new JsonObject { ["function"] = "PBKDF2 with HMAC-SHA-512", ["leastRounds"] = PasswordsHashed.FewestIterations, ["leastSaltBits"] = 128 },
                ["locks"] = new JsonObject
                {
                    ["afterFailures"] = api.AccountFailuresAllowed, ["firstSeconds"] = (int)api.FailureWindow.TotalSeconds, ["longestSeconds"] = (int)api.LongestLock.TotalSeconds,
                },
            }),
        },
        new(Reviews, new("Reviews of rights", "Les revues des droits"), [Permission.AccessReviewRead],
            new ConfigurationList("reviews", """
                select json_build_object('kind', kind, 'state', state, 'begunBy', begun_by, 'begunAt', begun_at, 'endedBy', ended_by, 'endedAt', ended_at)::text
                from platform.access_reviews where organization_id = $1 order by begun_at desc, id limit $2
                """))
        {
            Settings = async (connection, id, token) => EveryDays(await AccessReviewSchedule.ListAsync(connection, id, token)),
        },
        new(Databases, new("Databases with their schedules of backups and retention", "Les bases, leurs calendriers de sauvegarde et leur rétention"), [Permission.PostgresRead],
            new ConfigurationList("databases", """
                select json_build_object('space', s.name, 'name', r.name, 'version', r.spec -> 'version', 'size', r.spec -> 'size', 'storage', r.spec -> 'storage', 'availability', r.spec -> 'availability',
                    'deletionProtection', r.spec -> 'deletionProtection', 'stopped', r.spec -> 'stopped', 'backup', r.spec -> 'backup', 'maintenanceWindow', r.spec -> 'maintenanceWindow',
                    'allowedNetworks', r.spec -> 'allowedNetworks', 'pooler', r.spec -> 'pooler', 'createdAt', r.created_at, 'deletionRequestedAt', r.deletion_requested_at)::text
                from platform.resources r join platform.spaces s on s.id = r.space_id
                where s.organization_id = $1 and r.kind = 'postgres' and not r.spare order by s.name, r.name limit $2
                """))
        {
            Settings = (_, _, _) => Task.FromResult(new JsonObject { ["backupWhereNoneIsSet"] = Backup(new PostgresBackupSpec()) }),
        },
        new(Network, new("What spaces open: peerings and egress allow-lists; and how often isolation is verified", "Ce qu'ouvrent les espaces : interconnexions et listes de sortie ; et la fréquence des vérifications d'étanchéité"),
            [Permission.SpaceRead],
            new("egress", """
                select json_build_object('space', s.name, 'destination', e.destination, 'protocol', e.protocol, 'firstPort', e.first_port, 'lastPort', e.last_port)::text
                from platform.egress_rules e join platform.spaces s on s.id = e.space_id
                where s.organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id)
                order by s.name, e.destination, e.protocol, e.first_port limit $2
                """),
            new("peerings", """
                select json_build_object('from', f.name, 'to', t.name, 'ports', p.ports, 'both', p.both_ways, 'requestedAt', p.requested_at, 'acceptedAt', p.accepted_at)::text
                from platform.peerings p join platform.spaces f on f.id = p.from_space_id join platform.spaces t on t.id = p.to_space_id
                where f.organization_id = $1 and t.organization_id = $1 order by f.name, t.name limit $2
                """))
        {
            Settings = (_, _, _) => Task.FromResult(new JsonObject { ["isolationVerificationHours"] = options.Zone.IsolationVerificationHours }),
        },
        new(Lockbox, new("Who may let the operator's people see something", "Qui peut laisser voir quelque chose aux personnes de l'opérateur"), [Permission.LockboxRead],
            new ConfigurationList("approvers", """
                select json_build_object('member', p.name, 'publicKey', k.public_key, 'createdAt', k.created_at)::text
                from platform.lockbox_keys k join platform.principals p on p.id = k.principal_id where k.organization_id = $1 order by p.name limit $2
                """)),
        // Without the addresses of people.
        new(Alerts, new("Who is told of alerts", "Qui est prévenu des alertes"), [Permission.AlertRead],
            new ConfigurationList("receivers", """
                select json_build_object('name', name, 'by', case when email is null then 'webhook' else 'e-mail' end, 'confirmed', confirmed_at is not null, 'leastSeverity', least_severity,
                    'spaces', (select array_agg(s.name order by s.name) from platform.spaces s where s.id = any(space_ids)), 'kinds', kinds, 'createdAt', created_at)::text
                from platform.alert_receivers where organization_id = $1 order by name limit $2
                """)),
        // What is everybody's: names and numbers of the operator's people stay the operator's.
        new(Installation, new("What is set for the whole installation", "Ce qui est réglé pour toute l'installation"), [],
            // Of when they are, and of nobody: who began, decided and was decided on is the operator's.
            new ConfigurationList("operatorReviews", """
                select json_build_object('kind', kind, 'state', state, 'begunAt', begun_at, 'endedAt', ended_at)::text
                from platform.access_reviews where organization_id is null and $1 <> directory order by begun_at desc, id limit $2
                """))
        {
            Settings = async (connection, _, token) => new JsonObject
            {
                ["zone"] = options.Zone.Name,
                ["operatorRoles"] = new JsonArray([.. OperatorRoles.Names.Select(name => JsonValue.Create(name))]),
                ["namesOfFunctions"] = new JsonArray([.. OperatorAccounts.Shared.Select(name => JsonValue.Create(name))]),
                ["operatorReviewsEveryDays"] = EveryDays(await AccessReviewSchedule.ListAsync(connection, AccessReviewSchedule.OfOperator, token)),
            },
        },
    ];

    private static JsonObject EveryDays(IEnumerable<AccessReviewDue> kinds) =>
        new(kinds.Select(k => KeyValuePair.Create(k.Kind, (JsonNode?)new JsonObject { ["everyDays"] = k.EveryDays })));

    private static JsonObject Backup(PostgresBackupSpec backup) => new()
    {
        ["retentionDays"] = backup.RetentionDays,
        ["retentionFulls"] = backup.RetentionFulls,
        ["fullEveryDays"] = backup.FullEveryDays,
        ["incrementalEveryHours"] = backup.IncrementalEveryHours,
        ["drillEveryDays"] = backup.DrillEveryDays,
    };
}
