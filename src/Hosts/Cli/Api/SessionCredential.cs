using Beffroi.Contracts;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>
/// The bearer token of a session: renewed when it is about to end, or the server no longer knows it. A refresh token is good once, so only one process at a time uses it. Safe for
/// concurrent use.
/// </summary>
internal sealed class SessionCredential(SessionFile file, Uri server, string? authorityFile)
{
    public const string Client = "beffroi-cli";

    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    /// <summary>A token that is valid as far as this machine knows.</summary>
    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        var session = file.Read();
        return session.ExpiresAt > DateTimeOffset.UtcNow + Margin ? session.AccessToken : await RenewAsync(session.AccessToken, cancellationToken);
    }

    /// <summary>Another than this one, which isn't accepted any more.</summary>
    public async Task<string> RenewAsync(string rejected, CancellationToken cancellationToken)
    {
        using var held = await file.LockAsync(cancellationToken);
        var session = file.Read();
        if (session.AccessToken != rejected)
        {
            // Another process has been here.
            return session.AccessToken;
        }

        using var api = new ApiClient(server, authorityFile, bearerToken: null);
        var (tokens, error) = await api.PostOAuthAsync(
            "/oauth/token",
            new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = Client, ["refresh_token"] = session.RefreshToken },
            ApiClient.Wire.SessionTokens,
            cancellationToken);
        if (tokens is null)
        {
            throw error == "invalid_grant"
                ? new CliException("Your session has ended. Sign in again with `beffroi login`.", ExitCode.Refused)
                : new CliException($"The session could not be renewed ({error}). Try again later, or sign in with `beffroi login`.", error == "temporarily_unavailable" ? ExitCode.Unreachable : ExitCode.Refused);
        }

        file.Write(Stored(tokens));
        return tokens.AccessToken;
    }

    public static StoredSession Stored(SessionTokens tokens) => new(tokens.RefreshToken, tokens.AccessToken, DateTimeOffset.UtcNow.AddSeconds(tokens.ExpiresIn));
}
