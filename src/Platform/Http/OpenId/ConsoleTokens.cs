using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Sessions;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>A session of one of the consoles.</summary>
/// <param name="Side">Of which side's.</param>
/// <param name="Id">Which.</param>
/// <param name="Holder">Whose.</param>
/// <param name="AccessToken">Good for the API.</param>
/// <param name="RefreshToken">Good once, for the next two.</param>
/// <param name="Lifetime">Of the access token.</param>
public sealed record ConsoleGrant(Side Side, Guid Id, Guid Holder, string AccessToken, string RefreshToken, TimeSpan Lifetime)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => "session " + Id;
}

/// <summary>What came back to the console's redirect address, and what it had asked with.</summary>
/// <param name="Code">The authorization code.</param>
/// <param name="RedirectUri">As it was asked with.</param>
/// <param name="Verifier">The proof key (RFC 7636), from the cookie of the browser that began.</param>
/// <param name="Nonce">The nonce, from the same.</param>
public sealed record ConsoleCode(string Code, string RedirectUri, string Verifier, string Nonce);

/// <summary>
/// What the token endpoint is to other clients, for the console, which runs in the same process: so a failure counts against the browser's address and not against beffroid's own, and a
/// token is in no message that anybody could read. Safe for concurrent use.
/// </summary>
public interface IConsoleTokens
{
    /// <summary>Whether the address of this request has to wait for too many failures.</summary>
    bool MustWait(HttpContext http);

    /// <summary>Begins a session with a code; null, and counted as a failed sign-in, if it can't be used (any more), or wasn't made for this client, address, proof key or nonce.</summary>
    Task<ConsoleGrant?> BeginAsync(HttpContext http, ConsoleCode code);

    /// <summary>The next tokens of a session; null if it has ended.</summary>
    Task<ConsoleGrant?> ContinueAsync(HttpContext http, ConsoleGrant grant);

    /// <summary>Ends a session, at once.</summary>
    /// <param name="http">The request of whoever signs out; null where time has ended it.</param>
    /// <param name="grant">Which.</param>
    Task EndAsync(HttpContext? http, ConsoleGrant grant);
}

/// <inheritdoc cref="IConsoleTokens"/>
internal sealed class ConsoleTokens(NpgsqlDataSource store, Sessions sessions, FailedSignIns failures) : IConsoleTokens
{
    public bool MustWait(HttpContext http) => failures.MustWait(http.Connection.RemoteIpAddress);

    public async Task<ConsoleGrant?> BeginAsync(HttpContext http, ConsoleCode code)
    {
        var begun = await IsForUsAsync(http, code) ? await sessions.BeginWithCodeAsync(http, ConsoleClient.Id(http), code.Code) : null;
        if (begun is null)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
            return null;
        }

        return Grant(Listener.Of(http), begun.Id, begun.Holder, begun.Tokens);
    }

    public async Task<ConsoleGrant?> ContinueAsync(HttpContext http, ConsoleGrant grant)
    {
        // Not counted: the browser has shown the right cookie, and the session has ended elsewhere.
        var tokens = await sessions.ContinueAsync(http, ConsoleClient.Id(http), grant.RefreshToken);
        return tokens is null ? null : Grant(grant.Side, grant.Id, grant.Holder, tokens);
    }

    public Task EndAsync(HttpContext? http, ConsoleGrant grant) => sessions.EndAsync(http, grant.Side, grant.Holder, grant.Id, http is null ? LedgerReason.Words("idle") : Sessions.SignedOut);

    private static ConsoleGrant Grant(Side side, Guid id, Guid holder, IssuedTokens tokens) => new(side, id, holder, tokens.AccessToken, tokens.RefreshToken, SessionTable.AccessLifetime);

    private static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private async Task<bool> IsForUsAsync(HttpContext http, ConsoleCode code)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        if (await AuthorizationCodes.FindAsync(connection, Listener.Of(http), ConsoleClient.Id(http), code.Code, http.RequestAborted) is not { } kept)
        {
            return false;
        }

        if (kept.Session is { } session)
        {
            // RFC 6749 section 4.1.2: someone else has it.
            await sessions.EndAsync(http, Listener.Of(http), kept.Holder, session, $"code-reused");
            return false;
        }

        return kept.RedirectUri == code.RedirectUri
            && Same(kept.CodeChallenge, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(code.Verifier))))
            && Same(kept.Nonce ?? "", code.Nonce);
    }
}
