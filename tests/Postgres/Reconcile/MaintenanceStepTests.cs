using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Reconcile;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Npgsql;

namespace Beffroi.Postgres.Tests.Reconcile;

/// <summary>In which order nodes are restarted and hand over. The nodes here do at once what is asked of them.</summary>
public sealed class MaintenanceStepTests
{
    private readonly Guid[] _nodes = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];
    private readonly HashSet<Guid> _pending = [];
    private readonly Dictionary<Guid, string> _restarted = [];
    private readonly List<string> _story = [];
    private string _notes = "";
    private bool _lowered;
    private string _window = "";
    private Guid _primary;

    [Fact]
    public async Task Without_anything_to_do_it_does_nothing()
    {
        Begin(3);
        Assert.Equal(1, await RunAsync("ha", null));
        Assert.Empty(_story);
    }

    [Fact]
    public async Task A_switchover_makes_another_node_the_primary_once()
    {
        Begin(3);
        await RunAsync("ha", Of("switchover"));
        Assert.Single(_story);
        Assert.NotEqual(_nodes[0], _primary);
    }

    [Fact]
    public async Task Settings_that_wait_for_a_restart_roll_through_the_replicas_first()
    {
        Begin(3);
        _pending.UnionWith(_nodes);
        await RunAsync("ha", null);
        Assert.Equal(["restart 1", "restart 2", "primary 1", "restart 0"], _story);
        Assert.Empty(_pending);
    }

    [Fact]
    public async Task A_restart_that_was_asked_for_restarts_every_node_once()
    {
        Begin(3);
        await RunAsync("ha-strict", Of("restart"));
        Assert.Equal(["restart 1", "restart 2", "primary 1", "restart 0"], _story);
    }

    [Fact]
    public async Task One_node_restarts_only_when_it_is_asked_to()
    {
        Begin(1);
        _pending.Add(_nodes[0]);
        await RunAsync("single", null);
        Assert.Empty(_story);
        await RunAsync("single", Of("restart"));
        Assert.Equal(["restart 0"], _story);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task With_a_window_what_waits_is_restarted_in_it_and_otherwise_only_when_asked_for(int count)
    {
        var availability = count == 1 ? "single" : "ha";
        string[] all = count == 1 ? ["restart 0"] : ["restart 1", "restart 2", "primary 1", "restart 0"];
        Begin(count);
        _pending.UnionWith(_nodes.Take(count));
        _window = Window(TimeSpan.FromHours(3), TimeSpan.FromHours(5));
        await RunAsync(availability, null);
        Assert.Empty(_story);
        await RunAsync(availability, Of("restart"));
        Assert.Equal(all, _story);

        Begin(count);
        _story.Clear();
        _restarted.Clear();
        _pending.UnionWith(_nodes.Take(count));
        _window = Window(TimeSpan.FromMinutes(-5), TimeSpan.FromHours(3));
        await RunAsync(availability, null);
        Assert.Equal(all, _story);
        Assert.Empty(_pending);

        static string Window(TimeSpan from, TimeSpan to) =>
            $$""","maintenanceWindow":{"day":"daily","from":"{{DateTime.UtcNow + from:HH:mm}}","to":"{{DateTime.UtcNow + to:HH:mm}}"}""";
    }

    [Fact]
    public async Task A_setting_that_still_waits_after_the_restart_does_not_restart_for_ever()
    {
        Begin(3);
        _pending.UnionWith(_nodes);
        Assert.InRange(await RunAsync("ha", null, stubborn: true), 1, 20);
        Assert.Equal(["restart 1", "restart 2", "restart 0", "restart 1", "restart 2"], _story);
    }

    [Fact]
    public async Task What_is_lowered_takes_effect_on_the_primary_first_and_then_on_replicas()
    {
        Begin(3);
        _pending.UnionWith(_nodes);
        _lowered = true;
        await RunAsync("ha", null);
        Assert.Equal(["restart 1", "restart 2", "restart 0", "restart 1", "restart 2"], _story);
        Assert.Empty(_pending);

        // And no more.
        Assert.Equal(1, await RunAsync("ha", null));
    }

    private static Operation Of(string verb) =>
        new(Guid.CreateVersion7(), verb, "postgres", "first", Guid.Empty, "running", "", [], DateTimeOffset.UnixEpoch, null);

    private void Begin(int count)
    {
        var nodes = string.Join(',', _nodes.Take(count).Select(id => $$"""{"instanceId":"{{id}}","volumeId":"{{id}}","hostNumber":2}"""));
        _notes = $$"""{"nodes":[{{nodes}}]}""";
        _primary = _nodes[0];
    }

    /// <summary>Passes until it holds; how many that were.</summary>
    private async Task<int> RunAsync(string availability, Operation? operation, bool stubborn = false)
    {
        for (var passes = 1; ; passes++)
        {
            var context = Context(availability, operation);
            var result = await new MaintenanceStep(TimeProvider.System).EnsureAsync(context, CancellationToken.None);
            _notes = context.InternalJson();
            if (result is StepResult.HoldsCase)
            {
                return passes;
            }

            Assert.True(passes < 50, "it never ends");
            Act(context, stubborn);
        }
    }

    private void Act(PostgresContext context, bool stubborn)
    {
        if (context.Notes.Primary is { } primary && primary != _primary)
        {
            _primary = primary;
            _story.Add("primary " + Array.IndexOf(_nodes, primary));
        }

        foreach (var node in context.Nodes.Where(n => n.Notes.Restart is { } mark && _restarted.GetValueOrDefault(n.InstanceId) != mark))
        {
            _restarted[node.InstanceId] = node.Notes.Restart!;
            _story.Add("restart " + Array.IndexOf(_nodes, node.InstanceId));
            if (!stubborn && !(_lowered && node.InstanceId != _primary && _pending.Contains(_primary)))
            {
                _pending.Remove(node.InstanceId);
            }
        }
    }

    private PostgresContext Context(string availability, Operation? operation)
    {
        var agents = _nodes.ToDictionary(id => id, id => new AgentRecord(id, Guid.Empty, Guid.Empty, null, 1, FactsOf(id), null));
        var row = new ResourceRow(
            Guid.NewGuid(), "postgres", new SpaceRecord(Guid.NewGuid(), "eval", Guid.NewGuid(), "demo", "local", 0), "first", new Dictionary<string, string>(), 1, 1,
            $$"""{"availability":"{{availability}}"{{_window}}}""", """{"state":"ready","observedGeneration":1,"conditions":[]}""", _notes, null,
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null);
        return new PostgresContext(row, new NoLease(), operation, agents, SealState.Open);
    }

    private Facts FactsOf(Guid node) => new()
    {
        AppliedVersion = 1,
        Postgres = new PostgresFacts
        {
            Role = node == _primary ? "primary" : "replica",
            Ready = true,
            PendingRestart = _pending.Contains(node),
            Restarted = _restarted.GetValueOrDefault(node, ""),
        },
    };

    private sealed class NoLease : ILease
    {
        public WorkKey Key => new("postgres", Guid.Empty);

        public long Epoch => 1;

        public int FailedAttempts => 0;

        public CancellationToken Superseded => CancellationToken.None;

        public Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
