namespace Beffroi.Contracts;

/// <summary>An identity provider of an organization's own (OpenID Connect), by way of which its people sign in. Never with the client's secret.</summary>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Issuer">Exactly what its tokens have as <c>iss</c>; an https address, below which it says where it is asked (OpenID Connect Discovery 1.0).</param>
/// <param name="ClientId">As what this installation is registered there.</param>
/// <param name="Authentication">How it shows there that it is that: <c>secret</c>, or <c>private-key</c> for assertions that it signs (private_key_jwt).</param>
/// <param name="Scopes">What is asked for; <c>openid</c> is always among them.</param>
/// <param name="AcrValues">Authentication context classes, one of which a sign-in there has to have had; none for any.</param>
/// <param name="SecondFactorAcr">Those that mean that a second factor was asked for there. With any other, ours is asked for.</param>
/// <param name="SecondFactorAmr">Authentication methods (RFC 8176) that mean the same.</param>
/// <param name="MaxAge">How long ago the sign-in there may have been, in seconds; null for any time.</param>
/// <param name="NameClaim">The claim that people are shown as; <c>sub</c> alone says who they are.</param>
/// <param name="Required">Whether members other than owners begin no session without a provider of the organization's.</param>
/// <param name="Authority">PEM of the certificate authorities to trust when it is asked; null for the system's.</param>
/// <param name="Linked">How many members have linked their account with it.</param>
/// <param name="CallbackPath">The path of the redirect address to register there, under each name that people open this installation by.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="KeysPath">The path of the public keys (RFC 7517) with which its assertions are checked; null where it shows a secret.</param>
public sealed record IdentityProvider(
    string Name, string Issuer, string ClientId, string Authentication, IReadOnlyList<string> Scopes, IReadOnlyList<string> AcrValues, IReadOnlyList<string> SecondFactorAcr, IReadOnlyList<string> SecondFactorAmr,
    int? MaxAge, string? NameClaim, bool Required, string? Authority, long Linked, string CallbackPath, DateTimeOffset CreatedAt, string? KeysPath = null);

/// <summary>The content of an identity provider; see <see cref="IdentityProvider"/>.</summary>
/// <param name="Issuer">At most 500 characters.</param>
/// <param name="ClientId">At most 200 characters.</param>
/// <param name="ClientSecret">What this installation shows there; null for the one that was given before, and where it signs. At most 500 characters. Kept under the organization's key and never shown again.</param>
/// <param name="Scopes">At most 20; null for <c>openid email</c>.</param>
/// <param name="AcrValues">At most ten.</param>
/// <param name="SecondFactorAcr">At most ten.</param>
/// <param name="SecondFactorAmr">At most ten.</param>
/// <param name="MaxAge">0 to 86400.</param>
/// <param name="NameClaim">At most 100 characters; null to show no name.</param>
/// <param name="Required">See there.</param>
/// <param name="Authority">At most 20000 characters.</param>
/// <param name="Authentication"><c>secret</c>, or <c>private-key</c>: then the platform makes a key, and shows where its public half is.</param>
public sealed record PutIdentityProvider(
    string Issuer, string ClientId, string? ClientSecret = null, IReadOnlyList<string>? Scopes = null, IReadOnlyList<string>? AcrValues = null, IReadOnlyList<string>? SecondFactorAcr = null,
    IReadOnlyList<string>? SecondFactorAmr = null, int? MaxAge = null, string? NameClaim = null, bool Required = false, string? Authority = null,
    string Authentication = "secret")
{
    /// <summary>Prints no secret.</summary>
    public override string ToString() => ClientId + " of " + Issuer;
}
