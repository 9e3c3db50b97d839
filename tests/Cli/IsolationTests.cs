using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary><c>verify isolation</c>: how it ends for each verdict, and what it shows of it.</summary>
public sealed class IsolationTests : IAsyncLifetime
{
    private const string Path = Samples.Path + "/isolation-verifications";
    private const string Name = "v20261123120000";
    private static readonly DateTimeOffset Then = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
        _api.OnJson("POST " + Path, new IsolationVerdict(Name, "running", Then, null), WireJson.Default.IsolationVerdict, 202);
        _api.OnJson("GET " + Samples.Path + "/operations/" + Samples.OperationId, Samples.Operation("succeeded"), WireJson.Default.Operation);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Theory]
    [InlineData("passed", "passed", 0)]
    [InlineData("failed", "FAILED: outside/tcp: Connect to every port of the space's instances.", 1)]
    [InlineData("inconclusive", "INCONCLUSIVE: outside/tcp: Connect to every port of the space's instances.", 1)]
    [InlineData("running", "running", 1)]
    public async Task It_ends_well_only_if_every_attempt_was_judged_and_none_got_through(string verdict, string said, int code)
    {
        _api.OnJson($"GET {Path}/{Name}", Verification(verdict), WireJson.Default.IsolationVerification);
        var run = await _cli.RunAsync("verify", "isolation", "--evidence", "-");
        Assert.True(run.ExitCode == code, run.Error + run.Output);
        Assert.Contains(said, run.Output, StringComparison.Ordinal);
        Assert.Contains("What came of it.", run.Output, StringComparison.Ordinal);

        // Shown later it says the same; one that still runs is no failure then.
        Assert.Equal(verdict == "running" ? 0 : code, (await _cli.RunAsync("verify", "show", Name)).ExitCode);
    }

    [Fact]
    public async Task What_got_through_is_said_with_where_it_arrived()
    {
        _api.OnJson($"GET {Path}/{Name}", Verification("failed"), WireJson.Default.IsolationVerification);
        var run = await _cli.RunAsync("verify", "isolation", "--evidence", "-");
        Assert.Contains("10.93.0.2:5432", run.Output, StringComparison.Ordinal);
        Assert.Matches("outside +tcp +12 +blocked +reached +reached +FAILED", run.Output);
        Assert.Matches("inside +udp +3 +blocked +blocked +reached +passed", run.Output);
    }

    [Theory]
    [InlineData("passed", 0)]
    [InlineData("failed", 1)]
    [InlineData("inconclusive", 1)]
    public async Task Who_may_know_the_verdict_alone_learns_it_and_no_more(string verdict, int code)
    {
        var asked = 0;
        _api.OnProblem($"GET {Path}/{Name}", new ProblemDocument("urn:beffroi:problem:forbidden", "Not allowed", 403, "Your account does not have the permission isolation.read here.", null, null));
        _api.On($"GET {Path}/{Name}/verdict", _ => Results.Text(
            JsonSerializer.Serialize(new IsolationVerdict(Name, asked++ == 0 ? "running" : verdict, Then, Then), WireJson.Default.IsolationVerdict), "application/json"));
        var run = await _cli.RunAsync("verify", "isolation");
        Assert.True(run.ExitCode == code, run.Error);
        Assert.Contains(verdict, run.Output, StringComparison.Ordinal);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Not_waited_for_it_has_begun_and_nothing_is_said_of_a_verdict()
    {
        var run = await _cli.RunAsync("verify", "isolation", "--no-wait");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("running", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_api.Requests, request => request.Contains(Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(403, 4)]
    [InlineData(404, 3)]
    [InlineData(409, 4)]
    [InlineData(500, 1)]
    public async Task One_that_could_not_be_begun_is_no_success(int status, int code)
    {
        _api.OnProblem("POST " + Path, new ProblemDocument("urn:beffroi:problem:x", "No", status, "It can't be begun.", null, null));
        var run = await _cli.RunAsync("verify", "isolation");
        Assert.True(run.ExitCode == code, run.Error);
        Assert.Contains("It can't be begun.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evidence_that_can_not_be_kept_is_a_failure_although_it_passed()
    {
        _api.OnJson($"GET {Path}/{Name}", Verification("passed") with { EvidenceSha256 = new string('a', 64) }, WireJson.Default.IsolationVerification);
        _api.On($"GET {Path}/{Name}/evidence", _ => Results.Text("a note\n"));
        var run = await _cli.RunAsync("verify", "isolation", "--evidence", _cli.Configuration + "/none/of/these.note");
        Assert.Equal(1, run.ExitCode);
        var file = _cli.Configuration + "/isolation.note";
        Assert.Equal(0, (await _cli.RunAsync("verify", "isolation", "--evidence", file)).ExitCode);
        Assert.Equal("a note\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static IsolationVerification Verification(string verdict) => new(
        Guid.Empty, "demo", "eval", Name, "request", verdict, "What came of it.", Then, verdict == "running" ? null : Then,
        verdict == "running" ? [] :
        [
            new IsolationAttempt("udp", "inside", "Send to the host's ports", "blocked", "blocked", "reached", "passed", 3, []),
            verdict switch
            {
                "failed" => new IsolationAttempt("tcp", "outside", "Connect to every port of the space's instances", "blocked", "reached", "reached", "failed", 12, ["10.93.0.2:5432"]),
                "inconclusive" => new IsolationAttempt("tcp", "outside", "Connect to every port of the space's instances", "blocked", "unable", "failed", "inconclusive", 12, []),
                _ => new IsolationAttempt("tcp", "outside", "Connect to every port of the space's instances", "blocked", "blocked", "reached", "passed", 12, []),
            },
        ],
        null, Samples.OperationId);
}
