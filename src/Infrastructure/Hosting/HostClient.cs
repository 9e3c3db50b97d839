using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>
/// The port as beffroid sees it: HTTP and JSON to beffroi-host over the installation's private unix socket. Keeps no state
/// and never retries: the reconciler does. Safe for concurrent use.
/// </summary>
public sealed class HostClient : IInfrastructure, IDisposable
{
    private readonly string _socket;
    private readonly HttpClient _http;

    /// <summary>Connects at the first call, and again whenever the host process was restarted.</summary>
    public HostClient(Installation installation)
    {
        _socket = installation.HostSocket;
        _http = UnixSocketHttp.Connect(_socket, stream => new ClearedStream(stream));
    }

    /// <inheritdoc/>
    public Task<NetworkState> EnsureNetworkAsync(EnsureNetwork request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.EnsureNetwork, request, HostJson.Default.EnsureNetwork, HostJson.Default.NetworkState, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveNetworkAsync(RemoveNetwork request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.RemoveNetwork, request, HostJson.Default.RemoveNetwork, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task EnsurePolicyAsync(EnsurePolicy request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.EnsurePolicy, request, HostJson.Default.EnsurePolicy, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task<IsolationFacts> InspectIsolationAsync(CancellationToken cancellationToken) =>
        CallAsync(Verbs.InspectIsolation, new Done(), HostJson.Default.Done, HostJson.Default.IsolationFacts, cancellationToken);

    /// <inheritdoc/>
    public Task<VolumeState> EnsureVolumeAsync(EnsureVolume request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.EnsureVolume, request, HostJson.Default.EnsureVolume, HostJson.Default.VolumeState, cancellationToken);

    /// <inheritdoc/>
    public Task<RekeyState> RekeyVolumeAsync(RekeyVolume request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.RekeyVolume, request, HostJson.Default.RekeyVolume, HostJson.Default.RekeyState, cancellationToken);

    /// <inheritdoc/>
    public Task LockVolumeAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.LockVolume, request, HostJson.Default.VolumeRequest, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveVolumeAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.RemoveVolume, request, HostJson.Default.VolumeRequest, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task<InstanceState> EnsureInstanceAsync(EnsureInstance request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.EnsureInstance, request, HostJson.Default.EnsureInstance, HostJson.Default.InstanceState, cancellationToken);

    /// <inheritdoc/>
    public Task SetTokenAsync(SetToken request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.SetToken, request, HostJson.Default.SetToken, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task StopInstanceAsync(InstanceRequest request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.StopInstance, request, HostJson.Default.InstanceRequest, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task RemoveInstanceAsync(InstanceRequest request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.RemoveInstance, request, HostJson.Default.InstanceRequest, HostJson.Default.Done, cancellationToken);

    /// <inheritdoc/>
    public Task<HostState> GetHostAsync(CancellationToken cancellationToken) =>
        CallAsync(Verbs.GetHost, new Done(), HostJson.Default.Done, HostJson.Default.HostState, cancellationToken);

    /// <inheritdoc/>
    public Task<BackupLockState> EnsureBackupLocksAsync(EnsureBackupLocks request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.EnsureBackupLocks, request, HostJson.Default.EnsureBackupLocks, HostJson.Default.BackupLockState, cancellationToken);

    /// <inheritdoc/>
    public Task<BackupLockState> RepairBackupsAsync(VolumeRequest request, CancellationToken cancellationToken) =>
        CallAsync(Verbs.RepairBackups, request, HostJson.Default.VolumeRequest, HostJson.Default.BackupLockState, cancellationToken);

    /// <inheritdoc/>
    public Task<Inventory> GetInventoryAsync(CancellationToken cancellationToken) =>
        CallAsync(Verbs.GetInventory, new Done(), HostJson.Default.Done, HostJson.Default.Inventory, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<TAnswer> CallAsync<TRequest, TAnswer>(
        string verb, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new SecretContent(JsonSerializer.SerializeToUtf8Bytes(request, requestType));
            using var response = await _http.PostAsync(Verbs.Path(verb), content, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                var problem = await response.Content.ReadFromJsonAsync(HostJson.Default.HostProblem, cancellationToken);
                throw problem?.Type == HostProblem.StaleFence
                    ? new StaleFenceException(problem.Detail)
                    : new InfrastructureException(problem?.Detail ?? "The host process refused the request without a reason.");
            }

            return await response.Content.ReadFromJsonAsync(answerType, cancellationToken)
                ?? throw new InfrastructureException("The host process gave an empty answer.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new InfrastructureException($"The host process does not answer on {_socket}: is beffroi-host running? ({e.Message})", e);
        }
        catch (JsonException e)
        {
            throw new InfrastructureException($"What answers on {_socket} is not this version's beffroi-host.", e);
        }
    }
}
