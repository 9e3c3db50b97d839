using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;

namespace Beffroi.Platform.Lockbox;

/// <summary>What may be said to break the glass. Pure.</summary>
internal static class BreakGlassRules
{
    private const int LongestDetails = 1000;

    public static List<FieldError> Check(BeginBreakGlass asked)
    {
        var errors = new List<FieldError>();
        if (!LockboxTerms.Reasons.Contains(asked.Reason, StringComparer.Ordinal))
        {
            errors.Add(new FieldError("reason", "There is no such reason.", string.Join(", ", LockboxTerms.Reasons)));
        }

        if (string.IsNullOrWhiteSpace(asked.Details) || asked.Details.Length > LongestDetails || asked.Details.Any(c => char.IsControl(c) && c != '\n'))
        {
            errors.Add(new FieldError("details", "Say in words why: every customer reads it.", $"1 to {LongestDetails} characters"));
        }

        if (asked.Minutes is not (null or (>= LockboxTerms.Shortest and <= LockboxTerms.LongestBreakGlass)))
        {
            errors.Add(new FieldError("minutes", "This time is not possible.", $"{LockboxTerms.Shortest} to {LockboxTerms.LongestBreakGlass}"));
        }

        return errors;
    }
}
