using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Services.Postgres.Roles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary><c>GET …/postgres/{name}/credentials</c>: each reading, and each refused one, is in the ledger before it is answered.</summary>
internal sealed class ReadPostgresCredentials(
    Changes changes, Scopes scopes, IResources resources, ISeals seals, RolePasswords passwords, IAuthorities authorities)
{
    private static readonly Problem NotReady = Problem.Conflict(
        "not-ready", "The credentials don't exist yet", "The PostgreSQL is still being made. Follow its operation, and read the credentials when it is ready.");

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(
                PostgresRoutes.One + "/credentials",
                (string organization, string space, string name, HttpContext http, ReadPostgresCredentials read) =>
                    read.HandleAsync(organization, space, name, http))
            .Describe(
                "readPostgresCredentials", PostgresRoutes.Tag, "Read the credentials",
                "All that is needed to connect, with the certificate authority to verify the server by: as `app`, or as another role of the spec. Every reading is recorded in the ledger.",
                400, 403, 404, 409, 503)
            .Record(Permission.PostgresCredentialsRead)
            .Produces<PostgresCredentials>()
            .WithQuery("role", "A role of the spec that signs in with a password; without, `app`.")
            .WithExample(200, PostgresExamples.Credentials);

    private Task<IResult> HandleAsync(string organization, string space, string name, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresCredentialsRead, token),
            (connection, scope, token) => ReadAsync(http, connection, scope, name, token),
            http.RequestAborted,
            keepAnswer: false);

    private async Task<Result<Accepted>?> ReadAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, CancellationToken cancellationToken)
    {
        if (Query.Check(http, "role") is { } bad)
        {
            return bad;
        }

        var row = ResourceName.IsValid(name)
            ? await resources.FindByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken)
            : null;
        if (row is null)
        {
            return Problems.NotFound;
        }

        if (row.DeletionRequestedAt is not null)
        {
            return Problem.Conflict("being-deleted", "The resource is being deleted", "Its credentials are no longer given out.");
        }

        if (await PostgresSeal.RefuseAsync(seals, connection, space.OrganizationId, cancellationToken) is { } isSealed)
        {
            return isSealed;
        }

        var (role, spec) = ((string?)http.Request.Query["role"] ?? PostgresKind.Application, PostgresView.Spec(row));
        if (!RolePasswords.Of(spec).Contains(role))
        {
            return Problems.BadQuery(new FieldError("role", "There is no such role whose password the platform knows.", string.Join(", ", RolePasswords.Of(spec))));
        }

        var reader = PostgresView.Status(row).Reader;
        if (PostgresView.Status(row).Endpoint is not { } endpoint)
        {
            return NotReady;
        }

        try
        {
            using var password = await passwords.PasswordAsync(connection, row, role, cancellationToken);
            var authority = await authorities.FindPemAsync(connection, AuthorityId.Servers(space.Id, space.OrganizationId), cancellationToken);
            if (password is null || authority is null)
            {
                return NotReady;
            }

            var credentials = new PostgresCredentials(
                endpoint.Host, endpoint.Address, endpoint.Port, DatabaseOf(spec, role), role, password.RevealText(), authority,
                reader?.Host, reader?.Address, endpoint.PoolerPort);
            return new Accepted(200, JsonSerializer.Serialize(credentials, WireJson.Default.PostgresCredentials))
            {
                ResourceId = row.Id,
                Generation = row.Generation,
            };
        }
        catch (KeyUnavailableException)
        {
            return PostgresSeal.KeyUnavailable;
        }
    }

    // Where it is at home: what it owns, or where everybody is.
    private static string DatabaseOf(PostgresSpec spec, string role) =>
        spec.Databases?.FirstOrDefault(database => database.Owner == role && role != PostgresKind.Application)?.Name ?? PostgresKind.Application;
}
