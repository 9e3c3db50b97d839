using Beffroi.Platform.Access;
using Beffroi.Services.Evidence.Checks;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>Checks of who has which right and what keeps others out.</summary>
public sealed partial class EvidenceCheckTests
{
    private const string Bob = "insert into platform.principals (id, organization_id, name, accepted_at) select gen_random_uuid(), id, 'bob', now() from platform.organizations where name = 'demo'; ";

    private const string BobsGroup =
        "insert into platform.groups (id, organization_id, name) select gen_random_uuid(), id, 'team' from platform.organizations where name = 'demo'; "
        + "insert into platform.group_members (organization_id, group_id, principal_id) select g.organization_id, g.id, p.id from platform.groups g, platform.principals p where g.name = 'team' and p.name = 'bob'; ";

    private const string ToTheGroup = "insert into platform.grants (id, organization_id, group_id, role) select gen_random_uuid(), organization_id, id, 'owner' from platform.groups where name = 'team'; ";

    private const string AsOperator = "insert into platform.operators (id, name) select id, 'somebody' from platform.principals where name = ";

    private const string LongAgo =
        "insert into platform.ledger_entries (log_id, index, entry) select id, 900, '{\"action\":\"x\",\"loggedAt\":\"2026-01-01T00:00:00Z\"}' from platform.organizations where name = 'demo'; ";

    private const string OperatorSession =
        "insert into platform.sessions (id, operator_id, client, origin, expires_at) select gen_random_uuid(), id, 'x', 'x', now() + interval '1 day' from platform.operators; ";

    private static readonly (string Check, string State, string Change)[] CasesOfWhoAndWhat =
    [
        // What the organization began with; what somebody put into the store; and what the ledger tells of, waiting or entered.
        ("rights-recorded", "holds", "select 1"),
        ("rights-recorded", "unknown", "delete from platform.grants"),
        ("rights-recorded", "holds", Bob),
        ("rights-recorded", "fails", Bob + Granted("owner")),
        ("rights-recorded", "fails", Bob + Granted("reader")),
        ("rights-recorded", "holds", Bob + Granted("reader") + Said("grant.put", "accepted", "reader to bob")),
        ("rights-recorded", "holds", Bob + Granted("reader") + Said("grant.put", "accepted", "reader to bob; R1 holds")),
        ("rights-recorded", "holds", Bob + Granted("reader") + Entered(900, "grant.put", "reader to bob")),
        ("rights-recorded", "fails", Bob + Granted("reader") + Said("grant.put", "refused", "reader to bob")),
        // Changed afterwards, or put back after it was taken away.
        ("rights-recorded", "fails", Bob + Granted("reader") + Said("grant.put", "accepted", "reader to bob") + "update platform.grants set role = 'administrator' where role = 'reader'"),
        ("rights-recorded", "fails", Bob + Granted("reader") + Entered(900, "grant.put", "reader to bob") + Entered(901, "grant.delete", "reader to bob")),
        ("rights-recorded", "fails", Bob + Granted("reader") + Entered(900, "grant.put", "reader to bob") + Said("grant.delete", "accepted", "reader to bob")),
        // Not by another's ledger, and not as somebody who was there from the beginning.
        ("rights-recorded", "fails", Bob + Granted("reader") + Said("grant.put", "accepted", "reader to bob").Replace("select organization_id", "select (select id from platform.organizations where name = 'evil')", StringComparison.Ordinal)),
        ("rights-recorded", "fails", "update platform.grants set created_at = created_at + interval '1 second'"),
        ("rights-recorded", "fails", "update platform.grants set role = 'administrator'"),
        ("rights-recorded", "fails", Opened + "delete from platform.ledger_entries where starts_with(entry, '{\"action\":\"organization.manage')"),
        ("rights-recorded", "holds", "update platform.grants set role = 'reader' where organization_id = (select id from platform.organizations where name = 'evil')"),
        ("roles-apart", "unknown", "select 1"),
        ("roles-apart", "unknown", Bob),
        ("roles-apart", "holds", Bob + Granted("reader")),
        ("roles-apart", "fails", Bob + Granted("owner")),
        ("roles-apart", "unknown", Bob + Granted("owner") + "update platform.principals set disabled_at = now() where name = 'bob'"),
        ("roles-apart", "fails", Bob + BobsGroup + ToTheGroup),
        ("roles-apart", "holds", Bob + Granted("owner") + "update platform.grants set space_id = (select id from platform.spaces where name = 'eval') where principal_id = (select id from platform.principals where name = 'bob')"),
        ("roles-apart", "fails", Bob + Own([.. Roles.AllPermissions])),
        ("roles-apart", "holds", Bob + Own([.. Roles.AllPermissions.Skip(1)])),
        // Two roles that together are everything; a role's words that are no permission are none of it.
        ("roles-apart", "fails", Bob + Granted("administrator") + Own([.. Roles.AllPermissions.Except(Roles.Permissions(Roles.Administrator))])),
        ("roles-apart", "holds", Bob + Own([.. Roles.AllPermissions.Skip(1), "nonsense"])),
        ("roles-apart", "unknown", Robot(1) + Granted("reader").Replace("'bob'", "'robot'", StringComparison.Ordinal)),
        ("access-answered", "holds", "select 1"),
        ("access-answered", "unknown", "delete from platform.grants"),
        ("access-answered", "holds", Bob + BobsGroup + ToTheGroup + Own([Permission.SpaceRead])),
        ("access-answered", "fails", Bob + Own([Permission.SpaceRead, "nonsense"])),
        ("access-answered", "fails", Unbound("grants") + "update platform.grants set role = null"),
        ("access-answered", "fails", Unbound("grants") + "update platform.grants set role = 'god'"),
        ("access-answered", "fails", Unbound("grants") + Bob + Own([Permission.SpaceRead]) + "update platform.roles set organization_id = (select id from platform.organizations where name = 'evil')"),
        ("access-answered", "fails", Unbound("grants") + "update platform.grants set space_id = gen_random_uuid()"),
        ("access-answered", "fails", Unbound("grants") + "update platform.grants set role = 'reader', principal_id = (select id from platform.principals where name = 'mallory') where organization_id = (select id from platform.organizations where name = 'demo')"),
        ("access-answered", "fails", Unbound("group_members") + Bob + BobsGroup + "update platform.group_members set principal_id = (select id from platform.principals where name = 'mallory')"),
        ("access-answered", "holds", Unbound("grants") + "update platform.grants set role = 'god' where organization_id = (select id from platform.organizations where name = 'evil')"),
        ("break-glass-told", "holds", "select 1"),
        ("break-glass-told", "holds", Broken("null", "null")),
        ("break-glass-told", "fails", Broken("now()", "null")),
        ("break-glass-told", "holds", Broken("now()", "null") + ToldOf("break-glass.open", "accepted")),
        ("break-glass-told", "fails", Broken("now()", "null") + ToldOf("break-glass.open", "refused")),
        ("break-glass-told", "fails", Broken("now()", "null") + ToldOf("break-glass.host", "accepted")),
        ("break-glass-told", "fails", Broken("now()", "null") + ToldOf("break-glass.open", "accepted").Replace("'demo'", "'evil'", StringComparison.Ordinal)),
        ("break-glass-told", "fails", Broken("now()", "null") + ToldOf("break-glass.open", "accepted") + Showing),
        ("break-glass-told", "holds", Broken("now()", "null") + ToldOf("break-glass.open", "accepted") + Showing + ToldOf("break-glass.host", "accepted")),
        ("break-glass-told", "fails", Broken("now()", "null") + ToldOf("break-glass.open", "accepted") + Showing + Showing + ToldOf("break-glass.host", "accepted")),
        // Entered already; and over before the organization was there.
        ("break-glass-told", "holds", Broken("now()", "null") + "insert into platform.ledger_entries (log_id, index, entry) select o.id, 900, '{\"action\":\"break-glass.open\",\"outcome\":\"accepted\",\"resourceId\":\"' || b.id || '\"}' from platform.organizations o, platform.break_glasses b where o.name = 'demo'"),
        ("break-glass-told", "holds", Broken("now() - interval '2 days'", "null")),
        ("break-glass-told", "fails", Broken("now() - interval '30 minutes'", "now() + interval '1 minute'")),
        ("sign-in-locks", "unknown", "select 1"),
        ("sign-in-locks", "holds", Factor + "'x')"),
        ("sign-in-locks", "holds", Factor + "'x'); update platform.factors set failures = 4"),
        ("sign-in-locks", "holds", Factor + "'x'); update platform.factors set failures = 5, locked_until = now() + interval '1 minute'"),
        ("sign-in-locks", "holds", Factor + "'x'); update platform.factors set failures = 7, locked_until = now() - interval '1 day'"),
        ("sign-in-locks", "fails", Factor + "'x'); update platform.factors set failures = 5"),
        ("sign-in-locks", "fails", Factor + "'x'); insert into platform.passkeys (holder, name, credential_id, public_key, domain, sign_count, backup_eligible, backed_up, transports, failures) select holder, 'key', '\\x01', '\\x00', 'x', 0, false, false, '{}', 6 from platform.factors"),
        ("sign-in-locks", "unknown", OperatorFactor + "update platform.factors set failures = 5"),
        ("directories-apart", "holds", "select 1"),
        ("directories-apart", "holds", AsOperator + "'mallory'"),
        ("directories-apart", "fails", AsOperator + "'alice'"),
        ("directories-apart", "fails", "insert into platform.operator_tokens (sha256, operator_id, name, expires_at) select t.sha256, o.id, 'x', now() from platform.tokens t join platform.principals p on p.id = t.principal_id, platform.operators o where p.name = 'alice'"),
        ("directories-apart", "fails", OperatorSession + "insert into platform.tokens (sha256, principal_id, name, expires_at, kind, session_id) select sha256('x'), p.id, 'x', now(), 'session', s.id from platform.sessions s, platform.principals p where p.name = 'alice'"),
        ("directories-apart", "fails", "insert into platform.sessions (id, principal_id, client, origin, expires_at) select gen_random_uuid(), id, 'x', 'x', now() from platform.principals where name = 'alice'; insert into platform.operator_tokens (sha256, operator_id, name, expires_at, kind, session_id) select sha256('x'), o.id, 'x', now(), 'session', s.id from platform.sessions s, platform.operators o"),
        ("directories-apart", "holds", Factor + "'x'); " + OperatorFactor.Replace("'x'", "'y'", StringComparison.Ordinal)),
        ("directories-apart", "fails", Factor + "'x'); " + OperatorFactor),
        ("directories-apart", "fails", Unbound("grants") + "update platform.grants set principal_id = (select id from platform.operators) where organization_id = (select id from platform.organizations where name = 'demo')"),
        ("directories-apart", "fails", Unbound("group_members") + Bob + BobsGroup + "update platform.group_members set principal_id = (select id from platform.operators)"),
        ("ledger-guarded", "holds", "select 1"),
        ("ledger-guarded", "fails", Opened),
        ("ledger-guarded", "fails", "alter table platform.ledger_entries disable trigger ledger_no_truncate"),
        ("ledger-guarded", "fails", "set local session_replication_role = replica"),
        ("ledger-guarded", "fails", "drop trigger ledger_append_only on platform.ledger_entries"),
        ("ledger-guarded", "fails", "create or replace function platform.refuse_change() returns trigger language plpgsql as $$ begin return new; end $$"),
        ("ledger-guarded", "fails", "grant select on platform.ledger_entries to public"),
        ("ledger-guarded", "fails", "grant select on platform.ledger to public"),
        ("ledger-guarded", "fails", "create role somebody; grant delete on platform.ledger_pending to somebody"),
        ("ledger-guarded", "fails", "create role somebody; grant update (next_index) on platform.ledger_forwards to somebody"),
        ("ledger-guarded", "fails", "create role somebody login; grant pg_read_all_data to somebody"),
        ("ledger-guarded", "holds", "create role somebody login; grant select on platform.spaces to somebody, public"),
        ("ledger-copied", "fails", "select 1"),
        ("ledger-copied", "holds", Copied("1000", "0")),
        ("ledger-copied", "fails", Copied("1000", "1")),
        // Before it was noted.
        ("ledger-copied", "fails", Copied("1000", "null")),
        ("ledger-copied", "fails", Copied("900", "0") + LongAgo),
        ("ledger-copied", "holds", Copied("901", "0") + LongAgo),
        ("ledger-copied", "fails", Copied("1000", "0").Replace("'demo'", "'evil'", StringComparison.Ordinal)),
        ("export-possible", "unknown", "select 1"),
        ("export-possible", "unknown", Database),
        ("export-possible", "fails", Database + "update platform.resources set created_at = now() - interval '61 minutes'"),
        ("export-possible", "holds", Answering("true", "1 day")),
        ("export-possible", "unknown", Answering("false", "59 minutes")),
        ("export-possible", "fails", Answering("false", "61 minutes")),
        ("export-possible", "unknown", Answering("false", "61 minutes") + "update platform.resources set spec = '{ \"stopped\": true }'"),
        ("export-possible", "unknown", Answering("false", "61 minutes") + "update platform.resources set deletion_requested_at = now()"),
        ("export-possible", "unknown", Answering("false", "61 minutes") + "insert into platform.organization_seals (organization_id, sealed, reason) select id, true, 'x' from platform.organizations where name = 'demo'"),
        // One of two is enough.
        ("export-possible", "fails", Answering("true", "1 day") + Database.Replace("'db'", "'other'", StringComparison.Ordinal) + "update platform.resources set created_at = now() - interval '61 minutes'"),
    ];

    /// <summary>What the API writes into the ledger is what the check looks for: by itself, through a group, of a role of their own, in a space and on a resource.</summary>
    [Fact]
    public async Task Rights_that_were_given_are_found_in_the_ledger()
    {
        const string Organization = "/v1/organizations/demo/";
        await using var server = await TestServer.StartAsync(postgres);
        await server.PutAsync("db");
        async Task PutAsync(string path, string content) => (await server.Alice.PutAsync(Organization + path, TestServer.Json(content))).EnsureSuccessStatusCode();
        await PutAsync("service-accounts/robot", "{}");
        await PutAsync("groups/robots", """{ "members": ["robot"] }""");
        await PutAsync("roles/watcher", $$"""{ "permissions": ["{{Permission.SpaceRead}}"] }""");
        foreach (var grant in (string[])[
            """{ "role": "reader", "member": "robot" }""", """{ "role": "watcher", "group": "robots" }""", """{ "role": "developer", "member": "robot", "space": "eval" }""",
            """{ "role": "watcher", "group": "robots", "space": "eval", "resource": "postgres/db" }"""])
        {
            await PutAsync("grants", grant);
        }

        var check = server.Services.GetServices<IEvidenceCheck>().Single(c => c.Description.Name == "rights-recorded");
        foreach (var integrated in (bool[])[false, true])
        {
            if (integrated)
            {
                await server.LedgerIntegratedAsync();
            }

            var seen = await SeenAsync();
            Assert.True(seen == (true, "The ledger gave all 5."), seen.Message);
        }

        // The same rights with nobody's word.
        await using var change = server.Store.CreateCommand("update platform.grants set id = gen_random_uuid() where resource_id is not null");
        await change.ExecuteNonQueryAsync(Cancel);
        Assert.Equal((false, "The ledger did not give 1 of 5, which are held by: robots. Withdraw them, or give them again: `beffroi grant`."), await SeenAsync());

        async Task<(bool? Holds, string Message)> SeenAsync()
        {
            await using var connection = await server.Store.OpenConnectionAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = "select id from platform.organizations where name = 'demo'";
            var seen = await check.ObserveAsync(connection, (Guid)(await command.ExecuteScalarAsync(Cancel))!, Cancel);
            return (seen.Holds, seen.Message.En);
        }
    }

    /// <summary>A copy begins where its receiver was named, unless all was sent; and at another address it begins again.</summary>
    [Fact]
    public async Task A_receiver_has_the_whole_ledger_only_if_it_was_sent_from_the_first_entry()
    {
        await using var server = await TestServer.StartAsync(postgres);
        await server.LedgerIntegratedAsync();
        var firsts = new List<bool>();
        foreach (var (host, fromStart) in new[] { ("siem", false), ("siem", true), ("siem", false), ("other", false) })
        {
            var answer = await server.Alice.PutAsync(
                "/v1/organizations/demo/ledger/forwards/siem", TestServer.Json($$"""{ "url": "syslog+tls://{{host}}.example:6514", "fromStart": {{(fromStart ? "true" : "false")}} }"""));
            answer.EnsureSuccessStatusCode();
            // As if some had arrived.
            await using var read = server.Store.CreateCommand("update platform.ledger_forwards set next_index = 2 where next_index = 0; select first_index = 0 from platform.ledger_forwards");
            firsts.Add((bool)(await read.ExecuteScalarAsync(Cancel))!);
        }

        Assert.Equal([false, true, true, false], firsts);
    }

    private const string Showing = "insert into platform.break_glass_showings (id, break_glass_id, sha256) select gen_random_uuid(), id, sha256('x') from platform.break_glasses; ";

    /// <summary>Opened then, or never; ended then, or not by anybody.</summary>
    private static string Broken(string opened, string ended) =>
        "insert into platform.break_glasses (id, beginner_id, beginner, reason, details, minutes, expires_at, state, approver_id, approver, opened_at, open_until, ended_at, ended_by) "
        + "select gen_random_uuid(), gen_random_uuid(), 'olga', 'incident', 'x', 60, now(), case when opened is null then 'waiting' when ended is null then 'open' else 'ended' end, "
        + "case when opened is not null then gen_random_uuid() end, case when opened is not null then 'paul' end, opened, opened + interval '1 hour', ended, case when ended is not null then 'paul' end "
        + $"from (select ({opened})::timestamptz as opened, ({ended})::timestamptz as ended) x; ";

    private static string ToldOf(string action, string outcome) =>
        $$"""insert into platform.ledger_pending (log_id, members) select o.id, '{"action":"{{action}}","outcome":"{{outcome}}","resourceId":"' || b.id || '"}' from platform.organizations o, platform.break_glasses b where o.name = 'demo'; """;

    private static string Copied(string next, string first) =>
        $"insert into platform.ledger_forwards (id, log_id, name, url, next_index, first_index) select gen_random_uuid(), id, 'siem', 'syslog+tls://siem', {next}, {first} from platform.organizations where name = 'demo'; ";

    private static string Granted(string role) =>
        $"insert into platform.grants (id, organization_id, principal_id, role) select gen_random_uuid(), organization_id, id, '{role}' from platform.principals where name = 'bob'; ";

    private static string Own(string[] permissions) =>
        $"insert into platform.roles (id, organization_id, name, permissions) select gen_random_uuid(), id, 'own', '{{{string.Join(',', permissions)}}}' from platform.organizations where name = 'demo'; "
        + "insert into platform.grants (id, organization_id, principal_id, custom_role_id) select gen_random_uuid(), r.organization_id, p.id, r.id from platform.roles r, platform.principals p where p.name = 'bob'; ";

    private static string Said(string action, string outcome, string reason) =>
        $$"""insert into platform.ledger_pending (log_id, members) select organization_id, '{"action":"{{action}}","outcome":"{{outcome}}","reason":"{{reason}}","resourceId":"' || id || '"}' from platform.grants where role = 'reader'; """;

    private static string Entered(int index, string action, string reason) =>
        $$"""insert into platform.ledger_entries (log_id, index, entry) select organization_id, {{index}}, '{"action":"{{action}}","outcome":"accepted","reason":"{{reason}}","resourceId":"' || id || '"}' from platform.grants where role = 'reader'; """;

    /// <summary>Without the constraints of a table that would refuse it.</summary>
    private static string Unbound(string table) =>
        $"do $$ declare c text; begin for c in select conname from pg_constraint where conrelid = 'platform.{table}'::regclass and contype in ('f', 'c') loop execute format('alter table platform.{table} drop constraint %I', c); end loop; end $$; ";

    private static string Answering(string ready, string since) =>
        Database + $"update platform.resources set status = jsonb_build_object('conditions', jsonb_build_array(jsonb_build_object('type', 'Ready', 'holds', {ready}, 'since', now() - interval '{since}'))); ";
}
