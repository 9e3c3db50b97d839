using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Http;

namespace Beffroi.Platform.Sovereignty;

/// <summary>
/// Debian's packages as they are on this installation: those of every image whose bill of materials is there, and those that Beffroi needs on the host, with the versions that its package database tells.
/// Read again when a file has changed. Safe for concurrent use.
/// </summary>
internal sealed partial class InstalledPackages(ApiOptions options)
{
    // Far more than an image has: a file that is longer is none of ours.
    private const int MostImages = 200, LongestFile = 16 << 20, MostComponents = 20_000, MostLicences = 10;

    private readonly Lock _lock = new();
    private (string? Stamp, ImmutableArray<RegisterEntry> Entries) _known = (null, []);

    /// <summary>Their entries, by name.</summary>
    public IReadOnlyList<RegisterEntry> Read()
    {
        var bills = new DirectoryInfo(options.ImagesDirectory) is { Exists: true } directory
            ? directory.EnumerateFiles("*.cdx.json").Where(f => f.Length <= LongestFile).OrderByDescending(f => f.LastWriteTimeUtc).Take(MostImages).ToList() : [];
        var database = new FileInfo(options.PackageDatabase);
        var stamp = string.Join('\n', bills.Append(database).Select(f => f.Exists ? FormattableString.Invariant($"{f.FullName} {f.LastWriteTimeUtc.Ticks} {f.Length}") : ""));
        lock (_lock)
        {
            if (_known.Stamp != stamp)
            {
                _known = (stamp, Combine(bills.SelectMany(b => Components(b.FullName)), HostVersions(database.FullName)));
            }

            return _known.Entries;
        }
    }

    /// <summary>The Debian packages of a bill of materials (CycloneDX); none of one that can't be read.</summary>
    internal static IReadOnlyList<ImagePackage> Components(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var bill = JsonDocument.Parse(stream);
            return bill.RootElement.ValueKind == JsonValueKind.Object && bill.RootElement.TryGetProperty("components", out var components) && components.ValueKind == JsonValueKind.Array
                ? [.. components.EnumerateArray().Take(MostComponents).Select(Package).OfType<ImagePackage>()] : [];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            // The bill itself can be asked for (GET /v1/images/DIGEST/sbom): there it shows.
            return [];
        }
    }

    /// <summary>The versions of the packages that a host needs, as dpkg's database has them (deb-control(5)).</summary>
    internal static IReadOnlyDictionary<string, string> HostVersions(string file)
    {
        var versions = new Dictionary<string, string>(StringComparer.Ordinal);
        var (name, installed) = ("", false);
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.StartsWith("Package: ", StringComparison.Ordinal))
                {
                    (name, installed) = (line["Package: ".Length..].Trim(), false);
                }
                else if (line.StartsWith("Status: ", StringComparison.Ordinal))
                {
                    installed = line.EndsWith(" installed", StringComparison.Ordinal);
                }
                else if (installed && line.StartsWith("Version: ", StringComparison.Ordinal) && ProductRegister.This.HostPackages.ContainsKey(name))
                {
                    versions[name] = line["Version: ".Length..].Trim();
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Not there, or not for us: without versions, then.
        }

        return versions;
    }

    private static ImmutableArray<RegisterEntry> Combine(IEnumerable<ImagePackage> inImages, IReadOnlyDictionary<string, string> onHost)
    {
        var product = ProductRegister.This;
        var images = inImages.ToLookup(p => p.Name, StringComparer.Ordinal);
        return
        [
            .. images.Select(p => p.Key).Concat(product.ImagePackages).Concat(product.HostPackages.Keys).Distinct().Order(StringComparer.Ordinal).Select(name =>
            {
                var isInImage = images.Contains(name) || product.ImagePackages.Contains(name);
                var ofHost = product.HostPackages.GetValueOrDefault(name);
                var versions = images[name].Select(p => p.Version).Append(onHost.GetValueOrDefault(name)).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
                return ProductRegister.DebianPackage(
                    name, isInImage ? EntryKinds.FromImage : EntryKinds.FromHost, (isInImage ? [ProductRegister.Image] : Enumerable.Empty<string>()).Concat(ofHost ?? []),
                    versions.Count > 0 ? string.Join(", ", versions) : null, images[name].Select(p => p.Licence).OfType<string>().FirstOrDefault());
            }),
        ];
    }

    private static ImagePackage? Package(JsonElement component) =>
        Text(component, "purl") is { } purl && purl.StartsWith("pkg:deb/debian/", StringComparison.Ordinal)
        && Text(component, "name") is { } name && PackageName().IsMatch(name) && Text(component, "version") is { Length: <= 200 } version
            ? new ImagePackage(name, version, Licence(component)) : null;

    // Those that its copyright file names, for the whole or a part of it.
    private static string? Licence(JsonElement component)
    {
        var names = component.TryGetProperty("licenses", out var licences) && licences.ValueKind == JsonValueKind.Array
            ? licences.EnumerateArray().Select(l => l.ValueKind == JsonValueKind.Object && l.TryGetProperty("license", out var licence) ? Text(licence, "name") : null).Where(n => n is { Length: > 0 and <= 100 }).ToList() : [];
        return names.Count == 0 ? null : string.Join(", ", names.Take(MostLicences)) + (names.Count > MostLicences ? FormattableString.Invariant($" and {names.Count - MostLicences} more") : "");
    }

    private static string? Text(JsonElement element, string property) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Debian Policy 5.6.1.
    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]{1,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PackageName();
}

/// <summary>A package in an image.</summary>
/// <param name="Name">In Debian.</param>
/// <param name="Version">In the image.</param>
/// <param name="Licence">As the bill of materials tells it; null if it doesn't.</param>
internal sealed record ImagePackage(string Name, string Version, string? Licence);
