using System.Globalization;
using System.Security.Cryptography;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Evidence;
using Beffroi.Kernel;
using Beffroi.Services.Evidence;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Testing;
using Beffroi.Transparency.Escrow;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>What each check makes of a store that is changed under it; each change is rolled back.</summary>
public sealed partial class EvidenceCheckTests(PostgresServer postgres)
{
    // As whoever owns the store can.
    private const string Opened = "alter table platform.ledger_entries disable trigger user; alter table platform.ledger_tiles disable trigger user; ";

    private const string Database =
        "insert into platform.resources (id, kind, space_id, name, spec, status) select gen_random_uuid(), 'postgres', id, 'db', '{}', '{}' from platform.spaces where name = 'eval'; ";

    private const string Looked = "insert into platform.encryption_verifications (id, space_id, name, at, verdict, sealed, reported_by, note) select gen_random_uuid(), id, 'e1', ";

    private const string Factor = "insert into platform.factors (principal_id, totp_sealed, last_step, password_hash) values ((select id from platform.principals where name = 'alice'), '\\x00', 0, ";

    private const string Drilled = Database + "insert into platform.restore_drills (resource_id, id, finished_at, passed, certificate) select id, 'd', ";

    private const string Sensitive = """{ "controller": "other", "secret": ["other"], "r9Chosen": true, "personal": true }""";

    private const string Health = """{ "controller": "hospital", "secret": ["medical"], "harms": ["health-life"], "personal": true, "health": true }""";

    private static readonly string Escrow =
        $"insert into platform.escrow_keys (organization_id, public_key, registered_by) select id, '{EscrowPem()}', 'alice' from platform.organizations where name = 'demo'; ";

    private static readonly (string Check, string State, string Change)[] Cases =
    [
        // As an organization begins.
        ("key-own", "holds", "select 1"),
        ("key-protected", "fails", "select 1"),
        ("data-keys", "unknown", "select 1"),
        ("isolation-verified", "unknown", "select 1"),
        ("ledger-complete", "holds", "select 1"),
        ("ledger-elsewhere", "fails", "select 1"),
        ("second-factor", "fails", "select 1"),
        ("passwords-hashed", "unknown", "select 1"),
        ("two-persons", "fails", "select 1"),
        ("keys-destroyed", "holds", "select 1"),
        ("access-ends", "holds", "select 1"),
        // What a check looks for, and what it must not overlook.
        ("key-own", "unknown", "delete from platform.organization_keys"),
        ("key-own", "fails", "update platform.organization_keys set fingerprint = '\\x0102030405060708'"),
        ("key-protected", "holds", "update platform.organization_keys set provider = 'hsm'"),
        ("key-protected", "unknown", "update platform.organization_keys set provider = 'hsm', problem = 'It does not answer.'"),
        ("data-keys", "fails", Database + "update platform.resources set created_at = now() - interval '1 hour'"),
        ("data-keys", "holds", Database + "insert into platform.resource_keys (id, organization_id, resource_id, purpose, wrapped) select gen_random_uuid(), s.organization_id, r.id, 'resource', '\\x00' from platform.resources r join platform.spaces s on s.id = r.space_id"),
        ("data-keys", "fails", Database + "insert into platform.resource_keys (id, organization_id, resource_id, purpose, wrapped) select gen_random_uuid(), o.id, r.id, 'resource', '\\x00' from platform.resources r, platform.organizations o where o.name = 'evil'"),
        ("encryption-verified", "unknown", Database),
        ("encryption-verified", "holds", Database + Looked + "now(), 'passed', true, 'alice', 'x' from platform.spaces where name = 'eval'"),
        ("encryption-verified", "stale", Database + Looked + "now() - interval '32 days', 'passed', true, 'alice', 'x' from platform.spaces where name = 'eval'"),
        ("encryption-verified", "fails", Database + Looked + "now(), 'failed', true, 'alice', 'x' from platform.spaces where name = 'eval'"),
        // One that sealed nothing shows only half.
        ("encryption-verified", "unknown", Database + Looked + "now(), 'passed', false, 'alice', 'x' from platform.spaces where name = 'eval'"),
        ("keys-destroyed", "fails", "insert into platform.resource_keys (id, organization_id, resource_id, purpose, wrapped, created_at) select gen_random_uuid(), id, gen_random_uuid(), 'resource', '\\x00', now() - interval '2 hours' from platform.organizations where name = 'demo'"),
        // A webhook of the ledger's has a key too.
        ("keys-destroyed", "holds", "with f as (insert into platform.ledger_forwards (id, log_id, name, url, next_index) select gen_random_uuid(), id, 'hook', 'https://hook', 0 from platform.organizations where name = 'demo' returning id, log_id) insert into platform.resource_keys (id, organization_id, resource_id, purpose, wrapped, created_at) select gen_random_uuid(), log_id, id, 'resource', '\\x00', now() - interval '2 hours' from f"),
        ("isolation-verified", "holds", EvidenceTests.Verified + "'{\"verdict\": \"passed\", \"finishedAt\": \"2999-01-01T00:00:00Z\"}'::jsonb where kind = 'isolation-verification'"),
        ("isolation-verified", "stale", EvidenceTests.Verified + "'{\"verdict\": \"passed\", \"finishedAt\": \"2020-01-01T00:00:00Z\"}'::jsonb where kind = 'isolation-verification'"),
        ("isolation-verified", "fails", EvidenceTests.Verified + "'{\"verdict\": \"failed\", \"finishedAt\": \"2999-01-01T00:00:00Z\"}'::jsonb where kind = 'isolation-verification'"),
        ("isolation-verified", "unknown", EvidenceTests.Verified + "'{\"verdict\": \"running\"}'::jsonb where kind = 'isolation-verification'"),
        ("ledger-complete", "fails", Opened + "update platform.ledger_entries set entry = replace(entry, 'accepted', 'refused') where index = 0"),
        ("ledger-complete", "fails", Opened + "delete from platform.ledger_entries where index = 0"),
        ("ledger-complete", "fails", Opened + "update platform.ledger_tiles set hashes = set_byte(hashes, 5, (get_byte(hashes, 5) + 1) % 256) where level = 0"),
        ("ledger-complete", "fails", "update platform.ledger_logs set checkpoint = replace(checkpoint, E'\\n1\\n', E'\\n2\\n') where size = 1; update platform.ledger_logs set checkpoint = replace(checkpoint, E'\\n2\\n', E'\\n9\\n') where size > 1"),
        ("backups-made", "unknown", "select 1"),
        ("backups-made", "unknown", Database),
        ("backups-made", "unknown", Backed("false", "Waiting", "true")),
        ("backups-made", "fails", Backed("false", "Waiting", "true") + "update platform.resources set created_at = now() - interval '25 hours'"),
        ("backups-made", "fails", Backed("false", "Late", "true")),
        ("backups-made", "fails", Backed("true", "Done", "false")),
        ("backups-made", "holds", Backed("true", "Done", "true")),
        ("restores-drilled", "unknown", Database),
        ("restores-drilled", "holds", Drilled + "now(), true, '{}' from platform.resources"),
        ("restores-drilled", "fails", Drilled + "now(), false, '{}' from platform.resources"),
        ("restores-drilled", "stale", Drilled + "now() - interval '16 days', true, '{}' from platform.resources"),
        // Another's drill is none of this one.
        ("restores-drilled", "unknown", Drilled + "now(), true, '{}' from platform.resources; " + Database.Replace("'db'", "'other'", StringComparison.Ordinal)),
        ("ledger-elsewhere", "holds", "insert into platform.ledger_forwards (id, log_id, name, url, next_index) select gen_random_uuid(), id, 'siem', 'syslog+tls://siem', 1000 from platform.organizations where name = 'demo'"),
        ("second-factor", "holds", Factor + "'x')"),
        ("passwords-hashed", "fails", Factor + "'x')"),
        ("two-persons", "holds", "insert into platform.organization_safeguards (organization_id, deletion_grace_hours, immediate_deletion, two_person_rule) select id, 168, false, true from platform.organizations where name = 'demo'"),
        ("keys-escrowed", "fails", "select 1"),
        ("keys-escrowed", "holds", Escrow),
        ("keys-escrowed", "fails", Escrow + Database + "insert into platform.resource_keys (id, organization_id, resource_id, purpose, wrapped) select gen_random_uuid(), s.organization_id, r.id, 'resource', '\\x00' from platform.resources r join platform.spaces s on s.id = r.space_id"),
        ("keys-escrowed", "fails", Escrow.Replace("'demo'", "'evil'", StringComparison.Ordinal)),
        ("spaces-labelled", "fails", "update platform.spaces set label = null, label_stated_by = null, label_stated_at = null"),
        ("spaces-labelled", "holds", Labelled("""{ "controller": "other", "evaluation": true }""")),
        // No rule applies; it applies and nothing is declared of the zone; it is declared; a derogation or an evaluation is no place in the Union.
        ("data-in-eu", "unknown", Labelled("""{ "controller": "other" }""")),
        ("data-in-eu", "fails", Labelled(Sensitive)),
        ("data-in-eu", "holds", Labelled(Sensitive) + Declared("FR", 24)),
        ("data-in-eu", "fails", Labelled(Sensitive) + Declared("CH", 24)),
        ("data-in-eu", "fails", Labelled(Sensitive.Replace("true }", "true, \"evaluation\": true }", StringComparison.Ordinal))),
        ("holders-within-thresholds", "unknown", Labelled("""{ "controller": "other" }""")),
        ("holders-within-thresholds", "holds", Labelled(Sensitive) + Declared("FR", 24)),
        ("holders-within-thresholds", "fails", Labelled(Sensitive) + Declared("FR", 25)),
        ("health-data-in-eea", "unknown", Labelled(Sensitive)),
        ("health-data-in-eea", "fails", Labelled(Health)),
        ("health-data-in-eea", "holds", Labelled(Health) + Declared("NO", 24)),
        ("health-data-in-eea", "fails", Labelled(Health) + Declared("CH", 24)),
        // New, and nothing reviewed; then by whether the first or the next is overdue, a year for people and a quarter for service accounts.
        ("access-reviews", "unknown", "select 1"),
        ("access-reviews", "unknown", Old(364)),
        ("access-reviews", "fails", Old(366)),
        ("access-reviews", "holds", Old(900) + Reviewed("rights", "closed", 364)),
        ("access-reviews", "fails", Old(900) + Reviewed("rights", "closed", 366)),
        ("access-reviews", "holds", Old(900) + Reviewed("rights", "closed", 900) + Reviewed("rights", "closed", 3)),
        ("access-reviews", "fails", Old(900) + Reviewed("rights", "open", 3)),
        ("access-reviews", "fails", Old(900) + Reviewed("rights", "cancelled", 3)),
        ("access-reviews", "fails", Old(900) + Reviewed("technical", "closed", 3)),
        ("access-reviews", "fails", Old(900) + Reviewed("rights", "closed", 3).Replace("'demo'", "'evil'", StringComparison.Ordinal)),
        ("access-reviews", "unknown", Old(900) + Reviewed("rights", "closed", 3) + Robot(89)),
        ("access-reviews", "fails", Old(900) + Reviewed("rights", "closed", 3) + Robot(91)),
        // The operator's own, by the installation's age; what organizations review or have is none of it, nor the reverse.
        ("operator-reviewed", "unknown", "select 1"),
        ("operator-reviewed", "unknown", Installed(364)),
        ("operator-reviewed", "fails", Installed(366)),
        ("operator-reviewed", "holds", Installed(900) + OperatorReviewed("rights", "closed", 364)),
        ("operator-reviewed", "fails", Installed(900) + OperatorReviewed("rights", "closed", 366)),
        ("operator-reviewed", "fails", Installed(900) + OperatorReviewed("rights", "open", 3)),
        ("operator-reviewed", "fails", Installed(900) + OperatorReviewed("rights", "cancelled", 3)),
        ("operator-reviewed", "fails", Installed(900) + Reviewed("rights", "closed", 3)),
        ("access-reviews", "fails", Old(900) + OperatorReviewed("rights", "closed", 3)),
        ("operator-reviewed", "unknown", Installed(900) + OperatorReviewed("rights", "closed", 3) + OperatorRobot(89)),
        ("operator-reviewed", "fails", Installed(900) + OperatorReviewed("rights", "closed", 3) + OperatorRobot(91)),
        ("operator-reviewed", "holds", Installed(900) + OperatorReviewed("rights", "closed", 3) + OperatorRobot(900) + OperatorReviewed("technical", "closed", 89)),
        ("operator-reviewed", "fails", Installed(900) + OperatorReviewed("rights", "closed", 3) + OperatorRobot(900) + OperatorReviewed("technical", "closed", 91)),
        ("operator-reviewed", "holds", Installed(900) + OperatorReviewed("rights", "closed", 3) + Robot(900)),
        ("operator-reviewed", "unknown", "delete from platform.operators"),
        ("access-reviews", "holds", Old(900) + Reviewed("rights", "closed", 3) + Robot(900) + Reviewed("technical", "closed", 89)),
        ("access-reviews", "fails", Old(900) + Reviewed("rights", "closed", 3) + Robot(900) + Reviewed("technical", "closed", 91)),
        ("operator-access", "holds", "select 1"),
        ("operator-access", "fails", Shown),
        ("operator-access", "holds", Shown.Replace("'demo'", "'evil'", StringComparison.Ordinal)),
        ("flows-agreed", "holds", "select 1"),
        ("flows-agreed", "holds", Peered("demo", "open", accepted: true)),
        ("flows-agreed", "fails", Peered("evil", "open", accepted: true)),
        // On its way, and then not come.
        ("flows-agreed", "unknown", "insert into platform.space_policies (space_id, generation) select id, 3 from platform.spaces where name = 'eval'"),
        ("flows-agreed", "fails", "insert into platform.space_policies (space_id, generation) select id, 3 from platform.spaces where name = 'eval'; insert into reconciling.work (kind, id, deadline_at) select 'space-policy', id, now() - interval '1 minute' from platform.spaces where name = 'eval'"),
        ("sensitive-apart", "unknown", "select 1"),
        ("sensitive-apart", "holds", "update platform.spaces set classification = 'health'; " + Peered("demo", "sensitive", accepted: true)),
        ("sensitive-apart", "holds", "update platform.spaces set classification = 'health'; " + Peered("demo", "open", accepted: false)),
        ("sensitive-apart", "fails", "update platform.spaces set classification = 'health'; " + Peered("demo", "open", accepted: true)),
        ("sensitive-apart", "fails", Peered("demo", "sensitive", accepted: true)),
        ("sensitive-apart", "holds", "update platform.spaces set classification = 'health'; insert into platform.egress_rules select id, '10.0.0.0/8', 'tcp', 443, 443 from platform.spaces where name = 'eval'"),
        ("sensitive-apart", "fails", "update platform.spaces set classification = 'health'; insert into platform.egress_rules select id, '128.0.0.0/1', 'tcp', 443, 443 from platform.spaces where name = 'eval'"),
        ("secrets-sealed", "holds", "select 1"),
        ("secrets-sealed", "fails", Factor + "'x')"),
        ("secrets-sealed", "fails", "update platform.ledger_logs set sealed_key = convert_to('-----BEGIN PRIVATE KEY----- and the rest of it', 'UTF8')"),
        ("secrets-sealed", "fails", "update platform.ledger_logs set sealed_key = set_byte(sealed_key, 4, (get_byte(sealed_key, 4) + 1) % 256)"),
        ("secrets-sealed", "holds", "update platform.ledger_logs set sealed_key = set_byte(sealed_key, 4, (get_byte(sealed_key, 4) + 1) % 256) where id <> (select id from platform.organizations where name = 'demo')"),
        // The first administrator, with a token and the name of a function; with factors; then under a person's name.
        ("operator-accounts", "fails", "select 1"),
        ("operator-accounts", "fails", OperatorFactor),
        ("operator-accounts", "holds", OperatorFactor + "update platform.operators set name = 'jeanne.martin'"),
        ("operator-accounts", "fails", "update platform.operators set name = 'jeanne.martin'"),
        ("operator-accounts", "fails", OperatorFactor + "update platform.operators set name = 'Support-2'"),
        // A program has no factors and the name of what it does; nor does it stand for a person.
        ("operator-accounts", "holds", OperatorFactor + "update platform.operators set name = 'jeanne.martin'; " + OperatorRobot(1)),
        ("operator-accounts", "unknown", "update platform.operators set disabled_at = now(); " + OperatorRobot(1)),
        ("operator-accounts", "unknown", "update platform.operators set disabled_at = now()"),
        ("operator-accounts", "unknown", "update platform.operator_tokens set revoked_at = now()"),
        ("places-told", "unknown", "delete from platform.spaces where name = 'eval'"),
        ("places-told", "fails", "select 1"),
        ("places-told", "holds", Declared("FR", 24)),
        ("places-told", "fails", Declared("FR", 24) + "insert into platform.zone_declarations (zone, content, changed_by) values ('local', '{ \"country\": \"FR\", \"sites\": [] }', 'admin')"),
        ("places-told", "fails", Declared("FR", 24).Replace("'local'", "'other'", StringComparison.Ordinal)),
        ("backups-daily", "unknown", "select 1"),
        ("backups-daily", "unknown", Database),
        ("backups-daily", "fails", Database + "update platform.resources set created_at = now() - interval '27 hours'"),
        ("backups-daily", "holds", BackedAt("25 hours") + "update platform.resources set created_at = now() - interval '9 days'"),
        ("backups-daily", "fails", BackedAt("27 hours")),
        ("backups-daily", "unknown", BackedAt("27 hours") + "update platform.resources set spec = '{ \"stopped\": true }'"),
        ("register-current", "unknown", "select 1"),
        ("register-current", "holds", Registered("supplier", "\"jurisdiction\": \"FR\"") + Registered("licence", "\"expires\": \"2999-01-01\"")),
        ("register-current", "fails", Registered("supplier", "\"jurisdiction\": \"FR\"") + Registered("licence", "\"expires\": \"2020-01-01\"")),
        ("register-current", "fails", Registered("supplier", "\"version\": \"1\"")),
        ("register-current", "fails", Registered("supplier", "\"jurisdiction\": \"FR\", \"hosting\": { \"hds\": { \"until\": \"2020-01-01\" } }")),
        ("databases-tls", "unknown", "select 1"),
        ("databases-tls", "unknown", Database),
        ("databases-tls", "unknown", Told(new Facts { Postgres = new PostgresFacts { Ready = true } })),
        ("databases-tls", "holds", Told(Answered(l => l.Tls13 = true))),
        ("databases-tls", "fails", Told(Answered(l => l.Tls13 = l.Tls12 = true))),
        ("databases-tls", "fails", Told(Answered(l => l.Tls13 = l.Plain = true))),
        ("databases-tls", "fails", Told(Answered(_ => { }))),
        // One of three nodes is enough.
        ("databases-tls", "fails", Told(Answered(l => l.Tls13 = true), Answered(l => l.Tls13 = l.Plain = true))),
        ("databases-tls", "stale", Told(Answered(l => (l.Tls13, l.LookedAt) = (true, l.LookedAt - (14 * 3600))))),
        ("databases-tls", "unknown", Told(Answered(l => l.Tls13 = l.Plain = true)) + "update platform.resources set spec = '{ \"stopped\": true }'"),
        ("certificates-strong", "unknown", "delete from platform.authorities"),
        ("certificates-strong", "holds", Told(Held("P-256", "1.2.840.10045.4.3.3"))),
        ("certificates-strong", "fails", Told(Held("P-224", "1.2.840.10045.4.3.3"))),
        ("certificates-strong", "fails", Told(Held("RSA-1024", "1.2.840.113549.1.1.11"))),
        ("certificates-strong", "fails", Told(Held("P-256", "1.2.840.10045.4.1"))),
        ("certificates-strong", "fails", Authority(ECCurve.NamedCurves.nistP384, ends: -1)),
        ("certificates-strong", "fails", Authority(ECCurve.CreateFromFriendlyName("secp224r1"), ends: 1)),
        ("certificates-strong", "holds", Authority(ECCurve.NamedCurves.nistP384, ends: 1)),
        ("certificates-strong", "fails", "update platform.authorities set certificate = '\\x00'"),
        ("ciphers-strong", "unknown", Host("null")),
        ("ciphers-strong", "unknown", Host("[]")),
        ("ciphers-strong", "unknown", Host("[\"\", \"AES-256-XTS, names AES-256-CTS\"]")),
        ("ciphers-strong", "holds", Host("[\"AES-256-XTS, names AES-256-CTS\"]")),
        ("ciphers-strong", "fails", Host("[\"AES-256-XTS, names AES-256-CTS\", \"AES-128-CBC, names AES-128-CTS\"]")),
        ("ciphers-strong", "fails", Host("[\"none\"]")),
        ("images-current", "unknown", "select 1"),
        ("images-current", "unknown", Database),
        ("images-current", "fails", Database + """update platform.resources set status = '{"conditions": [{"type": "UpToDate", "holds": false, "since": "2026-01-01T00:00:00Z"}]}'"""),
        ("images-current", "unknown", Database + """update platform.resources set status = '{"conditions": [{"type": "UpToDate", "holds": true, "since": "2026-01-01T00:00:00Z"}]}'"""),
        ("alerts-received", "fails", "select 1"),
        ("alerts-received", "holds", Receiver("now()")),
        ("alerts-received", "fails", Receiver("null")),
        ("alerts-received", "holds", Receiver("now()") + Undelivered("now() - interval '50 minutes'", "null")),
        ("alerts-received", "fails", Receiver("now()") + Undelivered("now() - interval '70 minutes'", "null")),
        ("alerts-received", "fails", Receiver("now()") + Undelivered("now() - interval '4 days'", "now() - interval '1 hour'")),
        ("alerts-received", "holds", Receiver("now()") + Undelivered("now() - interval '9 days'", "now() - interval '6 days'")),
        ("access-ends", "fails", "update platform.principals set disabled_at = now() where name = 'alice'; insert into platform.sessions (id, principal_id, client, origin, expires_at) select gen_random_uuid(), id, 'x', 'x', now() + interval '1 day' from platform.principals where name = 'alice'"),
    ];

    // Open by the store's word, and nobody signed.
    private const string Shown = """
        with asked as (
            insert into platform.lockbox_requests (id, organization_id, operator_id, operator, space, kind, name, resource_id, classification, access, reason, details, minutes, credential_sha256, approvers,
                state, expires_at, open_until)
            select gen_random_uuid(), id, gen_random_uuid(), 'x', 'eval', 'postgres', 'x', gen_random_uuid(), 'internal', 'metrics', 'incident', 'x', 60, sha256('x'), 1, 'open', now(), now()
            from platform.organizations where name = 'demo' returning id)
        insert into platform.lockbox_accesses (id, request_id, media_type, sha256, content) select gen_random_uuid(), id, 'text/plain', sha256('x'), 'x' from asked
        """;

    private static string Backed(string ready, string reason, string archived) =>
        Database + $$"""update platform.resources set status = '{"conditions": [{"type": "BackupReady", "holds": {{ready}}, "reason": "{{reason}}"}, {"type": "WalArchived", "holds": {{archived}}, "reason": "Failing"}]}'; """;

    private const string OperatorFactor = "insert into platform.factors (operator_id, totp_sealed, last_step, password_hash) select id, '\\x00', 0, 'x' from platform.operators; ";

    private static string BackedAt(string ago) =>
        Database + $"update platform.resources set status = jsonb_build_object('backup', jsonb_build_object('lastBackupAt', now() - interval '{ago}')); ";

    private static string Registered(string kind, string rest) =>
        "insert into platform.register_entries (id, content, changed_at) values ('" + kind + "', '{ \"kind\": \"" + kind + "\", " + rest + " }', now()); ";

    // With another space, of whichever organization.
    private static string Peered(string organization, string classification, bool accepted) =>
        $"insert into platform.spaces (id, organization_id, name, classification, zone, network_index) select gen_random_uuid(), id, 'other', '{classification}', 'local', 77 from platform.organizations where name = '{organization}'; "
        + "insert into platform.peerings (from_space_id, to_space_id, ports, both_ways, accepted_at) select f.id, t.id, '{tcp/5432}', false, " + (accepted ? "now()" : "null")
        + " from platform.spaces f, platform.spaces t where f.name = 'eval' and t.name = 'other'; ";

    private static string EscrowPem()
    {
        using var key = EscrowPrivateKey.FromSeed(Secret.Random(EscrowPrivateKey.SeedLength));
        return key.PublicKey.Pem;
    }

    private static string Labelled(string label) => $"update platform.spaces set label = '{label}', label_stated_by = 'alice', label_stated_at = now(); ";

    private static string Declared(string site, int outside) =>
        "insert into platform.zone_declarations (zone, content, changed_by) values ('local', '"
        + $$"""{ "country": "FR", "operator": "Group", "sites": [{ "name": "north", "country": "{{site}}" }], "owners": [{ "name": "Region", "outsideEu": false, "capital": {{100 - outside}}, "votes": {{100 - outside}} }, { "name": "Fund", "outsideEu": true, "capital": {{outside}}, "votes": {{outside}} }] }"""
        + "', 'admin'); ";

    private static string Old(int days) => $"update platform.organizations set created_at = now() - interval '{days} days'; ";

    private static string Robot(int days) =>
        $"insert into platform.principals (id, organization_id, name, kind, accepted_at, created_at) select gen_random_uuid(), id, 'robot', 'service-account', now(), now() - interval '{days} days' from platform.organizations where name = 'demo'; ";

    // Closed today, begun then: what counts is the snapshot.
    private static string Reviewed(string kind, string state, int days) =>
        $"insert into platform.access_reviews (id, organization_id, kind, state, begun_by, begun_at, ended_by, ended_at) select gen_random_uuid(), id, '{kind}', '{state}', 'alice', now() - interval '{days} days', "
        + (state == "open" ? "null, null" : "'alice', now()") + " from platform.organizations where name = 'demo'; ";

    private static string OperatorReviewed(string kind, string state, int days) =>
        $"insert into platform.access_reviews (id, kind, state, begun_by, begun_at, ended_by, ended_at) values (gen_random_uuid(), '{kind}', '{state}', 'admin', now() - interval '{days} days', "
        + (state == "open" ? "null, null); " : "'admin', now()); ");

    private static string Installed(int days) => $"update store.migrations set applied_at = now() - interval '{days} days'; ";

    private static string OperatorRobot(int days) =>
        $"with o as (insert into platform.operators (id, name, kind, accepted_at, created_at) values (gen_random_uuid(), 'service', 'service-account', now(), now() - interval '{days} days') returning id) "
        + "insert into platform.operator_tokens (sha256, operator_id, name, expires_at) select sha256('robot'), id, 'first', now() + interval '1 day' from o; ";

    private static Facts Answered(Action<PostgresFacts.Types.Listener> how)
    {
        var listener = new PostgresFacts.Types.Listener { LookedAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds() };
        how(listener);
        return new Facts { Postgres = new PostgresFacts { Listener = listener } };
    }

    private static Facts Held(string key, string signature) => new() { Certificates = { new CertificateFacts { Use = "client", Key = key, Signature = signature } } };

    private static string Told(params Facts[] nodes) => Database + string.Concat(nodes.Select(facts =>
        $"insert into platform.agents (instance_id, resource_id, space_id, facts) select gen_random_uuid(), id, space_id, '\\x{Convert.ToHexString(facts.ToByteArray())}' from platform.resources where name = 'db'; "));

    private static string Authority(ECCurve curve, int ends)
    {
        using var key = ECDsa.Create(curve);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, HashAlgorithmName.SHA384).CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(ends));
        return $"insert into platform.authorities (owner_id, purpose, certificate, sealed_key) select id, 'x', '\\x{Convert.ToHexString(certificate.RawData)}', '\\x00' from platform.spaces where name = 'eval'; ";
    }

    private static string Host(string ciphers, string images = "{}") =>
        "delete from platform.hosts; insert into platform.hosts (zone, name, heard_at, report) values ('local', 'h', now(), '"
        + $$"""{ "Facts": { "Name": "h" }, "Images": {{images}}, "InstancesByImage": {}, "Ciphers": {{ciphers}} }'); """;

    private static string Receiver(string confirmed) =>
        "insert into platform.alert_receivers (id, organization_id, name, email, language, least_severity, confirmed_at) "
        + $"select gen_random_uuid(), id, 'on-call', 'on-call@hospital.example', 'en', 'critical', {confirmed} from platform.organizations where name = 'demo'; ";

    private static string Undelivered(string created, string givenUp) =>
        $"insert into platform.alert_deliveries (receiver_id, event, created_at, given_up_at) select id, 'confirmation', {created}, {givenUp} from platform.alert_receivers; ";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A requirement's state by its checks' states, whether each is enforced, and whether somebody attests it.</summary>
    [Theory]
    [InlineData("enforced", "holds!", 0), InlineData("fresh", "holds", 0), InlineData("fresh", "holds! holds", 0), InlineData("enforced", "holds! unknown", 0)]
    [InlineData("failing", "holds! fails", 1), InlineData("failing", "fails stale", 0), InlineData("stale", "stale! holds!", 1), InlineData("attested", "unknown", 1)]
    [InlineData("not-shown", "unknown!", 0), InlineData("not-shown", "", 0), InlineData("attested", "", 1), InlineData("attestation-expired", "", -1), InlineData("enforced", "holds!", -1)]
    public void A_requirements_state_follows_from_its_checks_and_then_from_attestations(string state, string checks, int attestedForDays)
    {
        var text = new LocalText("x", "x");
        var today = new DateOnly(2026, 11, 26);
        var findings = checks.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => new EvidenceFinding("x", text, text, c.EndsWith('!'), c.TrimEnd('!'), text, null, null, null, [])).ToList();
        Attestation[] attestations = attestedForDays == 0 ? [] : [new("x", "x", "customer", "x", null, "x", default, today.AddDays(attestedForDays))];
        Assert.Equal(state, RequirementState.Of(findings, attestations, today));
    }

    /// <summary>Of the operator's own reviews customers see dates: nobody's name, and no command that they could not give.</summary>
    [Fact]
    public async Task Of_the_operators_reviews_dates_are_told_and_nothing_else()
    {
        await using var server = await TestServer.StartAsync(postgres);
        var check = server.Services.GetServices<IEvidenceCheck>().Single(c => c.Description.Name == "operator-reviewed");
        Assert.Equal(["secnumcloud-3.2/9.4.a"], check.Description.Requirements);
        await using var connection = await server.Store.OpenConnectionAsync(Cancel);
        await using var change = connection.CreateCommand();
        change.CommandText = OperatorReviewed("rights", "closed", 366) + "select begun_at from platform.access_reviews";
        var begun = new DateTimeOffset((DateTime)(await change.ExecuteScalarAsync(Cancel))!);
        var seen = await check.ObserveAsync(connection, Guid.NewGuid(), Cancel);
        static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal(
            (false, $"The rights of the operator's people were reviewed as of {Day(begun)}: overdue since {Day(begun.AddDays(365))}.",
                $"Droits des personnes de l'opérateur : revus en l'état du {Day(begun)}, en retard depuis le {Day(begun.AddDays(365))}."),
            (seen.Holds, seen.Message.En, seen.Message.Fr));
    }

    /// <summary>The reminder: a date always, the command in the last 30 days and after.</summary>
    [Fact]
    public async Task A_review_that_is_due_is_named_with_its_date_and_command()
    {
        await using var server = await TestServer.StartAsync(postgres);
        var check = server.Services.GetServices<IEvidenceCheck>().Single(c => c.Description.Name == "access-reviews");
        await using var connection = await server.Store.OpenConnectionAsync(Cancel);
        foreach (var (days, starts, command) in new[] { (10, "People's rights have not been reviewed yet; due on ", false), (340, "People's rights have not been reviewed yet; due on ", true), (400, "People's rights have not been reviewed yet: overdue since ", true) })
        {
            await using var change = connection.CreateCommand();
            change.CommandText = Old(days) + "select id, created_at from platform.organizations where name = 'demo'";
            await using var reader = await change.ExecuteReaderAsync(Cancel);
            await reader.ReadAsync(Cancel);
            var (id, due) = (reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1).AddDays(365));
            await reader.DisposeAsync();
            var seen = await check.ObserveAsync(connection, id, Cancel);
            Assert.Equal(days > 365 ? false : null, seen.Holds);
            Assert.Equal(
                starts + due.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) + (command ? ", `beffroi access-review begin rights`." : "."), seen.Message.En);
            Assert.Equal(command, seen.Message.Fr.Contains("`beffroi access-review begin rights`", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task An_image_is_known_by_its_bill_of_materials_and_gets_old()
    {
        await using var server = await TestServer.StartAsync(postgres);
        var check = server.Services.GetServices<IEvidenceCheck>().Single(c => c.Description.Name == "images-current");
        var digest = new string('d', 64);
        await using var connection = await server.Store.OpenConnectionAsync(Cancel);
        await using var change = connection.CreateCommand();
        change.CommandText = Database + Host("[]", $$"""{ "postgres": "{{digest}}" }""") + "select id from platform.organizations where name = 'demo'";
        var organization = (Guid)(await change.ExecuteScalarAsync(Cancel))!;
        Assert.Null((await check.ObserveAsync(connection, organization, Cancel)).Holds);
        foreach (var (age, holds) in new[] { (34, true), (36, false) })
        {
            var built = DateTimeOffset.UtcNow.AddDays(-age).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            await File.WriteAllTextAsync($"{server.ImagesDirectory}/{digest}.cdx.json", $$"""
                { "metadata": { "timestamp": "{{built}}" }, "components": [
                  { "name": "base-files", "version": "13.8+deb13u2", "purl": "pkg:deb/debian/base-files@13.8" },
                  { "name": "postgresql-17", "version": "17.6-0+deb13u1", "purl": "pkg:deb/debian/postgresql-17@17.6" }] }
                """, Cancel);
            var seen = await check.ObserveAsync(connection, organization, Cancel);
            Assert.Equal(holds, seen.Holds);
            Assert.StartsWith("The newest image was built on " + built[..10], seen.Message.En, StringComparison.Ordinal);
            Assert.Equal(holds, seen.Message.En.Contains("Debian 13.2, PostgreSQL 17.6-0+deb13u1, 2 packages", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Each_check_sees_what_it_looks_for()
    {
        await using var server = await TestServer.StartAsync(postgres);
        await server.LedgerIntegratedAsync();
        var (round, reading) = (server.Services.GetRequiredService<EvidenceRound>(), server.Services.GetRequiredService<EvidenceReading>());
        var wrong = new List<string>();
        foreach (var (check, state, change) in Cases.Concat(CasesOfWhoAndWhat))
        {
            await using var connection = await server.Store.OpenConnectionAsync(Cancel);
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = change;
            await command.ExecuteNonQueryAsync(Cancel);
            command.CommandText = "select id from platform.organizations where name = 'demo'";
            var organization = (Guid)(await command.ExecuteScalarAsync(Cancel))!;
            await round.RunAsync(connection, organization, Cancel);
            var finding = (await reading.FindingsAsync(connection, organization, Cancel)).Single(f => f.Check == check);
            if (finding.State != state)
            {
                wrong.Add($"{check} is {finding.State} and not {state} after: {change} ({finding.Message.En})");
            }
        }

        Assert.Empty(wrong);
    }
}
