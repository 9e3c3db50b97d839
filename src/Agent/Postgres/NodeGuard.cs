using System.Text.Json.Nodes;
using Beffroi.Agent.Files;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// What must happen within seconds and without the control plane, on a node among several: the endpoint's addresses follow the roles, and a Patroni
/// or PostgreSQL that hangs is ended before another node may take over, as a watchdog device would (a container has none of its own).
/// </summary>
internal sealed class NodeGuard(string member, PatroniApi patroni, TimeProvider time) : IAsyncDisposable
{
    private const string Unit = "beffroi-patroni.service";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    // Less than the lock lives (NodeConfiguration: ttl), less a probe and the kill.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource _source = new NpgsqlSlimDataSourceBuilder(
        $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-guard;Timeout=2;Command Timeout=2;Cancellation Timeout=200;Maximum Pool Size=1;Options={PostgresSettings.OwnAudit}").Build();

    private readonly EndpointAddress _writer = new(time);
    private readonly EndpointAddress _readers = new(time);

    /// <summary>Keeps the endpoint's addresses where they belong.</summary>
    internal async Task FollowAsync(NodeState state, CancellationToken cancellationToken)
    {
        var (confirmed, looked, reads) = (0L, 0L, false);
        while (!cancellationToken.IsCancellationRequested)
        {
            await PauseAsync(Interval, cancellationToken);
            if (state.Desired?.Postgres?.Cluster is not { } cluster)
            {
                continue;
            }

            try
            {
                var primary = await IsPrimaryAsync(cancellationToken);
                if (primary && (!_writer.Held || time.GetElapsedTime(confirmed) > ProbeInterval))
                {
                    // The lock decides, not what PostgreSQL still believes of itself; a Patroni that doesn't answer is ended by the watchdog below.
                    primary = await patroni.LeadsAsync(cancellationToken) ?? _writer.Held;
                    confirmed = time.GetTimestamp();
                }

                var held = _writer.Held;
                await _writer.EnsureAsync(cluster.WriterAddress, primary, cancellationToken);
                if (held != _writer.Held)
                {
                    // What only the primary does is done now, and the control plane is told.
                    state.DesiredChanged.Notify();
                    state.FactsChanged.Notify();
                }

                if (looked == 0 || time.GetElapsedTime(looked) > 2 * ProbeInterval)
                {
                    reads = await ReadsAsync(reads, cancellationToken);
                    looked = time.GetTimestamp();
                }

                await _readers.EnsureAsync(cluster.ReaderAddress, reads, cancellationToken);
            }
#pragma warning disable CA1031 // Whatever goes wrong is told and tried again.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Log.Write("The endpoint's addresses: " + e.Message);
            }
        }
    }

    /// <summary>Ends what hangs.</summary>
    internal async Task WatchAsync(NodeState state, CancellationToken cancellationToken)
    {
        var patroniSeen = new Liveness(time);
        var postgresSeen = new Liveness(time);
        while (!cancellationToken.IsCancellationRequested)
        {
            await PauseAsync(ProbeInterval, cancellationToken);
            if (state.Desired?.Postgres is not { Cluster.Members.Count: > 1 } configuration)
            {
                continue;
            }

            try
            {
                var answers = TlsProbe.ListensAsync(System.Net.IPAddress.Parse(configuration.ListenAddress), cancellationToken);
                var alive = patroni.AnswersAsync(cancellationToken);
                patroniSeen.Note(await alive);
                postgresSeen.Note(await answers);
                if ((patroniSeen.SilentFor > Patience && await IsTheSameAsync(patroniSeen, cancellationToken))
                    || (postgresSeen.SilentFor > Patience && Postmaster() is { } pid && pid == postgresSeen.Process))
                {
                    Log.Write("Patroni or PostgreSQL does not answer: both are ended, so that there is never a second primary.");
                    await SystemCommand.RunAsync("/usr/bin/systemctl", ["kill", "--signal=SIGKILL", Unit], cancellationToken);
                    patroniSeen.Forget();
                    postgresSeen.Forget();
                }

                patroniSeen.Process ??= patroniSeen.Answered ? await MainPidAsync(cancellationToken) : null;
                postgresSeen.Process = postgresSeen.Answered ? Postmaster() : postgresSeen.Process;
            }
#pragma warning disable CA1031 // Whatever goes wrong is told and tried again.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Log.Write("The watchdog: " + e.Message);
            }
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>The member that serves the readers' endpoint: the first replica that streams; the leader where there is none.</summary>
    internal static string? Reader(JsonObject? cluster)
    {
        var members = cluster?["members"]?.AsArray().OfType<JsonObject>().OrderBy(m => (string?)m["name"], StringComparer.Ordinal).ToList() ?? [];
        return (string?)(members.FirstOrDefault(m => (string?)m["role"] != "leader" && (string?)m["state"] == "streaming")
            ?? members.FirstOrDefault(m => (string?)m["role"] == "leader" && (string?)m["state"] == "running"))?["name"];
    }

    private async Task<bool> ReadsAsync(bool before, CancellationToken cancellationToken) =>
        await patroni.ClusterAsync(cancellationToken) is { } cluster ? Reader(cluster) == member : before && await AnswersAsync(cancellationToken);

    private async Task<bool> IsPrimaryAsync(CancellationToken cancellationToken) => await AskAsync("select not pg_is_in_recovery()", cancellationToken);

    private Task<bool> AnswersAsync(CancellationToken cancellationToken) => AskAsync("select true", cancellationToken);

    private async Task<bool> AskAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
#pragma warning disable BFR0001 // One of the two constants above.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore BFR0001
            return await command.ExecuteScalarAsync(cancellationToken) is true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task<bool> IsTheSameAsync(Liveness seen, CancellationToken cancellationToken)
    {
        var now = await MainPidAsync(cancellationToken);
        if (now == seen.Process)
        {
            return now is not null;
        }

        // Another process since: it has its own time to begin with.
        seen.Forget();
        return false;
    }

    private static async Task<string?> MainPidAsync(CancellationToken cancellationToken) =>
        (await SystemCommand.OutputAsync("/usr/bin/systemctl", ["show", "--property=MainPID", "--value", Unit], cancellationToken)).Trim() is { Length: > 0 } pid && pid != "0"
            ? pid
            : null;

    // The postmaster that runs now, if one does.
    private static string? Postmaster()
    {
        foreach (var directory in Directory.Exists(PostgresPaths.Postgres) ? Directory.GetDirectories(PostgresPaths.Postgres) : [])
        {
            var file = directory + "/postmaster.pid";
            if (File.Exists(file) && File.ReadLines(file).FirstOrDefault()?.Trim() is { Length: > 0 } pid && File.Exists($"/proc/{pid}/stat"))
            {
                return pid;
            }
        }

        return null;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) =>
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>When something last answered. It is watched from its first answer on.</summary>
    private sealed class Liveness(TimeProvider time)
    {
        private long? _last;

        internal string? Process { get; set; }

        internal bool Answered { get; private set; }

        internal TimeSpan SilentFor => _last is { } last ? time.GetElapsedTime(last) : TimeSpan.Zero;

        internal void Note(bool answered)
        {
            Answered = answered;
            _last = answered ? time.GetTimestamp() : _last;
        }

        internal void Forget() => (_last, Process, Answered) = (null, null, false);
    }
}
