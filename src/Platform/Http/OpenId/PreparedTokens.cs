using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>Tokens and codes of ours that are in the store already, for OpenIddict to put into its answer instead of making one itself.</summary>
internal static class PreparedTokens
{
    public static void Set(HttpContext http, string type, string token) => http.Items[Key(type)] = token;

    public static string? Get(HttpContext http, string type) => http.Items[Key(type)] as string;

    private static (Type, string) Key(string type) => (typeof(PreparedTokens), type);
}
