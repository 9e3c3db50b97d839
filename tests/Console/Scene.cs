using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Resources;
using Beffroi.Server.Tests;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.WebConsole.Tests;

/// <summary>What an installation that is in use has to show: databases in several states, what was measured and backed up, members, tokens, approvals and promises.</summary>
internal sealed class Scene(TestServer server)
{
    public const string Demo = "/v1/organizations/demo";
    public const string Waiting = "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f91", Open = "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f92", Shown = "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f93";
    public const string Reviewing = "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f94", Reviewed = "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f95";
    private static readonly DateTimeOffset Since = new(2026, 11, 12, 8, 30, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task PlantAsync()
    {
        await OkAsync(HttpMethod.Put, "/spaces/training", TestServer.NewSpace);
        await OkAsync(HttpMethod.Put, "/service-accounts/nightly");
        await OkAsync(HttpMethod.Put, "/service-accounts/reports");
        await DatabaseAsync("dossiers", "ready", """{ "size": "s2", "storage": "50GiB", "availability": "ha", "roles": [{ "name": "reporting", "memberOf": ["pg_read_all_data"], "validUntil": "2027-06-30T23:59:59Z" }], "databases": [{ "name": "records", "owner": "reporting" }] }""", Good("Ready", "The database accepts connections."), Good("Replicated", "Two replicas follow the primary."), Good("BackupReady", "The last backup is 6 hours old."));
        await DatabaseAsync("imaging", "degraded", """{ "size": "s4", "storage": "500GiB", "availability": "ha", "parameters": { "work_mem": "16MB" } }""", Good("Ready", "The database accepts connections."), Bad("Replicated", "One of two replicas is 312 MB behind the primary, and has been since it was restarted."));
        await DatabaseAsync("laboratory", "creating", "{}", Bad("Ready", "The instance is being started."));
        await DatabaseAsync("scratch", "ready", """{ "deletionProtection": false }""", Good("Ready", "The database accepts connections."));
        await DatabaseAsync("archive", "deleting", """{ "deletionProtection": false }""", Bad("Ready", "It is deleted when its time of grace has passed."));
        await ExecuteAsync("""
            update platform.operations set state = 'succeeded', message = 'Done.' where resource_id in (select id from platform.resources where name <> 'laboratory');
            update platform.operations set message = 'Waiting for the instance to answer.' where state = 'running';
            update platform.resources set deletion_requested_at = now() where name = 'archive'
            """);
        await MeasuredAsync();
        await UsedAsync();
        await BackedUpAsync();
        await PeopleAsync();
        await ReviewsAsync();
        await AskedAsync();
        await PromisesAsync();
        await OkAsync(HttpMethod.Put, "/identity-providers/hospital", """{ "issuer": "https://id.hospital.example", "clientId": "beffroi", "clientSecret": "x", "acrValues": ["eidas1", "eidas2"], "secondFactorAcr": ["eidas2"], "nameClaim": "email" }""");
        await OkAsync(HttpMethod.Put, "/policy/derogations/archive-2026", """{ "rules": ["r9-qualification"], "space": "archive", "authority": "A minister", "reference": "2026-12", "publication": "https://authority.example/2026-12", "expires": "2099-12-31" }""");
        await OkAsync(HttpMethod.Put, "/alert-receivers/on-call", """{ "url": "https://192.0.2.1/alerts", "leastSeverity": "critical", "spaces": ["eval"] }""");
        await OkAsync(HttpMethod.Put, "/spaces/eval/quota", """{ "cpus": 40, "memory": "128GiB", "storage": "1800GiB", "resources": { "postgres": 10 } }""");
        await server.LedgerIntegratedAsync();
    }

    /// <summary>A safeguard of the organization's by which a second person has to agree, and something that waits for one.</summary>
    public async Task WaitForApprovalAsync()
    {
        await OkAsync(HttpMethod.Put, "/safeguards", """{ "twoPersonRule": true }""");
        (await TestServer.SendAsync(server.Alice, HttpMethod.Post, Demo + "/key/seal")).Dispose();
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var command = server.Store.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }

    private static Condition Good(string type, string message) => new(type, true, type, message, Since);

    private static Condition Bad(string type, string message) => new(type, false, type, message, Since.AddDays(9));

    private async Task OkAsync(HttpMethod method, string path, string? json = "{}") => (await TestServer.SendAsync(server.Alice, method, Demo + path, json)).EnsureSuccessStatusCode();

    private async Task DatabaseAsync(string name, string state, string spec, params IReadOnlyList<Condition> conditions)
    {
        var answer = await server.PutAsync(name, $$"""{ "spec": {{spec}} }""");
        Assert.True(answer.IsSuccessStatusCode, name);
        var row = await TestServer.BodyAsync(answer);
        await using var connection = await server.Store.OpenConnectionAsync(Cancel);
        var there = state is "ready" or "degraded";
        var status = new PostgresStatus(
            state, 1, conditions, there ? new PostgresEndpoint(name + ".eval.demo", "10.93.0.2", 5432, "app", "app") : null, ServerVersion: there ? "17.12" : null,
            PendingRestart: name == "imaging" ? ["shared_buffers"] : null);
        await server.Services.GetRequiredService<IResources>().UpdateObservedAsync(
            connection, (Guid)row["id"]!, JsonSerializer.Serialize(status, WireJson.Default.PostgresStatus), "{}", Cancel);
    }

    // Hours since the beginning of the month before, as they would be recorded, and prices that held all the time.
    private Task UsedAsync() => ExecuteAsync("""
        insert into platform.price_lists (holds_from, content, declared_by)
            select date_trunc('year', now())::date - 365, '{"from":"2025-01-01","currency":"EUR","cpuHour":0.021,"memoryGiBHour":0.0042,"storageGiBHour":0.00014,"backupGiBHour":0.00004}', 'operator:sam';
        insert into platform.usage_hours (resource_id, hour, organization_id, space_id, space, kind, name, running_seconds, stopped_seconds, node_seconds, cpu_seconds, memory_byte_seconds,
            storage_byte_seconds, backup_byte_seconds)
        select d.resource_id, h, d.organization_id, d.space_id, s.name, d.kind, r.name, running, 3600 - running, running * d.nodes, running * d.cpus, running * d.memory_bytes, 3600 * d.storage_bytes,
            case when extract(day from h) = 3 then null else 3600 * (d.storage_bytes / 9) end
        from platform.demands d join platform.resources r on r.id = d.resource_id join platform.spaces s on s.id = d.space_id,
            generate_series(date_trunc('month', now(), 'UTC') - interval '1 month', now() - interval '1 hour', interval '1 hour') h,
            lateral (select case when r.name = 'scratch' and extract(dow from h) in (0, 6) then 0 else 3600 end as running) t
        where r.name <> 'imaging' or h > date_trunc('month', now(), 'UTC') - interval '17 days';
        update platform.usage_progress set recorded_from = recorded_from - interval '70 days'
        """);

    private Task MeasuredAsync() => server.ReportAsync("dossiers", new Facts
    {
        VolumeSizeBytes = 50L << 30,
        VolumeUsedBytes = 18L << 30,
        Postgres = new PostgresFacts
        {
            Ready = true,
            Role = "primary",
            Metrics = { ["memory_bytes"] = 2560, ["memory_limit_bytes"] = 4096, ["connections/active"] = 12, ["connections/idle"] = 31, ["connections_limit"] = 184, ["blocks_total/cache"] = 997, ["blocks_total/beyond"] = 3, ["rows/live"] = 98, ["rows/dead"] = 2, ["oldest_transaction_seconds"] = 4 },
        },
    });

    private async Task BackedUpAsync()
    {
        await server.MakeRepositoryAsync();
        var stanza = new StanzaFacts { Name = ((Guid)(await ScalarAsync("select id from platform.resources where name = 'dossiers'"))!).ToString("N"), Ready = true };
        for (var day = 0; day < 4; day++)
        {
            var at = Since.AddDays(day).ToUnixTimeSeconds();
            stanza.Backups.Add(new BackupFacts { Name = "b" + day, Type = day == 0 ? "full" : "incr", Label = day == 3 ? "before-upgrade" : "", StartedAt = at, FinishedAt = at + 95, SizeBytes = 18L << 30, AddedBytes = (day == 0 ? 6400L : 210 + day) << 20 });
        }

        await using var command = server.Store.CreateCommand("""
            with noted as (update platform.resources set internal = jsonb_build_object('instanceId', $1) where kind = 'backup-repository' returning id, space_id)
            insert into platform.agents (instance_id, resource_id, space_id, facts, last_seen_at) select $1, id, space_id, $2, now() from noted
            """);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = Guid.CreateVersion7() },
            new() { Value = new Facts { Repository = new RepositoryFacts { Serving = true, Stanzas = { stanza } } }.ToByteArray() },
        });
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
        await ExecuteAsync("""
            update platform.resources set status = status || '{"backup":{"earliest":"2026-11-12T08:31:36+00:00","latest":"2026-11-24T12:00:00+00:00","lastArchivedAt":"2026-11-24T12:00:00+00:00"}}' where name = 'dossiers';
            insert into platform.restore_drills (resource_id, id, finished_at, passed, certificate)
            select id, 'd', now(), true, '{"id":"d","backup":"b3","startedAt":"2026-11-24T12:00:00+00:00","finishedAt":"2026-11-24T12:01:00+00:00","passed":true,"finding":"","rtoSeconds":4.25,"rpoSeconds":61,"databases":1,"tables":42,"rows":1234567,"contentSha256":"00"}'
            from platform.resources where name = 'dossiers'
            """);
    }

    private async Task PeopleAsync()
    {
        await Person.EnrolAsync(server, "dave", "demo", "developer", "billing");
        await OkAsync(HttpMethod.Put, "/members/erin", $$"""{ "invitationSha256": "{{Authenticator.Sha256("bfi_erin")}}" }""");
        await OkAsync(HttpMethod.Put, "/groups/dba", """{ "members": ["dave"] }""");
        await OkAsync(HttpMethod.Put, "/grants", """{ "role": "administrator", "group": "dba" }""");
        await ExecuteAsync("""
            insert into platform.tokens (sha256, principal_id, name, expires_at) select sha256(id::text::bytea), id, 'laptop', now() + interval '80 days' from platform.principals where name in ('bob', 'dave', 'nightly');
            insert into platform.tokens (sha256, principal_id, name, expires_at, revoked_at) select sha256((id::text || 'old')::bytea), id, 'old', now() + interval '1 day', now() from platform.principals where name in ('bob', 'nightly')
            """);
    }

    /// <summary>A review that is under way, with something decided and something changed meanwhile, and one that is closed.</summary>
    private async Task ReviewsAsync()
    {
        await OkAsync(HttpMethod.Put, "/roles/lookout", """{ "description": "Looks at databases", "permissions": ["postgres.metrics.read", "postgres.read", "space.read"] }""");
        await OkAsync(HttpMethod.Put, "/grants", """{ "role": "lookout", "member": "nightly", "space": "eval" }""");
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        await OkAsync(HttpMethod.Put, "/service-accounts/nightly/keys", JsonSerializer.Serialize(new PublicKeys([key.ExportSubjectPublicKeyInfoPem()]), WireJson.Default.PublicKeys));
        await BeginAsync("technical", Reviewed);
        await OkAsync(HttpMethod.Put, $"/access-reviews/{Reviewed}/items/nightly/decision", """{ "decision": "keep", "remark": "Makes the nightly copies." }""");
        await OkAsync(HttpMethod.Put, $"/access-reviews/{Reviewed}/items/reports/decision", """{ "decision": "keep" }""");
        await OkAsync(HttpMethod.Post, $"/access-reviews/{Reviewed}/close", null);
        await BeginAsync("rights", Reviewing);
        await OkAsync(HttpMethod.Put, $"/access-reviews/{Reviewing}/items/erin/decision", """{ "decision": "withdraw", "disable": true, "remark": "Has not come." }""");
        await OkAsync(HttpMethod.Put, "/grants", """{ "role": "auditor", "member": "dave" }""");
    }

    // With an id that the tests know.
    private async Task BeginAsync(string kind, string id)
    {
        await OkAsync(HttpMethod.Post, "/access-reviews", $$"""{ "kind": "{{kind}}" }""");
        await ExecuteAsync($"""
            insert into platform.access_reviews (id, organization_id, kind, state, begun_by, begun_at, ended_by, ended_at)
                select '{id}', organization_id, kind, 'cancelled', begun_by, begun_at, begun_by, now() from platform.access_reviews where state = 'open';
            update platform.access_review_items set review_id = '{id}' where review_id = (select id from platform.access_reviews where state = 'open');
            delete from platform.access_reviews where state = 'open';
            update platform.access_reviews set state = 'open', ended_by = null, ended_at = null where id = '{id}'
            """);
    }

    /// <summary>A request of the operator's that waits, and one that is open and by which something was shown.</summary>
    private Task AskedAsync() => ExecuteAsync($"""
        insert into platform.lockbox_requests (id, organization_id, operator_id, operator, space, kind, name, resource_id, classification, access, reason, reference, details, minutes, credential_sha256,
            approvers, state, requested_at, expires_at, open_until)
        select v.id::uuid, o.id, gen_random_uuid(), 'paul', 'eval', 'postgres', v.name, r.id, 'internal', v.access, v.reason, v.reference, v.details, 60, sha256('x'), 1, v.state,
            '2026-11-24T09:12:00Z', now() + interval '1 day', v.until
        from platform.organizations o, (values
            ('{Waiting}', 'imaging', 'diagnostics', 'incident', null, 'A replica of yours lags since its restart: we would like to see why.', 'waiting', null::timestamptz),
            ('{Open}', 'dossiers', 'metrics', 'support-case', 'CASE-17', 'You wrote that queries are slow since this morning.', 'open', now() + interval '1 hour')) v (id, name, access, reason, reference, details, state, until)
        join platform.resources r on r.name = v.name and r.kind = 'postgres' where o.name = 'demo';
        insert into platform.lockbox_keys (principal_id, organization_id, public_key)
            select id, organization_id, 'demo/' || name || '+f50d1d68+AWoq8xcQyjgwJqMTzBRTzpYMtdVd5C4ZTpQzVSvX8nXb' from platform.principals where name in ('bob', 'dave');
        insert into platform.lockbox_approvals (request_id, principal_id, name, public_key, signature) values ('{Open}', gen_random_uuid(), 'bob', 'x', 'x');
        insert into platform.lockbox_accesses (id, request_id, at, origin, media_type, sha256, content)
            values ('{Shown}', '{Open}', '2026-11-24T09:40:00Z', '192.0.2.17', 'text/plain', sha256('x'), E'# HELP beffroi_postgres_up Whether the node serves.\nbeffroi_postgres_up 1\n')
        """);

    private async Task PromisesAsync()
    {
        await using var connection = await server.Store.OpenConnectionAsync(Cancel);
        await server.Services.GetRequiredService<Services.Evidence.EvidenceRound>().RunAsync(connection, (Guid)(await ScalarAsync("select id from platform.organizations where name = 'demo'"))!, Cancel);
    }
}
