using System.Net;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>What is written down when a switchover or a restart is asked for. That it is done is tested in tests/Postgres and tests/EndToEnd.</summary>
public sealed class MaintainTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("switchover")]
    [InlineData("restart")]
    [InlineData("rotate-key")]
    public async Task It_is_an_operation_that_begins_when_no_other_runs(string verb)
    {
        await _server.PutAsync("db", """{ "spec": { "availability": "ha" } }""");
        await PutTests.AssertProblem(await _server.Alice.PostAsync(TestServer.Postgres + "/db/" + verb, null), 409, "operation-running");
        await using (var finish = _server.Store.CreateCommand("update platform.operations set state = 'succeeded'"))
        {
            await finish.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var begun = await _server.Alice.PostAsync(TestServer.Postgres + "/db/" + verb, null);
        Assert.True(begun.StatusCode == HttpStatusCode.Accepted, await begun.Content.ReadAsStringAsync());
        Assert.Equal((verb, "running"), ((string?)(await TestServer.BodyAsync(begun))["verb"], (string?)(await TestServer.BodyAsync(begun))["state"]));
    }
}
