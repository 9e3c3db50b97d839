using Beffroi.Kernel;

namespace Beffroi.Platform.Policy;

/// <summary>Which classifications a zone is fit for. Pure.</summary>
public static class ClassificationRule
{
    /// <summary>From the least to the most protected.</summary>
    public static IReadOnlyList<string> Classifications { get; } = ["open", "internal", "sensitive", "health"];

    private static readonly Dictionary<string, (string Scheme, string Rule)> Required = new(StringComparer.Ordinal)
    {
        // The French State's cloud doctrine, circular of 31 May 2023, rule R9: sensitive data only on SecNumCloud-qualified offers.
        ["sensitive"] = ("SecNumCloud", "rule R9 of the doctrine « Cloud au centre » (circular 6404/SG of 31 May 2023)"),
        // Health data may be hosted for others by certified hosts only.
        ["health"] = ("HDS", "article L. 1111-8 of the Code de la santé publique (HDS certification)"),
    };

    /// <summary>The refusal (422) naming the rule, or null if the zone may take such a space today.</summary>
    public static Problem? Check(string classification, ZoneDescription zone, DateOnly today)
    {
        if (!Classifications.Contains(classification, StringComparer.Ordinal))
        {
            return Problem.Invalid(new FieldError("classification", "This classification is not known.", string.Join(", ", Classifications)));
        }

        if (!Required.TryGetValue(classification, out var need)
            || zone.Qualifications.Any(q => string.Equals(q.Scheme, need.Scheme, StringComparison.OrdinalIgnoreCase) && q.ValidUntil >= today))
        {
            return null;
        }

        var message = $"A space classified {classification} needs a zone with a valid {need.Scheme} qualification, by {need.Rule}; the zone {zone.Name} has none. Choose another zone, or a classification for which the data is fit.";
        return new Problem("zone-not-qualified", 422, "The zone is not qualified for this classification", message, [new FieldError("classification", message)]);
    }
}
