using System.Globalization;
using System.Text;
using System.Text.Json;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>What a verification found, for a person or a program.</summary>
internal static class LedgerReport
{
    public static void Write(Terminal terminal, bool json, LogReport report)
    {
        if (json)
        {
            terminal.Out.WriteLine(Json(report));
            return;
        }

        Columns.Pairs(
            terminal.Out,
            [
            ("Log", report.Checkpoint?.Origin),
            ("Entries", report.Checkpoint?.Size.ToString(CultureInfo.InvariantCulture)),
            ("Root", report.Checkpoint?.Root.ToString()),
            .. report.Cosignatures.Select(c => ("Witness", (string?)$"{c.Witness} at {c.At:u}")),
            ("Verdict", report.Findings.Count == 0 ? "sound" : "NOT SOUND"),
            ]);
        if (report.Findings.Count > 0)
        {
            terminal.Out.WriteLine();
            Columns.Write(terminal.Out, terminal.Interactive, ["ENTRY", "WHAT", ""], report.Findings.Select(f => new[] { f.Index?.ToString(CultureInfo.InvariantCulture), Faults.Name(f.Fault), f.Message }));
        }
    }

    private static string Json(LogReport report)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("log", report.Checkpoint?.Origin);
            writer.WriteNumber("entries", report.Checkpoint?.Size ?? 0);
            writer.WriteString("root", report.Checkpoint?.Root.ToString());
            writer.WriteBoolean("sound", report.Findings.Count == 0);
            writer.WriteStartArray("cosignatures");
            foreach (var cosignature in report.Cosignatures)
            {
                writer.WriteStartObject();
                writer.WriteString("witness", cosignature.Witness);
                writer.WriteString("at", cosignature.At);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("findings");
            foreach (var finding in report.Findings)
            {
                writer.WriteStartObject();
                writer.WriteString("what", Faults.Name(finding.Fault));
                if (finding.Index is { } index)
                {
                    writer.WriteNumber("entry", index);
                }

                writer.WriteString("message", finding.Message);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
