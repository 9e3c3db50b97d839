using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Beffroi.Platform.Store;

/// <summary>An assembly whose embedded <c>NNNN_name.sql</c> resources belong to the store's schema.</summary>
/// <param name="Assembly">The assembly.</param>
public sealed record MigrationSource(Assembly Assembly);

/// <summary>One step of the schema.</summary>
/// <param name="Number">Unique over all assemblies; they are applied in its order.</param>
/// <param name="Name">For people.</param>
/// <param name="Sql">Its text.</param>
internal sealed partial record Migration(int Number, string Name, string Sql)
{
    public byte[] Sha256 { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Sql));

    /// <summary>As the file is called.</summary>
    public string FileName => $"{Number:D4}_{Name}.sql";

    public static IReadOnlyList<Migration> ReadAll(IEnumerable<MigrationSource> sources)
    {
        var all = sources.Select(s => s.Assembly).Distinct().SelectMany(Read).OrderBy(m => m.Number).ToList();
        var twice = all.GroupBy(m => m.Number).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? all
            : throw new InvalidOperationException($"Two migrations have the number {twice.Key:D4}: {string.Join(", ", twice.Select(m => m.FileName))}. Renumber the newer one.");
    }

    private static IEnumerable<Migration> Read(Assembly assembly)
    {
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (Form().Match(resource) is { Success: true } match)
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
                yield return new Migration(int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), match.Groups[2].Value, reader.ReadToEnd());
            }
        }
    }

    [GeneratedRegex(@"(?:\A|\.)([0-9]{4})_([a-z0-9_]+)\.sql\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
