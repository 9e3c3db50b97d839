using System.Net;
using System.Net.Sockets;
using Beffroi.Agent.Bootstrap;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Files;
using Beffroi.Agent.Identity;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests.Channel;

/// <summary>The connection of an agent that has enrolled before.</summary>
public sealed class ChannelLoopTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-channel-").FullName;
    private readonly TestControlPlane _plane = new(IPAddress.Loopback, 0);
    private readonly GuestApi _host = new();
    private readonly NodeState _state = new();
    private readonly CancellationTokenSource _stopping = new();

    private DesiredFile File => new(_directory + "/desired.bin");

    [Fact]
    public async Task It_fetches_keeps_reports_and_finds_back()
    {
        await _plane.StartAsync();
        var running = Loop(_plane.Port, TimeProvider.System).RunAsync(_stopping.Token);
        _plane.Want(new PostgresConfiguration { ClusterName = "one" });
        await UntilAsync(() => _state.Desired?.Version == 1);
        Assert.Equal("one", File.Load()!.Postgres.ClusterName);

        _state.Applied(1);
        await _plane.WaitAsync(f => f.AppliedVersion == 1, "the application is reported at once");

        await _plane.StopAsync();
        _plane.Forget();
        _plane.Want(new PostgresConfiguration { ClusterName = "two" });
        await _plane.StartAsync();
        await UntilAsync(() => _state.Desired?.Version == 2);
        Assert.Equal("two", File.Load()!.Postgres.ClusterName);
        await _plane.WaitAsync(f => f.AppliedVersion == 1, "it reports again");

        await _stopping.CancelAsync();
        await running;
    }

    [Fact]
    public async Task It_answers_what_it_is_asked()
    {
        await _plane.StartAsync();
        var running = Loop(_plane.Port, TimeProvider.System).RunAsync(_stopping.Token);
        _plane.Questions.Writer.TryWrite(new AgentQuestion { Id = 7, History = new HistoryQuestion() });
        var answer = await _plane.Answers.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((7L, "Nothing is kept here."), (answer.Id, answer.Problem));
        await _stopping.CancelAsync();
        await running;
    }

    [Fact]
    public async Task It_tries_ever_more_rarely_and_never_in_step_with_others()
    {
        var time = new RecordingTime();
        var running = Loop(ClosedPort(), time).RunAsync(_stopping.Token);
        await UntilAsync(() => time.Pauses.Count >= 12);
        await _stopping.CancelAsync();
        await running;

        var ratios = time.Pauses.Take(12).Select((pause, i) => pause.TotalSeconds / Math.Min(10, 0.1 * Math.Pow(2, i))).ToList();
        Assert.All(ratios, ratio => Assert.InRange(ratio, 0.48, 1.5));
        Assert.True(ratios.Max() - ratios.Min() > 0.01);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _plane.DisposeAsync();
        _host.Dispose();
        _state.Dispose();
        _stopping.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 6000, "not within a minute");
            await Task.Delay(10);
        }
    }

    private ChannelLoop Loop(int port, TimeProvider time)
    {
        var keys = new KeyPair(_directory + "/identity", Account.Root);
        var now = DateTimeOffset.UtcNow;
        keys.Accept(_plane.Agents.Sign(keys.Request("i1"), "i1", [], [], TestAuthority.ClientUse, now.AddHours(-1), now.AddHours(3)));
        using (var certificate = keys.Load())
        {
            _plane.Accepted = certificate!.SerialNumber;
        }

        var controlPlane = new ControlPlane(IPAddress.Loopback, port, _plane.Agents.Pem);
        return new ChannelLoop(
            controlPlane, new Enrolment("i1", controlPlane, _host, keys, time), File, _state,
            _ => Task.FromResult(new Facts { AppliedVersion = _state.AppliedVersion }), question => new AgentAnswer { Id = question.Id, Problem = "Nothing is kept here." }, time);
    }

    /// <summary>Notes how long is waited, and doesn't wait, but for hours.</summary>
    private sealed class RecordingTime : TimeProvider
    {
        public System.Collections.Concurrent.ConcurrentQueue<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.FromMinutes(30))
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            Pauses.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
