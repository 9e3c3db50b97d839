using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Protection;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary>What waits for a second person, against an API: it is told once, sent again when it is approved, and given up when it is refused.</summary>
public sealed class SecondPersonTests : IAsyncLifetime
{
    private const string Seal = "/v1/organizations/demo/key/seal", Approvals = "/v1/organizations/demo/approvals", Listing = "GET " + Approvals + "?limit=100";
    private static readonly Guid Id = Guid.Parse("01900000-0000-7000-8000-000000000001");
    private readonly string _authority = Path.GetTempFileName();
    private readonly StringWriter _told = new();
    private readonly Queue<string> _states = new();
    private string _state = "";
    private FakeApi _api = null!;
    private ApiClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        await File.WriteAllTextAsync(_authority, _api.AuthorityPem);
        _client = new ApiClient(new Uri(_api.Address), _authority, FakeApi.Token);
        _api.On("GET " + Approvals, _ => Results.Text(JsonSerializer.Serialize(new Page<Approval>([.. Listed()], null), WireJson.Default.PageApproval), "application/json"));
        _api.On("POST " + Seal, _ => _state == "approved"
            ? Results.Text(JsonSerializer.Serialize(Samples.Operation("running", "seal"), WireJson.Default.Operation), "application/json", statusCode: 202)
            : Results.Text(
                JsonSerializer.Serialize(
                    new ProblemDocument("urn:beffroi:problem:approval-needed", "A second person has to approve this", 409, "It waits.", null, [new FieldError("approval", "First.", Id.ToString("D"))]),
                    WireJson.Default.ProblemDocument),
                "application/problem+json", statusCode: 409));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _api.DisposeAsync();
        await _told.DisposeAsync();
        File.Delete(_authority);
    }

    [Fact]
    public async Task It_is_told_once_and_sent_again_when_it_is_approved()
    {
        Become("waiting", "waiting", "approved");
        Assert.Equal("seal", (await Second().AskAsync(SealAsync, CancellationToken.None)).Verb);
        Assert.Equal(["POST " + Seal, Listing, Listing, Listing, "POST " + Seal], _api.Requests);
        Assert.Equal(1, _told.ToString().Split("beffroi approval approve " + Id.ToString("D")).Length - 1);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("expired")]
    public async Task Refused_or_out_of_time_it_is_given_up(string state)
    {
        Become("waiting", state);
        var failure = await Assert.ThrowsAsync<CliException>(() => Second().AskAsync(SealAsync, CancellationToken.None));
        Assert.Equal(ExitCode.Refused, failure.ExitCode);
        Assert.Contains($"seal demo: {state} by bob", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepared_it_is_approved_and_not_carried_out()
    {
        Become("waiting", "waiting", "approved");
        await Second().PrepareAsync("key.seal", SealAsync, CancellationToken.None);
        // Once more: it is approved already, and sent it would be done.
        await Second().PrepareAsync("key.seal", SealAsync, CancellationToken.None);
        Assert.Single(_api.Requests, "POST " + Seal);
    }

    [Fact]
    public async Task Another_refusal_is_nobody_s_to_wait_for()
    {
        _api.OnProblem("POST " + Seal, new ProblemDocument("urn:beffroi:problem:forbidden", "No", 403, "No.", null, null));
        await Assert.ThrowsAsync<ProblemException>(() => Second().AskAsync(SealAsync, CancellationToken.None));
        Assert.Empty(_told.ToString());
    }

    private void Become(params string[] states)
    {
        foreach (var state in states)
        {
            _states.Enqueue(state);
        }
    }

    private IEnumerable<Approval> Listed()
    {
        _state = _states.TryDequeue(out var next) ? next : _state;
        yield return new Approval(Id, "key.seal", "seal demo", "alice", _state, _state == "waiting" ? null : "bob", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
    }

    private SecondPerson Second() => new(_client, "demo", _told);

    private Task<Operation> SealAsync(CancellationToken cancellationToken) => _client.PostAsync(Seal, ApiClient.Wire.Operation, cancellationToken);
}
