using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Services.Evidence.Configuration;
using Beffroi.Services.Evidence.Frameworks;
using Npgsql;

namespace Beffroi.Services.Evidence.Bundles;

/// <summary>Makes a framework's evidence into one signed archive that needs no installation to be read or verified. Safe for concurrent use on different connections.</summary>
internal sealed class EvidenceBundle(EvidenceReading reading, IEvidenceSigner signer, IEnumerable<IEvidenceCheck> checks, ConfigurationFiles configurations)
{
    private const int EntriesPerAction = 20;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The archive (ZIP); null while the organization's ledger has no checkpoint, and so no key.</summary>
    /// <param name="connection">In the caller's transaction.</param>
    /// <param name="framework">Of which framework.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="organization">Its name.</param>
    /// <param name="allows">Whether whoever exports has a permission in the whole organization: configuration that they may not read elsewhere is left out.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<byte[]?> MakeAsync(
        NpgsqlConnection connection, Framework framework, Guid organizationId, string organization, Func<string, bool> allows, CancellationToken cancellationToken)
    {
        if (await LedgerReader.FindShownAsync(connection, organizationId, cancellationToken) is not { } head)
        {
            return null;
        }

        var evidence = await reading.OfAsync(connection, framework, organizationId, organization, cancellationToken);
        var judging = checks.Select(c => c.Description).Where(c => evidence.Findings.Any(f => f.Check == c.Name)).Select(c => (c.Name, c.JudgesBy)).OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
        var configuration = await BundleConfiguration.ReadAsync(connection, configurations, organizationId, judging, allows, cancellationToken);
        var files = new SortedDictionary<string, byte[]>(configuration.Files.ToDictionary(), StringComparer.Ordinal)
        {
            ["evidence.json"] = JsonSerializer.SerializeToUtf8Bytes(evidence, WireJson.Default.FrameworkEvidence),
            ["evidence.en.html"] = Encoding.UTF8.GetBytes(EvidencePage.Write(framework, evidence, configuration, french: false)),
            ["evidence.fr.html"] = Encoding.UTF8.GetBytes(EvidencePage.Write(framework, evidence, configuration, french: true)),
            ["oscal/component-definition.json"] = Json(Oscal.ComponentDefinition(framework, evidence)),
            ["oscal/assessment-results.json"] = Json(Oscal.AssessmentResults(framework, evidence, configuration)),
            ["ledger/key"] = Encoding.UTF8.GetBytes(head.PublicKey + "\n"),
            ["ledger/checkpoint"] = Encoding.UTF8.GetBytes(head.Checkpoint),
        };
        await AddVerificationsAsync(connection, organizationId, evidence, files, cancellationToken);
        await AddEntriesAsync(connection, organizationId, head, files, cancellationToken);
        files[BundleManifest.Sums] = Encoding.UTF8.GetBytes(string.Concat(files.Select(f => $"{Convert.ToHexStringLower(SHA256.HashData(f.Value))}  {f.Key}\n")));
        var manifest = new BundleManifest(organization, framework.Name, evidence.At, Convert.ToHexStringLower(SHA256.HashData(files[BundleManifest.Sums])));
        if (await signer.SignAsync(connection, organizationId, BundleManifest.Format + "\n" + JsonSerializer.Serialize(manifest, WireJson.Default.BundleManifest) + "\n", cancellationToken) is not { } note)
        {
            return null;
        }

        files[BundleManifest.Name] = Encoding.UTF8.GetBytes(note);
        return Zip(files, evidence.At);
    }

    /// <summary>The signed evidence of the verifications that findings name.</summary>
    private static async Task AddVerificationsAsync(
        NpgsqlConnection connection, Guid organizationId, FrameworkEvidence evidence, SortedDictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        var names = Names(evidence, "/isolation-verifications/");
        foreach (var (space, name, note) in await connection.Statement("""
            select s.name, r.name, e.note from platform.isolation_evidence e join platform.resources r on r.id = e.verification_id join platform.spaces s on s.id = r.space_id
            where s.organization_id = $1 and r.name = any($2) order by s.name, r.name limit 1000
            """, organizationId, names).ListAsync(r => (r.GetString(0), r.GetString(1), r.GetString(2)), cancellationToken))
        {
            files[$"isolation/{space}.{name}.note"] = Encoding.UTF8.GetBytes(note);
        }

        var reports = Names(evidence, "/encryption-verifications/");
        foreach (var (space, name, note) in await connection.Statement("""
            select s.name, e.name, e.note from platform.encryption_verifications e join platform.spaces s on s.id = e.space_id
            where s.organization_id = $1 and e.name = any($2) order by s.name, e.name limit 1000
            """, organizationId, reports).ListAsync(r => (r.GetString(0), r.GetString(1), r.GetString(2)), cancellationToken))
        {
            files[$"encryption/{space}.{name}.note"] = Encoding.UTF8.GetBytes(note);
        }
    }

    private static string[] Names(FrameworkEvidence evidence, string collection) =>
        [.. evidence.Findings.SelectMany(f => f.Sources).Where(s => s.Contains(collection, StringComparison.Ordinal)).Select(s => s[(s.LastIndexOf('/') + 1)..])];

    /// <summary>The ledger's entries that tell of it, each with the proof that it is in the log (C2SP tlog-proof).</summary>
    private async Task AddEntriesAsync(NpgsqlConnection connection, Guid organizationId, LedgerHead head, SortedDictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        var size = Transparency.Checkpoint.Parse(Transparency.SignedNote.Parse(head.Checkpoint)!.Text)!.Size;
        foreach (var row in await LedgerReader.NewestAsync(connection, organizationId, size, reading.LedgerActions, EntriesPerAction, cancellationToken))
        {
            if (await LedgerReader.ProveAsync(connection, organizationId, row.Index, head.Checkpoint, cancellationToken) is { } proof)
            {
                var name = FormattableString.Invariant($"ledger/entries/{row.Index}");
                files[name + ".json"] = Encoding.UTF8.GetBytes(row.Entry);
                files[name + ".tlog-proof"] = Encoding.UTF8.GetBytes(proof.ToString());
            }
        }
    }

    private static byte[] Json(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString(Indented) + "\n");

    private static byte[] Zip(SortedDictionary<string, byte[]> files, DateTimeOffset at)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                var entry = archive.CreateEntry(name, CompressionLevel.Optimal);
                entry.LastWriteTime = at;
                using var content = entry.Open();
                content.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
