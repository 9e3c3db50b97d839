using Beffroi.Infrastructure.Hosting;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Tests;

/// <summary>One resource's things for a test: ids, key, and the requests about them. Removed when disposed.</summary>
internal sealed class Resource(HostProcess host, int index, int hostNumber = 10, Guid? space = null) : IAsyncDisposable
{
    public const long Size = 1L << 30;

    public Guid Id { get; } = Guid.NewGuid();

    public Guid Space { get; } = space ?? Guid.NewGuid();

    public Guid Volume { get; } = Guid.NewGuid();

    public Guid Instance { get; } = Guid.NewGuid();

    public long Epoch { get; set; } = 1;

    public Secret Key { get; set; } = Secret.Random(64);

    public string Address => $"10.94.{index}.{hostNumber}";

    public string Gateway => $"10.94.{index}.1";

    public Fence Fence => new(Id, Epoch);

    public string Home => host.VolumesRoot + "/" + Volume.ToString("N");

    private HostClient Client => host.Client;

    public InstanceLimits Limits { get; set; } = new(1, 256L << 20, 200, 1L << 30);

    public EnsureInstance InstanceRequest => new(
        Fence, Instance, Space, index, hostNumber, "tiny", Volume, Limits,
        new InstanceBootstrap(Secret.FromText("one-time-token"), "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", HostProcess.AgentPort));

    public Task<NetworkState> NetworkAsync() => Client.EnsureNetworkAsync(new EnsureNetwork(Fence, Space, index), CancellationToken.None);

    public Task<VolumeState> VolumeAsync(long size = Size) => Client.EnsureVolumeAsync(new EnsureVolume(Fence, Volume, size, Key), CancellationToken.None);

    public Task<InstanceState> InstanceAsync() => Client.EnsureInstanceAsync(InstanceRequest, CancellationToken.None);

    public Task LockAsync() => Client.LockVolumeAsync(new VolumeRequest(Fence, Volume), CancellationToken.None);

    public Task StopAsync() => Client.StopInstanceAsync(new InstanceRequest(Fence, Instance, Space), CancellationToken.None);

    public Task<string> RunAsync(string script) => host.InAsync(Space, Instance, script);

    public async Task<InstanceState> AllAsync()
    {
        await NetworkAsync();
        await VolumeAsync();
        return await InstanceAsync();
    }

    /// <summary>The whole, with the instance's interface up (its image has no agent that does it).</summary>
    public async Task UpAsync()
    {
        await AllAsync();
        await RunAsync($"ip link set eth0 up; ip addr add {Address}/24 dev eth0; ip route add default via {Gateway}");
    }

    public async Task RemoveAsync(bool network = true)
    {
        await Client.RemoveInstanceAsync(new InstanceRequest(Fence, Instance, Space), CancellationToken.None);
        await Client.RemoveVolumeAsync(new VolumeRequest(Fence, Volume), CancellationToken.None);
        if (network)
        {
            await Client.RemoveNetworkAsync(new RemoveNetwork(Fence, Space, index), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync() => await RemoveAsync(network: space is null);
}
