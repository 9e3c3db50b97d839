using System.Diagnostics;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;
using Beffroi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

public sealed class ReadTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Lists_in_pages_and_by_labels()
    {
        foreach (var (name, team) in ((string, string)[])[("c", "x"), ("a", "x"), ("b", "y"), ("a-b", "x")])
        {
            await _server.PutAsync(name, $$"""{ "spec": {}, "labels": { "team": "{{team}}" } }""");
        }

        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "?limit=2&selector=team%3Dx" + (token is null ? "" : "&pageToken=" + token)));
            names.AddRange(page["items"]!.AsArray().Select(i => (string)i!["name"]!));
            token = (string?)page["nextPageToken"];
        }
        while (token is not null);

        Assert.Equal(["a", "a-b", "c"], names);
        var operations = await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/spaces/eval/operations?limit=3"));
        Assert.Equal(["a-b", "b", "a"], operations["items"]!.AsArray().Select(o => (string)o!["resourceName"]!));
        var rest = await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/spaces/eval/operations?limit=3&pageToken=" + operations["nextPageToken"]));
        Assert.Equal("c", (string?)rest["items"]!.AsArray().Single()!["resourceName"]);
        await PutTests.AssertProblem(await _server.Mallory.GetAsync("/v1/organizations/demo/spaces/eval/operations/" + operations["items"]![0]!["id"]), 404, "not-found");
    }

    [Fact]
    public async Task Credentials_are_given_when_they_exist_and_each_reading_is_recorded()
    {
        var path = TestServer.Postgres + "/db/credentials";
        var row = await TestServer.BodyAsync(await _server.PutAsync("db"));
        await PutTests.AssertProblem(await _server.Alice.GetAsync(path), 409, "not-ready");
        var canary = "canary-" + Guid.NewGuid().ToString("N");
        await BringAboutAsync((Guid)row["id"]!, canary);

        var answer = await TestServer.SendAsync(_server.Alice, HttpMethod.Get, path, null, ("Idempotency-Key", "x"));
        var credentials = await TestServer.BodyAsync(answer);
        Assert.Equal(canary, (string?)credentials["password"]);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", (string?)credentials["caCertificate"], StringComparison.Ordinal);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(["refused", "accepted"], (await _server.LedgerAsync("entry like '%credentials%'")).Select(e => e.Outcome));
        await using var kept = _server.Store.CreateCommand(
            "select count(*) from platform.idempotency_keys, platform.ledger where body like '%canary%' or entry like '%canary%'");
        Assert.Equal(0L, await kept.ExecuteScalarAsync());
        Assert.DoesNotContain(canary, await (await _server.Alice.GetAsync(TestServer.Postgres + "/db")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_observed_is_shown_once_and_operations_end_once()
    {
        var row = await TestServer.BodyAsync(await _server.PutAsync("db"));
        var id = (Guid)row["id"]!;
        var operation = (Guid)row["operation"]!;
        await BringAboutAsync(id, "p");
        var first = await _server.Alice.GetAsync(TestServer.Postgres + "/db");
        await BringAboutAsync(id, "p");
        Assert.Equal(first.Headers.ETag, (await _server.Alice.GetAsync(TestServer.Postgres + "/db")).Headers.ETag);
        Assert.NotEqual((string?)row["etag"], first.Headers.ETag!.Tag.Trim('"'));

        var operations = _server.Services.GetRequiredService<IOperations>();
        await using var connection = await _server.Store.OpenConnectionAsync();
        await operations.UpdateAsync(connection, operation, "succeeded", "Done.", [], default);
        await operations.UpdateAsync(connection, operation, "running", "Again.", [], default);
        var ended = await operations.FindAsync(connection, operation, default);
        Assert.Equal(("succeeded", "Done."), (ended!.State, ended.Message));
        Assert.NotNull(ended.FinishedAt);
        await _server.Services.GetRequiredService<IResources>().RemoveAsync(connection, id, default);
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/db"), 404, "not-found");
    }

    [Fact]
    public async Task A_route_that_forgets_to_decide_or_to_record_fails_in_test_builds()
    {
        await using var server = await TestServer.StartAsync(postgres, app =>
        {
            app.MapGet("/v1/forgetful", () => "secret");
            app.MapPut("/v1/forgetful", (HttpContext http) => "secret of " + Scopes.Anyone(http).Name);
        });
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put])
        {
            var response = await TestServer.SendAsync(server.Alice, method, "/v1/forgetful");
            Assert.Equal(System.Net.HttpStatusCode.InternalServerError, response.StatusCode);
            Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Stops_in_less_than_five_seconds_with_streams_open()
    {
        using var stream = await _server.Alice.GetAsync("/v1/organizations/demo/spaces/eval/events", HttpCompletionOption.ResponseHeadersRead);
        var start = Stopwatch.GetTimestamp();
        await _server.App.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    private async Task BringAboutAsync(Guid id, string password)
    {
        await using var connection = await _server.Store.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var resources = _server.Services.GetRequiredService<IResources>();
        var row = (await resources.FindAsync(connection, id, default))!;
        var keys = _server.Services.GetRequiredService<IResourceKeys>();
        await keys.EnsureAsync(connection, row.Space.OrganizationId, id, default);
        using var secret = Secret.FromText(password);
        await keys.PutSecretAsync(connection, row.Space.OrganizationId, id, "app-password", secret, default);
        await _server.Services.GetRequiredService<IAuthorities>().EnsureAsync(
            connection, AuthorityId.Servers(row.Space.Id, row.Space.OrganizationId), "test", default);
        var status = new PostgresStatus("ready", 1, [], new PostgresEndpoint("db.eval.demo", "10.93.0.2", 5432, "app", "app"));
        await resources.UpdateObservedAsync(connection, id, JsonSerializer.Serialize(status, WireJson.Default.PostgresStatus), "{}", default);
        await transaction.CommitAsync();
    }
}
