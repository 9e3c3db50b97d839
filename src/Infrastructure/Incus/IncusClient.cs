using System.Net;

namespace Beffroi.Infrastructure.Incus;

/// <summary>
/// The calls to Incus that this host needs, and no others (there is no exec among them). Names come from
/// <see cref="Kernel.Installation"/> and are escaped. Safe for concurrent use. Failures are <see cref="IncusException"/>.
/// </summary>
internal sealed class IncusClient(string socket) : IDisposable
{
    private readonly IncusConnection _connection = new(socket);

    public Task<IncusServer> GetServerAsync(CancellationToken cancellationToken) =>
        _connection.GetAsync("/1.0", IncusJson.Default.IncusServer, cancellationToken);

    public async Task<IncusProject?> FindProjectAsync(string name, CancellationToken cancellationToken) =>
        (await _connection.FindAsync(Path("projects", name), IncusJson.Default.IncusProject, cancellationToken))?.Value;

    public Task<List<IncusProject>> ListProjectsAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync("/1.0/projects?recursion=1", IncusJson.Default.ListIncusProject, cancellationToken);

    public Task CreateProjectAsync(IncusProject project, CancellationToken cancellationToken) =>
        _connection.PostAsync("/1.0/projects", project, IncusJson.Default.IncusProject, cancellationToken);

    public Task DeleteProjectAsync(string name, CancellationToken cancellationToken) =>
        _connection.DeleteAsync(Path("projects", name), cancellationToken);

    public async Task<IncusNetwork?> FindNetworkAsync(string name, CancellationToken cancellationToken) =>
        (await _connection.FindAsync(Path("networks", name), IncusJson.Default.IncusNetwork, cancellationToken))?.Value;

    public Task<List<IncusNetwork>> ListNetworksAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync("/1.0/networks?recursion=1", IncusJson.Default.ListIncusNetwork, cancellationToken);

    public Task CreateNetworkAsync(IncusNetwork network, CancellationToken cancellationToken) =>
        _connection.PostAsync("/1.0/networks", network, IncusJson.Default.IncusNetwork, cancellationToken);

    public Task DeleteNetworkAsync(string name, CancellationToken cancellationToken) =>
        Disturbance.OutlastAsync(() => _connection.DeleteAsync(Path("networks", name), cancellationToken), cancellationToken);

    public async Task<IncusStoragePool?> FindStoragePoolAsync(string name, CancellationToken cancellationToken) =>
        (await _connection.FindAsync(Path("storage-pools", name), IncusJson.Default.IncusStoragePool, cancellationToken))?.Value;

    public Task CreateStoragePoolAsync(IncusStoragePool pool, CancellationToken cancellationToken) =>
        _connection.PostAsync("/1.0/storage-pools", pool, IncusJson.Default.IncusStoragePool, cancellationToken);

    public Task DeleteStoragePoolAsync(string name, CancellationToken cancellationToken) =>
        _connection.DeleteAsync(Path("storage-pools", name), cancellationToken);

    public async Task<IncusImage?> FindImageAsync(string fingerprint, CancellationToken cancellationToken) =>
        (await _connection.FindAsync(Path("images", fingerprint), IncusJson.Default.IncusImage, cancellationToken))?.Value;

    /// <summary>Imports a split image: metadata and root file system, each a tar file. Returns when it is usable.</summary>
    public async Task ImportImageAsync(string metadata, string rootfs, CancellationToken cancellationToken)
    {
        using var content = new MultipartFormDataContent
        {
            { new StreamContent(File.OpenRead(metadata)), "metadata", "metadata.tar" },
            { new StreamContent(File.OpenRead(rootfs)), "rootfs", "rootfs.tar" },
        };
        await _connection.UploadAsync("/1.0/images", content, cancellationToken);
    }

    public async Task<IncusAlias?> FindAliasAsync(string name, CancellationToken cancellationToken) =>
        (await _connection.FindAsync(Path("images/aliases", name), IncusJson.Default.IncusAlias, cancellationToken))?.Value;

    public Task<List<IncusAlias>> ListAliasesAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync("/1.0/images/aliases?recursion=1", IncusJson.Default.ListIncusAlias, cancellationToken);

    public Task CreateAliasAsync(IncusAlias alias, CancellationToken cancellationToken) =>
        _connection.PostAsync("/1.0/images/aliases", alias, IncusJson.Default.IncusAlias, cancellationToken);

    /// <summary>Removes an alias, and its image if nobody has another alias for it.</summary>
    public async Task RemoveAliasAsync(IncusAlias alias, CancellationToken cancellationToken)
    {
        await _connection.DeleteAsync(Path("images/aliases", alias.Name), cancellationToken);
        if (alias.Target is { } image && await FindImageAsync(image, cancellationToken) is { Aliases: null or [] })
        {
            await _connection.DeleteAsync(Path("images", image), cancellationToken);
        }
    }

    public Task<(IncusInstance Value, string Etag)?> FindInstanceAsync(string project, string name, CancellationToken cancellationToken) =>
        _connection.FindAsync(Path("instances", name) + In(project), IncusJson.Default.IncusInstance, cancellationToken);

    /// <summary>The instances of every project.</summary>
    public Task<List<IncusInstance>> ListInstancesAsync(CancellationToken cancellationToken) =>
        _connection.ListAsync("/1.0/instances?all-projects=true&recursion=1", IncusJson.Default.ListIncusInstance, cancellationToken);

    public Task CreateInstanceAsync(string project, NewIncusInstance instance, CancellationToken cancellationToken) =>
        _connection.PostAsync("/1.0/instances" + In(project), instance, IncusJson.Default.NewIncusInstance, cancellationToken);

    public Task ChangeInstanceAsync(string project, string name, IncusInstanceChange change, string etag, CancellationToken cancellationToken) =>
        _connection.PutAsync(Path("instances", name) + In(project), change, IncusJson.Default.IncusInstanceChange, etag, cancellationToken);

    public Task ChangeStateAsync(string project, string name, IncusStateChange change, CancellationToken cancellationToken) =>
        _connection.PutAsync(Path("instances", name) + "/state" + In(project), change, IncusJson.Default.IncusStateChange, null, cancellationToken);

    public Task DeleteInstanceAsync(string project, string name, CancellationToken cancellationToken) =>
        _connection.DeleteAsync(Path("instances", name) + In(project), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static string Path(string collection, string name) => "/1.0/" + collection + "/" + WebUtility.UrlEncode(name);

    private static string In(string project) => "?project=" + WebUtility.UrlEncode(project);
}
