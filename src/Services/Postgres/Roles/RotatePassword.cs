using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Postgres.Roles;

/// <summary>
/// <c>POST …/postgres/{name}/roles/{role}/rotate-password</c>: another password, which is the one of the credentials at once and PostgreSQL's when the operation has ended.
/// </summary>
internal sealed class RotatePassword(Changes changes, Scopes scopes, PostgresOperations operations, RolePasswords passwords)
{
    private const string Verb = "rotate-password";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(
                PostgresRoutes.RotatePassword,
                (string organization, string space, string name, string role, HttpContext http, RotatePassword rotate) => rotate.HandleAsync(organization, space, name, role, http))
            .Describe(
                "rotatePostgresPassword", PostgresRoutes.Tag, "Replace a role's password",
                "Of `app`, or of a role of the spec that signs in with a password. From the operation's end on nobody signs in with the one of before; who is signed in stays so. "
                + "The new one is in the credentials.",
                400, 403, 404, 409, 422, 503)
            .Record(Permission.PostgresCredentialsRotate)
            .Produces<Operation>(202)
            .WithIdempotencyKey(202)
            .WithResponseHeader("Operation-Location", "The operation.", 202)
            .WithExample(202, PostgresExamples.Operation);

    private Task<IResult> HandleAsync(string organization, string space, string name, string role, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.ResourceAsync(http, connection, organization, space, PostgresRoutes.Kind, name, Permission.PostgresCredentialsRotate, token),
            (connection, scope, token) => RotateAsync(http, connection, scope, name, role, token),
            http.RequestAborted);

    private async Task<Result<Accepted>?> RotateAsync(
        HttpContext http, NpgsqlConnection connection, SpaceRecord space, string name, string role, CancellationToken cancellationToken) =>
        Query.Check(http) is { } bad ? bad
        : await operations.BeginAsync(
            connection, space, name, Verb,
            async row =>
            {
                if (!RolePasswords.Of(PostgresView.Spec(row)).Contains(role))
                {
                    return Problems.NotFound;
                }

                try
                {
                    await passwords.ReplaceAsync(connection, row, role, cancellationToken);
                    return null;
                }
                catch (KeyUnavailableException)
                {
                    return PostgresSeal.KeyUnavailable;
                }
            },
            cancellationToken);
}
