using System.Text.Json;
using System.Text.RegularExpressions;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary><c>POST …/postgres/{name}/backups</c> and <c>…/drills</c>: written down, and done by the repository as soon as it can.</summary>
internal sealed partial class CreateBackup(Changes changes, Scopes scopes, IResources resources, SpaceRepository repository, ISeals seals, TimeProvider time)
{
    private const int MostPending = 10;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Describe(
            routes.MapPost(BackupRoutes.Backups, (string organization, string space, string name, HttpContext http, CreateBackup create) => create.HandleAsync(organization, space, name, drill: false, http)),
            "createPostgresBackup", "Make a backup",
            "Beside those by schedule. It is made as soon as the repository is free; the list of backups shows it with the request's id.")
            .Accepts<CreatePostgresBackup>("application/json")
            .WithExample(0, BackupExamples.Create);
        Describe(
            routes.MapPost(BackupRoutes.Drills, (string organization, string space, string name, HttpContext http, CreateBackup create) => create.HandleAsync(organization, space, name, drill: true, http)),
            "createPostgresDrill", "Prove a backup",
            "Restores the newest backup in a throw-away place, recovers it to the end of the archive, checks every table and index, and puts the result on the ledger.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string id, string title, string text) =>
        route.Describe(id, PostgresRoutes.Tag, title, text, 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.PostgresBackupCreate)
            .Produces<PostgresBackupRequest>(202)
            .WithIdempotencyKey(202)
            .WithExample(202, BackupExamples.Request);

    private async Task<IResult> HandleAsync(string organization, string space, string name, bool drill, HttpContext http)
    {
        ApiRequest.Of(http).Action = Permission.PostgresBackupCreate;
        var body = drill ? new Result<byte[]>() : await JsonBody.ReadAsync(http, http.RequestAborted);
        return !drill && !body.Ok
            ? new Refused(body.Problem)
            : await changes.RunAsync(
                http,
                drill ? [] : body.Value!,
                (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresBackupCreate, token),
                (connection, scope, token) => AskAsync(http, connection, scope, name, drill ? null : body.Value, token),
                http.RequestAborted);
    }

    private async Task<Result<Accepted>?> AskAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, byte[]? body, CancellationToken cancellationToken)
    {
        var row = ResourceName.IsValid(name) ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken) : null;
        if ((Query.Check(http) ?? (row is null ? Problems.NotFound : null)) is { } refused)
        {
            return refused;
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        var wanted = new CreatePostgresBackup("drill");
        if (body is not null)
        {
            var errors = new List<FieldError>();
            var parsed = JsonBody.Parse(body, WireJson.Default.CreatePostgresBackup, errors);
            if (!parsed.Ok)
            {
                return parsed.Problem;
            }

            wanted = parsed.Value;
            errors.AddRange(Check(wanted));
            if (errors.Count > 0)
            {
                return Problem.Invalid(errors);
            }
        }

        if (row!.DeletionRequestedAt is not null)
        {
            return Problem.Conflict("being-deleted", "The resource is being deleted", "No more backups are made of it.");
        }

        if (body is not null && PostgresView.Spec(row).Stopped)
        {
            return PostgresOperations.Stopped(row.Name);
        }

        if ((await BackupRows.PendingAsync(connection, row.Id, cancellationToken)).Count >= MostPending)
        {
            return Problem.Conflict("too-many-pending", "Too many backups are waiting to be made", "Ten at most may wait for one database: wait until some of them are done.");
        }

        var request = new PostgresBackupRequest(Guid.CreateVersion7(), wanted.Type, wanted.Label, time.GetUtcNow());
        await BackupRows.AskAsync(connection, request.Id, row.Id, BackupView.ToolType(request.Type), request.Label, ApiRequest.Of(http).Actor, cancellationToken);
        await repository.WakeAsync(connection, space.Id, cancellationToken);
        return new Accepted(202, JsonSerializer.Serialize(request, WireJson.Default.PostgresBackupRequest)) { ResourceId = row.Id, Generation = row.Generation, Note = LedgerReason.Name(request.Type) };
    }

    private static IEnumerable<FieldError> Check(CreatePostgresBackup wanted)
    {
        if (wanted.Type is not ("full" or "incremental"))
        {
            yield return new FieldError("type", "This type of backup doesn't exist.", "full, incremental");
        }

        if (wanted.Label is { } label && !Label().IsMatch(label))
        {
            yield return new FieldError("label", "This label is not valid.", "1 to 63 letters, digits, dots, hyphens and underscores");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
