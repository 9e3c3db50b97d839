using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

public sealed class PutTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Creates_repeats_and_changes_under_conditions()
    {
        var created = await _server.PutAsync("db", """{ "spec": { "storage": "10240MiB" }, "labels": { "team": "a" } }""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(TestServer.Postgres + "/db", created.Headers.Location!.ToString());
        var body = await TestServer.BodyAsync(created);
        Assert.Equal("10GiB", (string?)body["spec"]!["storage"]);
        Assert.Equal("creating", (string?)body["status"]!["state"]);
        Assert.Equal("\"" + body["etag"] + "\"", created.Headers.ETag!.ToString());
        var operation = await _server.Alice.GetAsync(created.Headers.GetValues("Operation-Location").Single());
        Assert.Equal("running", (string?)(await TestServer.BodyAsync(operation))["state"]);
        Assert.Equal((Guid)body["id"]!, _server.Signals.Keys.Single(k => k.Kind == "postgres").Id);

        var again = await _server.PutAsync("db", """{ "spec": { "storage": "10GiB" }, "labels": { "team": "a" } }""");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(created.Headers.ETag, again.Headers.ETag);
        Assert.False(again.Headers.Contains("Operation-Location"));

        await AssertProblem(await _server.PutAsync("db", headers: ("If-None-Match", "*")), 412, "name-taken", "name");
        await AssertProblem(await _server.PutAsync("db", """{ "spec": { "size": "s2" } }"""), 428, "precondition-required", "If-Match");
        await AssertProblem(await _server.PutAsync("db", """{ "spec": { "size": "s2" } }""", ("If-Match", "\"other\"")), 412, "stale-etag", "If-Match");
        await AssertProblem(await _server.PutAsync("new", """{ "spec": {} }""", ("If-Match", "*")), 412, "stale-etag", "If-Match");
        var smaller = await _server.PutAsync("db", """{ "spec": { "storage": "9GiB" } }""", ("If-Match", created.Headers.ETag.ToString()));
        var shrunk = (await AssertProblem(smaller, 422, "invalid-request"))["errors"]![0]!;
        Assert.Equal("spec.storage", (string?)shrunk["field"]);
        Assert.Equal("10GiB to 16TiB", (string?)shrunk["allowed"]);

        var changed = await _server.PutAsync("db", """{ "spec": { "size": "s2" } }""", ("If-Match", created.Headers.ETag.ToString()));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.True(changed.Headers.Contains("Operation-Location"));
        Assert.Equal(2, (long)(await TestServer.BodyAsync(changed))["generation"]!);
        Assert.Equal("superseded", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(created.Headers.GetValues("Operation-Location").Single())))["state"]);

        var labelled = await _server.PutAsync("db", """{ "spec": { "size": "s2" }, "labels": { "x": "" } }""", ("If-Match", changed.Headers.ETag!.ToString()));
        Assert.Equal(2, (long)(await TestServer.BodyAsync(labelled))["generation"]!);
        Assert.False(labelled.Headers.Contains("Operation-Location"));
        Assert.NotEqual(changed.Headers.ETag, labelled.Headers.ETag);

        Assert.Equal(
            [("postgres.create", "accepted"), ("postgres.update", "accepted"), ("postgres.update", "refused"), ("postgres.update", "refused"),
             ("postgres.update", "refused"), ("postgres.create", "refused"), ("postgres.update", "refused"), ("postgres.update", "accepted"),
             ("postgres.update", "accepted")],
            (await _server.LedgerAsync("entry like '%postgres%'")).Select(e => (e.Action, e.Outcome)));
    }

    [Fact]
    public async Task Storage_grows()
    {
        var created = await _server.PutAsync("db", """{ "spec": { "storage": "2GiB" } }""");
        var grown = await _server.PutAsync("db", """{ "spec": { "storage": "20GiB" } }""", ("If-Match", created.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.OK, grown.StatusCode);
        Assert.True(grown.Headers.Contains("Operation-Location"));
        Assert.Equal("20GiB", (string?)(await TestServer.BodyAsync(grown))["spec"]!["storage"]);
    }

    [Fact]
    public async Task Names_every_fault_at_once()
    {
        var response = await _server.PutAsync(
            "Bad_Name", """{ "spec": { "version": "16", "size": 4, "storage": "5", "colour": "red" }, "labels": { "UP": "x" }, "extra": 1 }""");
        var problem = await AssertProblem(response, 422, "invalid-request");
        Assert.Equal(
            ["extra", "labels", "name", "spec.colour", "spec.size", "spec.storage", "spec.version"],
            problem["errors"]!.AsArray().Select(e => (string)e!["field"]!).Order(StringComparer.Ordinal));
        Assert.All(problem["errors"]!.AsArray(), e => Assert.NotEmpty((string)e!["allowed"]!));
        Assert.Equal(response.Headers.GetValues("Request-Id").Single(), (string?)problem["instance"]);
    }

    [Theory]
    [InlineData("""{ "spec": """, 400, "malformed-json")]
    [InlineData("""{ "spec": {}, "spec": {} }""", 400, "malformed-json")]
    [InlineData("""{ "spec": { "size": "\ud800" } }""", 400, "malformed-json")]
    [InlineData("[]", 400, "malformed-json")]
    [InlineData("null", 400, "malformed-json")]
    [InlineData("", 400, "malformed-json")]
    [InlineData("{}", 422, "invalid-request")]
    [InlineData("""{ "spec": null }""", 422, "invalid-request")]
    [InlineData("""{ "spec": {}, "labels": { "a": null } }""", 422, "invalid-request")]
    [InlineData("""{ "spec": {}, "labels": { "a": "\u0000" } }""", 422, "invalid-request")]
    [InlineData("""{ "spec": { "storage": "17TiB" } }""", 422, "invalid-request")]
    [InlineData("""{ "spec": { "storage": "1048577KiB" } }""", 422, "invalid-request")]
    public async Task Refuses_bad_bodies(string body, int status, string type)
    {
        await AssertProblem(await _server.PutAsync("db", body), status, type, status == 400 ? ["body"] : ["spec", "labels.a", "spec.storage"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(TestServer.Postgres + "/db")).StatusCode);
    }

    [Fact]
    public async Task Refuses_large_and_foreign_bodies_and_bad_queries()
    {
        await AssertProblem(await _server.PutAsync("db", """{ "spec": {} }""" + new string(' ', 70_000)), 413, "body-too-large", "body");
        using var text = new StringContent("""{ "spec": {} }""");
        await AssertProblem(await _server.Alice.PutAsync(TestServer.Postgres + "/db", text), 415, "unsupported-media-type", "Content-Type");
        await AssertProblem(await _server.Alice.PutAsync(TestServer.Postgres + "/db", null), 415, "unsupported-media-type", "Content-Type");
        foreach (var query in (string[])["limit=0", "limit=201", "limit=x", "pageToken=!", "selector=a", "other=1", "limit=1&limit=2"])
        {
            await AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "?" + query), 400, "invalid-query");
        }

        await AssertProblem(await _server.PutAsync("db?force=1"), 400, "invalid-query");
    }

    [Fact]
    public async Task Of_two_creations_at_once_one_creates()
    {
        for (var round = 0; round < 5; round++)
        {
            var name = "race" + round;
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _server.PutAsync(name)));
            Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
            Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
            var strict = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _server.PutAsync("strict" + name, headers: ("If-None-Match", "*"))));
            Assert.Single(strict, a => a.StatusCode == HttpStatusCode.Created);
            Assert.Equal(3, strict.Count(a => a.StatusCode == HttpStatusCode.PreconditionFailed));
        }
    }

    [Fact]
    public async Task Replays_the_answer_to_a_repeated_key()
    {
        var first = await _server.PutAsync("db", headers: ("Idempotency-Key", "k1"));
        var second = await _server.PutAsync("db", headers: ("Idempotency-Key", "k1"));
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.GetValues("Operation-Location"), second.Headers.GetValues("Operation-Location"));
        await AssertProblem(await _server.PutAsync("db2", headers: ("Idempotency-Key", "k1")), 422, "idempotency-key-reused");
        await AssertProblem(await _server.PutAsync("db2", headers: ("Idempotency-Key", new string('x', 256))), 400, "invalid-header");
        var many = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _server.PutAsync("db3", headers: ("Idempotency-Key", "k3"))));
        Assert.All(many, a => Assert.Equal(HttpStatusCode.Created, a.StatusCode));
        Assert.Equal(5, many.Count(a => a.Headers.Contains("Idempotency-Replayed")));
    }

    [Fact]
    public async Task Deletes_only_what_is_unprotected_and_unchanged()
    {
        var created = await _server.PutAsync("db");
        var path = TestServer.Postgres + "/db";
        await AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, path), 409, "deletion-protected", "spec.deletionProtection");
        var open = await _server.PutAsync("db", """{ "spec": { "deletionProtection": false } }""", ("If-Match", "*"));
        await AssertProblem(
            await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, path, null, ("If-Match", created.Headers.ETag!.ToString())), 412, "stale-etag", "If-Match");
        var deleted = await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, path, null, ("If-Match", open.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        var again = await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, path);
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal((string?)(await TestServer.BodyAsync(deleted))["id"], (string?)(await TestServer.BodyAsync(again))["id"]);
        await AssertProblem(await _server.PutAsync("db"), 409, "being-deleted");
        await AssertProblem(await _server.Alice.GetAsync(path + "/credentials"), 409, "being-deleted");
        Assert.Equal("deleting", (string?)(await TestServer.BodyAsync(await _server.Alice.GetAsync(path)))["status"]!["state"]);
        await AssertProblem(await TestServer.SendAsync(_server.Alice, HttpMethod.Delete, TestServer.Postgres + "/none"), 404, "not-found");
    }

    /// <summary>Is it this problem, and if one of these fields is at fault, does it say which and what is allowed?</summary>
    internal static async Task<System.Text.Json.Nodes.JsonObject> AssertProblem(HttpResponseMessage response, int status, string type, params string[] fields)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await TestServer.BodyAsync(response);
        Assert.Equal("urn:beffroi:problem:" + type, (string?)problem["type"]);
        Assert.Equal(status, (int)problem["status"]!);
        if (fields.Length > 0)
        {
            var error = Assert.Single(problem["errors"]!.AsArray())!;
            Assert.Contains((string)error["field"]!, fields);
            Assert.NotEmpty((string)error["message"]!);
            Assert.NotEmpty((string)error["allowed"]!);
        }

        return problem;
    }
}
