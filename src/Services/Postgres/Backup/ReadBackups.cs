using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary><c>GET …/postgres/{name}/backups</c>, <c>…/drills</c> and <c>…/backup-repository</c>, as the agents last said, seconds ago.</summary>
internal static class ReadBackups
{
    private const int MostDrills = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(BackupRoutes.Backups, BackupsAsync)
            .Describe("listPostgresBackups", PostgresRoutes.Tag, "List a PostgreSQL's backups", "With the window that a restore can go to, as it is now. Oldest first.", 400, 403, 404)
            .Produces<PostgresBackups>()
            .WithExample(200, BackupExamples.Backups);
        routes.MapGet(BackupRoutes.Drills, DrillsAsync)
            .Describe("listPostgresDrills", PostgresRoutes.Tag, "List a PostgreSQL's restore drills", "Newest first, at most 100. Each certificate is on the ledger too.", 400, 403, 404)
            .Produces<IReadOnlyList<PostgresDrill>>()
            .WithExample(200, BackupExamples.Drills);
        routes.MapGet(BackupRoutes.Repository, RepositoryAsync)
            .Describe("getBackupRepository", PostgresRoutes.Tag, "Read a space's backup repository", "It is made with the space's first PostgreSQL.", 400, 403, 404)
            .Produces<Resource<BackupRepositorySpec, BackupRepositoryStatus>>()
            .WithExample(200, BackupExamples.Repository);
    }

    private static Task<IResult> BackupsAsync(
        string organization, string space, string name, HttpContext http, Reads reads, IResources resources, SpaceRepository repository, IAgents agents, SpaceSubnet subnet) =>
        reads.ResourceAsync(http, organization, space, PostgresRoutes.Kind, name, Permission.PostgresRead, async (connection, scope) =>
        {
            var row = await FindAsync(connection, scope, http, name, resources);
            if (!row.Ok)
            {
                return row.Problem;
            }

            var stanza = (await repository.FindAsync(connection, scope.Id, http.RequestAborted))?.Of(row.Value);
            var window = await WindowAsync(connection, row.Value, stanza, agents, subnet, http.RequestAborted);
            var body = new PostgresBackups(
                window, stanza?.Running is { Length: > 0 } running ? BackupView.TypeOf(running) : null, stanza?.Problem is { Length: > 0 } problem ? problem : null,
                await BackupRows.PendingAsync(connection, row.Value.Id, http.RequestAborted), [.. stanza?.Backups.Select(BackupView.Backup) ?? []]);
            return (Result<IResult>)Answer.Json(body, WireJson.Default.PostgresBackups);
        });

    /// <summary>What can be restored now; what was known before where the agents don't say.</summary>
    internal static async Task<PostgresBackupStatus> WindowAsync(
        NpgsqlConnection connection, ResourceRow row, Contracts.Agents.StanzaFacts? stanza, IAgents agents, SpaceSubnet subnet, CancellationToken cancellationToken)
    {
        Contracts.Agents.ArchiveFacts? archive = null;
        foreach (var node in BackupNodes.Of(row, subnet))
        {
            archive = (await agents.FindAsync(connection, node.Instance, cancellationToken))?.Facts?.Postgres?.Archive ?? archive;
        }

        return BackupView.Window(stanza, archive, PostgresView.Status(row).Backup) ?? new PostgresBackupStatus(null, null, null, null, null);
    }

    private static Task<IResult> DrillsAsync(string organization, string space, string name, HttpContext http, Reads reads, IResources resources) =>
        reads.ResourceAsync(http, organization, space, PostgresRoutes.Kind, name, Permission.PostgresRead, async (connection, scope) =>
        {
            var row = await FindAsync(connection, scope, http, name, resources);
            if (!row.Ok)
            {
                return row.Problem;
            }

            var drills = await BackupRows.DrillsAsync(connection, row.Value.Id, MostDrills, http.RequestAborted);
            IReadOnlyList<PostgresDrill> body = [.. drills.Select(d => JsonSerializer.Deserialize(d, BackupStoreJson.Default.PostgresDrill)!)];
            return (Result<IResult>)Answer.Json(body, WireJson.Default.IReadOnlyListPostgresDrill);
        });

    private static Task<IResult> RepositoryAsync(string organization, string space, HttpContext http, Reads reads, SpaceRepository repository) =>
        reads.SpaceAsync(http, organization, space, Permission.PostgresRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : await repository.FindAsync(connection, scope.Id, http.RequestAborted) is not { } state ? Problems.NotFound
            : (Result<IResult>)Answer.Json(RepositoryView.Of(state.Row), WireJson.Default.ResourceBackupRepositorySpecBackupRepositoryStatus));

    private static async Task<Result<ResourceRow>> FindAsync(NpgsqlConnection connection, SpaceRecord scope, HttpContext http, string name, IResources resources) =>
        Query.Check(http) is { } bad ? bad
        : ResourceName.IsValid(name) && await resources.FindByNameAsync(connection, scope.Id, PostgresRoutes.Kind, name, http.RequestAborted) is { } row ? row
        : Problems.NotFound;
}
