using System.Net;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

public sealed class MetricsTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_the_agents_measured_is_read_of_one_and_of_all()
    {
        await MeasuredAsync("first", 7);
        await MeasuredAsync("second", 8);
        var one = await _server.Alice.GetAsync(TestServer.Postgres + "/first/metrics");
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", one.Content.Headers.ContentType!.ToString());
        var text = await one.Content.ReadAsStringAsync();
        Assert.Matches("(?m)^beffroi_postgres_connections\\{organization=\"demo\",space=\"eval\",name=\"first\",node=\"n-[0-9a-f-]+\",state=\"active\"\\} 7$", text);
        Assert.DoesNotContain("second", text, StringComparison.Ordinal);
        var all = await (await _server.Alice.GetAsync(TestServer.Postgres + "-metrics")).Content.ReadAsStringAsync();
        Assert.Matches("(?m)name=\"first\".*state=\"active\"\\} 7$", all);
        Assert.Matches("(?m)name=\"second\".*state=\"active\"\\} 8$", all);
        Assert.Single(all.Split('\n'), line => line.StartsWith("# TYPE beffroi_postgres_connections ", StringComparison.Ordinal));
        Assert.Contains(PostgresMetric.Parse(text), m => m is { Name: "first", Metric: "connections", Of: "active", Value: 7, Node: not null });
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/none/metrics"), 404, "not-found");
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "-metrics?limit=1"), 400, "invalid-query");
    }

    private async Task MeasuredAsync(string name, double active)
    {
        (await _server.PutAsync(name)).EnsureSuccessStatusCode();
        await _server.ReportAsync(name, new Facts { Postgres = new PostgresFacts { Ready = true, Role = "primary", Metrics = { ["connections/active"] = active, ["nonsense"] = 1 } } });
    }
}
