using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>An accepted change and its entry: neither is there without the other, and the entry says all that the answer said.</summary>
public sealed class LedgerAdmissionTests(PostgresServer postgres)
{
    private const string Forgetful = "/v1/forgetful";
    private const string Demo = "/v1/organizations/demo";

    // Test-only: what fails where it is told to.
    private const string Failing = "create function platform.fail() returns trigger language plpgsql as $$ begin raise exception 'A test says no.'; end $$; ";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_test_builds_a_change_that_is_accepted_without_an_entry_is_an_exception()
    {
        await using var server = await TestServer.StartAsync(postgres, Forgets);
        Assert.Equal(HttpStatusCode.OK, (await server.Alice.GetAsync(Forgetful, Cancel)).StatusCode);
        foreach (var method in (HttpMethod[])[HttpMethod.Put, HttpMethod.Post, HttpMethod.Patch, HttpMethod.Delete])
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await TestServer.SendAsync(server.Alice, method, Forgetful)).StatusCode);
        }

        // Each failed, and that is in the ledger.
        Assert.Equal(
            Enumerable.Repeat(("organization.read", "failed", (string?)"internal-error"), 4), await server.LedgerAsync("entry like '%" + Forgetful + "%'"));

        // It is the guard that refuses, and nothing else: without it the answer would go out.
        await using var unguarded = await TestServer.StartAsync(postgres, Forgets, change: services =>
        {
            var options = (ApiOptions)services.Last(s => s.ServiceType == typeof(ApiOptions)).ImplementationInstance!;
            services.Replace(ServiceDescriptor.Singleton(options with { Guarded = false }));
        });
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(unguarded.Alice, HttpMethod.Put, Forgetful)).StatusCode);

        static void Forgets(WebApplication app) => app.MapMethods(Forgetful, ["GET", "PUT", "POST", "PATCH", "DELETE"], async (HttpContext http, Scopes scopes, NpgsqlDataSource store) =>
        {
            await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
            Assert.True((await scopes.OrganizationAsync(http, connection, "demo", Permission.OrganizationRead, http.RequestAborted)).Ok);
            // With a body, and without one.
            return HttpMethods.IsPut(http.Request.Method) ? Results.Text("{}", "application/json") : Results.Ok();
        });
    }

    [Fact]
    public async Task In_test_builds_an_answer_that_nobody_decided_on_is_an_exception()
    {
        await using var server = await TestServer.StartAsync(postgres, Forgets);
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete])
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await TestServer.SendAsync(server.Alice, method, Forgetful)).StatusCode);
        }

        await using var unguarded = await TestServer.StartAsync(postgres, Forgets, change: services =>
        {
            var options = (ApiOptions)services.Last(s => s.ServiceType == typeof(ApiOptions)).ImplementationInstance!;
            services.Replace(ServiceDescriptor.Singleton(options with { Guarded = false }));
        });
        Assert.Equal(HttpStatusCode.OK, (await TestServer.SendAsync(unguarded.Alice, HttpMethod.Get, Forgetful)).StatusCode);

        static void Forgets(WebApplication app) => app.MapMethods(Forgetful, ["GET", "PUT", "DELETE"], () => Results.Ok());
    }

    [Fact]
    public async Task A_change_whose_entry_can_not_be_written_is_not_made()
    {
        await using var server = await TestServer.StartAsync(postgres);
        await RunAsync(server, Failing + "create trigger fail before insert on platform.ledger_pending for each row execute function platform.fail()");
        await PutTests.AssertProblem(await server.PutAsync("db"), 500, "internal-error");
        Assert.Equal((0, 0), await MadeAsync(server));
        // A refusal isn't told either before it is written down.
        await PutTests.AssertProblem(await server.PutAsync("db", "{}"), 500, "internal-error");

        await RunAsync(server, "drop trigger fail on platform.ledger_pending");
        Assert.Equal(HttpStatusCode.Created, (await server.PutAsync("db")).StatusCode);
        Assert.Equal((1, 1), await MadeAsync(server));
        Assert.Equal(["accepted"], (await server.LedgerAsync("entry::jsonb->>'action' = 'postgres.create'")).Select(e => e.Outcome));
    }

    [Fact]
    public async Task A_change_that_fails_as_it_is_committed_leaves_no_entry_of_its_acceptance()
    {
        await using var server = await TestServer.StartAsync(postgres);
        await RunAsync(server, Failing + "create constraint trigger fail after insert on platform.resources deferrable initially deferred for each row execute function platform.fail()");
        await PutTests.AssertProblem(await server.PutAsync("db"), 500, "internal-error");
        Assert.Equal((0, 0), await MadeAsync(server));
        // That it failed is told, and nothing else of it: neither among those that wait nor among those that were taken in.
        Assert.Equal(("postgres.create", "failed", "internal-error"), Assert.Single(await server.LedgerAsync("entry like '%/postgres/db%'")));
        await server.LedgerIntegratedAsync();
        Assert.Single(await server.LedgerAsync("entry like '%/postgres/db%'"));
    }

    [Fact]
    public async Task An_entry_says_of_a_change_what_its_answer_said()
    {
        const string Patients = Demo + "/spaces/patients";
        await using var server = await TestServer.StartAsync(postgres);
        (await TestServer.SendAsync(server.Administrator, HttpMethod.Put, "/operator/v1/zones/local", """
            { "country": "FR", "operator": "Group", "isolation": "vm", "sites": [{ "name": "north", "country": "FR" }],
              "qualifications": [{ "kind": "hds", "by": "Body", "reference": "H1", "from": "2026-01-01", "until": "2099-12-31", "activities": [1, 2, 3, 4, 6] }] }
            """)).EnsureSuccessStatusCode();
        (await TestServer.SendAsync(server.Alice, HttpMethod.Put, Patients, """{ "classification": "health" }""")).EnsureSuccessStatusCode();

        // Under rules that apply, and without any; created, and changed.
        var rules = "policy: hds-certificate satisfied, hds-eea satisfied, health-vm satisfied";
        await TellsAsync(server, Patients + "/postgres/db", """{ "spec": {} }""", "postgres.create", 1, rules);
        await TellsAsync(server, Patients + "/postgres/db", """{ "spec": { "size": "s2" } }""", "postgres.update", 2, rules);
        await TellsAsync(server, TestServer.Postgres + "/db", """{ "spec": {} }""", "postgres.create", 1, null);

        // Of a refusal, which there is no resource and no operation of.
        var refused = await server.PutAsync("other", """{ "spec": { "size": "s9" } }""");
        await PutTests.AssertProblem(refused, 422, "invalid-request");
        await EntryAsync(server, refused, new JsonObject
        {
            ["action"] = "postgres.create",
            ["outcome"] = "refused",
            ["resource"] = TestServer.Postgres + "/other",
            ["reason"] = "invalid-request",
        });
    }

    private static async Task TellsAsync(TestServer server, string path, string body, string action, int generation, string? rules)
    {
        var answer = await TestServer.SendAsync(server.Alice, HttpMethod.Put, path, body, generation == 1 ? ("If-None-Match", "*") : ("If-Match", "*"));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        var resource = await TestServer.BodyAsync(answer);
        Assert.Equal(generation, (int)resource["generation"]!);
        var operation = await TestServer.BodyAsync(await server.Alice.GetAsync(answer.Headers.GetValues("Operation-Location").Single(), Cancel));
        await EntryAsync(server, answer, new JsonObject
        {
            ["action"] = action,
            ["outcome"] = "accepted",
            ["resource"] = path,
            ["resourceId"] = (string)resource["id"]!,
            ["generation"] = generation,
            ["operationId"] = (string)operation["id"]!,
            ["reason"] = rules,
        });
    }

    /// <summary>The one entry of the request that was answered, as the log has it, is this and no more.</summary>
    private static async Task EntryAsync(TestServer server, HttpResponseMessage answer, JsonObject expected)
    {
        var request = answer.Headers.GetValues("Request-Id").Single();
        await using var organization = server.Store.CreateCommand("select id::text from platform.organizations where name = 'demo'");
        expected["version"] = 2;
        expected["actor"] = "customer:alice";
        expected["organizationId"] = (string)(await organization.ExecuteScalarAsync(Cancel))!;
        expected["requestId"] = request;
        expected["origin"] = "127.0.0.1";
        await server.LedgerIntegratedAsync();
        var page = await TestServer.BodyAsync(await server.Alice.GetAsync(Demo + "/ledger?limit=200", Cancel));
        var entry = Assert.Single(page["items"]!.AsArray().Select(i => JsonNode.Parse((string)i!["entry"]!)!.AsObject()), e => (string?)e["requestId"] == request);
        // The database's clock, first when it happened and then when it was logged.
        Assert.True(string.CompareOrdinal((string)entry["at"]!, (string)entry["loggedAt"]!) <= 0);
        Assert.True(entry.Remove("at") && entry.Remove("loggedAt"));
        Assert.Equal(Sorted(expected), Sorted(entry));

        static string Sorted(JsonObject json) => string.Join('\n', json.Where(m => m.Value is not null).Select(m => $"{m.Key}: {m.Value!.ToJsonString()}").Order(StringComparer.Ordinal));
    }

    private static async Task<(long Resources, long Operations)> MadeAsync(TestServer server)
    {
        await using var command = server.Store.CreateCommand("select (select count(*) from platform.resources), (select count(*) from platform.operations)");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        Assert.True(await reader.ReadAsync(Cancel));
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task RunAsync(TestServer server, string sql)
    {
        await using var command = server.Store.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
