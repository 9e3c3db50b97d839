using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Lockbox;
using Beffroi.Platform.Resources;
using Beffroi.Services.Postgres.Metrics;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Services.Postgres.Lockbox;

/// <summary>
/// What one of the operator's people can be shown of a PostgreSQL: metrics, or all that the platform knows of it. Nothing that is in the database, no password and no log is among
/// it: of those the platform has none.
/// </summary>
internal sealed class PostgresContents(IResources resources, IOperations operations, IAgents agents, TimeProvider time) : ILockboxContents
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
        return access == LockboxTerms.Metrics
            ? (MetricsText.ContentType, MetricsText.Write([measured]))
            : ("application/json", await DiagnosticsAsync(connection, row, measured, cancellationToken));
    }

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

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
