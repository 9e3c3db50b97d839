using System.Globalization;
using System.Text.Json;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>One entry of PostgreSQL's log (PostgreSQL 17 documentation, «Using JSON-Format Log Output»).</summary>
/// <param name="At">UTC; to the millisecond.</param>
/// <param name="Level">As PostgreSQL has it, e.g. <c>ERROR</c>.</param>
/// <param name="Json">The whole entry as it is in the log, one line.</param>
/// <param name="Text">What a person reads, one line.</param>
internal sealed record LogEntry(DateTimeOffset At, string Level, string Json, string Text)
{
    // From what is for developers to what ends the server. Source: PostgreSQL 17 documentation, table 19.2.
    private static readonly string[] Levels = ["DEBUG5", "DEBUG4", "DEBUG3", "DEBUG2", "DEBUG1", "INFO", "NOTICE", "LOG", "WARNING", "ERROR", "FATAL", "PANIC"];

    /// <summary>The levels that can be asked for.</summary>
    public static IReadOnlyList<string> Offered { get; } = ["log", "warning", "error", "fatal", "panic"];

    /// <summary>Whether it tells who did what (pgaudit's README, «Format»). One that a session raises by itself in that form has its context and statement beside it.</summary>
    public bool IsAudit { get; private init; }

    /// <summary>Whether it is of this level or a graver one; one that isn't known is shown.</summary>
    public bool IsAtLeast(string level) => Array.IndexOf(Levels, Level) is var rank && (rank < 0 || rank >= Array.IndexOf(Levels, level.ToUpperInvariant()));

    /// <summary>Reads a line; null if it is no entry.</summary>
    public static LogEntry? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !TryTime(Of(root, "timestamp"), out var at))
            {
                return null;
            }

            var level = Of(root, "error_severity") ?? "";
            var who = Of(root, "user") is { } user ? $"{user}@{Of(root, "dbname")}" : Of(root, "backend_type") ?? "-";
            var state = Of(root, "state_code") is { } code && code != "00000" ? code + " " : "";
            var text = string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-ddTHH:mm:ss.fffZ}  {level,-7}  {who}  {state}{Of(root, "message")}")
                + Part(root, "detail") + Part(root, "hint") + Part(root, "statement");
            var audit = level == "LOG" && Of(root, "message")?.StartsWith("AUDIT: ", StringComparison.Ordinal) == true && Of(root, "context") is null && Of(root, "statement") is null;
            return new(at, level, line, Output.Columns.Printable(text)) { IsAudit = audit };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Part(JsonElement root, string name) => Of(root, name) is { Length: > 0 } text ? $" | {name}: {text}" : "";

    private static string? Of(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool TryTime(string? text, out DateTimeOffset at)
    {
        at = default;
        return text is not null && DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd HH:mm:ss.fff 'UTC'", "yyyy-MM-dd HH:mm:ss 'UTC'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
    }
}
