using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Contracts.Evidence;

namespace Beffroi.Services.Evidence.Frameworks;

/// <summary>A framework as this project lists it: numbers are the publisher's, words are ours.</summary>
/// <param name="Name">As in paths.</param>
/// <param name="Title">With its version.</param>
/// <param name="Publisher">Who publishes it.</param>
/// <param name="Date">When that version was published.</param>
/// <param name="Prefix">Before the numbers where a name has to begin with a letter (OSCAL's tokens).</param>
/// <param name="Rows">Chapters, sections and requirements in order.</param>
/// <param name="Note">What one has to know of the list.</param>
internal sealed record Framework(string Name, string Title, string Publisher, DateOnly Date, string Prefix, IReadOnlyList<FrameworkRow> Rows, LocalText? Note = null)
{
    /// <summary>Those that this program knows, by name.</summary>
    public static IReadOnlyDictionary<string, Framework> All { get; } = ((string[])["secnumcloud-3.2", "hds-2"]).ToDictionary(name => name, Load, StringComparer.Ordinal);

    /// <summary>Its requirements.</summary>
    public IEnumerable<FrameworkRow> Requirements => Rows.Where(r => r.Level == "requirement");

    /// <summary>As the API shows it.</summary>
    public EvidenceFramework View => new(Name, Title, Publisher, Date, Requirements.Count(), Note);

    /// <summary>The requirement of that number, or null.</summary>
    public FrameworkRow? Find(string requirement) => Requirements.FirstOrDefault(r => r.Id == requirement);

    private static Framework Load(string name)
    {
        using var stream = typeof(Framework).Assembly.GetManifestResourceStream($"Beffroi.Services.Evidence.Frameworks.{name}.json")!;
        return JsonSerializer.Deserialize(stream, FrameworkJson.Default.Framework)!;
    }
}

/// <summary>A chapter, a section or a requirement.</summary>
/// <param name="Id">The publisher's number.</param>
/// <param name="Level"><c>chapter</c>, <c>section</c> or <c>requirement</c>.</param>
/// <param name="En">Its title in English.</param>
/// <param name="Fr">In French.</param>
/// <param name="Kind"><c>enforced</c>, <c>evidenced</c> or <c>organisational</c>.</param>
/// <param name="Strength"><c>must</c> or <c>should</c>; of requirements only.</param>
internal sealed record FrameworkRow(string Id, string Level, string En, string Fr, string Kind, string? Strength = null)
{
    /// <summary>Its title.</summary>
    [JsonIgnore]
    public LocalText Title => new(En, Fr);
}

/// <summary>How the lists are read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Framework))]
internal sealed partial class FrameworkJson : JsonSerializerContext;
