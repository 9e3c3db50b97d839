using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Json;
using Beffroi.Contracts.Isolation;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Encryption;
using Beffroi.Hosts.Cli.Isolation;
using Beffroi.Hosts.Cli.Ledger;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Evidence;

/// <summary><c>verify evidence</c>: whether a file is what the platform signed, and what it says. Needs no server.</summary>
internal static class VerifyEvidence
{
    private const string Origin = "beffroi/organization/";

    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "A bundle of `beffroi evidence export`, or the signed evidence that `beffroi verify isolation` or `verify encryption` kept", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "The public key of the organization's ledger, or a file with it [the one this program has met]", HelpName = "KEY|FILE" };
        var command = new Command("evidence", "Verify the signature of evidence and show what it says; needs no server. Exit code 1 if it is not what was signed, or is of a verification in which an attack succeeded.") { file, key };
        command.SetAction(result =>
        {
            var (path, json) = (result.GetRequiredValue(file), result.GetValue(options.Output) == "json");
            if (VerifyBundle.IsBundle(path))
            {
                return VerifyBundle.Run(path, note => Opened(note, result.GetValue(key)), terminal, json);
            }

            var note = SignedNote.Parse(InputFiles.ReadText(path)) ?? throw new CliException($"{path} is neither a bundle nor a signed note (C2SP signed-note).", ExitCode.Failed);
            var trusted = Opened(note, result.GetValue(key));
            if (Read(note, EncryptionEvidence.Format, ApiClient.Wire.EncryptionEvidence) is { } looked)
            {
                return Write(terminal, json, trusted, looked);
            }

            var evidence = Read(note, IsolationEvidence.Format, ApiClient.Wire.IsolationEvidence) ?? throw new CliException("The signature is true, but the note is no evidence of this program's kind.", ExitCode.Failed);
            return Write(terminal, json, trusted, evidence);
        });
        return command;
    }

    /// <summary>The key that is trusted for the note, which carries its signature.</summary>
    private static NoteKey Opened(SignedNote note, string? key)
    {
        var trusted = LedgerKeys.Read(key) ?? Known(note)
            ?? throw new CliException("Say whose evidence it is: --key KEY, the public key of the organization's ledger (this program has not met it; see `beffroi ledger key`).", ExitCode.Usage);
        return trusted.Verify(note, out _) is not null ? trusted
            : throw new CliException($"NOT GENUINE: the evidence does not carry the signature of {trusted.Name}.", ExitCode.Failed);
    }

    private static NoteKey? Known(SignedNote note) =>
        note.Signatures.Where(s => s.Name.StartsWith(Origin, StringComparison.Ordinal)).Select(s => LogMemory.ForUser().FindByOrigin(s.Name)?.Key).OfType<NoteKey>().FirstOrDefault();

    private static T? Read<T>(SignedNote note, string format, JsonTypeInfo<T> type)
        where T : class
    {
        var lines = note.Text.Split('\n');
        if (lines.Length != 3 || lines[0] != format)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(lines[1], type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Write(Terminal terminal, bool json, NoteKey key, EncryptionEvidence evidence)
    {
        new ResultWriter(terminal, json).Value(evidence, wire => wire.EncryptionEvidence, writer =>
        {
            Columns.Pairs(
                writer,
                ("Signed by", key.Name),
                ("Space id", evidence.SpaceId.ToString()),
                ("Handed in", $"by {Columns.Printable(evidence.ReportedBy)}, {evidence.ReportedAt.ToString("u", CultureInfo.InvariantCulture)}: what was found is their word"),
                ("Tried", evidence.Verification.At.ToString("u", CultureInfo.InvariantCulture)));
            writer.WriteLine();
            VerifyEncryption.Write(writer, terminal.Interactive, evidence.Verification);
        });
        return evidence.Verification.Verdict == "passed" ? ExitCode.Ok : ExitCode.Failed;
    }

    private static int Write(Terminal terminal, bool json, NoteKey key, IsolationEvidence evidence)
    {
        new ResultWriter(terminal, json).Value(evidence, wire => wire.IsolationEvidence, writer =>
        {
            var verification = evidence.Verification;
            Columns.Pairs(
                writer,
                ("Signed by", key.Name),
                ("Space", verification.Organization + "/" + verification.Space),
                ("Space id", evidence.SpaceId.ToString()),
                ("Zone", $"{evidence.Zone} of {evidence.Installation}"),
                ("Network", evidence.Network),
                ("Open by will", evidence.Allowed.Count == 0 ? "nothing" : string.Join("; ", evidence.Allowed)),
                ("Verification", verification.Name),
                ("Tried", verification.CreatedAt.ToString("u", CultureInfo.InvariantCulture)));
            writer.WriteLine();
            VerifyIsolation.WriteAttempts(writer, terminal.Interactive, verification);
        });
        return evidence.Verification.Verdict == "passed" ? ExitCode.Ok : ExitCode.Failed;
    }
}
