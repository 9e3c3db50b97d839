using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;

namespace Beffroi.Services.Evidence.Configuration;

/// <summary>What is configured behind the checks of one bundle.</summary>
/// <param name="Files">By path.</param>
/// <param name="Left">The paths of those that whoever exports may not read.</param>
/// <param name="ByCheck">The paths of those that a check judges by and that are there.</param>
internal sealed record BundleConfiguration(IReadOnlyDictionary<string, byte[]> Files, IReadOnlyList<string> Left, ILookup<string, string> ByCheck)
{
    // To be read, and in no page: only what JSON itself needs is escaped.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads what these checks judge by.</summary>
    /// <param name="connection">In the caller's transaction.</param>
    /// <param name="all">Every file there is.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="checks">The checks with the names of their files.</param>
    /// <param name="allows">Whether whoever exports has a permission in the whole organization.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<BundleConfiguration> ReadAsync(
        NpgsqlConnection connection, ConfigurationFiles all, Guid organizationId, IReadOnlyList<(string Check, IReadOnlyList<string> Files)> checks, Func<string, bool> allows,
        CancellationToken cancellationToken)
    {
        var (files, left, byCheck) = (new SortedDictionary<string, byte[]>(StringComparer.Ordinal), new List<string>(), new List<(string Check, string Path)>());
        foreach (var file in all.All)
        {
            var judged = checks.Where(c => c.Files.Contains(file.Name)).Select(c => c.Check).ToList();
            if (judged.Count == 0)
            {
                continue;
            }

            if (!file.Permissions.All(allows))
            {
                left.Add(file.Path);
                continue;
            }

            files[file.Path] = Encoding.UTF8.GetBytes((await file.ReadAsync(connection, organizationId, judged, cancellationToken)).ToJsonString(Indented) + "\n");
            byCheck.AddRange(judged.Select(check => (check, file.Path)));
        }

        return new BundleConfiguration(files, left, byCheck.ToLookup(c => c.Check, c => c.Path, StringComparer.Ordinal));
    }
}
