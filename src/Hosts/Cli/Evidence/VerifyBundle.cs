using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Evidence;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Evidence;

/// <summary>Verifies a bundle of evidence without any server: whose it is, that it is whole, and that its ledger entries and verifications are genuine.</summary>
internal static class VerifyBundle
{
    private const int MostFiles = 10_000;

    /// <summary>Whether the file begins as a ZIP archive.</summary>
    public static bool IsBundle(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return file.ReadByte() == 'P' && file.ReadByte() == 'K';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} can't be read: {e.Message}", ExitCode.Usage, e);
        }
    }

    /// <summary>Verifies and tells.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="open">Gives the key that is trusted for a note, if the note carries its signature.</param>
    /// <param name="terminal">Where it is told.</param>
    /// <param name="json">For a program.</param>
    public static int Run(string path, Func<SignedNote, NoteKey> open, Terminal terminal, bool json)
    {
        var files = Read(path);
        var note = files.GetValueOrDefault(BundleManifest.Name) is { } bytes && SignedNote.Parse(Encoding.UTF8.GetString(bytes)) is { } signed
            ? signed : throw new CliException($"{path} is no bundle of evidence: it has no {BundleManifest.Name}.", ExitCode.Failed);
        var key = open(note);
        var manifest = Manifest(note) ?? throw new CliException("The signature is true, but the note is no manifest of a bundle.", ExitCode.Failed);
        var faults = new List<string>();
        CheckFiles(files, manifest, faults);
        var entries = CheckLedger(files, key, faults);
        var verifications = CheckVerifications(files, key, faults);
        return Tell(terminal, json, key, manifest, files.Count, faults, entries, verifications, Evidence(files));
    }

    private static Dictionary<string, byte[]> Read(string path)
    {
        try
        {
            using var archive = new ZipArchive(File.OpenRead(path), ZipArchiveMode.Read);
            var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            var left = BundleManifest.MaxSize;
            foreach (var entry in archive.Entries)
            {
                // What the archive says of a length is not believed.
                using var content = entry.Open();
                using var bytes = new MemoryStream();
                var buffer = new byte[81920];
                for (int read; (read = content.Read(buffer)) > 0; bytes.Write(buffer.AsSpan(0, read)))
                {
                    left -= read;
                    if (left < 0)
                    {
                        throw new InvalidDataException("It is larger than a bundle may be.");
                    }
                }

                if (files.Count == MostFiles || !files.TryAdd(entry.FullName, bytes.ToArray()))
                {
                    throw new InvalidDataException($"It has too many files, or {Columns.Printable(entry.FullName)} twice.");
                }
            }

            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CliException($"{path} can't be read as a bundle: {e.Message}", ExitCode.Failed, e);
        }
    }

    private static BundleManifest? Manifest(SignedNote note)
    {
        try
        {
            return note.Text.Split('\n') is [BundleManifest.Format, var json, ""] ? JsonSerializer.Deserialize(json, ApiClient.Wire.BundleManifest) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void CheckFiles(Dictionary<string, byte[]> files, BundleManifest manifest, List<string> faults)
    {
        if (files.GetValueOrDefault(BundleManifest.Sums) is not { } sums || Sha256(sums) != manifest.SumsSha256)
        {
            faults.Add($"{BundleManifest.Sums} is {(files.ContainsKey(BundleManifest.Sums) ? "not what was signed" : "missing")}.");
            return;
        }

        // As sha256sum(1) writes it: the digest, two spaces, the name.
        var signed = Encoding.UTF8.GetString(sums).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ", 2)).Where(line => line.Length == 2)
            .GroupBy(line => line[1], line => line[0], StringComparer.Ordinal).ToDictionary(file => file.Key, file => file.First(), StringComparer.Ordinal);
        faults.AddRange(signed.Keys.Where(name => !files.ContainsKey(name)).Select(name => $"{name} is missing."));
        foreach (var (name, bytes) in files.Where(f => f.Key is not (BundleManifest.Name or BundleManifest.Sums)))
        {
            if (signed.GetValueOrDefault(name) is not { } digest)
            {
                faults.Add($"{name} was not in what was signed.");
            }
            else if (Sha256(bytes) != digest)
            {
                faults.Add($"{name} is not what was signed.");
            }
        }
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>How many entries there are.</summary>
    private static int CheckLedger(Dictionary<string, byte[]> files, NoteKey key, List<string> faults)
    {
        if (Text(files, "ledger/key").Trim() != key.ToString())
        {
            faults.Add("ledger/key is another key than the one that is trusted.");
        }

        if (Checkpoint.Open(Text(files, "ledger/checkpoint"), key, out _) is { } wrong)
        {
            faults.Add("ledger/checkpoint: " + wrong.Message);
        }

        var entries = files.Where(f => f.Key.StartsWith("ledger/entries/", StringComparison.Ordinal) && f.Key.EndsWith(".json", StringComparison.Ordinal)).ToList();
        foreach (var (name, entry) in entries)
        {
            var fault = InclusionProof.Parse(Text(files, name[..^".json".Length] + ".tlog-proof")) is not { } proof ? "It has no proof."
                : name != string.Create(CultureInfo.InvariantCulture, $"ledger/entries/{proof.Index}.json") ? "Its proof is that of another entry."
                : proof.Verify(entry, key)?.Message;
            if (fault is not null)
            {
                faults.Add($"{name}: {fault}");
            }
        }

        return entries.Count;
    }

    /// <summary>How many verifications there are.</summary>
    private static int CheckVerifications(Dictionary<string, byte[]> files, NoteKey key, List<string> faults)
    {
        var names = files.Keys.Where(n => n.StartsWith("isolation/", StringComparison.Ordinal) || n.StartsWith("encryption/", StringComparison.Ordinal)).ToList();
        foreach (var name in names)
        {
            if (SignedNote.Parse(Text(files, name)) is not { } note || key.Verify(note, out _) is null)
            {
                faults.Add($"{name} does not carry the signature of {key.Name}.");
            }
        }

        return names.Count;
    }

    private static FrameworkEvidence? Evidence(Dictionary<string, byte[]> files)
    {
        try
        {
            return JsonSerializer.Deserialize(Text(files, "evidence.json"), ApiClient.Wire.FrameworkEvidence);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(Dictionary<string, byte[]> files, string name) => files.GetValueOrDefault(name) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";

    private static int Tell(Terminal terminal, bool json, NoteKey key, BundleManifest manifest, int files, List<string> faults, int entries, int verifications, FrameworkEvidence? evidence)
    {
        var states = evidence?.Requirements.CountBy(r => r.State).OrderBy(s => s.Key, StringComparer.Ordinal).ToList() ?? [];
        if (json)
        {
            terminal.Out.WriteLine(new JsonObject
            {
                ["genuine"] = faults.Count == 0,
                ["signedBy"] = key.Name,
                ["organization"] = manifest.Organization,
                ["framework"] = manifest.Framework,
                ["at"] = manifest.At.ToString("O", CultureInfo.InvariantCulture),
                ["files"] = files,
                ["ledgerEntries"] = entries,
                ["verifications"] = verifications,
                ["requirements"] = new JsonObject(states.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value))),
                ["faults"] = new JsonArray([.. faults.Select(f => JsonValue.Create(f))]),
            }.ToJsonString());
            return faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }

        Columns.Pairs(
            terminal.Out,
            ("Signed by", key.Name),
            ("Organization", Columns.Printable(manifest.Organization)),
            ("Framework", Columns.Printable(manifest.Framework)),
            ("Made", manifest.At.ToString("u", CultureInfo.InvariantCulture)),
            ("Requirements", string.Join(", ", states.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Value} {Columns.Printable(s.Key)}")))),
            ("Files", files.ToString(CultureInfo.InvariantCulture)),
            ("Ledger entries", entries.ToString(CultureInfo.InvariantCulture)),
            ("Verifications", verifications.ToString(CultureInfo.InvariantCulture)));
        foreach (var fault in faults.Take(20))
        {
            terminal.Error.WriteLine("NOT GENUINE: " + Columns.Printable(fault));
        }

        terminal.Error.WriteLine(faults.Count == 0 ? "The bundle is what was signed; its ledger entries are in the log, and its verifications are genuine." : $"{faults.Count} things are wrong with the bundle.");
        return faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }
}
