using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>
/// The console as a client. It runs in beffroid, and what it is given never leaves it: its codes are redeemed inside (<see cref="IConsoleTokens"/>), and the token endpoint knows no such client.
/// </summary>
public static class ConsoleClient
{
    /// <summary>Its <c>client_id</c>.</summary>
    public const string Id = "beffroi-console";

    /// <summary>Where its codes come back to.</summary>
    public const string CallbackPath = "/console/callback";

    /// <summary>The redirect address, of the same origin as the request.</summary>
    public static string RedirectUri(HttpContext http) => "https://" + http.Request.Host + CallbackPath;

    /// <summary>Whether answers may go there: to the console at the very address at which it was asked for, by customers' people only.</summary>
    internal static bool MayRedirectTo(HttpContext http, string? uri) => Listener.Of(http) == Side.Customer && uri == RedirectUri(http);
}
