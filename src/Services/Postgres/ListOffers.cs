using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Services.Postgres.Parameters;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Services.Postgres;

/// <summary><c>GET …/postgres-parameters</c> and <c>…/postgres-extensions</c>: what a spec can name.</summary>
internal static class ListOffers
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(PostgresRoutes.Parameters, ParametersAsync)
            .Describe("listPostgresParameters", PostgresRoutes.Tag, "List the parameters that a PostgreSQL can have", "In order of name, all on one page. How much is allowed follows from the size and the storage.", 400, 403, 404)
            .Produces<Page<PostgresParameter>>()
            .WithQuery("version", "Major version of PostgreSQL; 17 unless told.")
            .WithQuery("size", "The nodes' size; without it, what the largest can have.")
            .WithQuery("storage", "The data volume's size; without it, what the largest can have.")
            .WithExample(200, PostgresExamples.Parameters);
        routes.MapGet(PostgresRoutes.Extensions, ExtensionsAsync)
            .Describe("listPostgresExtensions", PostgresRoutes.Tag, "List the extensions that a PostgreSQL can have", "In order of name, all on one page.", 400, 403, 404)
            .Produces<Page<PostgresExtensionOffer>>()
            .WithExample(200, """{ "items": [{ "name": "vector", "description": "Vectors of numbers, and the search for the nearest." }] }""");
    }

    private static Task<IResult> ParametersAsync(string organization, string space, HttpContext http, Reads reads) =>
        reads.SpaceAsync(http, organization, space, Permission.PostgresRead, (_, _) =>
        {
            if (Query.Check(http, "version", "size", "storage") is { } bad)
            {
                return Task.FromResult<Result<IResult>>(bad);
            }

            var largest = PostgresSizes.All[^1].Name;
            var spec = new PostgresSpec(http.Request.Query["version"].FirstOrDefault() ?? "17", http.Request.Query["size"].FirstOrDefault() ?? largest, http.Request.Query["storage"].FirstOrDefault() ?? "16TiB");
            var errors = PostgresRules.Check(spec).Select(error => error with { Field = error.Field.Replace("spec.", "", StringComparison.Ordinal) }).ToArray();
            return Task.FromResult(errors.Length > 0
                ? Problems.BadQuery(errors[0])
                : (Result<IResult>)Answer.Json(
                    new Page<PostgresParameter>([.. ParameterCatalogue.Of(spec.Version).OrderBy(d => d.Name, StringComparer.Ordinal).Select(d => d.Shown(ParameterRules.ScopeOf(spec)))], null),
                    WireJson.Default.PagePostgresParameter));
        }, within: true);

    private static Task<IResult> ExtensionsAsync(string organization, string space, HttpContext http, Reads reads) =>
        reads.SpaceAsync(http, organization, space, Permission.PostgresRead, (_, _) => Task.FromResult(
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(new Page<PostgresExtensionOffer>(PostgresExtensions.All, null), WireJson.Default.PagePostgresExtensionOffer)), within: true);
}
