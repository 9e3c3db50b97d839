using Beffroi.Contracts.Lockbox;
using Beffroi.Transparency.Consent;

namespace Beffroi.Platform.Lockbox;

/// <summary>A request as it is kept.</summary>
/// <param name="Shown">What both sides see.</param>
/// <param name="OrganizationId">Who is asked.</param>
/// <param name="OperatorId">Who asks.</param>
/// <param name="ResourceId">Null if there was no such resource.</param>
/// <param name="Classification">Of the space; null with the resource.</param>
/// <param name="CredentialSha256">Of the asker's secret.</param>
/// <param name="Approvers">How many have to sign.</param>
internal sealed record LockboxRow(
    LockboxRequest Shown, Guid OrganizationId, Guid OperatorId, Guid? ResourceId, string? Classification, byte[] CredentialSha256, int Approvers)
{
    /// <summary>What is signed, made anew from the row: who changes the row makes the signatures worthless. Null if there is nothing to open.</summary>
    public string? Consent => ToConsent()?.ToText();

    /// <summary>The same, read.</summary>
    public LockboxConsent? ToConsent() => ResourceId is not { } resource ? null : new LockboxConsent(
        Shown.Id, Shown.Organization, Shown.Space, Classification!, Shown.Kind, Shown.Name, resource, Shown.Access, Shown.Operator, Shown.Reason, Shown.Reference,
        LockboxConsent.Digest(Shown.Details), Shown.Minutes, Convert.ToHexStringLower(CredentialSha256), Approvers, Shown.RequestedAt, Shown.ExpiresAt);
}
