namespace Beffroi.Platform.Identity.Sessions;

/// <summary>A session's new tokens, for its holder alone.</summary>
/// <param name="AccessToken">Opaque.</param>
/// <param name="RefreshToken">Good once.</param>
internal sealed record IssuedTokens(string AccessToken, string RefreshToken)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => "(tokens)";
}
