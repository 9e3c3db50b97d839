using Beffroi.Platform.Keys;

namespace Beffroi.Hosts.Server;

/// <summary><c>beffroid init-token PROVIDER</c>: makes the PKCS#11 token that a key provider names, as beffroid's own user. For `up`.</summary>
internal static class TokenInitialization
{
    /// <summary>0 if the token is there, 1 with a sentence if not.</summary>
    public static async Task<int> RunAsync(ServerOptions options, string provider)
    {
        try
        {
            await Console.Out.WriteLineAsync(await KeyTokens.InitializeAsync(options.ToPlatform(), provider) ? "made" : "unchanged");
            return 0;
        }
        catch (KeyUnavailableException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
