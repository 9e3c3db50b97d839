using Beffroi.Kernel;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>An identity provider as an organization registered it.</summary>
/// <param name="Id">Of this issuer and client: another of either is another provider.</param>
/// <param name="OrganizationId">Whose.</param>
/// <param name="Organization">The organization's name.</param>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Issuer">An https address.</param>
/// <param name="ClientId">Ours there.</param>
/// <param name="Authority">As in <see cref="Outbound.OutboundConnections.CreateHandler"/>.</param>
/// <param name="ClientKey">The public JSON Web Key with whose private half we sign there; null where a secret is shown.</param>
/// <param name="Scopes">With <c>openid</c>.</param>
/// <param name="AcrValues">One of which has to hold; none for any.</param>
/// <param name="SecondFactorAcr">Classes that mean a second factor.</param>
/// <param name="SecondFactorAmr">Methods that mean one.</param>
/// <param name="MaxAge">Of the sign-in there; null for any.</param>
/// <param name="NameClaim">What people are shown as.</param>
/// <param name="Required">Whether members other than owners have to use one of the organization's.</param>
/// <param name="Revision">Counts changes.</param>
internal sealed record RegisteredProvider(
    Guid Id, Guid OrganizationId, string Organization, string Name, string Issuer, string ClientId, string? Authority, string? ClientKey, IReadOnlyList<string> Scopes, IReadOnlyList<string> AcrValues,
    IReadOnlyList<string> SecondFactorAcr, IReadOnlyList<string> SecondFactorAmr, TimeSpan? MaxAge, string? NameClaim, bool Required, int Revision = 1)
{
    /// <summary>Under which name its client's secret is kept, with the provider's id as the resource's.</summary>
    public const string Secret = "client-secret";

    /// <summary>The same of the key that we sign with there, PKCS#8.</summary>
    public const string Key = "client-key";

    /// <summary>What the names of both begin with.</summary>
    public const string Credentials = "client-";

    /// <summary>Which of the two counts.</summary>
    public string Credential => ClientKey is null ? Secret : Key;

    /// <summary>For the ledger.</summary>
    public LedgerReason Reason => $"identity provider {LedgerReason.Name(Name)}";

    /// <summary>Whether it asks as much of a sign-in as another.</summary>
    public bool AsksLike(RegisteredProvider other) =>
        AcrValues.SequenceEqual(other.AcrValues) && SecondFactorAcr.SequenceEqual(other.SecondFactorAcr) && SecondFactorAmr.SequenceEqual(other.SecondFactorAmr) && MaxAge == other.MaxAge;
}
