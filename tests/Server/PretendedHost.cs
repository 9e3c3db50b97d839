using System.Collections.Concurrent;
using Beffroi.Contracts.Agents;
using Beffroi.Infrastructure;
using Beffroi.Reconciling;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>
/// A host and the agents of its instances, in memory: for what reconcilers decide, in seconds. That the real ones do the same is tested with
/// Incus, in tests/Infrastructure and tests/EndToEnd.
/// </summary>
internal sealed class PretendedHost : IInfrastructure
{
    private readonly ConcurrentDictionary<Guid, InstanceState> _instances = new();
    private readonly ConcurrentDictionary<Guid, Guid> _users = new();
    private readonly ConcurrentDictionary<Guid, bool> _copies = new();
    private readonly ConcurrentDictionary<Guid, string> _leaders = new();
    private int _stops;

    public ConcurrentDictionary<Guid, long> Volumes { get; } = new();

    /// <summary>The key of each volume, as hexadecimal digits.</summary>
    public ConcurrentDictionary<Guid, string> Keys { get; } = new();

    /// <summary>Whether copies come to no end.</summary>
    public bool HoldCopies { get; set; }

    /// <summary>The volumes that went under another key, in order.</summary>
    public ConcurrentQueue<Guid> Rekeyed { get; } = new();

    /// <summary>Instances as they are.</summary>
    public IReadOnlyDictionary<Guid, InstanceState> Instances => _instances;

    /// <summary>The instances that were removed, in order.</summary>
    public ConcurrentQueue<Guid> Removed { get; } = new();

    /// <summary>The volumes that are open.</summary>
    public ConcurrentDictionary<Guid, bool> Open { get; } = new();

    public HostState State { get; set; } = new(
        64L << 30, VolumesGrowInUse: true, new Dictionary<string, string> { ["postgres"] = "image-1" },
        new HostFacts("pretended", DateTimeOffset.UnixEpoch, 16, 1.5, 128L << 30, 4L << 40, 3L << 40, "Debian GNU/Linux 13 (trixie)", "6.12.0", "6.0.4", "0.9"));

    /// <summary>Whether it does not answer what it has.</summary>
    public bool Silent { get; set; }

    public int Stops => _stops;

    public Task<NetworkState> EnsureNetworkAsync(EnsureNetwork request, CancellationToken cancellationToken) => Task.FromResult(new NetworkState("10.0.0.0/24", "10.0.0.1"));

    public Task RemoveNetworkAsync(RemoveNetwork request, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task EnsurePolicyAsync(EnsurePolicy request, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IsolationFacts> InspectIsolationAsync(CancellationToken cancellationToken) => throw new NotSupportedException("No test here verifies isolation.");

    public Task<VolumeState> EnsureVolumeAsync(EnsureVolume request, CancellationToken cancellationToken)
    {
        // What the real one does: another key is refused, and a copy that was being made is given up.
        var key = Convert.ToHexString(request.Key.Reveal());
        if (Keys.GetOrAdd(request.VolumeId, key) != key)
        {
            throw new InfrastructureException("This is not the key of the volume.");
        }

        _copies.TryRemove(request.VolumeId, out _);
        Open[request.VolumeId] = true;
        var before = Volumes.GetOrAdd(request.VolumeId, request.SizeBytes);
        var rest = before < request.SizeBytes && !State.VolumesGrowInUse
            && _users.TryGetValue(request.VolumeId, out var user) && _instances.GetValueOrDefault(user)?.Status == "Running";
        if (!rest)
        {
            Volumes[request.VolumeId] = request.SizeBytes;
        }

        return Task.FromResult(new VolumeState(request.VolumeId, request.SizeBytes, true, "fscrypt", MustBeLockedToGrow: rest));
    }

    public Task<RekeyState> RekeyVolumeAsync(RekeyVolume request, CancellationToken cancellationToken)
    {
        if (_users.TryGetValue(request.VolumeId, out var user) && _instances.GetValueOrDefault(user)?.Status == "Running")
        {
            throw new InfrastructureException("The volume is in use.");
        }

        var (before, after) = (Convert.ToHexString(request.Key.Reveal()), Convert.ToHexString(request.NewKey.Reveal()));
        if (Keys[request.VolumeId] == after)
        {
            Open.TryRemove(request.VolumeId, out _);
            return Task.FromResult(new RekeyState(request.VolumeId, true, 0, 0));
        }

        // Half of it at the first call, and done with the second.
        if (Keys[request.VolumeId] != before)
        {
            throw new InfrastructureException("This is not the key of the volume.");
        }

        if (!HoldCopies && _copies.TryRemove(request.VolumeId, out _))
        {
            Keys[request.VolumeId] = after;
            Rekeyed.Enqueue(request.VolumeId);
            return RekeyVolumeAsync(request, cancellationToken);
        }

        _copies[request.VolumeId] = true;
        return Task.FromResult(new RekeyState(request.VolumeId, false, 1 << 20, 2 << 20));
    }

    public Task LockVolumeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        if (_users.TryGetValue(request.VolumeId, out var user) && _instances.GetValueOrDefault(user)?.Status == "Running")
        {
            throw new InfrastructureException("The volume is in use.");
        }

        _copies.TryRemove(request.VolumeId, out _);
        Open.TryRemove(request.VolumeId, out _);
        return Task.CompletedTask;
    }

    public Task RemoveVolumeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        Volumes.TryRemove(request.VolumeId, out _);
        Keys.TryRemove(request.VolumeId, out _);
        Open.TryRemove(request.VolumeId, out _);
        return Task.CompletedTask;
    }

    public Task<InstanceState> EnsureInstanceAsync(EnsureInstance request, CancellationToken cancellationToken)
    {
        if (!Open.ContainsKey(request.VolumeId))
        {
            throw new InfrastructureException("The volume is not open.");
        }

        _users[request.VolumeId] = request.InstanceId;
        return Task.FromResult(_instances.AddOrUpdate(
            request.InstanceId,
            id => new InstanceState(id, request.SpaceId, "Running", "10.0.0.2", State.Images["postgres"]),
            (_, present) => present with { Status = "Running" }));
    }

    public Task SetTokenAsync(SetToken request, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopInstanceAsync(InstanceRequest request, CancellationToken cancellationToken)
    {
        if (_instances.TryGetValue(request.InstanceId, out var present) && present.Status == "Running")
        {
            Interlocked.Increment(ref _stops);
            _instances[request.InstanceId] = present with { Status = "Stopped" };
        }

        return Task.CompletedTask;
    }

    public Task RemoveInstanceAsync(InstanceRequest request, CancellationToken cancellationToken)
    {
        if (_instances.TryRemove(request.InstanceId, out _))
        {
            Removed.Enqueue(request.InstanceId);
        }

        return Task.CompletedTask;
    }

    public Task<BackupLockState> EnsureBackupLocksAsync(EnsureBackupLocks request, CancellationToken cancellationToken) =>
        Task.FromResult(new BackupLockState(0, null, DateTimeOffset.UtcNow));

    public Task<BackupLockState> RepairBackupsAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(new BackupLockState(0, null, DateTimeOffset.UtcNow));

    public Task<HostState> GetHostAsync(CancellationToken cancellationToken) =>
        Silent ? throw new InfrastructureException("The host process does not answer.") : Task.FromResult(State);

    public Task<Inventory> GetInventoryAsync(CancellationToken cancellationToken) => Task.FromResult(new Inventory(
        [], [.. Volumes.Select(v => new VolumeState(v.Key, v.Value, Open.ContainsKey(v.Key), "fscrypt", false, "AES-256-XTS, names AES-256-CTS"))], [.. _instances.Values]));

    /// <summary>Every agent of a running instance calls, has applied what it was told, and says so.</summary>
    public async Task ReportAsync(NpgsqlDataSource store, ISignals signals, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);

        // Also those that have nothing new to say: one that is silent for long is waited for.
        await using (var call = new NpgsqlCommand("update platform.agents set last_seen_at = now() where instance_id = any($1) and last_seen_at < now() - interval '5 seconds'", connection)
        { Parameters = { new() { Value = _instances.Where(i => i.Value.Status == "Running").Select(i => i.Key).ToArray() } } })
        {
            await call.ExecuteNonQueryAsync(cancellationToken);
        }

        var waiting = new List<(Guid Instance, Guid Resource, string Kind, long Version)>();
        await using (var command = new NpgsqlCommand(
            """
            select a.instance_id, a.resource_id, a.desired_version, a.facts, r.kind from platform.agents a join platform.resources r on r.id = a.resource_id
            where a.desired is not null and r.kind in ('postgres', 'backup-repository')
            """,
            connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var known = await reader.IsDBNullAsync(3, cancellationToken) ? 0 : Facts.Parser.ParseFrom(reader.GetFieldValue<byte[]>(3)).AppliedVersion;
                if (known < reader.GetInt64(2) && _instances.TryGetValue(reader.GetGuid(0), out var instance) && instance.Status == "Running")
                {
                    waiting.Add((reader.GetGuid(0), reader.GetGuid(1), reader.GetString(4), reader.GetInt64(2)));
                }
            }
        }

        foreach (var (instance, resource, kind, version) in waiting)
        {
            // Of several nodes, the one that was allotted first leads, until another is told to take over.
            await using var first = new NpgsqlCommand(
                "select internal ->> 'primary', internal -> 'nodes' -> 0 ->> 'instanceId' from platform.resources where id = $1", connection)
            { Parameters = { new() { Value = resource } } };
            await using (var reader = await first.ExecuteReaderAsync(cancellationToken))
            {
                await reader.ReadAsync(cancellationToken);
                if (!await reader.IsDBNullAsync(0, cancellationToken))
                {
                    _leaders[resource] = reader.GetString(0);
                }
                else if (!await reader.IsDBNullAsync(1, cancellationToken))
                {
                    _leaders.TryAdd(resource, reader.GetString(1));
                }
            }

            var leads = _leaders.GetValueOrDefault(resource) == instance.ToString("D");
            var facts = kind == "postgres"
                ? new Facts { AppliedVersion = version, Postgres = new PostgresFacts { Ready = true, Role = leads ? "primary" : "replica", State = "running", Version = "17.12", Archive = leads ? Archived() : null } }
                : new Facts { AppliedVersion = version, Repository = await RepositoryAsync(connection, instance, cancellationToken) };
            await using var update = new NpgsqlCommand(
                "update platform.agents set facts = $2, last_seen_at = now(), certificate_not_after = now() + interval '1 day' where instance_id = $1", connection)
            { Parameters = { new() { Value = instance }, new() { Value = facts.ToByteArray() } } };
            await update.ExecuteNonQueryAsync(cancellationToken);
            await signals.SignalAsync(connection, new WorkKey(kind, resource), cancellationToken: cancellationToken);
        }
    }

    // All of it is archived at once, up to a moment that is later than any backup.
    private static ArchiveFacts Archived() => new()
    {
        Configured = true,
        LastArchivedAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        RestorableUntil = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds(),
    };

    // Each stanza that is to be backed up has been, once.
    private static async Task<RepositoryFacts> RepositoryAsync(NpgsqlConnection connection, Guid instance, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select desired, facts from platform.agents where instance_id = $1", connection) { Parameters = { new() { Value = instance } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var desired = DesiredConfiguration.Parser.ParseFrom(reader.GetFieldValue<byte[]>(0)).Repository;
        var facts = await reader.IsDBNullAsync(1, cancellationToken) ? [] : Facts.Parser.ParseFrom(reader.GetFieldValue<byte[]>(1)).Repository?.Stanzas.ToList() ?? [];
        return new RepositoryFacts
        {
            Serving = true,
            Stanzas =
            {
                desired.Stanzas.Where(s => s.Nodes.Count > 0 || facts.Any(f => f.Name == s.Name)).Select(s => facts.FirstOrDefault(f => f.Name == s.Name) ?? new StanzaFacts
                {
                    Name = s.Name,
                    Ready = true,
                    Backups = { new BackupFacts { Name = "full-" + s.Name, Type = "full", FinishedAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds(), LsnStop = "0/3000028" } },
                }),
            },
        };
    }
}
