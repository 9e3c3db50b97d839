using System.Net;
using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;
using Grpc.Net.Client;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Keeps this node's etcd, Patroni and PostgreSQL as configured. Each pass ensures everything again, in order; what is right already is left alone.
/// </summary>
internal sealed class PostgresNode : IAsyncDisposable
{
    private const string EtcdUnit = "beffroi-etcd.service";
    private const string PatroniUnit = "beffroi-patroni.service";
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly string _member;
    private readonly TimeProvider _time;
    private readonly Account _postgres = Account.Of("postgres");
    private readonly Account _etcd = Account.Of("etcd");
    private readonly PatroniApi _patroni = new();
    private readonly Catalog _catalog = new();
    private readonly ServerCertificate _certificate;
    private bool _synced;

    internal PostgresNode(string instanceId, TimeProvider time)
    {
        _member = "n-" + instanceId;
        _time = time;
        _certificate = new ServerCertificate(_postgres, instanceId, time);
    }

    /// <summary>What needs no configuration: etcd runs before the first one has arrived.</summary>
    internal async Task PrepareAsync(CancellationToken cancellationToken)
    {
        PrivateFile.Directory(PostgresPaths.Etcd, _etcd);
        PrivateFile.Write(PostgresPaths.EtcdConfiguration, NodeConfiguration.Etcd(_member), _etcd);
        await SystemCommand.RunAsync("/usr/bin/systemctl", ["start", EtcdUnit], cancellationToken);
    }

    /// <summary>Ensures the configuration. Throws with a message for a person when something is not there yet.</summary>
    internal async Task ApplyAsync(PostgresConfiguration configuration, GrpcChannel? connection, CancellationToken cancellationToken)
    {
        PrivateFile.Directory(PostgresPaths.Postgres, _postgres);
        var initdb = InitializeAheadAsync(configuration.MajorVersion, cancellationToken);
        var etcd = PrepareAsync(cancellationToken);
        var renewed = await _certificate.EnsureAsync(configuration.ServerName, connection, cancellationToken);
        await etcd;

        var settings = PostgresSettings.Compute(configuration, new DriveInfo(PostgresPaths.Volume).TotalSize);
        PrivateFile.Directory(PostgresPaths.Patroni, _postgres);
        var changed = PrivateFile.Write(PostgresPaths.PatroniConfiguration, NodeConfiguration.Patroni(configuration, _member, settings), _postgres);
        await SystemCommand.RunAsync("/usr/bin/systemctl", ["start", PatroniUnit], cancellationToken);
        await initdb;

        var started = await WaitAsync(_catalog.IsPrimaryAsync, cancellationToken);
        if (changed && !started)
        {
            await _patroni.PatchAsync(NodeConfiguration.Dynamic(settings), cancellationToken);
            await _patroni.ReloadAsync(cancellationToken);
        }
        else if (renewed)
        {
            await _catalog.ReloadAsync(cancellationToken);
        }

        if (renewed && !started)
        {
            // Told to a customer only when it is what a customer gets.
            var address = IPAddress.Parse(configuration.ListenAddress);
            await WaitAsync(async token => await TlsProbe.PresentedAsync(address, token) is { } shown && shown.AsSpan().SequenceEqual(_certificate.Describe()!.Value.Sha256), cancellationToken);
        }

        await _catalog.EnsureAsync(configuration, cancellationToken);
        await SyncAsync(cancellationToken);

        // A first start that Patroni has not finished could still be undone by it.
        await WaitAsync(_patroni.LeadsAsync, cancellationToken);
        if (!_certificate.IsFor(configuration.ServerName))
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
        };
        if (_certificate.Describe() is var (sha256, notAfter))
        {
            facts.ServerCertificateSha256 = Google.Protobuf.ByteString.CopyFrom(sha256);
            facts.ServerCertificateNotAfter = notAfter.ToUnixTimeSeconds();
        }

        if (configuration is not null && await _catalog.IsPrimaryAsync(cancellationToken))
        {
            facts.Version = await _catalog.VersionAsync(cancellationToken);
            facts.Role = "primary";
            facts.Ready = applied && await TlsProbe.AnswersAsync(IPAddress.Parse(configuration.ListenAddress), cancellationToken);
        }

        return facts;
    }

    public async ValueTask DisposeAsync()
    {
        _patroni.Dispose();
        await _catalog.DisposeAsync();
    }

    /// <summary>Waits until it holds; whether it had to be waited for.</summary>
    private async Task<bool> WaitAsync(Func<CancellationToken, Task<bool>> holds, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        var waited = false;
        while (!await holds(cancellationToken))
        {
            waited = true;
            if (_time.GetElapsedTime(began) > StartLimit)
            {
                throw new InvalidOperationException("PostgreSQL has not started within two minutes; Patroni goes on trying.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(25), _time, cancellationToken);
        }

        return waited;
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
