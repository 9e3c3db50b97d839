using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>How a stored repository is shown.</summary>
internal static class RepositoryView
{
    public static Resource<BackupRepositorySpec, BackupRepositoryStatus> Of(ResourceRow row)
    {
        var status = JsonSerializer.Deserialize(row.Status, BackupStoreJson.Default.BackupRepositoryStatus)!;
        return new(
            row.Id, row.Kind, row.Space.OrganizationName, row.Space.Name, row.Name, row.Labels, row.Generation, Preconditions.Etag(row), row.CreatedAt, row.UpdatedAt, row.DeletionRequestedAt,
            JsonSerializer.Deserialize(row.Spec, BackupStoreJson.Default.BackupRepositorySpec)!, status with { Conditions = row.Shown(status.Conditions) }, row.OperationId);
    }
}
