using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Beffroi.Agent.Files;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;

namespace Beffroi.Agent.Backup;

/// <summary>How Patroni begins a cluster from another's backup in place of initdb. Source: Patroni 4.0 «Replica imaging and bootstrap».</summary>
internal static partial class RestoreBootstrap
{
    /// <summary>Adds the method to Patroni's <c>bootstrap</c> section, if the configuration has one.</summary>
    internal static JsonObject With(JsonObject bootstrap, PostgresConfiguration configuration)
    {
        if (configuration.Restore is { } restore)
        {
            bootstrap["method"] = "beffroi_restore";
            bootstrap["beffroi_restore"] = new JsonObject
            {
                ["command"] = Command(restore, configuration.MajorVersion),
                ["no_params"] = true,
                // pgBackRest writes it: where to stop, and how to get WAL.
                ["keep_existing_recovery_conf"] = true,
            };
        }

        return bootstrap;
    }

    /// <summary>How the restore into this node goes, in a person's words; null if none has begun.</summary>
    internal static async Task<string?> StateAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(BackupPaths.RestoreLog))
        {
            return null;
        }

        var said = (await File.ReadAllTextAsync(BackupPaths.RestoreLog, cancellationToken)).ReplaceLineEndings(" ").Trim();
        // Patroni keeps what a beginning that failed has left.
        var ended = said.Length == 0 && Directory.EnumerateDirectories(PostgresPaths.Postgres, "*.failed").Any() ? await RecoveryEndedAsync(cancellationToken) : "";
        return said.Length > 0 ? "The restore fails and is tried again: " + said[Math.Max(0, said.Length - 300)..]
            : ended.Length > 0 ? "The restore fails and is tried again: " + ended
            : "The backup is being restored, and WAL after it is applied; the more there is of both, the longer it takes.";
    }

    // What PostgreSQL said last when recovery could not get to its target, as when WAL is missing.
    private static async Task<string> RecoveryEndedAsync(CancellationToken cancellationToken)
    {
        try
        {
            var log = await SystemCommand.OutputAsync(
                "/usr/bin/journalctl", ["--unit=beffroi-patroni.service", "--output=cat", "--lines=1", "--no-pager", "--grep=FATAL:  (recovery|requested|could not)"], cancellationToken);
            return log.Split("FATAL:").Last().Trim().Shortened(300);
        }
        catch (InvalidOperationException)
        {
            // Nothing is said of it.
            return "";
        }
    }

    private static string Command(PostgresConfiguration.Types.RestoreSource restore, int majorVersion)
    {
        if (!Guid.TryParseExact(restore.Stanza, "N", out _) || restore.Type is not ("default" or "time" or "lsn" or "xid" or "name")
            || !Target().IsMatch(restore.Target) || restore.Target.Length == 0 != (restore.Type == "default"))
        {
            throw new InvalidOperationException("The configuration asks for a restore in a way that is not accepted.");
        }

        // Patroni splits it as a shell would, and runs no shell.
        var target = restore.Type == "default" ? "" : $" \"--target={restore.Target}\" --target-action=promote";
        return $"{BackupPaths.Into} {PostgresPaths.Data(majorVersion)} {BackupPaths.RestoreLog} {BackupPaths.Program} --config={BackupPaths.Configuration} --stanza={restore.Stanza} --pg1-path={PostgresPaths.Data(majorVersion)} --type={restore.Type}{target} restore";
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.:+/ -]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Target();
}
