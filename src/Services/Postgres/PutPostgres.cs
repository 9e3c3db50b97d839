using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>
/// <c>PUT …/postgres/{name}</c>: reads and checks the request, then creates (<see cref="CreatePostgres"/>) or changes
/// (<see cref="ChangePostgres"/>), by what is there.
/// </summary>
internal sealed class PutPostgres(Changes changes, Scopes scopes, IResources resources, ISeals seals, CreatePostgres create, ChangePostgres change)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut(
                PostgresRoutes.One,
                (string organization, string space, string name, HttpContext http, PutPostgres put) => put.HandleAsync(organization, space, name, http))
            .Describe(
                "putPostgres", PostgresRoutes.Tag, "Create or change a PostgreSQL",
                "Creates it if there is none of that name (201). If it exists and nothing differs, nothing happens (200). A change needs the ETag that "
                + "you read in If-Match. Storage can grow, not shrink; size and availability can be changed while the database serves; the version can't be changed. "
                + "The operation in Operation-Location shows the progress.",
                400, 403, 404, 409, 412, 413, 415, 422, 428, 503)
            .Record(Permission.PostgresCreate)
            .Accepts<PutResource<PostgresSpec>>("application/json")
            .Produces<Resource<PostgresSpec, PostgresStatus>>(200)
            .Produces<Resource<PostgresSpec, PostgresStatus>>(201)
            .WithHeader("If-Match", "The ETag of the state that you want to change; `*` for whatever it is.")
            .WithHeader("If-None-Match", "`*`: only create, never change.")
            .WithIdempotencyKey(200, 201)
            .WithResponseHeader("ETag", "Changes with everything shown.", 200, 201)
            .WithResponseHeader("Location", "The resource.", 201)
            .WithResponseHeader("Operation-Location", "The operation that was begun.", 200, 201)
            .WithExample(0, PostgresExamples.Put)
            .WithExample(200, PostgresExamples.Resource)
            .WithExample(201, PostgresExamples.Resource);

    private async Task<IResult> HandleAsync(string organization, string space, string name, HttpContext http)
    {
        ApiRequest.Of(http).Action = Permission.PostgresCreate;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return !body.Ok
            ? new Refused(body.Problem)
            : await changes.RunAsync(
                http,
                body.Value,
                (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresRead, token),
                (connection, scope, token) => PutAsync(http, connection, scope, name, body.Value, token),
                http.RequestAborted);
    }

    private async Task<Result<Accepted>?> PutAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, byte[] body, CancellationToken cancellationToken)
    {
        var existing = ResourceName.IsValid(name)
            ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken)
            : null;
        var permission = existing is null ? Permission.PostgresCreate : Permission.PostgresUpdate;
        ApiRequest.Of(http).Action = permission;
        if ((Query.Check(http) ?? scopes.Check(http, space, permission, existing?.Id)) is { } refused)
        {
            return refused;
        }

        var conditions = Preconditions.Read(http);
        var errors = new List<FieldError>();
        var parsed = JsonBody.Parse(body, WireJson.Default.PutResourcePostgresSpec, errors);
        if (!conditions.Ok || !parsed.Ok)
        {
            return conditions.Problem ?? parsed.Problem!;
        }

        errors.AddRange(PostgresRules.Check(name, parsed.Value));
        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        var wanted = new WantedPostgres(name, PostgresRules.Normal(parsed.Value.Spec), parsed.Value.Labels ?? new Dictionary<string, string>());
        return existing is null
            ? await create.RunAsync(connection, space, wanted, conditions.Value, cancellationToken)
            : await change.RunAsync(http, connection, existing, wanted, conditions.Value, cancellationToken);
    }
}

/// <summary>What was asked for, checked and in normal form.</summary>
internal sealed record WantedPostgres(string Name, PostgresSpec Spec, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>What it takes of a quota: all of its nodes.</summary>
    public Demand Demand => PostgresSize.TryGet(Spec.Size, out var size) && ByteSize.TryParse(Spec.Storage, out var storage)
        ? new Demand(PostgresRoutes.Kind, size.Cpus * Nodes, size.MemoryBytes * Nodes, storage.Bytes * Nodes, Nodes, Spec.Stopped)
        : throw new InvalidOperationException("The spec was not checked.");

    private int Nodes => Spec.Availability == PostgresKind.Single ? 1 : 3;

    public string SpecJson => JsonSerializer.Serialize(Spec, WireJson.Default.PostgresSpec);
}
