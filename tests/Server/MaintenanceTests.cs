using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>What maintains a database as the API takes them; tests/EndToEnd has them done.</summary>
public sealed class MaintenanceTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("ha", "switchover")]
    [InlineData("ha", "restart")]
    [InlineData("single", "restart")]
    [InlineData("single", "rotate-key")]
    [InlineData("ha", "apply-updates")]
    public async Task It_begins_an_operation_when_none_runs(string availability, string verb)
    {
        await CreateAsync(availability);
        await PutTests.AssertProblem(await PostAsync(verb), 409, "operation-running");
        await SettleAsync();
        var begun = await PostAsync(verb);
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        var operation = await TestServer.BodyAsync(begun);
        Assert.Equal((verb, "running"), ((string)operation["verb"]!, (string)operation["state"]!));
        Assert.EndsWith((string)operation["id"]!, begun.Headers.GetValues("Operation-Location").Single(), StringComparison.Ordinal);
        await PutTests.AssertProblem(await PostAsync(verb), 409, "operation-running");
    }

    [Fact]
    public async Task One_node_has_none_to_hand_over_to()
    {
        await CreateAsync("single");
        await SettleAsync();
        await PutTests.AssertProblem(await PostAsync("switchover"), 409, "one-node");
    }

    private async Task CreateAsync(string availability) =>
        (await _server.PutAsync("db", $$"""{ "spec": { "availability": "{{availability}}" } }""")).EnsureSuccessStatusCode();

    private Task<HttpResponseMessage> PostAsync(string verb) => TestServer.SendAsync(_server.Alice, HttpMethod.Post, TestServer.Postgres + "/db/" + verb);

    private async Task SettleAsync()
    {
        await using var command = _server.Store.CreateCommand("update platform.operations set state = 'succeeded'");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
