using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Policy;

namespace Beffroi.Platform.Sovereignty;

/// <summary>
/// The European Union's Cloud Sovereignty Framework 1.2.1 (October 2025), from <c>Data/seal.json</c>: its objectives and levels, and what this platform knows that speaks against a level. SEAL are the framework's
/// Sovereignty Effectiveness Assurance Levels, and have nothing to do with keys that are sealed.
/// </summary>
/// <param name="Levels">SEAL-0 to SEAL-4.</param>
/// <param name="Objectives">SOV-1 to SOV-8.</param>
/// <param name="Rules">In the order in which they are told.</param>
internal sealed record SealBook(IReadOnlyList<SovereigntyLevel> Levels, IReadOnlyList<SealObjective> Objectives, IReadOnlyList<SealRule> Rules)
{
    /// <summary>That of this build.</summary>
    public static SealBook This { get; } = Load();

    /// <summary>The objective of this id; null if there is none.</summary>
    public SealObjective? Find(string id) => Objectives.FirstOrDefault(o => o.Id == id);

    private static SealBook Load()
    {
        using var stream = typeof(SealBook).Assembly.GetManifestResourceStream("Beffroi.Platform.Sovereignty.Data.seal.json")!;
        return JsonSerializer.Deserialize(stream, SealBookJson.Default.SealBook)!;
    }
}

/// <summary>An objective of the framework.</summary>
/// <param name="Id"><c>SOV-1</c> to <c>SOV-8</c>.</param>
/// <param name="Weight">In percent.</param>
/// <param name="Title">What it is about, in this project's words.</param>
internal sealed record SealObjective(string Id, int Weight, LocalText Title);

/// <summary>What has to be the case if a level is to hold.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Objectives">Of which objectives.</param>
/// <param name="From">From which level on.</param>
/// <param name="Asks">For what: see <see cref="SealRules"/>.</param>
/// <param name="Text">The same in words.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Holdings">The most that holders outside the EU have.</param>
internal sealed record SealRule(string Id, IReadOnlyList<string> Objectives, int From, string Asks, LocalText Text, LocalText Source, HoldingThresholds? Holdings = null);

/// <summary>How the file is read.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SealBook))]
internal sealed partial class SealBookJson : JsonSerializerContext;
