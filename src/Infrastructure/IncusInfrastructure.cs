using Beffroi.Infrastructure.Backups;
using Beffroi.Infrastructure.Fencing;
using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Instances;
using Beffroi.Infrastructure.Isolation;
using Beffroi.Infrastructure.Network;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

/// <summary>
/// The port over Incus, fscrypt and nftables of this host; needs root. Each call waits for its resource's turn and fence,
/// then for the thing it is about (see <see cref="Fences"/>); calls about different things run at once.
/// </summary>
public sealed class IncusInfrastructure : IInfrastructure, IDisposable
{
    private readonly Installation _installation;
    private readonly IncusClient _incus;
    private readonly PacketFilter _filter;
    private readonly SpacePolicies _policies;
    private readonly SpaceNetworks _networks;
    private readonly IsolationInspection _inspection;
    private readonly SpaceInstances _instances;
    private readonly IVolumeStore _volumes;
    private readonly Fences _fences;
    private readonly BackupLocks _locks;
    private readonly VolumeRekeying _rekeying;
    private readonly KeyedLocks<Guid> _turns = new();

    /// <summary>Connects to nothing yet.</summary>
    /// <exception cref="InfrastructureException">The kernel lacks the encryption that the options ask for.</exception>
    public IncusInfrastructure(HostOptions options)
    {
        _installation = options.ToInstallation();
        _incus = new IncusClient(options.IncusSocket);
        _policies = new SpacePolicies(_installation);
        _filter = new PacketFilter(_installation, options.ToSubnet(), options.AgentPort, _policies, TimeProvider.System);
        _networks = new SpaceNetworks(_installation, options.ToSubnet(), _incus, _filter);
        _inspection = new IsolationInspection(_installation, _incus, _filter);
        _volumes = VolumeEncryption.Choose(options.Encryption, _installation);
        _instances = new SpaceInstances(_installation, new InstanceDefinition(_installation, options.ToSubnet(), options.Pool), _volumes, _incus);
        _fences = new Fences(_installation);
        _locks = new BackupLocks(_installation, _volumes, TimeProvider.System);
        _rekeying = new VolumeRekeying(_installation, _volumes, _locks.CarryOver);
    }

    /// <summary>Puts the packet filter's rules in force; done at start and then now and again. Returns what was wrong with them, or null.</summary>
    public Task<FilterRepair?> ApplyPacketFilterAsync(CancellationToken cancellationToken) => _filter.ApplyAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<NetworkState> EnsureNetworkAsync(EnsureNetwork request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.SpaceId, () => _networks.EnsureAsync(request.SpaceId, request.Index, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task RemoveNetworkAsync(RemoveNetwork request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.SpaceId, async () =>
        {
            await _networks.RemoveAsync(request.SpaceId, request.Index, cancellationToken);
            _policies.Remove(request.Index);
            await _filter.ApplyAsync(cancellationToken);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task EnsurePolicyAsync(EnsurePolicy request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.SpaceId, async () =>
        {
            _policies.Save(new SpacePolicy(request.SpaceId, request.Index, request.Egress, request.Peers));
            await _filter.ApplyAsync(cancellationToken);
        }, cancellationToken);

    /// <inheritdoc/>
    public async Task<IsolationFacts> InspectIsolationAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _inspection.InspectAsync(cancellationToken);
        }
        catch (IncusException e)
        {
            throw ForPeople(e);
        }
    }

    /// <inheritdoc/>
    public Task<VolumeState> EnsureVolumeAsync(EnsureVolume request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.VolumeId, async () =>
        {
            await _rekeying.StopAsync(request.VolumeId, cancellationToken);
            return await _volumes.EnsureAsync(request.VolumeId, request.SizeBytes, request.Key, cancellationToken);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<RekeyState> RekeyVolumeAsync(RekeyVolume request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.VolumeId, async () =>
        {
            await RefuseWhileUsedAsync(request.VolumeId, cancellationToken);
            var state = await _rekeying.RunAsync(request, cancellationToken);
            if (state.Done)
            {
                _locks.Forget(request.VolumeId);
            }

            return state;
        }, cancellationToken);

    /// <inheritdoc/>
    public Task LockVolumeAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.VolumeId, async () =>
        {
            await RefuseWhileUsedAsync(request.VolumeId, cancellationToken);
            await _rekeying.StopAsync(request.VolumeId, cancellationToken);
            await _volumes.LockAsync(request.VolumeId, cancellationToken);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveVolumeAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.VolumeId, async () =>
        {
            await RefuseWhileUsedAsync(request.VolumeId, cancellationToken);
            _locks.RefuseRemoval(request.VolumeId);
            await _rekeying.StopAsync(request.VolumeId, cancellationToken);
            await _volumes.RemoveAsync(request.VolumeId, cancellationToken);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<InstanceState> EnsureInstanceAsync(EnsureInstance request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.InstanceId, () =>
        {
            _rekeying.RefuseUse(request.VolumeId);
            return _instances.EnsureAsync(request, cancellationToken);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task SetTokenAsync(SetToken request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.InstanceId, () => _instances.SetTokenAsync(request.SpaceId, request.InstanceId, request.Token, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task StopInstanceAsync(InstanceRequest request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.InstanceId, () => _instances.StopAsync(request.SpaceId, request.InstanceId, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task RemoveInstanceAsync(InstanceRequest request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.InstanceId, () => _instances.RemoveAsync(request.SpaceId, request.InstanceId, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<HostState> GetHostAsync(CancellationToken cancellationToken)
    {
        try
        {
            var incus = (await _incus.GetServerAsync(cancellationToken)).Environment.ServerVersion;
            return new HostState(
                HostMachine.AvailableMemory(), _volumes.GrowsInUse, await _instances.ImagesAsync(cancellationToken),
                HostMachine.Facts(VolumeDirectory.RootOf(_installation), incus, DateTimeOffset.UtcNow));
        }
        catch (IncusException e)
        {
            throw ForPeople(e);
        }
    }

    /// <inheritdoc/>
    public Task<BackupLockState> EnsureBackupLocksAsync(EnsureBackupLocks request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.VolumeId, () => Task.FromResult(_locks.Ensure(request)), cancellationToken);

    /// <inheritdoc/>
    public Task<BackupLockState> RepairBackupsAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        InTurnAsync(request.Fence, request.VolumeId, async () =>
        {
            await RefuseWhileUsedAsync(request.VolumeId, cancellationToken);
            return _locks.Repair(request.VolumeId);
        }, cancellationToken);

    /// <summary>Locks what has been finished in backup repositories since; done every few seconds, whether beffroid runs or not.</summary>
    public async Task SweepBackupLocksAsync(CancellationToken cancellationToken)
    {
        foreach (var volume in _locks.Volumes())
        {
            using var turn = await _turns.EnterAsync(volume, cancellationToken);
            _locks.Sweep(volume);
        }
    }

    /// <inheritdoc/>
    public async Task<Inventory> GetInventoryAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A copy that is being made is as open as its volume.
            var volumes = _volumes.List().Select(v => v with { Unlocked = v.Unlocked || _volumes.Copies.IsUnlocked(v.VolumeId) });
            return new Inventory(await _networks.ListAsync(cancellationToken), [.. volumes], await _instances.ListAsync(cancellationToken));
        }
        catch (IncusException e)
        {
            throw ForPeople(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rekeying.Dispose();
        _filter.Dispose();
        _incus.Dispose();
    }

    private static InfrastructureException ForPeople(IncusException e) => new("Incus says: " + e.Message, e);

    private async Task RefuseWhileUsedAsync(Guid volume, CancellationToken cancellationToken)
    {
        var source = VolumeDirectory.DataOf(_installation, volume);
        var user = (await _incus.ListInstancesAsync(cancellationToken))
            .FirstOrDefault(i => i.Status != "Stopped" && i.Devices.Values.Any(d => d.GetValueOrDefault("source") == source));
        if (user is not null)
        {
            throw new InfrastructureException($"The volume {volume} is in use by the instance {user.Name}: stop that first.");
        }
    }

    private Task<bool> InTurnAsync(Fence fence, Guid thing, Func<Task> work, CancellationToken cancellationToken) =>
        InTurnAsync(fence, thing, async () =>
        {
            await work();
            return true;
        }, cancellationToken);

    private async Task<T> InTurnAsync<T>(Fence fence, Guid thing, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            using var lease = await _fences.EnterAsync(fence, cancellationToken);
            using var turn = await _turns.EnterAsync(thing, cancellationToken);
            return await work();
        }
        catch (IncusException e)
        {
            throw ForPeople(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException("The host's file system says: " + e.Message, e);
        }
    }
}
