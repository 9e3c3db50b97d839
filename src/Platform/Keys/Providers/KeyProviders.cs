using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>The providers that this installation has. Safe for concurrent use.</summary>
internal sealed class KeyProviders : IAsyncDisposable
{
    private readonly PlatformOptions _options;
    private readonly Dictionary<string, IKeyProvider> _all = new(StringComparer.Ordinal);
    private readonly Pkcs11Modules _modules = new();

    public KeyProviders(PlatformOptions options, TimeProvider time)
    {
        _options = options;
        _all[SoftwareKeys.ProviderName] = new SoftwareKeys(options.KeysDirectory);
        foreach (var provider in options.KeyProviders)
        {
            _all[provider.Name] = provider.Kind == "pkcs11" ? new Pkcs11Keys(provider, _modules) : new TransitKeys(provider, time);
        }
    }

    /// <summary>By name.</summary>
    /// <exception cref="KeyUnavailableException">It isn't configured here.</exception>
    public IKeyProvider Get(string name) => _all.GetValueOrDefault(name)
        ?? throw new KeyUnavailableException($"The key provider {name} is not configured in this installation. Its operator has to add it to KeyProviders in server.json.");

    /// <summary>Makes the token of a provider of kind <c>pkcs11</c>, unless it is there.</summary>
    /// <returns>Whether it made one.</returns>
    /// <exception cref="KeyUnavailableException">There is no such provider, or its module can't.</exception>
    public bool InitializeToken(string name) => Get(name) is Pkcs11Keys keys ? keys.InitializeToken()
        : throw new KeyUnavailableException($"The key provider {name} is not of kind pkcs11: it has no token.");

    /// <summary>Where a new organization's key is made: the installation's default, or software where that one is not for this organization.</summary>
    public async Task<IKeyProvider> DefaultAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var name = organizationId == Guid.Empty ? null
            : await connection.Statement("select name from platform.organizations where id = $1", organizationId).FirstAsync(r => r.GetString(0), cancellationToken);
        return Get(name is null || IsFor(_options.DefaultKeyProvider, name) ? _options.DefaultKeyProvider : SoftwareKeys.ProviderName);
    }

    /// <summary>The names of those that an organization may use.</summary>
    public IReadOnlyList<string> For(string organization) => [.. _all.Keys.Where(name => IsFor(name, organization)).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in _all.Values)
        {
            (provider as IDisposable)?.Dispose();
        }

        await _modules.DisposeAsync();
    }

    private bool IsFor(string provider, string organization) =>
        _options.KeyProviders.FirstOrDefault(o => o.Name == provider)?.Organizations is not { } only || only.Contains(organization, StringComparer.Ordinal);
}
