using System.Security.Cryptography;
using System.Text;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;

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
    public string Address(string path, MatrixCaller caller) => Session(
        path, path.Contains("{member}", StringComparison.Ordinal) ? "victim" : path.Contains("{operator}", StringComparison.Ordinal) ? "operator-victim" : caller.Account);

    // Of the two directories' reviews each interface has its own.
    private string Session(string path, string holder) => Address((path.StartsWith("/operator/", StringComparison.Ordinal)
        ? path.Replace("{review}", "00000000-0000-0000-0000-00000000f007", StringComparison.Ordinal).Replace("{account}", "operator-victim", StringComparison.Ordinal) : path).Replace(
        "{session}", new Guid(Sha256(holder).AsSpan(0, 16), bigEndian: true).ToString("D"), StringComparison.Ordinal));

    private static byte[] Sha256(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private string Address(string path) => _parameters.Aggregate(path, (text, parameter) => text.Replace(parameter.Key, parameter.Value, StringComparison.Ordinal));

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
            insert into platform.refresh_tokens (sha256, session_id, expires_at) select sha256(convert_to(id::text, 'utf8')), id, expires_at from platform.sessions;
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

/// <summary>One caller: the same token, shown on either side's listener.</summary>
public sealed record MatrixCaller(string Name, string Account, Side Side, bool Own, string Role, bool Valid, HttpClient Customer, HttpClient Operator)
{
    public HttpClient On(Side side) => side == Side.Customer ? Customer : Operator;
}

/// <summary>Every kind of caller.</summary>
public sealed class MatrixCallers : IDisposable
{
    private MatrixCallers(IReadOnlyList<MatrixCaller> all) => All = all;

    public IReadOnlyList<MatrixCaller> All { get; }

    /// <summary>Makes the accounts straight in the store: what the API needs to make them is tested elsewhere.</summary>
    public static async Task<MatrixCallers> CreateAsync(TestServer server)
    {
        var all = new List<MatrixCaller>();
        foreach (var organization in (string[])["demo", "evil"])
        {
            foreach (var role in Roles.Names.Reverse().Append(""))
            {
                var token = $"{organization}-{(role.Length > 0 ? role : "nobody")}";
                await InsertAsync(server, """
                    with p as (insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), id, $3, now() from platform.organizations where name = $4 returning id, organization_id),
                         g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, $2 from p where $2 <> '')
                    insert into platform.tokens (sha256, principal_id, name, expires_at) select $1, id, 'matrix', now() + interval '1 hour' from p
                    """, Sha256(token), role, token, organization);
                all.Add(Caller(server, role.Length > 0 ? $"{organization}'s {role}" : $"{organization}'s without a role", Side.Customer, organization == "demo", role, true, token));
            }
        }

        foreach (var role in OperatorRoles.Names.Reverse())
        {
            await InsertAsync(server, """
                with o as (insert into platform.operators (id, name, accepted_at) values (gen_random_uuid(), $3, now()) returning id),
                     r as (insert into platform.operator_roles (operator_id, role) select id, $2 from o)
                insert into platform.operator_tokens (sha256, operator_id, name, expires_at) select $1, id, 'matrix', now() + interval '1 hour' from o
                """, Sha256("operator-" + role), role, "matrix-" + role);
            all.Add(Caller(server, "the operator's " + role, Side.Operator, false, role, true, "operator-" + role, "matrix-" + role));
        }

        // Of an owner, who could do anything if it were valid.
        foreach (var (name, expires, revoked, disabled) in new[] { ("expired", "-1 second", false, false), ("revoked", "1 hour", true, false), ("disabled", "1 hour", false, true) })
        {
            await InsertAsync(server, """
                with p as (
                    insert into platform.principals (id, organization_id, name, accepted_at, disabled_at)
                    select gen_random_uuid(), id, $2, now(), case when $5 then now() end from platform.organizations where name = 'demo' returning id, organization_id),
                     g as (insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, 'owner' from p)
                insert into platform.tokens (sha256, principal_id, name, expires_at, revoked_at) select $1, id, 'matrix', now() + $3::interval, case when $4 then now() end from p
                """, Sha256("token-" + name), "owner-" + name, expires, revoked, disabled);
            all.Add(Caller(server, name + " token", Side.Customer, true, Roles.Owner, false, "token-" + name));
        }

        all.Add(Caller(server, "a forged token", Side.Customer, true, Roles.Owner, false, "bfr_" + new string('x', 43)));
        all.Add(Caller(server, "no token", Side.Customer, true, "", false, null));
        return new MatrixCallers(all);
    }

    public void Dispose()
    {
        foreach (var caller in All)
        {
            caller.Customer.Dispose();
            caller.Operator.Dispose();
        }
    }

    private static MatrixCaller Caller(TestServer server, string name, Side side, bool own, string role, bool valid, string? token, string? account = null) =>
        new(name, account ?? token ?? "", side, own, role, valid, server.Client(token), server.Client(token, Side.Operator));

    private static byte[] Sha256(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static async Task InsertAsync(TestServer server, string sql, params object[] values)
    {
        await using var command = server.Store.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
