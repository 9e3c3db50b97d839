using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>
/// The consoles as clients, each of its own side's issuer. They run in beffroid, and what they are given never leaves it: their codes are redeemed inside (<see cref="IConsoleTokens"/>), and the
/// token endpoint knows no such clients.
/// </summary>
public static class ConsoleClient
{
    /// <summary>Where their codes come back to.</summary>
    public const string CallbackPath = "/console/callback";

    /// <summary>The <c>client_id</c> of the console at whose listener the request came in.</summary>
    public static string Id(HttpContext http) => Id(Listener.Of(http));

    /// <summary>The redirect address, of the same origin as the request.</summary>
    public static string RedirectUri(HttpContext http) => "https://" + http.Request.Host + CallbackPath;

    /// <summary>The <c>client_id</c> of a side's console. The other's issuer doesn't know it.</summary>
    internal static string Id(Side side) => side == Side.Operator ? "beffroi-operator-console" : "beffroi-console";

    /// <summary>Whether answers may go there: to the console at the very address at which it was asked for.</summary>
    internal static bool MayRedirectTo(HttpContext http, string? uri) => uri == RedirectUri(http);
}
