using System.Net;
using Beffroi.Agent.Backup;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Agent.Files;
using Beffroi.Agent.History;
using Beffroi.Contracts.Agents;
using Grpc.Net.Client;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Keeps this node's etcd, Patroni and PostgreSQL as configured. Each pass ensures everything again, in order; what is right already is left alone.
/// </summary>
internal sealed class PostgresNode : IAsyncDisposable
{
    private const string PatroniUnit = "beffroi-patroni.service";
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly string _member;
    private readonly TimeProvider _time;
    private readonly Account _postgres = Account.Of("postgres");
    private readonly PatroniApi _patroni = new();
    private readonly Catalog _catalog;
    private readonly Extensions _extensions;
    private readonly ListenerLook _listener;
    private readonly ServerCertificate _certificate;
    private readonly EtcdNode _etcd;
    private readonly PeerCertificate _etcdPeer;
    private readonly PeerCertificate _peer;
    private readonly ClientAuthorities _clients;
    private readonly NodeGuard _guard;
    private readonly VolumeGuard _volume;
    private readonly NodeBackup _backup;
    private readonly HistoryKeeper _history;
    private readonly NodeMetrics _metrics;
    private readonly Pooler _pooler;
    private string _patched = "";
    private string _inForce = "";
    private SortedDictionary<string, string>? _settings;
    private bool _synced;
    private bool _renew;

    internal PostgresNode(string instanceId, HistoryKeeper history, TimeProvider time)
    {
        _member = "n-" + instanceId;
        _time = time;
        _certificate = new ServerCertificate(_postgres, instanceId, time);
        _etcd = new EtcdNode(_member);
        _etcdPeer = new PeerCertificate(EtcdNode.Tls, _etcd.Account, instanceId, time);
        _peer = new PeerCertificate(PostgresPaths.Peer, _postgres, instanceId, time);
        _clients = new ClientAuthorities(_postgres);
        _catalog = new Catalog(time);
        _pooler = new Pooler(_catalog, time);
        _extensions = new Extensions(time);
        _listener = new ListenerLook(time);
        _history = history;
        _metrics = new NodeMetrics(history, time);
        _guard = new NodeGuard(_member, _patroni, time);
        _volume = new VolumeGuard(time);
        _backup = new NodeBackup(_postgres, instanceId, time);
    }

    /// <summary>What needs no configuration: etcd runs before the first one has arrived.</summary>
    internal Task PrepareAsync(CancellationToken cancellationToken) => _etcd.EnsureAloneAsync(cancellationToken);

    /// <summary>
    /// Loops that run until cancelled: they watch the archive, guard the volume, and a node among several, and measure. See <see cref="NodeBackup"/>,
    /// <see cref="VolumeGuard"/>, <see cref="NodeGuard"/> and <see cref="NodeMetrics"/>.
    /// </summary>
    internal IReadOnlyList<Task> Guards(NodeState state, CancellationToken cancellationToken)
    {
        if (File.Exists(PeerCertificate.ChainIn(PostgresPaths.Peer)) && state.Desired?.Postgres is { Cluster: not null } known)
        {
            UsePeer(known);
        }

        return [_guard.FollowAsync(state, cancellationToken), _guard.WatchAsync(state, cancellationToken), _volume.WatchAsync(state, cancellationToken), _backup.WatchAsync(state, cancellationToken), _metrics.WatchAsync(state, cancellationToken)];
    }

    /// <summary>Ensures the configuration. Throws with a message for a person when something is not there yet.</summary>
    internal async Task ApplyAsync(PostgresConfiguration configuration, GrpcChannel? connection, CancellationToken cancellationToken)
    {
        var version = configuration.MajorVersion;
        var isNew = !Directory.Exists(PostgresPaths.Data(version));
        PrivateFile.Directory(PostgresPaths.Postgres, _postgres);
        if (configuration.Restore is not null && isNew)
        {
            await _backup.EnsureAsync(configuration, connection, cancellationToken);
        }

        PrivateFile.Directory(PostgresPaths.Patroni, _postgres);
        PrivateFile.Directory(PostgresPaths.Log, _postgres);
        var initdb = configuration.Restore is null && (configuration.Cluster is null || configuration.Cluster.Members[0].Name == _member)
            ? InitializeAheadAsync(version, cancellationToken)
            : Task.CompletedTask;
        var etcd = configuration.Cluster is null ? PrepareAsync(cancellationToken) : Task.CompletedTask;
        var renewed = await _certificate.EnsureAsync(configuration.ServerName, Addresses(configuration), connection, cancellationToken);
        if (configuration.Cluster is not null)
        {
            PrivateFile.Directory(PostgresPaths.Etcd, _etcd.Account);
            await _etcdPeer.EnsureAsync(connection, cancellationToken);
            renewed |= await _peer.EnsureAsync(connection, cancellationToken);
            etcd = _etcd.EnsureMemberAsync(configuration, cancellationToken);
        }

        await etcd;
        renewed |= _clients.Write(configuration);
        var settings = PostgresSettings.Compute(configuration, new DriveInfo(PostgresPaths.Volume).TotalSize);
        var changed = WritePatroni(configuration, settings);
        var ran = changed && await SystemUnit.IsActiveAsync(PatroniUnit, cancellationToken);
        await SystemUnit.StartAsync(PatroniUnit, cancellationToken);
        await initdb;
        if (ran)
        {
            await SystemUnit.ReloadAsync(PatroniUnit, cancellationToken);
        }

        UsePeer(configuration);
        await WaitAsync(RunsAsync, cancellationToken);
        if (renewed)
        {
            await ShowCertificateAsync(configuration, cancellationToken);
        }

        if (await _catalog.IsPrimaryAsync(cancellationToken))
        {
            await LeadAsync(configuration, NodeConfiguration.Dynamic(configuration, settings), isNew, cancellationToken);
        }

        // Before a restart: it is for them.
        await TakeOverAsync(settings, NodeConfiguration.Rules(configuration), cancellationToken);
        ClientAuthorities.NoteRead(configuration);
        await _catalog.SignOutAsync(configuration, cancellationToken);
        await _pooler.EnsureAsync(configuration, settings, cancellationToken);

        await SyncAsync(cancellationToken);
        await RestartAsync(configuration.Restart, cancellationToken);
        if (await _backup.EnsureAsync(configuration, connection, cancellationToken))
        {
            await _catalog.ReloadAsync(cancellationToken);
        }

        if (!_certificate.Serves(configuration.ServerName, Addresses(configuration)))
        {
            throw new InvalidOperationException("Waiting for the control plane to sign the server certificate.");
        }
    }

    /// <summary>What is the case now.</summary>
    internal async Task<PostgresFacts> GatherAsync(PostgresConfiguration? configuration, bool applied, CancellationToken cancellationToken)
    {
        var status = await _patroni.StatusAsync(cancellationToken);
        var facts = new PostgresFacts
        {
            PatroniVersion = (string?)status?["patroni"]?["version"] ?? "",
            State = (string?)status?["state"] ?? "unknown",
            Role = (string?)status?["role"] switch { null => "", "primary" or "master" => "primary", _ => "replica" },
            Timeline = (long?)status?["timeline"] ?? 0,
            PendingRestart = (bool?)status?["pending_restart"] ?? false,
            Restarted = File.Exists(PostgresPaths.Restarted) ? await File.ReadAllTextAsync(PostgresPaths.Restarted, cancellationToken) : "",
        };
        if (_certificate.Describe() is var (sha256, notAfter))
        {
            facts.ServerCertificateSha256 = Google.Protobuf.ByteString.CopyFrom(sha256);
            facts.ServerCertificateNotAfter = notAfter.ToUnixTimeSeconds();
        }

        if (configuration is null)
        {
            return facts;
        }

        facts.Metrics.Add(_metrics.Measured.ToDictionary());
        facts.Crossed.AddRange(_history.Crossed);
        if (await _catalog.IsPrimaryAsync(cancellationToken))
        {
            facts.Version = await _catalog.VersionAsync(cancellationToken);
            facts.Role = "primary";
            facts.Extensions.AddRange(await _extensions.FindAsync(configuration, cancellationToken));
            facts.Refusals.AddRange(_catalog.Refusals);
            facts.RetiredRoles.AddRange(_catalog.Retired);
            await TellPendingAsync(facts, cancellationToken);
            if (_backup.Facts is { } archive)
            {
                archive.ReadOnly = _volume.ReadOnly;
                facts.Archive = archive;
            }

            facts.Ready = applied && await TlsProbe.AnswersAsync(IPAddress.Parse(configuration.ListenAddress), cancellationToken);
        }
        else if (Streams(status))
        {
            facts.Version = await _catalog.VersionAsync(cancellationToken);
            facts.LagBytes = await _catalog.LagAsync(cancellationToken);
            await TellPendingAsync(facts, cancellationToken);
            facts.Ready = applied && await TlsProbe.AnswersAsync(IPAddress.Parse(configuration.ListenAddress), cancellationToken);
        }

        facts.Pooler = await _pooler.FindAsync(configuration, cancellationToken);
        facts.Listener = facts.Ready ? await _listener.FindAsync(configuration, facts.ServerCertificateSha256.Memory, cancellationToken) : _listener.Seen;
        return facts;
    }

    public async ValueTask DisposeAsync()
    {
        await _guard.DisposeAsync();
        await _volume.DisposeAsync();
        _patroni.Dispose();
        await _catalog.DisposeAsync();
        await _backup.DisposeAsync();
        await _metrics.DisposeAsync();
    }

    private async Task TellPendingAsync(PostgresFacts facts, CancellationToken cancellationToken)
    {
        if (_settings is { } settings)
        {
            facts.PendingRestartSettings.AddRange(await _catalog.PendingAsync(settings, cancellationToken));
            facts.PendingRestart |= facts.PendingRestartSettings.Count > 0;
        }
    }

    private static bool Streams(JsonObject? status) => (string?)status?["replication_state"] == "streaming";

    private static IReadOnlyList<string> Addresses(PostgresConfiguration configuration) =>
        configuration.Cluster is { } cluster ? [configuration.ListenAddress, cluster.WriterAddress, cluster.ReaderAddress] : [configuration.ListenAddress];

    /// <summary>Patroni's own file, and the names of the other members for its start program. Whether the former changed.</summary>
    private bool WritePatroni(PostgresConfiguration configuration, SortedDictionary<string, string> settings)
    {
        var peers = configuration.Cluster?.Members.Where(m => m.Name != _member).Select(m => m.Name) ?? [];
        PrivateFile.Write(PostgresPaths.PatroniPeers, Encoding.ASCII.GetBytes(string.Concat(peers.Select(name => name + "\n"))), _postgres);
        if (configuration.Cluster is { Members.Count: > 1 })
        {
            PrivateFile.Write(PostgresPaths.PatroniLock, Encoding.ASCII.GetBytes($"/service/{configuration.ClusterName}/leader {_member}\n"), _postgres);
        }
        else
        {
            File.Delete(PostgresPaths.PatroniLock);
        }

        return PrivateFile.Write(PostgresPaths.PatroniConfiguration, NodeConfiguration.Patroni(configuration, _member, settings), _postgres);
    }

    private void UsePeer(PostgresConfiguration configuration)
    {
        if (configuration.Cluster is not null && _peer.Load() is { } certificate)
        {
            _patroni.Use(configuration.ListenAddress, certificate, File.ReadAllText(_peer.AuthorityPath));
        }
    }

    private async Task<bool> RunsAsync(CancellationToken cancellationToken) =>
        await _catalog.IsPrimaryAsync(cancellationToken) || Streams(await _patroni.StatusAsync(cancellationToken));

    // What only the primary can do, for all.
    private async Task LeadAsync(PostgresConfiguration configuration, JsonObject dynamic, bool isNew, CancellationToken cancellationToken)
    {
        var wanted = dynamic.ToJsonString();
        if (!isNew && wanted != _patched)
        {
            await WaitAsync(async token => await _patroni.LeadsAsync(token) is true, cancellationToken);
            await _patroni.PatchAsync(NodeConfiguration.Change(dynamic), cancellationToken);
        }

        _patched = wanted;
        _renew |= await _catalog.EnsureAsync(configuration, cancellationToken);
        await _extensions.EnsureAsync(configuration, cancellationToken);

        // A first start that Patroni has not finished could still be undone by it.
        await WaitAsync(async token => await _patroni.LeadsAsync(token) is true, cancellationToken);
        if (_renew)
        {
            await _catalog.RenewSessionsAsync(cancellationToken);
            _renew = false;
        }

        if (configuration.Primary.Length > 0 && configuration.Primary != _member && configuration.Cluster?.Members.Any(m => m.Name == configuration.Primary) == true)
        {
            await _patroni.SwitchOverAsync(_member, configuration.Primary, cancellationToken);
        }
    }

    // Patroni writes them some time after it has been told, and what needs a restart is known once PostgreSQL has read them.
    private async Task TakeOverAsync(SortedDictionary<string, string> settings, IReadOnlyList<AccessRule> rules, CancellationToken cancellationToken)
    {
        var wanted = string.Join('\n', settings.Select(s => s.Key + "=" + s.Value).Concat(rules.Select(rule => rule.ToString())).Append(ClientAuthorities.Digest));
        if (wanted != _inForce)
        {
            await WaitAsync(token => _catalog.HasReadAsync(settings, rules, token), cancellationToken, "PostgreSQL has not been given its settings within two minutes; Patroni goes on trying.");
            (_inForce, _settings) = (wanted, settings);
        }
    }

    // Told to a customer only when it is what a customer gets.
    private async Task ShowCertificateAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        await SystemUnit.ReloadAsync(PatroniUnit, cancellationToken);
        await _catalog.ReloadAsync(cancellationToken);
        var address = IPAddress.Parse(configuration.ListenAddress);
        await WaitAsync(async token => await TlsProbe.PresentedAsync(address, token) is { } shown && shown.AsSpan().SequenceEqual(_certificate.Describe()!.Value.Sha256), cancellationToken);
    }

    private async Task RestartAsync(string wanted, CancellationToken cancellationToken)
    {
        if (wanted.Length == 0 || (File.Exists(PostgresPaths.Restarted) && await File.ReadAllTextAsync(PostgresPaths.Restarted, cancellationToken) == wanted))
        {
            return;
        }

        await _patroni.RestartAsync(cancellationToken);
        await WaitAsync(RunsAsync, cancellationToken);
        PrivateFile.Write(PostgresPaths.Restarted, Encoding.ASCII.GetBytes(wanted), Account.Root);
    }

    /// <summary>Waits until it holds.</summary>
    private async Task WaitAsync(
        Func<CancellationToken, Task<bool>> holds, CancellationToken cancellationToken, string tooLong = "PostgreSQL has not started within two minutes; Patroni goes on trying.")
    {
        var began = _time.GetTimestamp();
        while (!await holds(cancellationToken))
        {
            if (_time.GetElapsedTime(began) > StartLimit)
            {
                throw new InvalidOperationException(await RestoreBootstrap.StateAsync(cancellationToken) ?? tooLong);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(25), _time, cancellationToken);
        }
    }

    // While etcd and Patroni start; Patroni takes over what this makes when it bootstraps the cluster, and does it itself if this fails.
    private static async Task InitializeAheadAsync(int majorVersion, CancellationToken cancellationToken)
    {
        if (Directory.Exists(PostgresPaths.Data(majorVersion)))
        {
            return;
        }

        try
        {
            await SystemCommand.RunAsync(
                "/usr/bin/setpriv",
                ["--reuid=postgres", "--regid=postgres", "--init-groups", "--no-new-privs", "--", PostgresPaths.Initdb, "--ahead", .. NodeConfiguration.InitdbArguments(majorVersion)],
                cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            Log.Write("The database is not initialized ahead: " + e.Message);
        }
    }

    // initdb ran without syncing: all it wrote is made durable at once, before anyone is told that there is a database.
    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        if (!_synced)
        {
            await SystemCommand.RunAsync("/usr/bin/sync", ["--file-system", PostgresPaths.Volume], cancellationToken);
            _synced = true;
        }
    }
}
