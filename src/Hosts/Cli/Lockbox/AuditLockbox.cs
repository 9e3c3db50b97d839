using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Ledger;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency.Consent;

namespace Beffroi.Hosts.Cli.Lockbox;

/// <summary><c>lockbox audit</c>: an exported ledger held against the approvers' keys, offline.</summary>
internal static class AuditLockbox
{
    public static Command Create(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var folder = new Argument<string>("folder") { Description = "An export of the organization's ledger (`ledger export`)", HelpName = "FOLDER" };
        var approvers = new Option<string[]>("--approver") { Description = "Whose signatures count: a public key or a file of such, one a line [those of `lockbox trust`]; may be given several times", HelpName = "KEY|FILE" };
        var key = new Option<string?>("--ledger-key") { Description = "The ledger's public key, or a file with it [the one this program has met]", HelpName = "KEY|FILE" };
        var command = new Command(
            "audit",
            "Verify an exported ledger, and that everything it says was shown to the operator's people was agreed to: by enough people, whose keys you hold, for this and for then. It needs no server, and believes none.")
        {
            folder, approvers, key, organization,
        };
        command.SetAction(async (result, token) =>
        {
            var path = result.GetRequiredValue(folder);
            var ledger = await VerifyLedger.ReportFolderAsync(terminal, path, result.GetValue(key), token);
            if (ledger.Findings.Count > 0 || ledger.Checkpoint is not { } checkpoint)
            {
                LedgerReport.Write(terminal, result.GetValue(options.Output) == "json", ledger);
                return ExitCode.Failed;
            }

            var given = (result.GetValue(approvers) ?? []).SelectMany(k => ApproverKey.Parse(k) is { } one ? [one] : LockboxFiles.Keys(k)).ToList();
            // An approver's key says whose it is.
            var owner = result.GetValue(organization) ?? given.FirstOrDefault()?.Name.Split('/')[0]
                ?? throw new CliException("Say whose ledger it is: --organization NAME, or --approver KEY.", ExitCode.Usage);
            var trusted = given.Count > 0 ? given : [.. LockboxFiles.Keys(LockboxFiles.ApproversOf(owner))];
            var audit = new LockboxAudit(owner, trusted);
            await foreach (var (index, entry) in VerifyLedger.EntriesAsync(path, checkpoint.Size, token))
            {
                audit.Add(index, entry.Span);
            }

            return Report(terminal, result.GetValue(options.Output) == "json", owner, checkpoint.Size, trusted, audit.Showings);
        });
        return command;
    }

    /// <summary>Whose key it is, and of a passkey's which pages could ask for what it signed.</summary>
    public static string Shown(ApproverKey key) => key is PasskeyKey passkey ? $"{key.Name} (passkey at {passkey.Origin})" : key.Name;

    private static int Report(Terminal terminal, bool json, string owner, long entries, List<ApproverKey> trusted, IReadOnlyList<AuditedShowing> showings)
    {
        var bad = showings.Count(s => s.Fault is not null);
        if (json)
        {
            terminal.Out.WriteLine(new JsonObject
            {
                ["organization"] = owner,
                ["entries"] = entries,
                ["trusted"] = new JsonArray([.. trusted.Select(k => (JsonNode)k.ToString())]),
                ["agreed"] = showings.Count - bad,
                ["notAgreed"] = bad,
                ["showings"] = new JsonArray([.. showings.Select(s => (JsonNode)new JsonObject
                {
                    ["entry"] = s.Entry, ["at"] = s.At, ["actor"] = s.Actor, ["request"] = s.Consent?.Request.ToString("D"), ["access"] = s.Consent?.Access, ["space"] = s.Consent?.Space,
                    ["name"] = s.Consent?.Name, ["approvers"] = new JsonArray([.. s.Approvers.Select(a => (JsonNode)a)]),
                    ["byPasskey"] = new JsonArray([.. s.ByPasskey.Select(a => (JsonNode)a)]), ["fault"] = s.Fault,
                })]),
            }.ToJsonString());
            return bad == 0 ? ExitCode.Ok : ExitCode.Failed;
        }

        Columns.Pairs(
            terminal.Out, ("Organization", owner), ("Entries", entries.ToString(CultureInfo.InvariantCulture)), ("Trusted", string.Join(", ", trusted.Select(Shown))),
            ("Shown", showings.Count.ToString(CultureInfo.InvariantCulture)), ("Verdict", bad == 0 ? "all of it was agreed to" : $"NOT AGREED TO: {bad.ToString(CultureInfo.InvariantCulture)}"));
        if (showings.Count > 0)
        {
            terminal.Out.WriteLine();
            Columns.Write(terminal.Out, terminal.Interactive, ["ENTRY", "AT", "TO", "WHAT", "APPROVED BY", ""], showings.Select(s => new[]
            {
                s.Entry.ToString(CultureInfo.InvariantCulture), s.At, s.Actor, s.Consent is { } c ? $"{c.Access} of {c.Space}/{c.Kind}/{c.Name}" : "?", string.Join(", ", s.Approvers.Select(a => s.ByPasskey.Contains(a) ? a + " (passkey)" : a)), s.Fault ?? "agreed",
            }));
        }

        return bad == 0 ? ExitCode.Ok : ExitCode.Failed;
    }
}
