using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>A session's tokens, which stay on the server.</summary>
/// <param name="IsOperator">Whether it is of the operator's side.</param>
/// <param name="Session">Which session.</param>
/// <param name="Holder">Whose.</param>
/// <param name="Access">For the API.</param>
/// <param name="Refresh">Good once, for the next two.</param>
/// <param name="Lifetime">Of the access token.</param>
public sealed record ConsoleSignIn(bool IsOperator, Guid Session, Guid Holder, string Access, string Refresh, TimeSpan Lifetime)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => "session " + Session;
}

/// <summary>The OpenID provider as the console's host has it: the same process, so no token is sent anywhere. Each side has its own, and a request is for that of its listener. Safe for concurrent use.</summary>
public interface IConsoleSignIn
{
    /// <summary>The address to send a browser to, which comes back to the console's callback with a code.</summary>
    string AuthorizePath(HttpContext http, string state, string nonce, string challenge);

    /// <summary>Whether the browser's address has to wait for too many failures.</summary>
    bool MustWait(HttpContext http);

    /// <summary>Uses a code; null if it can't be.</summary>
    Task<ConsoleSignIn?> BeginAsync(HttpContext http, string code, string verifier, string nonce);

    /// <summary>The next tokens; null if the session has ended.</summary>
    Task<ConsoleSignIn?> RenewAsync(HttpContext http, ConsoleSignIn tokens);

    /// <summary>Ends the session.</summary>
    /// <param name="http">Of who signs out; null where time has ended it.</param>
    /// <param name="tokens">Which.</param>
    Task EndAsync(HttpContext? http, ConsoleSignIn tokens);
}
