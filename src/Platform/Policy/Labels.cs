using Beffroi.Contracts.Policy;
using Beffroi.Kernel;

namespace Beffroi.Platform.Policy;

/// <summary>Labels of spaces, and how sensitive what they tell of is. Pure. Which rules apply is another question: <see cref="PolicyFacts"/>.</summary>
internal static class Labels
{
    /// <summary>From the least to the most protected.</summary>
    public static IReadOnlyList<string> Classifications { get; } = ["open", "internal", "sensitive", "health"];

    /// <summary>The classification that a label amounts to, whoever answers for the data and whichever rules bind them.</summary>
    public static string Classify(SpaceLabel label) =>
        label.Health || label.Snds ? "health"
        : label.Secret is { Count: > 0 } || label.EssentialMission || label.R9Chosen ? "sensitive"
        : label.Personal ? "internal"
        : "open";

    /// <summary>What a classification is short for, on the side of caution: sensitive data keep to R9, health data are personal and hosted for another.</summary>
    public static SpaceLabel Of(string classification, bool evaluation = false) => classification switch
    {
        "health" => new SpaceLabel("hospital", ["medical"], Harms: ["health-life"], Personal: true, Health: true, Evaluation: evaluation),
        "sensitive" => new SpaceLabel("other", ["other"], R9Chosen: true, Personal: true, Evaluation: evaluation),
        "internal" => new SpaceLabel("other", Personal: true, Evaluation: evaluation),
        _ => new SpaceLabel("other", Evaluation: evaluation),
    };

    /// <summary>What is wrong with one, all of it.</summary>
    /// <param name="label">The label.</param>
    /// <param name="path">Before each field's name.</param>
    public static IEnumerable<FieldError> Check(SpaceLabel label, string path = "")
    {
        if (!SpaceLabel.Controllers.Contains(label.Controller))
        {
            yield return new FieldError(path + "controller", "Say who answers for the data.", string.Join(", ", SpaceLabel.Controllers));
        }

        if (!EachOnce(label.Secret, SpaceLabel.Secrets))
        {
            yield return new FieldError(path + "secret", "These secrets are not known.", "each once: " + string.Join(", ", SpaceLabel.Secrets));
        }

        if (!EachOnce(label.Harms, SpaceLabel.AllHarms))
        {
            yield return new FieldError(path + "harms", "These harms are not known.", "each once: " + string.Join(", ", SpaceLabel.AllHarms));
        }

        if (label.Snds && !(label.Health && label.Personal))
        {
            yield return new FieldError(path + "snds", "Data of the SNDS are personal and about health.", "with health and personal");
        }
    }

    /// <summary>Whether something that protected under the one label would not under the other: less is stated of the data, or the evaluation begins.</summary>
    public static bool Lessens(SpaceLabel before, SpaceLabel after) =>
        (before.Secret ?? []).Except(after.Secret ?? []).Any() || (before.Harms ?? []).Except(after.Harms ?? []).Any()
        || (before.EssentialMission && !after.EssentialMission) || (before.Personal && !after.Personal) || (before.Health && !after.Health) || (before.Snds && !after.Snds)
        || (before.R9Chosen && !after.R9Chosen) || (!before.SelfHosted && after.SelfHosted) || (!before.Evaluation && after.Evaluation)
        || (PolicyFacts.Binds(before.Controller) && !PolicyFacts.Binds(after.Controller));

    private static bool EachOnce(IReadOnlyList<string>? values, IReadOnlyList<string> known) =>
        values is null || (values.All(known.Contains) && values.Distinct(StringComparer.Ordinal).Count() == values.Count);
}
