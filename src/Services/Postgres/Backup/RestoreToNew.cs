using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Services.Postgres.Backup;

/// <summary><c>POST …/postgres/{name}/restores</c>: a new PostgreSQL that begins as this one was. This one is left as it is.</summary>
internal sealed class RestoreToNew(
    Changes changes, Scopes scopes, IResources resources, IOperations operations, ISignals signals, IAgents agents, SpaceRepository repository, SpaceSubnet subnet,
    IQuotas quotas, IPolicy policy, ISeals seals, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromHours(4);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(BackupRoutes.Restores, (string organization, string space, string name, HttpContext http, RestoreToNew restore) => restore.HandleAsync(organization, space, name, http))
            .Describe(
                "restorePostgres", PostgresRoutes.Tag, "Restore to a new PostgreSQL",
                "To a moment, a place in the WAL, a transaction, a named point, or as late as possible (which also makes a clone). The new one is in the same space and has "
                + "a name, a certificate, a password and a key of its own; it has one node, and can be made to have three once it is there. A moment outside of the window is refused with the window.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.PostgresRestore)
            .Accepts<RestorePostgres>("application/json")
            .Produces<Resource<PostgresSpec, PostgresStatus>>(201)
            .WithIdempotencyKey(201)
            .WithResponseHeader("ETag", "Changes with everything shown.", 201)
            .WithResponseHeader("Location", "The new resource.", 201)
            .WithResponseHeader("Operation-Location", "The operation that was begun.", 201)
            .WithExample(0, BackupExamples.Restore)
            .WithExample(201, PostgresExamples.Resource);

    private async Task<IResult> HandleAsync(string organization, string space, string name, HttpContext http)
    {
        ApiRequest.Of(http).Action = Permission.PostgresRestore;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return !body.Ok
            ? new Refused(body.Problem)
            : await changes.RunAsync(
                http,
                body.Value,
                (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresRestore, token),
                (connection, scope, token) => RestoreAsync(http, connection, scope, name, body.Value, token),
                http.RequestAborted);
    }

    private async Task<Result<Accepted>?> RestoreAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, byte[] body, CancellationToken cancellationToken)
    {
        var source = ResourceName.IsValid(name) ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken) : null;
        if ((Query.Check(http) ?? (source is null ? Problems.NotFound : null) ?? scopes.Check(http, space, Permission.PostgresCreate)) is { } refused)
        {
            return refused;
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        var errors = new List<FieldError>();
        var parsed = JsonBody.Parse(body, WireJson.Default.RestorePostgres, errors);
        if (!parsed.Ok)
        {
            return parsed.Problem;
        }

        var before = PostgresView.Spec(source!);
        var spec = before with { Size = parsed.Value.Size ?? before.Size, Storage = parsed.Value.Storage ?? before.Storage, DeletionProtection = true, Availability = PostgresKind.Single, Stopped = false };
        errors.AddRange(Check(before, spec, parsed.Value.To));
        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        var state = await repository.FindAsync(connection, space.Id, cancellationToken);
        var window = await ReadBackups.WindowAsync(connection, source!, state?.Of(source!), agents, subnet, cancellationToken);
        var point = RestoreTarget.Of(parsed.Value, window);
        if (!point.Ok)
        {
            return point.Problem;
        }

        var stanza = state?.From(source!, point.Value) ?? BackupStanza.First(source!.Id);
        var target = new RestoreNote(source!.Id, stanza.Id, point.Value.Type, point.Value.Target);
        return await BeginAsync(connection, space, source, parsed.Value.To, PostgresRules.Normal(spec), target, cancellationToken);
    }

    private static IEnumerable<FieldError> Check(PostgresSpec before, PostgresSpec after, string to)
    {
        foreach (var error in PostgresRules.Check(to, new PutResource<PostgresSpec>(after)))
        {
            yield return error with { Field = error.Field == "name" ? "to" : error.Field.Replace("spec.", "", StringComparison.Ordinal) };
        }

        if (ByteSize.TryParse(before.Storage, out var had) && ByteSize.TryParse(after.Storage, out var wanted) && wanted < had)
        {
            yield return new FieldError("storage", "The new one can't have less storage.", before.Storage + " or more");
        }

        // Recovery needs at least as many connections as the WAL's writer allowed.
        if (PostgresSize.TryGet(before.Size, out var was) && PostgresSize.TryGet(after.Size, out var becomes) && becomes.MemoryBytes < was.MemoryBytes)
        {
            yield return new FieldError("size", "The new one can't be smaller; it can be made so once it is restored.", string.Join(", ", PostgresSize.All.Where(s => s.MemoryBytes >= was.MemoryBytes).Select(s => s.Name)));
        }
    }

    private async Task<Result<Accepted>?> BeginAsync(
        NpgsqlConnection connection, SpaceRecord space, ResourceRow source, string to, PostgresSpec spec, RestoreNote target, CancellationToken cancellationToken)
    {
        // A restore stays in its space, and so has the label that the data had.
        var decision = await policy.AdmitAsync(connection, space.Id, cancellationToken);
        if (decision.Refusal is { } refusal)
        {
            return refusal;
        }

        var (id, operation) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var resource = new NewResource(
            id, PostgresRoutes.Kind, space.Id, to, source.Labels, JsonSerializer.Serialize(spec, WireJson.Default.PostgresSpec),
            JsonSerializer.Serialize(PostgresView.Initial(time.GetUtcNow()), WireJson.Default.PostgresStatus));
        if (!await resources.InsertAsync(connection, resource, operation, cancellationToken))
        {
            return Problem.Conflict("name-taken", "The name is taken", "A PostgreSQL of this name exists in the space already. Choose another name for the new one.");
        }

        if (await quotas.AdmitAsync(connection, space, id, new WantedPostgres(to, spec, source.Labels).Demand, cancellationToken) is { } beyond)
        {
            return beyond;
        }

        await BackupRows.BeginRestoreAsync(connection, id, target, cancellationToken);
        await operations.CreateAsync(
            connection, new NewOperation(operation, space.Id, id, PostgresRoutes.Kind, to, "create", 1, "Waiting for a reconciler to take it up."), cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(PostgresRoutes.Kind, id), Deadline, cancellationToken);
        var row = await resources.FindAsync(connection, id, cancellationToken);
        return PostgresView.Accepted(201, row!, operation, $"restore of {Name(source.Name)} to {(target.Type == "default" ? Words("latest") : Of($"{Name(target.Type)} {Name(target.Target)}"))}") with { Policy = decision.Note };
    }
}
