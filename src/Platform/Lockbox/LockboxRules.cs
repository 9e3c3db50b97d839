using System.Text.RegularExpressions;
using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;

namespace Beffroi.Platform.Lockbox;

/// <summary>What a request may say. Pure.</summary>
internal static partial class LockboxRules
{
    private const int LongestDetails = 1000;

    public static List<FieldError> Check(AskLockbox asked, IEnumerable<string> kinds)
    {
        var errors = new List<FieldError>();
        void Need(bool holds, string field, string message, string allowed)
        {
            if (!holds)
            {
                errors.Add(new FieldError(field, message, allowed));
            }
        }

        Need(ResourceName.IsValid(asked.Organization), "organization", "This name is not valid.", ResourceName.Rule);
        Need(ResourceName.IsValid(asked.Space), "space", "This name is not valid.", ResourceName.Rule);
        Need(ResourceName.IsValid(asked.Name), "name", "This name is not valid.", ResourceName.Rule);
        Need(kinds.Contains(asked.Kind, StringComparer.Ordinal), "kind", "Nothing of this kind can be shown.", string.Join(", ", kinds));
        Need(LockboxTerms.Accesses.Contains(asked.Access, StringComparer.Ordinal), "access", "This can't be asked for.", string.Join(", ", LockboxTerms.Accesses));
        Need(LockboxTerms.Reasons.Contains(asked.Reason, StringComparer.Ordinal), "reason", "There is no such reason.", string.Join(", ", LockboxTerms.Reasons));
        Need(asked.Minutes is >= LockboxTerms.Shortest and <= LockboxTerms.Longest, "minutes", "This time is not possible.", $"{LockboxTerms.Shortest} to {LockboxTerms.Longest}");
        Need(asked.Details is { Length: > 0 and <= LongestDetails } && !asked.Details.Any(c => char.IsControl(c) && c != '\n') && !string.IsNullOrWhiteSpace(asked.Details),
            "details", "Say in words why.", $"1 to {LongestDetails} characters");
        Need(asked.Reference is null || Reference().IsMatch(asked.Reference), "reference", "This reference is not valid.", "1 to 80 letters, digits and . _ / # -, not only a hyphen");
        Need(Digest().IsMatch(asked.CredentialSha256 ?? ""), "credentialSha256", "This is no SHA-256.", "64 hexadecimal digits, lower case");
        return errors;
    }

    // A hyphen alone stands for none in the text that is signed.
    [GeneratedRegex(@"\A(?!-\z)[A-Za-z0-9._/#-]{1,80}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digest();
}
