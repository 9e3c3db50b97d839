using Beffroi.Infrastructure;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>A host that notes what it is asked, in order, and shows what a test says is open.</summary>
internal sealed class FakeHost : IInfrastructure
{
    public List<string> Calls { get; } = [];

    /// <summary>What was stopped or locked, in order.</summary>
    public List<(string Call, Guid Id)> Ids { get; } = [];

    public IReadOnlyList<VolumeState> Volumes { get; set; } = [];

    public IReadOnlyList<InstanceState> Instances { get; set; } = [];

    /// <summary>The key of the newest volume that was opened.</summary>
    public byte[] VolumeKey { get; private set; } = [];

    public Task<Inventory> GetInventoryAsync(CancellationToken cancellationToken) => Task.FromResult(new Inventory([], Volumes, Instances));

    public Task<BackupLockState> EnsureBackupLocksAsync(EnsureBackupLocks request, CancellationToken cancellationToken) =>
        Task.FromResult(new BackupLockState(0, null, null));

    public Task<BackupLockState> RepairBackupsAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(new BackupLockState(0, null, null));

    public Task<HostState> GetHostAsync(CancellationToken cancellationToken) => Task.FromResult(new HostState(64L << 30, true, new Dictionary<string, string>()));

    public Task<IsolationFacts> InspectIsolationAsync(CancellationToken cancellationToken) => throw new InfrastructureException("Nothing is isolated here.");

    public Task EnsurePolicyAsync(EnsurePolicy request, CancellationToken cancellationToken) => Note("policy");

    public Task<NetworkState> EnsureNetworkAsync(EnsureNetwork request, CancellationToken cancellationToken)
    {
        Calls.Add("network");
        return Task.FromResult(new NetworkState("10.93.0.0/24", "10.93.0.1"));
    }

    public Task RemoveNetworkAsync(RemoveNetwork request, CancellationToken cancellationToken) => Note("remove network");

    public Task<VolumeState> EnsureVolumeAsync(EnsureVolume request, CancellationToken cancellationToken)
    {
        Calls.Add("open volume");
        VolumeKey = request.Key.Reveal().ToArray();
        return Task.FromResult(new VolumeState(request.VolumeId, request.SizeBytes, true, "fscrypt", false));
    }

    public Task<RekeyState> RekeyVolumeAsync(RekeyVolume request, CancellationToken cancellationToken)
    {
        Calls.Add("rekey volume");
        VolumeKey = request.NewKey.Reveal().ToArray();
        return Task.FromResult(new RekeyState(request.VolumeId, true, 0, 0));
    }

    public Task LockVolumeAsync(VolumeRequest request, CancellationToken cancellationToken) => Note("lock volume", request.VolumeId);

    public Task RemoveVolumeAsync(VolumeRequest request, CancellationToken cancellationToken) => Note("remove volume");

    public Task<InstanceState> EnsureInstanceAsync(EnsureInstance request, CancellationToken cancellationToken) => throw new InfrastructureException("There is no instance here.");

    public Task SetTokenAsync(SetToken request, CancellationToken cancellationToken) => Note("token");

    public Task StopInstanceAsync(InstanceRequest request, CancellationToken cancellationToken) => Note("stop", request.InstanceId);

    public Task RemoveInstanceAsync(InstanceRequest request, CancellationToken cancellationToken) => Note("remove instance");

    private Task Note(string call, Guid id = default)
    {
        lock (Calls)
        {
            Calls.Add(call);
            Ids.Add((call, id));
        }

        return Task.CompletedTask;
    }
}
