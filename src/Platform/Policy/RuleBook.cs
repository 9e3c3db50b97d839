using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;

namespace Beffroi.Platform.Policy;

/// <summary>The rules, from <c>Data/rules.json</c>.</summary>
/// <param name="Facts">In words, what a rule's applicability can depend on: see <see cref="PolicyFacts"/>.</param>
/// <param name="Rules">In the order in which they are told.</param>
internal sealed record RuleBook(IReadOnlyDictionary<string, LocalText> Facts, IReadOnlyList<RuleDefinition> Rules)
{
    /// <summary>In words, for a refusal: no label, no creation.</summary>
    public const string LabelRequired = "label-required";

    /// <summary>That of this build.</summary>
    public static RuleBook This { get; } = Load();

    /// <summary>As the API shows them, with the one that comes before all others.</summary>
    public static IReadOnlyList<PolicyRule> Shown { get; } =
    [
        new(
            LabelRequired,
            new LocalText("No space without a label", "Pas d'espace sans étiquette"),
            new LocalText("A space is created only once somebody states what its data are.", "Un espace n'est créé que si quelqu'un déclare ce que sont ses données."),
            new LocalText("Beffroi, decision 21", "Beffroi, décision 21"),
            false),
        .. This.Rules.Select(r => new PolicyRule(r.Id, r.Title, r.Text, r.Source, r.Derogable)),
    ];

    private static RuleBook Load()
    {
        using var stream = typeof(RuleBook).Assembly.GetManifestResourceStream("Beffroi.Platform.Policy.Data.rules.json")!;
        return JsonSerializer.Deserialize(stream, RuleBookJson.Default.RuleBook)!;
    }
}

/// <summary>A rule: when it applies, and one thing that it asks for.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">Its title.</param>
/// <param name="Text">What it asks for.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Derogable">Whether there can be a derogation.</param>
/// <param name="Applies">It applies where all facts of one of these lists are the case.</param>
/// <param name="Qualification">The zone holds a qualification of one of these kinds.</param>
/// <param name="Activities">They are, together, for these activities of HDS.</param>
/// <param name="Holdings">The most that holders outside the EU have.</param>
/// <param name="Storage"><c>eu</c> or <c>eea</c>: where every site is.</param>
/// <param name="Isolation">What instances are at least kept apart by.</param>
/// <param name="Limit"><c>countries</c> or <c>sites</c>: of the organization's limits, this one.</param>
/// <param name="Duty">It is for whoever answers for the data, and nothing of a zone can meet it: it is told and not checked.</param>
internal sealed record RuleDefinition(
    string Id,
    LocalText Title,
    LocalText Text,
    LocalText Source,
    bool Derogable,
    IReadOnlyList<IReadOnlyList<string>> Applies,
    IReadOnlyList<string>? Qualification = null,
    IReadOnlyList<int>? Activities = null,
    HoldingThresholds? Holdings = null,
    string? Storage = null,
    string? Isolation = null,
    string? Limit = null,
    bool Duty = false);

/// <summary>Thresholds, in percent of capital and of votes.</summary>
/// <param name="Each">Of one holder.</param>
/// <param name="Together">Of all.</param>
internal sealed record HoldingThresholds(decimal Each, decimal Together);

/// <summary>How the file is read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RuleBook))]
internal sealed partial class RuleBookJson : JsonSerializerContext;
