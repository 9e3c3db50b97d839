using Beffroi.Contracts.Policy;

namespace Beffroi.Platform.Policy;

/// <summary>What rules' applicability depends on, of a label, a zone and an organization's limits. Pure.</summary>
internal static class PolicyFacts
{
    /// <summary>Those that are the case, by the names that <see cref="RuleBook.Facts"/> has.</summary>
    public static IReadOnlySet<string> Of(SpaceLabel label, ZoneDeclaration zone, PolicyLimits limits) => new (string Name, bool Is)[]
    {
        ("commercial", zone.Commercial ?? true),
        ("secret", label.Secret is { Count: > 0 }),
        ("essential-mission", label.EssentialMission),
        ("harm", label.Harms is { Count: > 0 }),
        ("bound-controller", Binds(label.Controller)),
        ("r9-chosen", label.R9Chosen),
        ("health", label.Health),
        ("personal", label.Personal),
        ("snds", label.Snds),
        ("for-another", !label.SelfHosted),
        ("own-countries", limits.Countries is not null),
        ("own-sites", limits.Sites is not null),
    }.Where(f => f.Is).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether rule R9 binds such a controller: State bodies, State operators, listed public groups. Hospitals may choose it.</summary>
    public static bool Binds(string controller) => controller is "state" or "operator" or "listed-gip";
}
