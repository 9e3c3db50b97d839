using Beffroi.Platform.Keys.Providers;

namespace Beffroi.Platform.Keys;

/// <summary>Tokens of key providers, before anything serves from them.</summary>
public static class KeyTokens
{
    /// <summary>Makes the PKCS#11 token that a provider names, in its module's first free slot, unless it is there. Not for concurrent use.</summary>
    /// <param name="options">With the provider among its <see cref="PlatformOptions.KeyProviders"/>.</param>
    /// <param name="provider">Its name.</param>
    /// <returns>Whether it made one.</returns>
    /// <exception cref="KeyUnavailableException">There is no such provider, it is of another kind, or its module can't.</exception>
    public static async Task<bool> InitializeAsync(PlatformOptions options, string provider)
    {
        await using var providers = new KeyProviders(options, TimeProvider.System);
        return providers.InitializeToken(provider);
    }
}
