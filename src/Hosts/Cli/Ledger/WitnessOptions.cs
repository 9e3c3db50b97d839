using System.CommandLine;
using Beffroi.Transparency;
using Beffroi.Transparency.Witnessing;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>Options that say whose cosignatures a verification demands.</summary>
internal sealed class WitnessOptions
{
    private readonly Option<string[]> _witnesses = new("--witness")
    {
        Description = "Demand this witness's cosignature on the checkpoint: its key, or a file with it; may be given several times",
        HelpName = "KEY|FILE",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<int?> _needed = new("--witnesses-needed") { Description = "How many of them must have cosigned [all]", HelpName = "N" };

    public void AddTo(Command command)
    {
        command.Options.Add(_witnesses);
        command.Options.Add(_needed);
        command.Validators.Add(result =>
        {
            var count = result.GetValue(_witnesses)?.Length ?? 0;
            if (result.GetValue(_needed) is { } needed && (needed < 1 || needed > count))
            {
                result.AddError($"--witnesses-needed: 1 to the number of --witness given ({count}).");
            }
        });
    }

    /// <summary>What is demanded; null if nothing is.</summary>
    public WitnessPolicy? Read(ParseResult result)
    {
        if (result.GetValue(_witnesses) is not { Length: > 0 } texts)
        {
            return null;
        }

        // The same key twice is still one witness.
        var keys = texts.Select(KeyOf).DistinctBy(k => k.ToString()).ToList();
        var needed = result.GetValue(_needed) ?? keys.Count;
        return needed <= keys.Count ? new WitnessPolicy(keys, needed)
            : throw new CliException($"Of {keys.Count} different witnesses, {needed} can't cosign.", ExitCode.Usage);
    }

    /// <summary>A report with what the witnesses say beside it.</summary>
    public static LogReport Apply(LogReport report, WitnessPolicy? policy, string note)
    {
        if (policy is null)
        {
            return report;
        }

        var missing = policy.Check(note, out var found);
        return report with { Cosignatures = found, Findings = missing is null ? report.Findings : [.. report.Findings, missing] };
    }

    private static NoteKey KeyOf(string text)
    {
        var key = NoteKey.Parse(text);
        if (key is null && File.Exists(text))
        {
            key = NoteKey.Parse(File.ReadAllText(text).Trim());
        }

        return key is { Algorithm: NoteAlgorithm.Cosignature } ? key
            : throw new CliException($"{text} is no key of a witness (NAME+ID+BASE64 with signature type 4).", ExitCode.Usage);
    }
}
