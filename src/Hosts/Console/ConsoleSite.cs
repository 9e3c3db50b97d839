using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole;

/// <summary>
/// One of the two consoles: the customers' and the operator's. They are the same program and share nothing that a person does: each is at its side's listener, has its own sessions, cookies and
/// pages, and asks its side's API. A route has its site as metadata.
/// </summary>
/// <param name="IsOperator">Whether it is the operator's.</param>
/// <param name="SessionCookie">The cookie of a session. Cookies don't tell ports apart, so the sites' have different names.</param>
/// <param name="BegunCookie">The cookie of a sign-in that has begun.</param>
/// <param name="Api">What the paths of its side's API begin with.</param>
internal sealed record ConsoleSite(bool IsOperator, string SessionCookie, string BegunCookie, string Api)
{
    public static ConsoleSite Customer { get; } = new(false, "__Host-beffroi-console", "__Host-beffroi-console-sign-in", "/v1");

    public static ConsoleSite Operator { get; } = new(true, "__Host-beffroi-operator-console", "__Host-beffroi-operator-console-sign-in", "/operator/v1");

    /// <summary>The one whose page was asked for.</summary>
    public static ConsoleSite Of(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<ConsoleSite>() ?? throw new InvalidOperationException("This route is of neither console.");
}
