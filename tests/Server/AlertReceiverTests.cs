using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Platform.Alerts;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>Alerts and who is told of them, over HTTP.</summary>
public sealed class AlertReceiverTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Alerts = "/v1/organizations/demo/alerts";
    private const string Receivers = "/v1/organizations/demo/alert-receivers";
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_receiver_is_put_shown_and_deleted_and_its_secret_is_shown_once()
    {
        var first = await PutAsync("""{ "url": "https://192.0.2.1/hook", "leastSeverity": "critical", "spaces": ["eval"], "kinds": ["backup-late", "not-ready"], "language": "fr" }""");
        Assert.Matches("^[0-9a-f]{64}$", (string)first["secret"]!);
        var shown = await TestServer.BodyAsync(await _server.Alice.GetAsync(Receivers + "/on-call", Cancel));
        Assert.Equal("""{"name":"on-call","url":"https://192.0.2.1/hook","state":"active","language":"fr","leastSeverity":"critical","spaces":["eval"],"kinds":["backup-late","not-ready"],"waiting":0,"givenUp":0}""", shown.ToJsonString());
        // Of other alerts, with the same secret.
        Assert.Null((await PutAsync("""{ "url": "https://192.0.2.1/hook" }"""))["secret"]);
        var rotated = await TestServer.BodyAsync(await _server.Alice.PostAsync(Receivers + "/on-call/secret", null, Cancel));
        Assert.NotEqual((string)first["secret"]!, (string)rotated["secret"]!);
        // Another address is another receiver.
        Assert.NotNull((await PutAsync("""{ "url": "https://192.0.2.2/hook" }"""))["secret"]);
        var list = await TestServer.BodyAsync(await _server.Alice.GetAsync(Receivers, Cancel));
        Assert.Equal("https://192.0.2.2/hook", (string)Assert.Single(list["items"]!.AsArray())!["url"]!);
        Assert.DoesNotContain("secret", list.ToJsonString(), StringComparison.Ordinal);
        await PutTests.AssertProblem(await _server.Mallory.GetAsync(Receivers, Cancel), 404, "not-found");
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Receivers + "/nobody", Cancel), 404, "not-found");

        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.DeleteAsync(Receivers + "/on-call", Cancel)))["items"]!.AsArray());
        await using var secrets = _server.Store.CreateCommand("select count(*) from platform.secrets where name = 'webhook'");
        Assert.Equal(0L, await secrets.ExecuteScalarAsync(Cancel));
        await _server.LedgerIntegratedAsync();
        Assert.Equal(5, (await _server.LedgerAsync("entry::jsonb->>'action' = 'alert.manage' and entry::jsonb->>'outcome' = 'accepted'")).Count);
    }

    [Theory]
    [InlineData("On-call", """{ "url": "https://192.0.2.1" }""", "name"), InlineData("on-call", "{}", "url"), InlineData("on-call", """{ "url": "https://192.0.2.1", "email": "a@b.example" }""", "url")]
    [InlineData("on-call", """{ "url": "http://192.0.2.1" }""", "url"), InlineData("on-call", """{ "url": "https://user:secret@192.0.2.1" }""", "url"), InlineData("on-call", """{ "url": "https://192.0.2.1/?token=x" }""", "url")]
    [InlineData("on-call", """{ "url": "https://192.0.2.1", "language": "de" }""", "language"), InlineData("on-call", """{ "url": "https://192.0.2.1", "leastSeverity": "info" }""", "leastSeverity")]
    [InlineData("on-call", """{ "url": "https://192.0.2.1", "spaces": ["nowhere"] }""", "spaces"), InlineData("on-call", """{ "url": "https://192.0.2.1", "spaces": [] }""", "spaces")]
    [InlineData("on-call", """{ "url": "https://192.0.2.1", "kinds": ["nonsense"] }""", "kinds"), InlineData("on-call", """{ "url": "https://192.0.2.1", "authority": "x" }""", "authority")]
    [InlineData("on-call", """{ "email": "a@b.example\r\nBcc: c@d.example" }""", "email")]
    public async Task What_is_wrong_with_a_receiver_is_named(string name, string body, string field)
    {
        var answer = await _server.Alice.PutAsync(Receivers + "/" + name, TestServer.Json(body));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(field, (string)(await TestServer.BodyAsync(answer))["errors"]![0]!["field"]!);
    }

    [Fact]
    public async Task Without_a_relay_an_address_is_refused() =>
        await PutTests.AssertProblem(await _server.Alice.PutAsync(Receivers + "/on-call", TestServer.Json("""{ "email": "a@b.example" }""")), 409, "no-mail-relay");

    [Fact]
    public async Task What_only_the_platform_reaches_is_not_reached_for_a_customer()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await PutAsync($$"""{ "url": "https://127.0.0.1:{{((IPEndPoint)listener.LocalEndpoint).Port}}/" }""");
        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.PostAsync(Receivers + "/on-call/test", null, Cancel)).StatusCode);
        JsonObject shown;
        do
        {
            await Task.Delay(100, Cancel);
            shown = await TestServer.BodyAsync(await _server.Alice.GetAsync(Receivers + "/on-call", Cancel));
        }
        while (shown["error"] is null);

        Assert.Contains("is in a network that this installation doesn't connect to", (string)shown["error"]!, StringComparison.Ordinal);
        Assert.Equal(1, (int)shown["waiting"]!);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Alerts_are_listed_by_pages_the_open_ones_first()
    {
        await using (var connection = await _server.Store.OpenConnectionAsync(Cancel))
        {
            await using var read = new Npgsql.NpgsqlCommand("select id from platform.organizations where name = 'demo'", connection);
            var demo = (Guid)(await read.ExecuteScalarAsync(Cancel))!;
            foreach (var subject in (string[])["a", "b", "c", "d"])
            {
                await OpenAlerts.RaiseAsync(connection, demo, new Alert("backup-late", "warning", subject, ""), Cancel);
            }

            await OpenAlerts.ResolveAsync(connection, demo, "backup-late/d", Cancel);
            await OpenAlerts.ResolveAsync(connection, demo, "backup-late/b", Cancel);
        }

        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = await TestServer.BodyAsync(await _server.Alice.GetAsync(Alerts + "?limit=1" + (token is null ? "" : "&pageToken=" + token), Cancel));
            seen.AddRange(page["items"]!.AsArray().Select(a => (string)a!["subject"]! + " " + (string)a["state"]!));
            token = (string?)page["nextPageToken"];
        }
        while (token is not null);

        Assert.Equal(["c open", "a open", "d resolved", "b resolved"], seen);
        var open = await TestServer.BodyAsync(await _server.Alice.GetAsync(Alerts + "?state=open", Cancel));
        Assert.Equal(2, open["items"]!.AsArray().Count);
        Assert.Equal("A backup is late", (string)open["items"]![0]!["title"]!);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Alerts + "?state=closed", Cancel), 400, "invalid-query");
        await PutTests.AssertProblem(await _server.Alice.GetAsync(Alerts + "?pageToken=AAAA", Cancel), 400, "invalid-query");
        await PutTests.AssertProblem(await _server.Mallory.GetAsync(Alerts, Cancel), 404, "not-found");
    }

    [Fact]
    public async Task A_condition_that_is_stored_becomes_an_alert_by_itself()
    {
        await _server.PutAsync("dossiers");
        await using (var update = _server.Store.CreateCommand("""
            update platform.resources set status = jsonb_set(status, '{conditions}', jsonb_build_array(jsonb_build_object('type', 'WalArchived', 'holds', false, 'reason', 'Failing', 'message', 'x', 'since', now())))
            """))
        {
            await update.ExecuteNonQueryAsync(Cancel);
        }

        using var minute = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        minute.CancelAfter(TimeSpan.FromMinutes(1));
        JsonArray items;
        do
        {
            await Task.Delay(200, minute.Token);
            items = (await TestServer.BodyAsync(await _server.Alice.GetAsync(Alerts, minute.Token)))["items"]!.AsArray();
        }
        while (items.Count == 0);

        Assert.Equal("archiving-failing eval/postgres/dossiers", (string)items[0]!["kind"]! + " " + (string)items[0]!["subject"]!);
    }

    [Fact]
    public async Task Of_puts_at_once_one_makes_it_and_its_secret_is_the_one_that_signs()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PutAsync("""{ "url": "https://192.0.2.1/hook" }""")));
        Assert.Single(answers, a => a["secret"] is not null);
        await using var secrets = _server.Store.CreateCommand("select count(*) filter (where r.id is not null) || ' of ' || count(*) from platform.secrets s left join platform.alert_receivers r on r.id = s.owner_id where s.name = 'webhook'");
        Assert.Equal("1 of 1", await secrets.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task An_organization_has_a_limited_number_of_receivers()
    {
        for (var i = 0; i < 32; i++)
        {
            (await _server.Alice.PutAsync(Receivers + "/r" + i, TestServer.Json("""{ "url": "https://192.0.2.1/hook" }"""))).EnsureSuccessStatusCode();
        }

        await PutTests.AssertProblem(await _server.Alice.PutAsync(Receivers + "/one-more", TestServer.Json("""{ "url": "https://192.0.2.1/hook" }""")), 409, "too-many-receivers");
        Assert.Equal(HttpStatusCode.OK, (await _server.Alice.PutAsync(Receivers + "/r0", TestServer.Json("""{ "url": "https://192.0.2.1/hook", "language": "fr" }"""))).StatusCode);
    }

    private async Task<JsonObject> PutAsync(string json)
    {
        var answer = await _server.Alice.PutAsync(Receivers + "/on-call", TestServer.Json(json));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await TestServer.BodyAsync(answer);
    }
}
