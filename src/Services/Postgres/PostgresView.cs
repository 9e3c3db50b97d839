using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;

namespace Beffroi.Services.Postgres;

/// <summary>How a stored PostgreSQL is shown.</summary>
internal static class PostgresView
{
    /// <summary>What is shown until something was observed.</summary>
    public static PostgresStatus Initial(DateTimeOffset now) =>
        new("creating", 0, [new Condition("Ready", false, "Requested", "It was asked for; work on it begins in a moment.", now)]);

    public static PostgresSpec Spec(ResourceRow row) =>
        JsonSerializer.Deserialize(row.Spec, WireJson.Default.PostgresSpec)! is var spec && spec.Parameters is { } parameters
            // The store has the names of an object in an order of its own.
            ? spec with { Parameters = new SortedDictionary<string, string>(parameters.ToDictionary(), StringComparer.Ordinal) }
            : spec;

    public static PostgresStatus Status(ResourceRow row) => JsonSerializer.Deserialize(row.Status, WireJson.Default.PostgresStatus)!;

    public static Resource<PostgresSpec, PostgresStatus> Of(ResourceRow row)
    {
        // What was asked for meanwhile shows at once, before a reconciler has looked.
        var status = Status(row);
        var state = row.DeletionRequestedAt is not null ? "deleting"
            : status.State == "ready" && status.ObservedGeneration < row.Generation ? "updating"
            : status.State;
        return new(
            row.Id, row.Kind, row.Space.OrganizationName, row.Space.Name, row.Name, row.Labels, row.Generation, Preconditions.Etag(row),
            row.CreatedAt, row.UpdatedAt, row.DeletionRequestedAt, Spec(row), status with { State = state, Conditions = row.Shown(status.Conditions) }, row.OperationId);
    }

    public static string Path(ResourceRow row) =>
        $"/v1/organizations/{row.Space.OrganizationName}/spaces/{row.Space.Name}/{PostgresRoutes.Kind}/{row.Name}";

    public static string OperationPath(ResourceRow row, Guid operation) =>
        $"/v1/organizations/{row.Space.OrganizationName}/spaces/{row.Space.Name}/operations/{operation:D}";

    /// <summary>The answer to what began an operation and changed nothing of the spec: the operation.</summary>
    public static Accepted Begun(ResourceRow row, Operation operation, LedgerReason? note = null) => new(202, JsonSerializer.Serialize(operation, WireJson.Default.Operation))
    {
        Headers = new Dictionary<string, string> { ["Operation-Location"] = OperationPath(row, operation.Id) },
        ResourceId = row.Id,
        Generation = row.Generation,
        OperationId = operation.Id,
        Note = note,
    };

    /// <summary>The answer to a change: the resource as it is now. <paramref name="operation"/> is the one that was begun, if any.</summary>
    public static Accepted Accepted(int status, ResourceRow row, Guid? operation, LedgerReason? note = null)
    {
        var headers = new Dictionary<string, string> { ["ETag"] = "\"" + Preconditions.Etag(row) + "\"" };
        if (status == 201)
        {
            headers["Location"] = Path(row);
        }

        if (operation is { } begun)
        {
            headers["Operation-Location"] = OperationPath(row, begun);
        }

        return new(status, JsonSerializer.Serialize(Of(row), WireJson.Default.ResourcePostgresSpecPostgresStatus))
        {
            Headers = headers,
            ResourceId = row.Id,
            Generation = row.Generation,
            OperationId = operation,
            Note = note,
        };
    }
}
