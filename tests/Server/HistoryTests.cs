using System.Net;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Platform.Agents;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Beffroi.Server.Tests;

public sealed class HistoryTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string History = TestServer.Postgres + "/first/metrics/history";
    private readonly PretendedAgents _agents = new();
    private TestServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(postgres, change: services => services.Replace(ServiceDescriptor.Singleton<IAgentQuestions>(_agents)));
        (await _server.PutAsync("first")).EnsureSuccessStatusCode();
        await _server.ReportAsync("first", new Facts { Postgres = new PostgresFacts { Ready = true, Role = "primary" } });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _agents.Dispose();
    }

    [Fact]
    public async Task What_the_nodes_keep_is_passed_on()
    {
        var instance = await InstanceAsync();
        var began = new DateTimeOffset(DateTimeOffset.UtcNow.AddHours(-2).Ticks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero);
        _agents.Measure(instance, Enumerable.Range(0, 360).Select(i => began.AddSeconds(10 * i)), at => new Dictionary<string, double> { ["cpu"] = (at - began).TotalSeconds, ["wal"] = 12_345_678 });
        var history = await ReadAsync($"?metric=cpu,wal&from={began:yyyy-MM-ddTHH:mm:ssZ}&to={began.AddMinutes(5):yyyy-MM-ddTHH:mm:ssZ}&step=60");
        Assert.Equal(("first", began, began.AddMinutes(5), 60), (history.Name, history.From, history.To, history.StepSeconds));
        var node = history.Nodes.Single();
        Assert.Equal(($"n-{instance:D}", "primary", true), (node.Name, node.Role, node.Answered));
        Assert.Equal(["cpu processors", "wal bytes-per-second"], node.Series.Select(s => s.Metric + " " + s.Unit));
        Assert.Equal([25f, 85, 145, 205, 265], node.Series[0].Average);
        Assert.Equal([0f, 60, 120, 180, 240], node.Series[0].Minimum);
        Assert.Equal([50f, 110, 170, 230, 290], node.Series[0].Maximum);
        // All of it, in the steps that fit; where nothing was measured there is nothing.
        var all = await ReadAsync("");
        Assert.Equal(HistoryCatalogue.All.Select(s => s.Name), all.Nodes.Single().Series.Select(s => s.Metric));
        Assert.All(all.Nodes.Single().Series, series => Assert.Equal((all.To - all.From).TotalSeconds / all.StepSeconds, series.Average.Count));
        Assert.InRange(all.To - all.From, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(62));
    }

    [Fact]
    public async Task A_time_that_is_long_is_in_steps_of_five_minutes_and_at_most_as_many_points_as_there_may_be()
    {
        var month = await ReadAsync("?metric=cpu&from=" + Moment(DateTimeOffset.UtcNow.AddDays(-30)));
        Assert.Equal(0, month.StepSeconds % 300);
        Assert.InRange(month.Nodes.Single().Series.Count, 0, 0);
        Assert.False(month.Nodes.Single().Answered);
        // What is older than is kept is not asked for, and what lies ahead neither.
        var wide = await ReadAsync("?metric=cpu&from=2001-01-01&to=2900-01-01");
        Assert.InRange(wide.To - wide.From, TimeSpan.FromDays(34), TimeSpan.FromDays(36));
    }

    [Theory]
    [InlineData("?metric=cpu,nonsense", "metric", "cpu, memory")]
    [InlineData("?metric=", "metric", "cpu")]
    [InlineData("?from=yesterday", "from", "e.g.")]
    [InlineData("?from=1999-01-01", "from", "e.g.")]
    [InlineData("?to=x", "to", "e.g.")]
    [InlineData("?from=2026-11-27T08:00:00Z&to=2026-11-27T08:00:00Z", "from", "before the end")]
    [InlineData("?step=-1", "step", "whole number")]
    [InlineData("?node=n-1", "node", "n-")]
    [InlineData("?limit=1", "limit", "metric, from")]
    [InlineData("?step=10&step=20", "step", "once")]
    public async Task What_is_no_question_is_refused_with_what_would_be_one(string query, string field, string allowed)
    {
        using var answer = await _server.Alice.GetAsync(History + query, Cancel);
        var problem = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(Cancel), WireJson.Default.ProblemDocument)!;
        Assert.Equal((HttpStatusCode.BadRequest, field), (answer.StatusCode, problem.Errors!.Single().Field));
        Assert.Contains(allowed, problem.Errors!.Single().Allowed, StringComparison.Ordinal);
        Assert.Empty(_agents.Asked);
    }

    [Fact]
    public async Task A_step_that_is_too_small_is_refused_with_one_that_is_not()
    {
        var from = Moment(DateTimeOffset.UtcNow.AddHours(-20));
        using var refused = await _server.Alice.GetAsync($"{History}?from={from}&step=10", Cancel);
        var problem = JsonSerializer.Deserialize(await refused.Content.ReadAsStringAsync(Cancel), WireJson.Default.ProblemDocument)!;
        var least = int.Parse(problem.Errors!.Single().Allowed!.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(least, 50, 60);
        Assert.Equal(least, (await ReadAsync($"?from={from}&step={least}")).StepSeconds);
    }

    [Fact]
    public async Task Whatever_an_agent_says_the_answer_has_what_was_asked_for()
    {
        var from = Moment(DateTimeOffset.UtcNow.AddMinutes(-5));
        var wild = new NodeHistory.Types.Series { Average = { 1, float.PositiveInfinity, float.NaN }, Maximum = { Enumerable.Repeat(1f, 5000) } };
        _agents.Otherwise = question => new AgentAnswer { History = new NodeHistory { Series = { wild } } };
        var series = (await ReadAsync($"?metric=cpu&from={from}&step=60")).Nodes.Single().Series.Single();
        Assert.Equal("cpu", series.Metric);
        Assert.Equal([1f, null, null], series.Average.Take(3));
        Assert.Equal(series.Average.Count, series.Maximum.Count);
        Assert.All(series.Minimum, Assert.Null);
        _agents.Otherwise = question => new AgentAnswer { History = new NodeHistory { Series = { wild, wild } } };
        Assert.Empty((await ReadAsync($"?metric=cpu&from={from}&step=60")).Nodes.Single().Series);
        _agents.Otherwise = _ => new AgentAnswer { Problem = "The volume is gone." };
        Assert.False((await ReadAsync("?metric=cpu")).Nodes.Single().Answered);
        _agents.Otherwise = _ => null;
        Assert.False((await ReadAsync("?metric=cpu")).Nodes.Single().Answered);
    }

    [Fact]
    public async Task It_is_of_who_may_read_metrics_and_of_what_is_there()
    {
        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/none/metrics/history", Cancel), 404, "not-found");
        await PutTests.AssertProblem(await _server.Mallory.GetAsync(History, Cancel), 404, "not-found");
        Assert.Empty(_agents.Asked);
        // One without nodes yet has nothing, which is no failure.
        (await _server.PutAsync("second")).EnsureSuccessStatusCode();
        using var answer = await _server.Alice.GetAsync(TestServer.Postgres + "/second/metrics/history", Cancel);
        Assert.Empty(JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(Cancel), WireJson.Default.PostgresHistory)!.Nodes);
    }

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private async Task<PostgresHistory> ReadAsync(string query)
    {
        using var answer = await _server.Alice.GetAsync(History + query, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize(text, WireJson.Default.PostgresHistory)!;
    }

    private async Task<Guid> InstanceAsync()
    {
        await using var command = _server.Store.CreateCommand("select instance_id from platform.agents");
        return (Guid)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
