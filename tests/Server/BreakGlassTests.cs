using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

/// <summary>Two of the operator's people open the list of what is on the host, every customer is told, and nothing of theirs is in it.</summary>
public sealed class BreakGlassTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Glasses = "/operator/v1/break-glasses";
    private const string Own = "/v1/organizations/demo/break-glasses";
    private static readonly string[] Everyone = ["", "demo", "evil"];
    private readonly PretendedHost _host = new();
    private TestServer _server = null!;
    private HttpClient _olga = null!, _paul = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres, change: services => services.Replace(ServiceDescriptor.Singleton<IInfrastructure>(_host)));
        _olga = await _server.OperatorAsync("olga", "platform-administrator");
        _paul = await _server.OperatorAsync("paul", "support");
    }

    public async ValueTask DisposeAsync()
    {
        _olga.Dispose();
        _paul.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Two_people_open_it_everybody_is_told_and_it_ends()
    {
        var id = await BeginAsync();
        await PutTests.AssertProblem(await ShowAsync(_olga, id), 409, "not-open");
        await PutTests.AssertProblem(await ApproveAsync(_olga, id), 409, "own-request");
        // Nobody is told of what isn't open, nor sees it.
        Assert.Empty((await ReadAsync(_server.Alice, Own))["items"]!.AsArray());
        await PutTests.AssertProblem(await _server.Alice.GetAsync($"{Own}/{id}", Cancel), 404, "not-found");
        Assert.Empty(await ToldAsync("break-glass.open"));

        var open = await TestServer.BodyAsync(await ApproveAsync(_paul, id));
        Assert.Equal(("open", "olga", "paul"), ((string)open["state"]!, (string)open["begunBy"]!, (string)open["approvedBy"]!));
        Assert.Equal(Everyone, await ToldAsync("break-glass.open"));
        var entry = JsonNode.Parse((await EntriesAsync("break-glass.open")).Single(e => e.Organization == "demo").Entry)!;
        Assert.Equal(("operator:olga", "operator:paul", id), ((string)entry["actor"]!, (string)entry["approvedBy"]!, (string)entry["resourceId"]!));
        Assert.Matches(@"^incident, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: The host answers slowly\.$", (string)entry["reason"]!);
        Assert.Equal(Own + "/" + id, (string)entry["resource"]!);
        // The alert is of the same transaction: it is there, whoever looks when.
        Assert.Equal(["open"], await AlertsAsync(_server.Alice, "demo"));
        Assert.Equal(["open"], await AlertsAsync(_server.Mallory, "evil"));

        await PutTests.AssertProblem(await ShowAsync(_paul, id), 403, "forbidden");
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(_olga, id)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(_olga, id)).StatusCode);
        Assert.Equal((string[])["", "", "demo", "demo", "evil", "evil"], await ToldAsync("break-glass.host"));
        var seen = await ReadAsync(_server.Alice, $"{Own}/{id}");
        Assert.Equal(("open", 2, "incident", "The host answers slowly."), ((string)seen["state"]!, (int)seen["showings"]!, (string)seen["reason"]!, (string)seen["details"]!));

        Assert.Equal("ended", (string?)(await TestServer.BodyAsync(await EndAsync(_paul, id)))["state"]);
        Assert.Equal(Everyone, await ToldAsync("break-glass.end"));
        await PutTests.AssertProblem(await ShowAsync(_olga, id), 409, "not-open");
        await PutTests.AssertProblem(await EndAsync(_olga, id), 409, "not-waiting");
        Assert.Equal("paul", (string?)(await ReadAsync(_server.Alice, Own))["items"]![0]!["endedBy"]);
        Assert.Equal((true, "The ledger tells all 1, and each of 2 showings."), await CheckedAsync("demo"));
    }

    [Fact]
    public async Task A_program_is_neither_of_the_two_people()
    {
        using var robot = await _server.OperatorAsync("robot", "platform-administrator", "service-account");
        var id = await BeginAsync();
        await PutTests.AssertProblem(await ApproveAsync(robot, id), 403, "forbidden");
        using var begun = await robot.PostAsync(Glasses, JsonContent.Create(new { reason = "incident", details = "It is slow." }), Cancel);
        await PutTests.AssertProblem(begun, 403, "forbidden");
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(_paul, id)).StatusCode);
    }

    [Fact]
    public async Task What_is_shown_is_ids_states_and_sizes_and_nothing_of_a_customers()
    {
        (await _server.PutAsync("dossiers")).EnsureSuccessStatusCode();
        var (volume, instance, space) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await _host.EnsureVolumeAsync(new EnsureVolume(new Fence(volume, 1), volume, 5L << 30, Secret.FromText("canary-key")), Cancel);
        await _host.EnsureInstanceAsync(
            new EnsureInstance(new Fence(instance, 1), instance, space, 1, 2, "postgres", volume, new InstanceLimits(1, 1L << 30, 100, 1L << 30), new InstanceBootstrap(Secret.FromText("canary-token"), "canary-authority", 1)),
            Cancel);
        var id = await OpenAsync();
        var response = await ShowAsync(_olga, id);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        var shown = JsonNode.Parse(text)!;
        Assert.Equal((instance, space, "Running"), ((Guid)shown["instances"]![0]!["id"]!, (Guid)shown["instances"]![0]!["space"]!, (string)shown["instances"]![0]!["status"]!));
        Assert.Equal((volume, 5L << 30), ((Guid)shown["volumes"]![0]!["id"]!, (long)shown["volumes"]![0]!["sizeBytes"]!));

        // Exactly these members: one more is a decision.
        Assert.Equal(
            ["at", "cpus", "host", "instances", "load", "memoryAvailableBytes", "memoryBytes", "openUntil", "spaces", "startedAt", "storageAvailableBytes", "storageBytes", "volumes", "zone"],
            shown.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["id", "imageDigest", "space", "status"], shown["instances"]![0]!.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["encryption", "id", "sizeBytes", "unlocked"], shown["volumes"]![0]!.AsObject().Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.All(
            ["canary", "demo", "alice", "dossiers", "\"eval", "SCRAM", "password", "token", "secret", Convert.ToHexString(Encoding.UTF8.GetBytes("canary-key")), .. _host.Keys.Values],
            word => Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase));

        // The ledgers have the digest of exactly that, and the answer is kept nowhere.
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        Assert.All(await EntriesAsync("break-glass.host"), e => Assert.Contains(digest, e.Entry, StringComparison.Ordinal));
        Assert.Equal(0L, await ValueAsync("select count(*) from platform.idempotency_keys"));
    }

    [Fact]
    public async Task Of_many_who_approve_at_once_one_opens_it_and_it_is_told_once()
    {
        var id = await BeginAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => i switch { < 4 => ApproveAsync(_paul, id), < 6 => ApproveAsync(_server.Administrator, id), _ => ApproveAsync(_olga, id) }));
        Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.All(answers.Where(a => a.StatusCode != HttpStatusCode.OK), a => Assert.Equal(HttpStatusCode.Conflict, a.StatusCode));
        Assert.Equal(Everyone, await ToldAsync("break-glass.open"));
        // Whatever is written past the program: nobody is their own second person, and nothing is forgotten.
        foreach (var sql in (string[])[
            "update platform.break_glasses set approver_id = beginner_id", "update platform.break_glasses set approver_id = null", "update platform.break_glasses set open_until = open_until + interval '1 minute'",
            "delete from platform.break_glasses", "truncate platform.break_glasses cascade"])
        {
            await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ExecuteAsync(sql));
        }
    }

    [Fact]
    public async Task Ending_and_approving_at_once_are_one_after_the_other()
    {
        for (var round = 0; round < 5; round++)
        {
            var id = await BeginAsync();
            var (approved, ended) = (ApproveAsync(_paul, id), EndAsync(_olga, id));
            await Task.WhenAll(approved, ended);
            Assert.Equal(HttpStatusCode.OK, (await ended).StatusCode);
            var glass = await ReadAsync(_server.Administrator, $"{Glasses}/{id}");
            var opened = (await approved).StatusCode == HttpStatusCode.OK;
            Assert.Equal(opened ? "ended" : "withdrawn", (string?)glass["state"]);
            Assert.Equal(opened ? Everyone : [], await ToldAsync("break-glass.open", id));
            await PutTests.AssertProblem(await ShowAsync(_olga, id), 409, "not-open");
        }
    }

    [Fact]
    public async Task Silence_opens_nothing_and_its_time_ends_it()
    {
        var lapsed = await BeginAsync();
        await ExecuteAsync("update platform.break_glasses set expires_at = now()");
        await PutTests.AssertProblem(await ApproveAsync(_paul, lapsed), 409, "not-waiting");
        Assert.Equal("lapsed", (string?)(await ReadAsync(_olga, $"{Glasses}/{lapsed}"))["state"]);
        Assert.Empty(await ToldAsync("break-glass.open"));

        var id = await OpenAsync(minutes: 5);
        var open = await ReadAsync(_olga, $"{Glasses}/{id}");
        Assert.Equal(TimeSpan.FromMinutes(5), (DateTimeOffset)open["openUntil"]! - (DateTimeOffset)open["openedAt"]!);
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(_olga, id)).StatusCode);
        await ExecuteAsync("update platform.break_glasses set open_until = now() where state = 'open'");
        await PutTests.AssertProblem(await ShowAsync(_olga, id), 409, "not-open");
        await PutTests.AssertProblem(await EndAsync(_olga, id), 409, "not-waiting");
        Assert.Equal("ended", (string?)(await ReadAsync(_server.Alice, $"{Own}/{id}"))["state"]);
        // Whoever was told of it is told that it is over.
        for (var patience = 0; (await AlertsAsync(_server.Alice, "demo")) is not ["resolved"]; patience++)
        {
            Assert.True(patience < 150, "The alert is still open.");
            await Task.Delay(100, Cancel);
        }
    }

    [Fact]
    public async Task Who_approves_was_there_before_and_is_there_still()
    {
        var id = await BeginAsync();
        using var late = await _server.OperatorAsync("late", "support");
        await PutTests.AssertProblem(await ApproveAsync(late, id), 409, "new-account");
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(_paul, id)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(_olga, id)).StatusCode);
        await TestServer.SendAsync(_server.Administrator, HttpMethod.Delete, "/operator/v1/operators/paul", 200);
        await PutTests.AssertProblem(await ShowAsync(_olga, id), 409, "not-approved");
    }

    [Fact]
    public async Task An_organization_that_is_made_meanwhile_is_told_too()
    {
        var over = await OpenAsync();
        await EndAsync(_olga, over);
        var id = await OpenAsync();
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(_olga, id)).StatusCode);
        // While it is looked at, too.
        await Task.WhenAll(
            TestServer.SendAsync(_server.Administrator, HttpMethod.Put, "/operator/v1/organizations/later", 201, $$"""{ "owner": "lena", "ownerTokenSha256": "{{TestServer.Sha256("token-of-lena")}}" }"""),
            ShowAsync(_olga, id));
        using var lena = _server.Client("token-of-lena");
        Assert.Equal([id], (await ReadAsync(lena, "/v1/organizations/later/break-glasses"))["items"]!.AsArray().Select(b => (string)b!["id"]!));
        Assert.Contains("later", await ToldAsync("break-glass.open", id));
        Assert.DoesNotContain("later", await ToldAsync("break-glass.open", over));
        Assert.Equal((true, "The ledger tells all 1, and each of 2 showings."), await CheckedAsync("later"));
    }

    [Fact]
    public async Task Where_the_host_does_not_answer_nothing_was_shown()
    {
        var id = await OpenAsync();
        _host.Silent = true;
        await PutTests.AssertProblem(await ShowAsync(_olga, id), 503, "host-silent");
        Assert.Equal(0, (int)(await ReadAsync(_olga, $"{Glasses}/{id}"))["showings"]!);
        Assert.DoesNotContain(await EntriesAsync("break-glass.host"), e => e.Organization is not "");
    }

    [Fact]
    public async Task What_is_begun_has_to_be_possible()
    {
        foreach (var (field, json) in new[]
        {
            ("reason", Begin(reason: "curiosity")), ("details", Begin(details: " ")), ("details", Begin(details: new string('x', 1001))), ("details", Begin(details: "a\u001bb")), ("minutes", Begin(minutes: 4)),
            ("minutes", Begin(minutes: 241)),
        })
        {
            await PutTests.AssertProblem(await TestServer.SendAsync(_olga, HttpMethod.Post, Glasses, json), 422, "invalid-request", field);
        }

        Assert.Equal(60, (int)(await TestServer.SendAsync(_olga, HttpMethod.Post, Glasses, 201, """{ "reason": "incident", "details": "x" }"""))["minutes"]!);
        await PutTests.AssertProblem(await ApproveAsync(_paul, "none"), 404, "not-found");
        for (var more = 1; more < 10; more++)
        {
            await BeginAsync();
        }

        await PutTests.AssertProblem(await TestServer.SendAsync(_olga, HttpMethod.Post, Glasses, Begin()), 409, "too-many-requests");
        // An entry holds the longest, whatever it is made of.
        var id = (string)(await ReadAsync(_olga, Glasses))["items"]![0]!["id"]!;
        await EndAsync(_paul, id);
        Assert.Equal("refused", (string?)(await ReadAsync(_olga, $"{Glasses}/{id}"))["state"]);
        var longest = (string)(await TestServer.SendAsync(_olga, HttpMethod.Post, Glasses, 201, Begin(details: string.Concat(Enumerable.Repeat("\ud83d\udd14\n", 333)))))["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(_paul, longest)).StatusCode);
    }

    private static string Begin(string reason = "incident", string details = "The host answers slowly.", int minutes = 30) =>
        new JsonObject { ["reason"] = reason, ["details"] = details, ["minutes"] = minutes }.ToJsonString();

    private async Task<string> BeginAsync(int minutes = 30) => (string)(await TestServer.SendAsync(_olga, HttpMethod.Post, Glasses, 201, Begin(minutes: minutes)))["id"]!;

    private async Task<string> OpenAsync(int minutes = 30)
    {
        var id = await BeginAsync(minutes);
        Assert.Equal(HttpStatusCode.OK, (await ApproveAsync(_paul, id)).StatusCode);
        return id;
    }

    private static Task<HttpResponseMessage> ApproveAsync(HttpClient client, string id) => TestServer.SendAsync(client, HttpMethod.Post, $"{Glasses}/{id}/approve");

    private static Task<HttpResponseMessage> ShowAsync(HttpClient client, string id) => TestServer.SendAsync(client, HttpMethod.Post, $"{Glasses}/{id}/host");

    private static Task<HttpResponseMessage> EndAsync(HttpClient client, string id) => TestServer.SendAsync(client, HttpMethod.Post, $"{Glasses}/{id}/end");

    private static async Task<JsonObject> ReadAsync(HttpClient client, string path) => await TestServer.BodyAsync(await client.GetAsync(path, Cancel));

    /// <summary>The states of an organization's alerts of this kind.</summary>
    private static async Task<string[]> AlertsAsync(HttpClient client, string organization) =>
        [.. (await ReadAsync(client, $"/v1/organizations/{organization}/alerts"))["items"]!.AsArray().Where(a => (string)a!["kind"]! == "break-glass").Select(a => (string)a!["state"]!)];

    /// <summary>Whose ledgers have accepted entries of an action, by name; the operator's is "".</summary>
    private async Task<string[]> ToldAsync(string action, string? id = null) =>
        [.. (await EntriesAsync(action)).Where(e => e.Entry.Contains("\"outcome\":\"accepted\"", StringComparison.Ordinal) && e.Entry.Contains(id ?? "", StringComparison.Ordinal)).Select(e => e.Organization)];

    private async Task<List<(string Organization, string Entry)>> EntriesAsync(string action)
    {
        await _server.LedgerIntegratedAsync();
        await using var command = _server.Store.CreateCommand("""
            select coalesce(o.name, ''), l.entry from platform.ledger l left join platform.organizations o on o.id = l.organization_id
            where l.entry::jsonb ->> 'action' = $1 order by coalesce(o.name, ''), l.at
            """);
        command.Parameters.AddWithValue(action);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var found = new List<(string, string)>();
        while (await reader.ReadAsync(Cancel))
        {
            found.Add((reader.GetString(0), reader.GetString(1)));
        }

        return found;
    }

    private async Task<(bool? Holds, string Message)> CheckedAsync(string organization)
    {
        await using var connection = await _server.Store.OpenConnectionAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from platform.organizations where name = $1";
        command.Parameters.AddWithValue(organization);
        var check = _server.Services.GetServices<IEvidenceCheck>().Single(c => c.Description.Name == "break-glass-told");
        var seen = await check.ObserveAsync(connection, (Guid)(await command.ExecuteScalarAsync(Cancel))!, Cancel);
        return (seen.Holds, seen.Message.En);
    }

    private async Task ExecuteAsync(string sql) => await ValueAsync(sql);

    private async Task<object?> ValueAsync(string sql)
    {
        await using var command = _server.Store.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
