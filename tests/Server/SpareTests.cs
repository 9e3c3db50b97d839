using System.Net;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Resources;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>What customers can see and do while their space has a spare. The reconciler's part is in tests/EndToEnd.</summary>
public sealed class SpareTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private ISpares Spares => _server.Services.GetRequiredService<ISpares>();

    [Fact]
    public async Task A_creation_takes_over_the_spare_and_becomes_a_resource_like_any_other()
    {
        var spare = await PrepareAsync();
        var created = await _server.PutAsync("db", """{ "spec": {}, "labels": { "team": "a" } }""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var body = await TestServer.BodyAsync(created);
        Assert.Equal(spare, (Guid)body["id"]!);
        Assert.Equal((1, "db", "a", "creating"), ((int)body["generation"]!, (string?)body["name"], (string?)body["labels"]!["team"], (string?)body["status"]!["state"]));
        Assert.True(body["spec"]!["deletionProtection"]!.GetValue<bool>());
        Assert.Equal(spare, _server.Signals.Keys.Single(k => k.Kind == "postgres").Id);
        Assert.Contains(await _server.LedgerAsync("true"), e => e is { Action: "postgres.create", Outcome: "accepted", Reason: "takes over a spare that was prepared for this space" });

        Assert.NotEqual(spare, (Guid)(await TestServer.BodyAsync(await _server.PutAsync("other")))["id"]!);
    }

    [Fact]
    public async Task A_spare_is_in_no_list_answers_to_no_name_and_makes_no_event()
    {
        var spare = await PrepareAsync();
        await using var connection = await _server.Store.OpenConnectionAsync();
        var resources = _server.Services.GetRequiredService<IResources>();
        await resources.UpdateObservedAsync(connection, spare, """{ "state": "ready", "observedGeneration": 0, "conditions": [], "role": "primary" }""", "{}", default);

        Assert.Empty((await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres)))["items"]!.AsArray());
        foreach (var path in new[] { "/0-spare", "/0-spare/credentials" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.GetAsync(TestServer.Postgres + path)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await _server.Alice.DeleteAsync(TestServer.Postgres + "/0-spare")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _server.PutAsync("0-spare")).StatusCode);
        Assert.True(await Spares.GiveUpAsync(connection, spare, default));
        await resources.RemoveAsync(connection, spare, default);
        await using var events = new NpgsqlCommand("select count(*) from platform.events", connection);
        Assert.Equal(0L, await events.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("""{ "storage": "20GiB" }""")]
    [InlineData("""{ "storage": "1GiB" }""")]
    [InlineData("""{ "size": "s2" }""")]
    public async Task What_the_spare_cannot_become_goes_the_long_way(string spec)
    {
        var spare = await PrepareAsync();
        Assert.NotEqual(spare, (Guid)(await TestServer.BodyAsync(await _server.PutAsync("db", $$"""{ "spec": {{spec}} }""")))["id"]!);
    }

    [Fact]
    public async Task A_spare_that_can_grow_is_taken_for_more_storage()
    {
        var spare = await PrepareAsync(notes: """{ "growsInUse": true }""");
        var body = await TestServer.BodyAsync(await _server.PutAsync("db", """{ "spec": { "storage": "20GiB" } }"""));
        Assert.Equal((spare, "20GiB"), ((Guid)body["id"]!, (string?)body["spec"]!["storage"]));
    }

    [Fact]
    public async Task A_spare_that_is_not_ready_or_given_up_or_anothers_is_not_taken()
    {
        var unready = await PrepareAsync(state: "creating");
        Assert.NotEqual(unready, (Guid)(await TestServer.BodyAsync(await _server.PutAsync("first")))["id"]!);

        (await _server.Mallory.PutAsync("/v1/organizations/evil/spaces/lair", TestServer.Json(TestServer.NewSpace))).EnsureSuccessStatusCode();
        var theirs = await PrepareAsync(space: "lair");
        Assert.NotEqual(theirs, (Guid)(await TestServer.BodyAsync(await _server.PutAsync("second")))["id"]!);

        await using var connection = await _server.Store.OpenConnectionAsync();
        Assert.True(await Spares.GiveUpAsync(connection, unready, default));
        await _server.Services.GetRequiredService<IResources>().UpdateObservedAsync(connection, unready, """{ "state": "ready", "observedGeneration": 0, "conditions": [] }""", "{}", default);
        Assert.NotEqual(unready, (Guid)(await TestServer.BodyAsync(await _server.PutAsync("third")))["id"]!);
    }

    [Fact]
    public async Task Of_creations_that_race_for_one_spare_one_gets_it_and_all_succeed()
    {
        for (var round = 0; round < 5; round++)
        {
            var spare = await PrepareAsync();
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _server.PutAsync($"race-{round}-{i}")));
            var ids = await Task.WhenAll(answers.Select(async a => (Guid)(await TestServer.BodyAsync(a))["id"]!));
            Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.StatusCode));
            Assert.Single(ids, spare);
            Assert.Equal(6, ids.Distinct().Count());
        }
    }

    [Fact]
    public async Task Of_creations_of_one_name_that_race_for_one_spare_one_is_made()
    {
        await PrepareAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _server.PutAsync("same")));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(5, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
        Assert.Single((await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres)))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_space_has_one_spare()
    {
        await PrepareAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => PrepareAsync());
    }

    private async Task<Guid> PrepareAsync(string state = "ready", string notes = "{}", string space = "eval")
    {
        await using var connection = await _server.Store.OpenConnectionAsync();
        await using var find = new NpgsqlCommand("select id from platform.spaces where name = $1", connection) { Parameters = { new() { Value = space } } };
        var id = Guid.CreateVersion7();
        var status = System.Text.Json.JsonSerializer.Serialize(new PostgresStatus(state, 0, [new Condition("Ready", true, "Ready", "It is.", DateTimeOffset.UtcNow)]), WireJson.Default.PostgresStatus);
        var spare = new NewSpare(id, "postgres", (Guid)(await find.ExecuteScalarAsync())!, System.Text.Json.JsonSerializer.Serialize(new PostgresSpec(DeletionProtection: false), WireJson.Default.PostgresSpec), status);
        if (!await Spares.PrepareAsync(connection, spare, default))
        {
            throw new InvalidOperationException("There is a spare.");
        }

        await _server.Services.GetRequiredService<IResources>().UpdateObservedAsync(connection, id, status, notes, default);
        return id;
    }
}
