using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Beffroi.Contracts;
using Beffroi.Platform.Http;

namespace Beffroi.Platform.Capacity;

/// <summary>What images' bills of materials (CycloneDX 1.6, made with the image) say of them. Safe for concurrent use.</summary>
internal sealed partial class ImageBills(ApiOptions options)
{
    // Far more than an image has: a file that is longer is none of ours.
    private const int LongestFile = 16 << 20;

    /// <summary>The image with when it was built and with what; as it is where its bill isn't there or can't be read.</summary>
    public ZoneImage Read(ZoneImage image)
    {
        var file = new FileInfo(Path.Combine(options.ImagesDirectory, image.Digest + ".cdx.json"));
        if (!Digest().IsMatch(image.Digest) || !file.Exists || file.Length > LongestFile)
        {
            return image;
        }

        try
        {
            using var stream = file.OpenRead();
            using var bill = JsonDocument.Parse(stream);
            var components = bill.RootElement.GetProperty("components").EnumerateArray().Select(c => (Name: Text(c, "name"), Version: Text(c, "version"), Purl: Text(c, "purl"))).ToList();
            var packages = components.Where(c => c.Purl.StartsWith("pkg:deb/", StringComparison.Ordinal)).ToList();
            return image with
            {
                BuiltAt = DateTimeOffset.TryParse(Text(bill.RootElement.GetProperty("metadata"), "timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.ToUniversalTime() : null,
                Debian = packages.Where(p => p.Name == "base-files").Select(p => Release(p.Version)).FirstOrDefault(),
                Postgres = packages.Where(p => ServerPackage().IsMatch(p.Name)).Select(p => p.Version).FirstOrDefault(),
                Agent = components.Where(c => c.Name == "beffroi-agent").Select(c => c.Version).FirstOrDefault(),
                Packages = packages.Count,
            };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return image;
        }
    }

    // base-files carries the release's number before its point, and the point release after "+debNNu": 13.8+deb13u2 is in Debian 13.2.
    private static string? Release(string version) =>
        PointRelease().Match(version) is { Success: true } match ? match.Groups[1].Value + "." + (match.Groups[2].Success ? match.Groups[2].Value : "0") : null;

    private static string Text(JsonElement element, string property) => element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digest();

    [GeneratedRegex(@"\Apostgresql-[0-9]{1,3}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ServerPackage();

    [GeneratedRegex(@"\A([0-9]{1,3})[0-9.]*(?:\+deb[0-9]{1,3}u([0-9]{1,3}))?", RegexOptions.CultureInvariant)]
    private static partial Regex PointRelease();
}
