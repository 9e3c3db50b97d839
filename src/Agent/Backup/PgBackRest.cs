using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Backup;

/// <summary>pgBackRest, run as <c>postgres</c>. Source: pgBackRest 2.55 «Command Reference», and «Info» for its JSON.</summary>
internal sealed class PgBackRest : IBackupTool
{
    private const string RequestAnnotation = "beffroi-request";
    private const string LabelAnnotation = "beffroi-label";
    private const int MostBackups = 60;

    public async Task EnsureStanzaAsync(string stanza, CancellationToken cancellationToken)
    {
        await RunAsync(BackupPaths.Configuration, stanza, ["stanza-create"], cancellationToken);
        await RunAsync(BackupPaths.Configuration, stanza, ["check"], cancellationToken);
    }

    public Task BackupAsync(string stanza, RepositoryConfiguration.Types.Request request, CancellationToken cancellationToken)
    {
        List<string> arguments = ["--type=" + (request.Type == "full" ? "full" : "incr")];
        if (request.Id.Length > 0)
        {
            arguments.Add("--annotation=" + RequestAnnotation + "=" + request.Id);
        }

        if (request.Label.Length > 0)
        {
            arguments.Add("--annotation=" + LabelAnnotation + "=" + request.Label);
        }

        return RunAsync(BackupPaths.Configuration, stanza, [.. arguments, "backup"], cancellationToken);
    }

    public Task ExpireAsync(string stanza, int fulls, CancellationToken cancellationToken) => RunAsync(
        BackupPaths.Configuration, stanza,
        ["--repo1-retention-full-type=count", "--repo1-retention-full=" + Math.Min(fulls, 9999999).ToString(CultureInfo.InvariantCulture), "expire"], cancellationToken);

    public async Task<StanzaFacts?> FindAsync(string stanza, CancellationToken cancellationToken)
    {
        var json = JsonNode.Parse(await RunAsync(BackupPaths.Configuration, stanza, ["--output=json", "info"], cancellationToken)) as JsonArray;
        return json?.FirstOrDefault(s => (string?)s?["name"] == stanza) is JsonObject found && Status(found) is 0 or 2 ? Read(stanza, found) : null;
    }

    public Task RestoreForDrillAsync(string stanza, CancellationToken cancellationToken) => RunAsync(
        BackupPaths.DrillConfiguration, stanza, ["--type=default", "--archive-mode=off", "restore"], cancellationToken);

    /// <summary>The facts in one stanza of <c>info --output=json</c>.</summary>
    internal static StanzaFacts Read(string stanza, JsonObject found)
    {
        var facts = new StanzaFacts { Name = stanza };
        var archive = (found["archive"] as JsonArray)?.LastOrDefault();
        facts.WalMin = (string?)archive?["min"] ?? "";
        facts.WalMax = (string?)archive?["max"] ?? "";
        var backups = (found["backup"] as JsonArray)?.OfType<JsonObject>().Select(Backup).ToList() ?? [];
        facts.Backups.AddRange(backups.Count <= MostBackups ? backups : [backups[0], .. backups.TakeLast(MostBackups - 1)]);
        return facts;
    }

    // 0: ok; 2: no valid backups yet. Others mean that it isn't there or can't be read.
    private static int Status(JsonObject stanza) => (int?)stanza["status"]?["code"] ?? -1;

    private static BackupFacts Backup(JsonObject backup) => new()
    {
        Name = (string?)backup["label"] ?? "",
        Type = (string?)backup["type"] ?? "",
        RequestId = (string?)backup["annotation"]?[RequestAnnotation] ?? "",
        Label = (string?)backup["annotation"]?[LabelAnnotation] ?? "",
        StartedAt = (long?)backup["timestamp"]?["start"] ?? 0,
        FinishedAt = (long?)backup["timestamp"]?["stop"] ?? 0,
        LsnStop = (string?)backup["lsn"]?["stop"] ?? "",
        SizeBytes = (long?)backup["info"]?["size"] ?? 0,
        AddedBytes = (long?)backup["info"]?["repository"]?["delta"] ?? 0,
        Damaged = (bool?)backup["error"] ?? false,
    };

    private static Task<string> RunAsync(string configuration, string stanza, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        SystemCommand.RunAsAsync("postgres", BackupPaths.Program, ["--config=" + configuration, "--stanza=" + stanza, .. arguments], cancellationToken);
}
