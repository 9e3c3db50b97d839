using System.CommandLine;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary><c>ledger export</c>: the whole log as files, in the layout that any web server can serve as a log.</summary>
internal static class ExportLedger
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "Where to; a former export there is brought up to date", HelpName = "FOLDER" };
        return options.Run(terminal, new Command("export", "Save the whole log, its key and its newest checkpoint, and verify them: for keeping elsewhere") { folder }, async (session, result, token) =>
        {
            var log = ApiLog.Of(session);
            var path = Path.GetFullPath(result.GetValue(folder)!);
            var known = LogMemory.ForUser().Find(log.Address);
            var verified = await CosignedAsync(session, log, await LedgerWatch.VerifiedAsync(log, token), token);
            Directory.CreateDirectory(path);
            CheckIsSame(path, verified.Key);
            using (var progress = new ProgressLine(session.Terminal, "exported", verified.Checkpoint.Size))
            {
                await CopyAsync(log, new TileFolder(path), verified.Checkpoint.Size, progress, token);
            }

            using var verifying = new ProgressLine(session.Terminal, "verified", verified.Checkpoint.Size);
            var report = await new LogVerifier(new TileFolder(path), verified.Key).VerifyAsync(verified.Note, known?.Checkpoint, verifying, token);
            verifying.Dispose();
            if (report.Findings.Count == 0)
            {
                // Last: until here the former export, if there is one, stays what it was.
                var mode = (UnixFileMode)Convert.ToInt32("644", 8);
                PrivateFiles.Write(Path.Combine(path, TileFolder.KeyName), verified.Key + "\n", mode);
                PrivateFiles.Write(Path.Combine(path, TileFolder.CheckpointName), verified.Note, mode);
                await session.Terminal.Error.WriteLineAsync(
                    $"Keep {path}, and this key elsewhere: {verified.Key}\nTo verify it on any machine, without this server: beffroi ledger verify FOLDER --key KEY");
            }

            LedgerReport.Write(session.Terminal, session.Results.Json, report);
            return report.Findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
    }

    /// <summary>The same, or a moment later, with the witnesses' signatures; if there are witnesses and they are at hand.</summary>
    private static async Task<RememberedLog> CosignedAsync(Session session, ApiLog log, RememberedLog newest, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            if (await log.FindCosignedAsync(cancellationToken) is not { } note)
            {
                return newest;
            }

            if (Checkpoint.Open(note, newest.Key, out var checkpoint) is null && checkpoint.Size >= newest.Checkpoint.Size)
            {
                return new RememberedLog(newest.Key, note, checkpoint);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }

        await session.Terminal.Error.WriteLineAsync("The witnesses have not cosigned the newest checkpoint: it is exported without them (`beffroi ledger witness list` tells why).");
        return newest;
    }

    private static void CheckIsSame(string path, NoteKey key)
    {
        var file = Path.Combine(path, TileFolder.KeyName);
        if (File.Exists(file) ? File.ReadAllText(file).TrimEnd('\n') != key.ToString() : Directory.EnumerateFileSystemEntries(path).Any(e => Path.GetFileName(e) != "tile"))
        {
            throw new CliException($"In {path} is something other than an export of this log; choose an empty folder.", ExitCode.Usage);
        }
    }

    private static async Task CopyAsync(ApiLog log, TileFolder folder, long size, ProgressLine progress, CancellationToken cancellationToken)
    {
        for (var level = Tile.Entries; level <= Tile.MaxLevel; level++)
        {
            for (var index = 0L; Tile.Of(level, index, size) is { } tile; index++)
            {
                // What is there never changes, and each is written whole.
                if (await folder.ReadAsync(tile, cancellationToken) is null)
                {
                    var bytes = await log.ReadAsync(tile, cancellationToken)
                        ?? throw new CliException($"The server has no {tile}, which its checkpoint promises. `beffroi ledger verify` tells more.", ExitCode.Failed);
                    await folder.WriteAsync(tile, bytes, cancellationToken);
                }

                if (level == Tile.Entries)
                {
                    progress.Report(tile.End);
                }
            }
        }
    }
}
