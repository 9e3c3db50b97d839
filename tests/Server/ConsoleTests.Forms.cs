using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>What the console's forms do and refuse, and the pages that came with them.</summary>
public sealed partial class ConsoleTests
{
    [Fact]
    public async Task A_form_creates_a_database_and_says_beside_a_field_what_is_wrong_with_it()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        const string Form = "/console/spaces/eval/new-postgres";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Form, "fr"));
        Save(bob, "new-postgres");
        Assert.Contains("s4 : 4 processeurs, 16 Gio de mémoire", Text(bob), StringComparison.Ordinal);
        (string, string)[] typed =
            [("form", Proof(bob)), ("name", "dossiers"), ("size", "s1"), ("storage", "1 TB\"><script>"), ("availability", "ha"), ("retentionDays", "many"), ("protected", "on")];
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Form, typed));
        Save(bob, "new-postgres-refused");
        Assert.DoesNotContain("<script>", bob.Browser.Page, StringComparison.Ordinal);
        // What was typed is still there, and what is wrong is said where it is.
        Assert.Contains("value=\"1 TB&quot;&gt;&lt;script&gt;\"", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Matches("(?s)id=\"storage\".*aria-describedby=\"storage-help storage-wrong\".*id=\"storage-wrong\"[^>]*>[^<]*1GiB to 16TiB", Text(bob));
        Assert.Matches("(?s)id=\"retention-wrong\"[^>]*>[^<]*1 to 3650", Text(bob));
        Assert.Matches("value=\"ha\" checked", bob.Browser.Page);
        // The same at the command line; never what a shell would take for more than words.
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Form, [.. typed, ("show", "command")]));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.DoesNotContain("<script>", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("beffroi postgres create", Text(bob), StringComparison.Ordinal);
        typed[3] = ("storage", "2GiB");
        typed[5] = ("retentionDays", "30");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Form, [.. typed, ("show", "command")]));
        Assert.DoesNotContain("form=", bob.Browser.Answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Contains("beffroi postgres create dossiers --space demo/eval --size s1 --storage 2GiB --availability ha --retention-days 30", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(TestServer.Postgres + "/dossiers", Cancel)).StatusCode);

        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Form, typed));
        Assert.Equal("/console/spaces/eval/postgres/dossiers", bob.Browser.Answer.Headers.Location!.ToString());
        var made = await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/dossiers", Cancel));
        Assert.Equal(("2GiB", "ha", 30), ((string)made["spec"]!["storage"]!, (string)made["spec"]!["availability"]!, (int)made["spec"]!["backup"]!["retentionDays"]!));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Equal(HttpStatusCode.PreconditionFailed, await bob.Browser.PostAsync(Form, typed));
        Assert.Contains("This name is taken", Text(bob), StringComparison.Ordinal);
        typed[1] = ("name", "");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Form, typed));
    }

    [Fact]
    public async Task A_form_of_elsewhere_changes_nothing_and_nor_does_who_may_not()
    {
        await ObservedAsync("first", "ready");
        using var bob = await BobAsync();
        await SignInAsync(bob);
        await bob.Browser.GetAsync("/console/spaces/eval/postgres/first/backups");
        var proof = Proof(bob);
        string[] forms =
            ["/console/spaces/eval/new-postgres", "/console/spaces/eval/postgres/first/change", "/console/spaces/eval/postgres/first/restart", "/console/spaces/eval/postgres/first/switchover", "/console/spaces/eval/postgres/first/apply-updates", "/console/spaces/eval/postgres/first/rotate-key", "/console/spaces/eval/postgres/first/stop", "/console/spaces/eval/postgres/first/start", "/console/spaces/eval/postgres/first/delete", "/console/spaces/eval/postgres/first/undelete", "/console/spaces/eval/postgres/first/backups", "/console/spaces/eval/postgres/first/restores",
             "/console/spaces/eval/postgres/first/roles/set", "/console/spaces/eval/postgres/first/roles/app/rotate-password", "/console/spaces/eval/postgres/first/roles/app/remove",
             "/console/spaces/eval/postgres/first/databases/set", "/console/spaces/eval/postgres/first/databases/remove"];
        foreach (var path in forms)
        {
            Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [("name", "first"), ("to", "x")]));
            Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(path, [("form", new string('A', 43)), ("name", "first"), ("to", "x")]));
        }

        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        foreach (var path in forms)
        {
            // Another session's proof, and then her own, without any right.
            Assert.Equal(HttpStatusCode.BadRequest, await carol.Browser.PostAsync(path, [("form", proof), ("name", "first"), ("to", "x")]));
            await carol.Browser.GetAsync("/console");
            Assert.Equal(HttpStatusCode.NotFound, await carol.Browser.PostAsync(path, [("form", Proof(carol)), ("name", "first"), ("to", "x")]));
        }

        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.resources where kind = 'postgres' and deletion_requested_at is null"));
    }

    [Fact]
    public async Task A_form_changes_a_database_and_its_settings()
    {
        await ObservedAsync("first", "ready");
        using var bob = await BobAsync();
        await SignInAsync(bob);
        const string Page = "/console/spaces/eval/postgres/first";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/change", "fr"));
        Save(bob, "change");
        Assert.Contains("Réglages de PostgreSQL", Text(bob), StringComparison.Ordinal);
        Assert.Contains("C’est déjà ainsi : rien ne changerait.", Text(bob), StringComparison.Ordinal);
        Assert.Contains("id=\"extension-vector\"", bob.Browser.Page, StringComparison.Ordinal);
        Dictionary<string, string> typed = new()
        {
            ["form"] = Proof(bob),
            ["generation"] = "1",
            ["size"] = "s1",
            ["storage"] = "10GiB",
            ["availability"] = "single",
            ["retentionDays"] = "14",
            ["protected"] = "on",
            ["parameters"] = "work_mem = 1TB\r\nfsync = off\r\n<script> = 1\r\nnonsense",
        };
        Task<HttpStatusCode> SendAsync(params (string, string)[] more) => bob.Browser.PostAsync(Page + "/change", [.. typed.Select(p => (p.Key, p.Value)), .. more]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync());
        Save(bob, "change-refused");
        Assert.DoesNotContain("<script>", bob.Browser.Page, StringComparison.Ordinal);
        // The page's own, and no other.
        Assert.StartsWith("<script type=\"module\" src=\"/console/scripts/", Assert.Single(System.Text.RegularExpressions.Regex.Matches(bob.Browser.Page, "<script[^>]*")).Value, StringComparison.Ordinal);
        Assert.Matches("(?s)id=\"parameters-wrong\"[^>]*>[^<]*fsync: This parameter can't be set, because a promise rests on it", Text(bob));
        Assert.Contains("work_mem: This is out of range for size s1", Text(bob), StringComparison.Ordinal);
        typed["parameters"] = "work_mem = 16MB\nwork_mem = 17MB";
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await SendAsync());
        Assert.Contains("more than once", Text(bob), StringComparison.Ordinal);

        // The same at the command line, and nothing is done by asking for it.
        typed["parameters"] = "work_mem = 16MB\ndatestyle = ISO, DMY";
        typed["pooler"] = "session";
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(("extension-vector", "on"), ("show", "command")));
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.FollowAsync());
        Assert.Contains("beffroi postgres update first --space demo/eval --pooler session --parameter work_mem=16MB --parameter 'datestyle=ISO, DMY' --extension vector", Text(bob), StringComparison.Ordinal);
        Assert.Matches("id=\"extension-vector\"[^>]* checked", bob.Browser.Page);
        Assert.Equal(1, (long)(await FirstAsync())["generation"]!);

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(("extension-vector", "on")));
        var changed = await FirstAsync();
        Assert.Equal("""{"datestyle":"ISO, DMY","work_mem":"16MB"}""", changed["spec"]!["parameters"]!.ToJsonString());
        Assert.Equal("""["vector"]""", changed["spec"]!["extensions"]!.ToJsonString());
        Assert.Equal("session", (string?)changed["spec"]!["pooler"]!["mode"]);
        await bob.Browser.FollowAsync();
        Assert.Contains("work_mem = 16MB", Text(bob), StringComparison.Ordinal);

        // Who typed before that is told, and what was typed stays.
        Assert.Equal(HttpStatusCode.PreconditionFailed, await SendAsync());
        Assert.Contains("Somebody else has changed this database", Text(bob), StringComparison.Ordinal);
        typed["generation"] = "2";
        typed["parameters"] = "";
        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync());
        Assert.Null((await FirstAsync())["spec"]!["parameters"]);

        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page + "/restart", [("form", typed["form"])]));
        Assert.Contains("has not ended yet", Text(bob), StringComparison.Ordinal);
        await ExecuteAsync("update platform.operations set state = 'succeeded'");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/restart", [("form", typed["form"])]));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.operations where verb = 'restart'"));
        await ExecuteAsync("update platform.operations set state = 'succeeded'");
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page + "/switchover", [("form", typed["form"])]));
    }

    [Fact]
    public async Task A_second_person_approves_or_refuses_what_waits()
    {
        using var bob = await BobAsync();
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "administrator", "member": "bob" }""")).EnsureSuccessStatusCode();
        await SignInAsync(bob);
        const string Page = "/console/approvals";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page));
        Assert.Contains("Nothing waits", Text(bob), StringComparison.Ordinal);
        (await _server.Alice.PutAsync(Demo + "/safeguards", TestServer.Json("""{ "twoPersonRule": true }"""), Cancel)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Conflict, (await _server.Alice.PostAsync(Demo + "/key/seal", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page, "fr"));
        Save(bob, "approvals");
        Assert.Matches("(?s)Règle des deux personnes.*oui.*key.seal.*attend", Text(bob));
        var approve = System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, "/console/approvals/[0-9a-f-]+/approve").Value;
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(approve, []));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.approvals where state = 'waiting'"));
        await bob.Browser.GetAsync(Page, "fr");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(approve, [("form", Proof(bob))]));
        await bob.Browser.FollowAsync();
        Assert.Contains("approved (", Text(bob), StringComparison.Ordinal);
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.approvals where state = 'approved'"));
        // What is decided is decided.
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(approve[..^"approve".Length] + "refuse", [("form", Proof(bob))]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.PostAsync("/console/approvals/x/approve", [("form", Proof(bob))]));
    }

    [Fact]
    public async Task What_the_operator_asks_to_see_is_shown_and_ended_with_a_click()
    {
        await ObservedAsync("first", "ready");
        using var bob = await BobAsync();
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "administrator", "member": "bob" }""")).EnsureSuccessStatusCode();
        await SignInAsync(bob);
        await bob.Browser.GetAsync("/console/lockbox");
        Assert.Contains("Nobody has asked for anything.", Text(bob), StringComparison.Ordinal);
        Assert.Contains("That never happened.", Text(bob), StringComparison.Ordinal);
        await ExecuteAsync("""
            insert into platform.break_glasses (id, beginner_id, beginner, reason, details, minutes, expires_at, state, approver_id, approver, opened_at, open_until)
            values (gen_random_uuid(), gen_random_uuid(), 'olga', 'incident', '<i>Broken</i>', 60, now(), 'open', gen_random_uuid(), 'paul', now(), now() + interval '1 hour')
            """);
        var asked = await TestServer.BodyAsync(await TestServer.SendAsync(_server.Administrator, HttpMethod.Post, "/operator/v1/lockbox-requests", $$"""
            { "organization": "demo", "space": "eval", "kind": "postgres", "name": "first", "access": "metrics", "reason": "support-case", "details": "<b>Slow</b>", "minutes": 60,
              "credentialSha256": "{{new string('a', 64)}}" }
            """));
        var page = "/console/lockbox/" + (string)asked["id"]!;
        await bob.Browser.GetAsync("/console/lockbox", "fr");
        Assert.Contains(page, bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("&lt;i&gt;Broken&lt;/i&gt;", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("Ouvert sans votre accord", Text(bob), StringComparison.Ordinal);
        Assert.Contains("attend votre décision", Text(bob), StringComparison.Ordinal);
        await bob.Browser.GetAsync(page);
        Save(bob, "lockbox");
        Assert.Contains("beffroi lockbox approve " + (string)asked["id"]!, Text(bob), StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Slow&lt;/b&gt;", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.PostAsync(page + "/end", []));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.lockbox_requests where state = 'waiting'"));
        await bob.Browser.GetAsync(page);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(page + "/end", [("form", Proof(bob))]));
        await bob.Browser.FollowAsync();
        Assert.Contains("refused", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(page + "/end", [("form", Proof(bob))]));
        Assert.Equal(HttpStatusCode.NotFound, await bob.Browser.GetAsync("/console/lockbox/x"));
    }

    private async Task<System.Text.Json.Nodes.JsonObject> FirstAsync() => await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/first", Cancel));

    [Fact]
    public async Task A_database_is_deleted_by_its_name_and_brought_back()
    {
        await ObservedAsync("first", "ready");
        using var bob = await BobAsync();
        await SignInAsync(bob);
        const string Page = "/console/spaces/eval/postgres/first";
        await bob.Browser.GetAsync(Page + "/delete");
        Assert.Contains("--deletion-protection off", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, await bob.Browser.PostAsync(Page + "/delete", [("form", Proof(bob)), ("name", "first")]));
        (await _server.PutAsync("first", """{ "spec": { "deletionProtection": false } }""", ("If-Match", "*"))).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/delete", [("form", Proof(bob)), ("name", "First")]));
        Assert.Contains("This is not its name", Text(bob), StringComparison.Ordinal);
        Save(bob, "delete");
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/delete", [("form", Proof(bob)), ("name", "first")]));
        await ExecuteAsync("update platform.resources set status = status || '{\"state\": \"deleting\"}' where name = 'first'");
        await bob.Browser.GetAsync(Page);
        Assert.Contains(Page + "/undelete", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/undelete", [("form", Proof(bob))]));
        Assert.Equal(1L, await ScalarAsync("select count(*) from platform.resources where name = 'first' and deletion_requested_at is null"));
    }

    [Fact]
    public async Task Backups_are_shown_asked_for_and_restored_from()
    {
        await ObservedAsync("first", "ready");
        await _server.MakeRepositoryAsync();
        await ExecuteAsync("""
            update platform.resources set status = status || '{"backup":{"earliest":"2026-11-01T00:00:00+00:00","latest":"2026-11-24T12:00:00+00:00"}}' where name = 'first';
            insert into platform.restore_drills (resource_id, id, finished_at, passed, certificate)
            select id, 'd', now(), true, '{"id":"d","backup":"b","startedAt":"2026-11-24T12:00:00+00:00","finishedAt":"2026-11-24T12:01:00+00:00","passed":true,"finding":"<script>","rtoSeconds":4.25,"rpoSeconds":61,"databases":1,"tables":2,"rows":1234,"contentSha256":"00"}'
            from platform.resources where name = 'first'
            """);
        using var bob = await BobAsync();
        await SignInAsync(bob);
        const string Page = "/console/spaces/eval/postgres/first";
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(Page + "/backups", "fr"));
        Save(bob, "backups");
        foreach (var said in (string[])["2026-11-24 12:00:00 UTC", "Exercices de restauration", "1234", "<script>"])
        {
            Assert.Contains(said, Text(bob), StringComparison.Ordinal);
        }

        var proof = Proof(bob);
        Assert.DoesNotContain("<script>", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/backups", [("form", proof)]));
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/backups", [("form", proof), ("what", "drill")]));
        Assert.Equal(2L, await ScalarAsync("select count(*) from platform.backup_requests"));
        await bob.Browser.FollowAsync();
        Assert.Contains("One is being made, or waits for its turn", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/restores", [("form", proof), ("to", "second"), ("at", "yesterday")]));
        Assert.Contains("This is not a moment", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await bob.Browser.PostAsync(Page + "/restores", [("form", proof), ("to", "second"), ("at", "2026-12-24 12:00")]));
        Assert.Contains("2026-11-24T12:00:00", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, await bob.Browser.PostAsync(Page + "/restores", [("form", proof), ("to", "second"), ("at", "2026-11-20 08:30:00")]));
        Assert.Equal("2026-11-20 08:30:00.000000+00", await ScalarAsync("select target from platform.restores"));
    }

    [Fact]
    public async Task The_promises_and_the_ledger_are_shown_to_whoever_may_see_them()
    {
        using var bob = await BobAsync();
        await SignInAsync(bob);
        var round = _server.Services.GetRequiredService<Services.Evidence.EvidenceRound>();
        await using (var connection = await _server.Store.OpenConnectionAsync(Cancel))
        {
            await round.RunAsync(connection, (Guid)(await ScalarAsync("select id from platform.organizations where name = 'demo'"))!, Cancel);
        }

        await _server.LedgerIntegratedAsync();
        (await TestServer.SendAsync(_server.Alice, HttpMethod.Put, Demo + "/grants", """{ "role": "auditor", "member": "bob" }""")).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/trust", "fr"));
        Save(bob, "trust");
        Assert.Contains("Les sauvegardes sont restaurées à titre d'exercice", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi ledger verify", Text(bob), StringComparison.Ordinal);
        for (var i = 0; i < 60; i++)
        {
            (await _server.Alice.PutAsync($"{Demo}/spaces/more{i:D2}", TestServer.Json(TestServer.NewSpace), Cancel)).EnsureSuccessStatusCode();
        }

        await _server.LedgerIntegratedAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger", "en"));
        Save(bob, "ledger");
        Assert.Contains("/v1/organizations/demo/spaces/more59", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/organizations/demo/spaces/more00<", bob.Browser.Page, StringComparison.Ordinal);
        var older = System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, "href=\"(/console/ledger\\?before=[0-9]+)\"").Groups[1].Value;
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(older));
        Assert.Contains("/v1/organizations/demo/spaces/more00<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger?before=x"));

        // Who else had a part stands beside who did it, on an entry's own page too.
        (await _server.Alice.PutAsync($"{Demo}/policy/limits", TestServer.Json("""{ "countries": ["DE"] }"""), Cancel)).EnsureSuccessStatusCode();
        await _server.LedgerIntegratedAsync();
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger?onBehalfOf=customer:alice&action=policy.evaluate", "en"));
        Assert.Contains("On behalf of customer:alice", Text(bob), StringComparison.Ordinal);
        Assert.Contains("beffroi ledger search --action policy.evaluate --on-behalf-of customer:alice", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, "href=\"(/console/ledger/[0-9]+)\"").Groups[1].Value, "fr"));
        Assert.Matches("Pour le compte de</dt><dd><code data-field=\"onBehalfOf\">customer:alice<", bob.Browser.Page);

        // Searched: page by page, with the command that does the same; what the API refuses is said, and what was typed is never a part of a command line.
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger?action=space.create&since=2026-01-01&outcome=accepted", "fr"));
        Save(bob, "ledger-search");
        Assert.Contains("/v1/organizations/demo/spaces/more00<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("grant.put", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Contains("beffroi ledger search --action space.create --outcome accepted --since 2026-01-01T00:00:00Z", Text(bob), StringComparison.Ordinal);
        Assert.Matches("name=\"since\"[^>]*value=\"2026-01-01\"", bob.Browser.Page);
        var later = System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(bob.Browser.Page, "href=\"(/console/ledger\\?from=[^\"]+)\"").Groups[1].Value);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync(later, "en"));
        Assert.Contains("/v1/organizations/demo/spaces/more59<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/organizations/demo/spaces/more00<", bob.Browser.Page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await bob.Browser.GetAsync("/console/ledger?action=no.such&until=2020-01-01"));
        Assert.Contains("No entry is so.", Text(bob), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, await bob.Browser.GetAsync("/console/ledger?since=yesterday&actor=" + Uri.EscapeDataString("\"><script>; rm")));
        Assert.DoesNotContain("<script", bob.Browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("beffroi ledger search", Text(bob), StringComparison.Ordinal);
        using var carol = await SignedInPerson.EnrolAsync(_server, "carol");
        await SignInAsync(carol);
        Assert.NotEqual(HttpStatusCode.OK, await carol.Browser.GetAsync("/console/trust"));
        Assert.NotEqual(HttpStatusCode.OK, await carol.Browser.GetAsync("/console/ledger"));
    }
}
