using System.Globalization;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Lockbox;
using Beffroi.Platform.Resources;
using Beffroi.Services.Postgres.Metrics;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Services.Postgres.Lockbox;

/// <summary>
/// What one of the operator's people can be shown of a PostgreSQL: metrics, all that the platform knows of it, or what its agents logged of their own work. Nothing that is in the database, no
/// password and not the database's log is among it: of those the platform has none.
/// </summary>
internal sealed class PostgresContents(IResources resources, IOperations operations, IAgents agents, IAgentQuestions questions, TimeProvider time) : ILockboxContents
{
    private const int LookedAt = 200;
    private const int MostOperations = 20;

    public string Kind => PostgresRoutes.Kind;

    public async Task<(string MediaType, string Text)?> ReadAsync(NpgsqlConnection connection, Guid resourceId, string access, CancellationToken cancellationToken)
    {
        if (await resources.FindAsync(connection, resourceId, cancellationToken) is not { } row)
        {
            return null;
        }

        var measured = await MeasuredDatabase.MeasureAsync(connection, row, agents, time, cancellationToken);
        return access switch
        {
            LockboxTerms.Metrics => (MetricsText.ContentType, MetricsText.Write([measured])),
            LockboxTerms.Logs => ("text/plain", await LogsAsync(measured, cancellationToken)),
            _ => ("application/json", await DiagnosticsAsync(connection, row, measured, cancellationToken)),
        };
    }

    // An agent's answer is bounded again here, and has no line's end of its own making.
    private async Task<string> LogsAsync(MeasuredDatabase measured, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(measured.Nodes.Select(async node =>
            (node.Name, Answer: await questions.AskAsync(node.InstanceId, new AgentQuestion { Log = new LogQuestion { Lines = AgentLog.MostLines } }, cancellationToken))));
        var text = new StringBuilder();
        foreach (var (name, answer) in answers)
        {
            text.Append(CultureInfo.InvariantCulture, $"# {name}\n");
            if (answer?.Log is not { } log)
            {
                text.Append("(its agent does not answer: it is away, or of a version before this)\n");
                continue;
            }

            foreach (var line in log.Lines.TakeLast(AgentLog.MostLines))
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(line.At, 0, 253_402_300_799_999));
                text.Append(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Printable(line.Text)}\n");
            }
        }

        return text.ToString();
    }

    private static string Printable(string line) => new([.. line.Shortened(AgentLog.LongestLine).Select(c => char.IsControl(c) ? ' ' : c)]);

    private async Task<string> DiagnosticsAsync(NpgsqlConnection connection, ResourceRow row, MeasuredDatabase measured, CancellationToken cancellationToken)
    {
        var last = (await operations.ListAsync(connection, row.Space.Id, null, LookedAt, cancellationToken)).Where(o => o.ResourceId == row.Id).Take(MostOperations);
        using var stream = new MemoryStream();
        await using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WritePropertyName("resource");
            JsonSerializer.Serialize(json, PostgresView.Of(row), WireJson.Default.ResourcePostgresSpecPostgresStatus);
            json.WriteStartArray("nodes");
            foreach (var node in measured.Nodes)
            {
                json.WriteStartObject();
                json.WriteString("name", node.Name);
                json.WriteBoolean("fresh", node.IsFresh);
                json.WritePropertyName("facts");
                json.WriteRawValue(node.Facts is null ? "null" : JsonFormatter.Default.Format(node.Facts));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("operations");
            foreach (var operation in last)
            {
                JsonSerializer.Serialize(json, operation, WireJson.Default.Operation);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
