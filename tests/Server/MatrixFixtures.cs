using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Server.Tests;

/// <summary>What the operations' paths name: made again before each request, as the one before may have removed it.</summary>
public sealed class MatrixFixtures
{
    private readonly TestServer _server;
    private readonly Dictionary<string, string> _parameters;

    private MatrixFixtures(TestServer server, Dictionary<string, string> parameters) => (_server, _parameters) = (server, parameters);

    public static async Task<MatrixFixtures> CreateAsync(TestServer server)
    {
        await server.PutAsync("db", """{ "spec": { "roles": [{ "name": "special" }] } }""");
        await server.MakeRepositoryAsync();
        await server.LedgerIntegratedAsync();
        var digest = new string('a', 64);
        await File.WriteAllTextAsync($"{server.ImagesDirectory}/{digest}.cdx.json", "{}", TestContext.Current.CancellationToken);
        (await server.Alice.PutAsync("/v1/organizations/demo/spaces/other", TestServer.Json(TestServer.NewSpace))).EnsureSuccessStatusCode();
        var verification = await TestServer.BodyAsync(await server.Alice.PostAsync("/v1/organizations/demo/spaces/eval/isolation-verifications", null));
        await using (var evidence = server.Store.CreateCommand("insert into platform.isolation_evidence (verification_id, note) select id, 'x' from platform.resources where kind = 'isolation-verification'"))
        {
            await evidence.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var operations = await TestServer.BodyAsync(await server.Alice.GetAsync("/v1/organizations/demo/spaces/eval/operations"));
        return new MatrixFixtures(server, new Dictionary<string, string>
        {
            ["{organization}"] = "demo",
            ["{space}"] = "eval",
            ["{name}"] = "db",
            ["{id}"] = (string)operations["items"]![0]!["id"]!,
            ["{peer}"] = "other",
            ["{verification}"] = (string)verification["name"]!,
            ["{tile}"] = "0/000.p/1",
            ["{digest}"] = digest,
            ["{member}"] = "victim",
            ["{serviceAccount}"] = "robot",
            ["{group}"] = "crew",
            ["{role}"] = "special",
            ["{grant}"] = "00000000-0000-0000-0000-00000000a001",
            ["{token}"] = "laptop",
            ["{operator}"] = "operator-victim",
            ["{keyOperation}"] = "00000000-0000-0000-0000-00000000f001",
            ["{report}"] = "e1",
            ["{framework}"] = "hds-2",
            ["{requirement}"] = "EXI-15",
            ["{entry}"] = "racks",
            ["{objective}"] = "SOV-5",
            ["{approval}"] = "00000000-0000-0000-0000-00000000f002",
            ["{review}"] = "00000000-0000-0000-0000-00000000f003",
            ["{account}"] = "victim",
            ["{identity}"] = "pipeline",
            ["{provider}"] = "hospital",
            ["{lockboxRequest}"] = "00000000-0000-0000-0000-00000000f004",
            ["{access}"] = "00000000-0000-0000-0000-00000000f005",
            ["{breakGlass}"] = "00000000-0000-0000-0000-00000000f007",
            ["{zone}"] = "local",
            ["{derogation}"] = "archive",
            ["{receiver}"] = "on-call",
        });
    }

    /// <summary>A session has an id of its own, so the path names the one of whom it is about: the user's, the operator's, or the caller's.</summary>
    public string Address(string path, MatrixCaller caller) => Address(path, caller.Account);

    public string Address(string path, string caller) => Session(
        path, path.Contains("{member}", StringComparison.Ordinal) ? "victim" : path.Contains("{operator}", StringComparison.Ordinal) ? "operator-victim" : caller);

    // Of the two directories' reviews each interface has its own.
    private string Session(string path, string holder) => Filled((path.StartsWith("/operator/", StringComparison.Ordinal)
        ? path.Replace("{review}", "00000000-0000-0000-0000-00000000f007", StringComparison.Ordinal).Replace("{account}", "operator-victim", StringComparison.Ordinal) : path).Replace(
        "{session}", new Guid(Sha256(holder).AsSpan(0, 16), bigEndian: true).ToString("D"), StringComparison.Ordinal));

    private static byte[] Sha256(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private string Filled(string path) => _parameters.Aggregate(path, (text, parameter) => text.Replace(parameter.Key, parameter.Value, StringComparison.Ordinal));

    public async Task EnsureAsync()
    {
        await using var command = _server.Store.CreateCommand("""
            insert into platform.principals (id, organization_id, name, kind, accepted_at)
                select v.id::uuid, o.id, v.name, v.kind, now() from platform.organizations o,
                    (values ('00000000-0000-0000-0000-00000000b001', 'victim', 'user'), ('00000000-0000-0000-0000-00000000b002', 'robot', 'service-account')) v (id, name, kind)
                where o.name = 'demo' on conflict do nothing;
            insert into platform.groups (id, organization_id, name) select '00000000-0000-0000-0000-00000000c001', id, 'crew' from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.roles (id, organization_id, name, permissions) select '00000000-0000-0000-0000-00000000d001', id, 'special', '{}' from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.grants (id, organization_id, principal_id, role)
                select '00000000-0000-0000-0000-00000000a001', organization_id, id, 'reader' from platform.principals where name = 'victim' on conflict do nothing;
            insert into platform.operators (id, name, accepted_at) values ('00000000-0000-0000-0000-00000000e001', 'operator-victim', now()) on conflict do nothing;
            insert into platform.key_operations (id, organization_id, verb, state) select '00000000-0000-0000-0000-00000000f001', id, 'seal', 'succeeded' from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.approvals (id, organization_id, action, subject, requested_by, requester, expires_at)
                select '00000000-0000-0000-0000-00000000f002', id, 'key.seal', 'seal demo', gen_random_uuid(), 'somebody', now() + interval '1 hour' from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.access_reviews (id, organization_id, kind, begun_by) select '00000000-0000-0000-0000-00000000f003', id, 'rights', 'somebody' from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.access_review_items (review_id, name, principal_id, snapshot)
                select '00000000-0000-0000-0000-00000000f003', name, id, '{"state":"active","createdAt":"2026-11-24T08:00:00Z","groups":[],"grants":[],"tokens":[],"keys":[]}' from platform.principals where name = 'victim' on conflict do nothing;
            insert into platform.access_reviews (id, kind, begun_by) values ('00000000-0000-0000-0000-00000000f007', 'rights', 'somebody') on conflict do nothing;
            insert into platform.access_review_items (review_id, name, principal_id, snapshot)
                select '00000000-0000-0000-0000-00000000f007', name, id, '{"state":"active","createdAt":"2026-11-24T08:00:00Z","groups":[],"grants":[],"tokens":[],"keys":[]}' from platform.operators where name = 'operator-victim' on conflict do nothing;
            insert into platform.encryption_verifications (id, space_id, name, at, verdict, sealed, reported_by, note)
                select gen_random_uuid(), s.id, 'e1', now(), 'passed', true, 'somebody', 'x' from platform.spaces s join platform.organizations o on o.id = s.organization_id where o.name = 'demo' and s.name = 'eval' on conflict do nothing;
            insert into platform.evidence_attestations (id, organization_id, framework, requirement, statement, attested_by, valid_until)
                select gen_random_uuid(), o.id, 'hds-2', 'EXI-15', 'x', 'somebody', now() + interval '1 day' from (select id from platform.organizations where name = 'demo' union select null) o on conflict do nothing;
            insert into platform.register_entries (id, content, changed_at)
                values ('racks', '{"kind":"hardware","name":"Racks","stops":"at-failure","reason":{"en":"x","fr":"x"}}', now()) on conflict do nothing;
            insert into platform.workload_identities (principal_id, name, issuer, audience, subject) select id, 'pipeline', 'https://x', 'x', 'x' from platform.principals where name = 'robot' on conflict do nothing;
            insert into platform.identity_providers (id, organization_id, name, issuer, client_id, scopes, acr_values, second_factor_acr, second_factor_amr, required)
                select '00000000-0000-0000-0000-00000000f006', id, 'hospital', 'https://192.0.2.1', 'x', '{openid}', '{}', '{}', '{}', false from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.lockbox_keys (principal_id, organization_id, public_key) select id, organization_id, 'x' from platform.principals where name = 'victim' on conflict do nothing;
            insert into platform.lockbox_requests (id, organization_id, operator_id, operator, space, kind, name, access, reason, details, minutes, credential_sha256, approvers, expires_at)
                select '00000000-0000-0000-0000-00000000f004', id, gen_random_uuid(), 'somebody', 'eval', 'postgres', 'db', 'metrics', 'incident', 'x', 60, sha256('x'), 1, now() + interval '1 day'
                from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.lockbox_accesses (id, request_id, media_type, sha256, content)
                values ('00000000-0000-0000-0000-00000000f005', '00000000-0000-0000-0000-00000000f004', 'text/plain', sha256('x'), 'x') on conflict do nothing;
            -- Over: its customers see it, and nobody has anything left to do with it.
            insert into platform.break_glasses (id, beginner_id, beginner, reason, details, minutes, expires_at, state, approver_id, approver, opened_at, open_until, ended_at, ended_by)
                values ('00000000-0000-0000-0000-00000000f007', gen_random_uuid(), 'olga', 'incident', 'x', 60, now(), 'ended', gen_random_uuid(), 'paul', now(), now() + interval '1 hour', now(), 'paul') on conflict do nothing;
            insert into platform.derogations (organization_id, name, rules, space, authority, reference, publication, expires, recorded_by)
                select id, 'archive', '{r9-qualification}', 'archive', 'x', 'x', 'x', current_date, 'somebody' from platform.organizations where name = 'demo' on conflict do nothing;
            insert into platform.alert_receivers (id, organization_id, name, url, language, least_severity, confirmed_at)
                select gen_random_uuid(), id, 'on-call', 'https://192.0.2.1', 'en', 'warning', now() from platform.organizations where name = 'demo' on conflict do nothing;
            delete from platform.sessions where client = 'matrix';
            insert into platform.sessions (id, principal_id, client, origin, expires_at) select encode(substring(sha256(convert_to(name, 'utf8')) for 16), 'hex')::uuid, id, 'matrix', 'here', now() + interval '1 day' from platform.principals;
            insert into platform.sessions (id, operator_id, client, origin, expires_at) select encode(substring(sha256(convert_to(name, 'utf8')) for 16), 'hex')::uuid, id, 'matrix', 'here', now() + interval '1 day' from platform.operators;
            insert into platform.refresh_tokens (sha256, session_id, expires_at) select sha256(convert_to(id::text, 'utf8')), id, expires_at from platform.sessions where client = 'matrix';
            delete from platform.tokens where name = 'laptop';
            delete from platform.operator_tokens where name = 'laptop';
            insert into platform.tokens (sha256, principal_id, name, expires_at)
                select sha256(convert_to(id::text || 'laptop', 'utf8')), id, 'laptop', now() + interval '1 day' from platform.principals;
            insert into platform.operator_tokens (sha256, operator_id, name, expires_at)
                select sha256(convert_to(id::text || 'laptop', 'utf8')), id, 'laptop', now() + interval '1 day' from platform.operators
            """);
        await command.ExecuteNonQueryAsync();
    }
}
