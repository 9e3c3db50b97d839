using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Platform.Sovereignty;

/// <summary>
/// What the product itself consists of, from the files in <c>Data</c>. Packages there are those of the lock files, of <c>eng/packages</c> and of <c>images/</c>: a test compares them.
/// </summary>
/// <param name="Entries">Suppliers, programs, Beffroi's services, and what they carry.</param>
/// <param name="Authors">Whom the first author in a NuGet package's metadata means.</param>
/// <param name="HostPackages">Debian's packages that a host needs, with what each carries.</param>
/// <param name="ImagePackages">Debian's packages chosen for the images; others come with them.</param>
internal sealed record ProductRegister(
    IReadOnlyList<RegisterEntry> Entries,
    IReadOnlyDictionary<string, string> Authors,
    IReadOnlyDictionary<string, string[]> HostPackages,
    IReadOnlyList<string> ImagePackages)
{
    public const string Debian = "supplier:debian", Image = "software:image-postgres", DebianPrefix = "debian:", NuGetPrefix = "nuget:";

    /// <summary>That of this build.</summary>
    public static ProductRegister This { get; } = Load("product", RegisterJson.Default.ProductRegister);

    /// <summary>The NuGet packages in this build's programs.</summary>
    public static IReadOnlyList<NuGetPackage> NuGet { get; } = Load("nuget", RegisterJson.Default.IReadOnlyListNuGetPackage);

    /// <summary>Why what is free and already here runs on.</summary>
    public static LocalText Free { get; } = new(
        "It is free software and already here: it runs on as it is, and anyone may go on with it. What ends is the fixes of those who made it.",
        "C'est un logiciel libre, déjà présent : il continue tel quel, et chacun peut le reprendre. Ce qui cesse, ce sont les correctifs de ses auteurs.");

    /// <summary>A Debian package; all are from the archive's section main, which holds free software only.</summary>
    public static RegisterEntry DebianPackage(string name, string source, IEnumerable<string> carries, string? version, string? licence) => new(
        DebianPrefix + name, EntryKinds.Software, name, source, Moment.Never, Free, [.. carries.Distinct().Select(c => new CarriedEntry(c))], version, Debian, null, licence, "free");

    /// <summary>A NuGet package.</summary>
    public static RegisterEntry Entry(NuGetPackage package) => new(
        NuGetPrefix + package.Name.ToLowerInvariant(), EntryKinds.Software, package.Name, EntryKinds.FromProduct, Moment.Never, Free, [.. package.Carries.Select(c => new CarriedEntry(c))], package.Version,
        package.Supplier, null, package.Licence, "free");

    private static T Load<T>(string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        using var stream = typeof(ProductRegister).Assembly.GetManifestResourceStream($"Beffroi.Platform.Sovereignty.Data.{name}.json")!;
        return JsonSerializer.Deserialize(stream, type)!;
    }
}

/// <summary>A NuGet package of the product.</summary>
/// <param name="Name">Its id there.</param>
/// <param name="Version">As locked.</param>
/// <param name="Licence">In SPDX's words, as its metadata says.</param>
/// <param name="Supplier">Who its metadata says made it.</param>
/// <param name="Carries">The programs that it is in; what only builds carries the updates.</param>
internal sealed record NuGetPackage(string Name, string Version, string Licence, string Supplier, IReadOnlyList<string> Carries);

/// <summary>How the files are read and, by the test that makes them, written.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, WriteIndented = true)]
[JsonSerializable(typeof(ProductRegister))]
[JsonSerializable(typeof(IReadOnlyList<NuGetPackage>))]
internal sealed partial class RegisterJson : JsonSerializerContext;
