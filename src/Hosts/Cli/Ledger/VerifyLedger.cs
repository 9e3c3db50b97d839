using System.CommandLine;
using System.Runtime.CompilerServices;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency.Witnessing;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary><c>ledger verify</c>: an export or a proof offline, or the log as the server shows it now.</summary>
internal static class VerifyLedger
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var folder = new Argument<string?>("folder") { Description = "An export; without it, the log as the server shows it now", HelpName = "FOLDER", Arity = ArgumentArity.ZeroOrOne };
        var key = new Option<string?>("--key") { Description = "The log's public key, or a file with it [the one this program has met]", HelpName = "KEY|FILE" };
        var since = new Option<string?>("--since") { Description = "A checkpoint kept from before: the log must continue it", HelpName = "FILE" };
        var proof = new Option<string?>("--proof") { Description = "Verify this proof of one entry instead", HelpName = "FILE" };
        var entry = new Option<string?>("--entry") { Description = "The entry that --proof proves", HelpName = "FILE" };
        var command = new Command(
            "verify",
            "Verify that every entry leads to the signed root, that none is missing, added, changed or moved, and that the log continues what was seen before. With FOLDER or --proof it needs no server.")
        {
            folder, key, since, proof, entry,
        };
        var witnesses = new WitnessOptions();
        witnesses.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(proof) is null != result.GetValue(entry) is null)
            {
                result.AddError("--proof and --entry go together.");
            }
            else if (result.GetValue(proof) is not null && (result.GetValue(folder) ?? result.GetValue(since)) is not null)
            {
                result.AddError("--proof goes without FOLDER and --since.");
            }
        });
        command.SetAction(async (result, token) =>
        {
            var json = result.GetValue(options.Output) == "json";
            var given = LedgerKeys.Read(result.GetValue(key));
            var policy = witnesses.Read(result);
            if (result.GetValue(proof) is { } proofFile)
            {
                return VerifyProof(terminal, json, proofFile, result.GetValue(entry)!, given, policy);
            }

            var before = result.GetValue(since) is { } file ? ReadText(file) : null;
            if (result.GetValue(folder) is { } path)
            {
                return await VerifyFolderAsync(terminal, json, path, given, before, policy, token);
            }

            using var session = Session.Open(options, result, terminal);
            return await VerifyServerAsync(session, given, before, policy, token);
        });
        return command;
    }

    private static async Task<int> VerifyFolderAsync(
        Terminal terminal, bool json, string path, NoteKey? given, string? before, WitnessPolicy? policy, CancellationToken cancellationToken)
    {
        var report = await ReportFolderAsync(terminal, path, given, before, policy, cancellationToken);
        LedgerReport.Write(terminal, json, report);
        return report.Findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>Verifies an export by the key that is given, or the one that was met.</summary>
    public static Task<LogReport> ReportFolderAsync(Terminal terminal, string path, string? key, CancellationToken cancellationToken) =>
        ReportFolderAsync(terminal, path, LedgerKeys.Read(key), null, null, cancellationToken);

    /// <summary>The entries of an export that was verified.</summary>
    public static async IAsyncEnumerable<(long Index, ReadOnlyMemory<byte> Entry)> EntriesAsync(string path, long size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tiles = new TileFolder(path);
        var at = 0L;
        for (var bundle = 0L; Tile.Of(Tile.Entries, bundle, size) is { } tile; bundle++)
        {
            var entries = await tiles.ReadAsync(tile, cancellationToken) is { } bytes ? EntryBundle.Read(bytes) : null;
            foreach (var entry in entries ?? throw new CliException($"{path}: {tile} can't be read.", ExitCode.Failed))
            {
                yield return (at++, entry);
            }
        }
    }

    private static async Task<LogReport> ReportFolderAsync(
        Terminal terminal, string path, NoteKey? given, string? before, WitnessPolicy? policy, CancellationToken cancellationToken)
    {
        var note = ReadText(Path.Combine(path, TileFolder.CheckpointName));
        var known = Checkpoint.Parse(SignedNote.Parse(note)?.Text ?? note) is { } claimed && given is null ? LogMemory.ForUser().FindByOrigin(claimed.Origin) : null;
        var key = given ?? known?.Key;
        if (key is null)
        {
            key = LedgerKeys.Read(Path.Combine(path, TileFolder.KeyName))!;
            await terminal.Error.WriteLineAsync(
                "The log's key is not known here, so the folder's own is used: this shows that the folder agrees with itself, not whose it is. Compare the key, or give it with --key.");
        }

        // An older export is smaller than what is remembered, and that is no fault of it.
        var remembered = known is not null && known.Key.ToString() == key.ToString() && Checkpoint.Open(note, key, out var shown) is null && known.Checkpoint.Size <= shown.Size ? known.Checkpoint : null;
        using var progress = new ProgressLine(terminal, "verified", Checkpoint.Parse(SignedNote.Parse(note)?.Text ?? "")?.Size ?? 0);
        var report = await new LogVerifier(new TileFolder(path), key).VerifyAsync(note, before is null ? remembered : Open(before, key), progress, cancellationToken);
        progress.Dispose();
        return WitnessOptions.Apply(report, policy, note);
    }

    private static async Task<int> VerifyServerAsync(Session session, NoteKey? given, string? before, WitnessPolicy? policy, CancellationToken cancellationToken)
    {
        var log = ApiLog.Of(session);
        var memory = LogMemory.ForUser();
        var known = memory.Find(log.Address);
        var newest = await log.FindCheckpointAsync(cancellationToken) ?? throw new CliException($"The ledger of {log.Owner} has no entry yet.", ExitCode.NotFound);
        var note = policy is not null && policy.Check(newest, out _) is not null ? await FindCosignedAsync(log, known, newest, cancellationToken) : newest;
        var key = given ?? known?.Key ?? await log.KeyAsync(cancellationToken);
        using var progress = new ProgressLine(session.Terminal, "verified", Checkpoint.Parse(SignedNote.Parse(note)?.Text ?? "")?.Size ?? 0);
        var report = await new LogVerifier(log, key).VerifyAsync(note, before is null ? known?.Checkpoint : Open(before, key), progress, cancellationToken);
        progress.Dispose();
        report = WitnessOptions.Apply(report, policy, note);
        LedgerReport.Write(session.Terminal, session.Results.Json, report);
        if (report.Findings is [{ Fault: Fault.NotCosigned }])
        {
            return ExitCode.Failed;
        }

        if (report.Findings.Count > 0)
        {
            LedgerWatch.Accuse(session, memory, log.Owner, known, note, report.Findings[0]);
            return ExitCode.Failed;
        }

        if (before is null)
        {
            memory.Save(log.Address, new RememberedLog(key, note, report.Checkpoint!));
            return ExitCode.Ok;
        }

        // That was compared with --since only; now with what is remembered too.
        return await LedgerWatch.CheckAsync(session, log, cancellationToken) ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>The checkpoint that witnesses cosigned, unless that is older than what is remembered here; else the newest.</summary>
    private static async Task<string> FindCosignedAsync(ApiLog log, RememberedLog? known, string newest, CancellationToken cancellationToken) =>
        await log.FindCosignedAsync(cancellationToken) is { } cosigned && Checkpoint.Parse(SignedNote.Parse(cosigned)?.Text ?? "")?.Size >= (known?.Checkpoint.Size ?? 0)
            ? cosigned
            : newest;

    private static int VerifyProof(Terminal terminal, bool json, string proofFile, string entryFile, NoteKey? given, WitnessPolicy? policy)
    {
        var text = ReadText(proofFile);
        if (InclusionProof.Parse(text) is not { } proof)
        {
            throw new CliException($"{proofFile} is not a proof (C2SP tlog-proof).", ExitCode.Usage);
        }

        var claimed = Checkpoint.Parse(SignedNote.Parse(proof.Checkpoint)?.Text ?? "");
        var key = given ?? (claimed is null ? null : LogMemory.ForUser().FindByOrigin(claimed.Origin)?.Key)
            ?? throw new CliException("Say whose log it is: --key KEY (this program has not met it).", ExitCode.Usage);
        var wrong = proof.Verify(InputFiles.ReadBytes(entryFile), key);
        var report = WitnessOptions.Apply(new LogReport(wrong is null ? claimed : null, 1, wrong is null ? [] : [wrong]), policy, proof.Checkpoint);
        LedgerReport.Write(terminal, json, report);
        return report.Findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static Checkpoint Open(string note, NoteKey key) =>
        Checkpoint.Open(note, key, out var checkpoint) is { } wrong ? throw new CliException("--since: " + wrong.Message, ExitCode.Usage) : checkpoint;

    private static string ReadText(string path) => System.Text.Encoding.UTF8.GetString(InputFiles.ReadBytes(path));
}
