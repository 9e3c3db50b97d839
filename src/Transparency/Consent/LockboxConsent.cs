using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Transparency.Consent;

/// <summary>
/// What an approver signs: all that a lockbox request opens, to whom, for how long and why. The text is the same for all approvers, line by line, so that their signatures stand
/// below one note (C2SP signed-note). Pure.
/// </summary>
/// <param name="Request">The request's id.</param>
/// <param name="Organization">Who consents.</param>
/// <param name="Space">The space's name.</param>
/// <param name="Classification">Of the space, when it was asked.</param>
/// <param name="Kind">Of the resource.</param>
/// <param name="Name">The resource's.</param>
/// <param name="ResourceId">The resource's id: a later one of the same name is another.</param>
/// <param name="Access">What is to be seen.</param>
/// <param name="Operator">By whom.</param>
/// <param name="Reason">Why.</param>
/// <param name="Reference">The case's number, or null.</param>
/// <param name="DetailsSha256">Of the words, hexadecimal: they are somebody's, and the consent stays in the ledger for ever.</param>
/// <param name="Minutes">For how long, from the last approval.</param>
/// <param name="CredentialSha256">Of the secret that opens it, hexadecimal.</param>
/// <param name="Approvers">How many different people have to sign.</param>
/// <param name="RequestedAt">UTC, whole seconds.</param>
/// <param name="ExpiresAt">UTC, whole seconds; the last approval has to come before.</param>
public sealed record LockboxConsent(
    Guid Request, string Organization, string Space, string Classification, string Kind, string Name, Guid ResourceId, string Access, string Operator, string Reason, string? Reference,
    string DetailsSha256, int Minutes, string CredentialSha256, int Approvers, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt)
{
    private const string Header = "beffroi lockbox consent v1";
    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly string[] Labels =
        ["request", "organization", "space", "classification", "resource", "resource-id", "access", "operator", "reason", "reference", "details-sha256", "minutes", "credential-sha256", "approvers", "requested",
            "expires"];

    /// <summary>How many different people have to approve, by the classification of the space: two where it is sensitive or of health.</summary>
    public static int ApproversFor(string classification) => classification is "sensitive" or "health" ? 2 : 1;

    /// <summary>
    /// Whether one of them has to sign with a key on a machine of their own: where two people have to. A passkey signs what a page asks for, and both pages may be the same one's, that shows something else.
    /// </summary>
    public static bool NeedsMachineKey(string classification) => ApproversFor(classification) > 1;

    /// <summary>Whether the signatures of these keys, each of which is true, are all that are needed.</summary>
    public bool IsGivenBy(IReadOnlyCollection<ApproverKey> keys) => HasPeople(keys) && !LacksMachineKey(keys);

    /// <summary>Whether these keys are enough people's, none of whom signed with a key on a machine of theirs where one has to.</summary>
    public bool LacksMachineKey(IReadOnlyCollection<ApproverKey> keys) => HasPeople(keys) && NeedsMachineKey(Classification) && keys.All(k => k.IsPasskey);

    /// <summary>How many different people have to sign: what the text says, and no fewer than its classification asks for.</summary>
    public int Needed => Math.Max(Approvers, ApproversFor(Classification));

    /// <summary>SHA-256 of a text, hexadecimal: how the ledger names a consent, and what was shown by it.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The text, ending in a newline.</summary>
    public string ToText()
    {
        string[] values =
        [
            Request.ToString("D"), Organization, Space, Classification, Kind + "/" + Name, ResourceId.ToString("D"), Access, Operator, Reason, Reference ?? "-", DetailsSha256,
            Minutes.ToString(CultureInfo.InvariantCulture), CredentialSha256, Approvers.ToString(CultureInfo.InvariantCulture),
            Time(RequestedAt), Time(ExpiresAt),
        ];
        return Header + "\n" + string.Concat(Labels.Zip(values, (label, value) => label + " " + value + "\n"));
    }

    /// <summary>Reads a text; null unless it is exactly one that <see cref="ToText"/> makes.</summary>
    public static LockboxConsent? Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length != Labels.Length + 2 || lines[0] != Header || lines[^1] != "")
        {
            return null;
        }

        var values = new string[Labels.Length];
        for (var i = 0; i < Labels.Length; i++)
        {
            if (!lines[i + 1].StartsWith(Labels[i] + " ", StringComparison.Ordinal))
            {
                return null;
            }

            values[i] = lines[i + 1][(Labels[i].Length + 1)..];
        }

        var resource = values[4].Split('/');
        if (resource.Length != 2 || !Guid.TryParseExact(values[0], "D", out var request) || !Guid.TryParseExact(values[5], "D", out var resourceId)
            || !int.TryParse(values[11], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || !int.TryParse(values[13], NumberStyles.None, CultureInfo.InvariantCulture, out var approvers)
            || !IsTime(values[14], out var requestedAt) || !IsTime(values[15], out var expiresAt))
        {
            return null;
        }

        var consent = new LockboxConsent(
            request, values[1], values[2], values[3], resource[0], resource[1], resourceId, values[6], values[7], values[8], values[9] == "-" ? null : values[9], values[10], minutes,
            values[12], approvers, requestedAt, expiresAt);
        return consent.ToText() == text ? consent : null;
    }

    private bool HasPeople(IReadOnlyCollection<ApproverKey> keys) => keys.Select(k => k.Name).Distinct(StringComparer.Ordinal).Count() >= Needed;

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString(TimeForm, CultureInfo.InvariantCulture);

    private static bool IsTime(string text, out DateTimeOffset at) =>
        DateTimeOffset.TryParseExact(text, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
}
