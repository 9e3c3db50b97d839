using Beffroi.Contracts;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Who am I, what is in an image, is it alive.</summary>
internal static class GeneralEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/whoami", WhoAmI)
            .Describe("whoAmI", "Identity", "Who am I?", "Tells whom the token belongs to.", 404)
            .Produces<WhoAmI>();
        routes.MapGet("/operator/v1/whoami", WhoAmI)
            .Describe("whoAmIOperator", "Identity", "Who am I?", "Tells which of the operator's accounts the token belongs to.", 404)
            .Produces<WhoAmI>();
        routes.MapGet("/v1/images/{digest}/sbom", BillOfMaterials)
            .Describe(
                "getBillOfMaterials", "Images", "Read an image's bill of materials", "The packages in an image with their versions, as CycloneDX JSON.", 404)
            .Produces<object>(200, "application/vnd.cyclonedx+json");
        routes.MapGet("/healthz", () => Results.Text("ok\n")).WithMetadata(new ForAnyone()).ExcludeFromDescription();
        routes.MapGet("/readyz", Ready).WithMetadata(new ForAnyone()).ExcludeFromDescription();
    }

    private static async Task<IResult> WhoAmI(HttpContext http, NpgsqlDataSource store)
    {
        var principal = Scopes.Anyone(http);
        string? organization = null;
        if (principal.OrganizationId is { } id)
        {
            await using var command = store.CreateCommand("select name from platform.organizations where id = $1");
            command.Parameters.Add(new() { Value = id });
            organization = await command.ExecuteScalarAsync(http.RequestAborted) as string;
        }

        return Answer.Json(new WhoAmI(principal.Name, principal.IsOperator ? "operator" : "customer", organization), WireJson.Default.WhoAmI);
    }

    private static IResult BillOfMaterials(string digest, HttpContext http, ApiOptions options)
    {
        Scopes.Anyone(http);

        // Only what can be nothing but a digest ever becomes part of a path.
        if (digest.Length != 64 || !digest.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f')))
        {
            return new Refused(Problems.NotFound);
        }

        var file = new FileInfo(Path.Combine(options.ImagesDirectory, digest + ".cdx.json"));
        return file.Exists ? Results.File(file.FullName, "application/vnd.cyclonedx+json") : new Refused(Problems.NotFound);
    }

    private static async Task<IResult> Ready(HttpContext http, NpgsqlDataSource store)
    {
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            timeout.CancelAfter(TimeSpan.FromSeconds(3));
            await using var command = store.CreateCommand("select 1");
            await command.ExecuteScalarAsync(timeout.Token);
            return Results.Text("ok\n");
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            return new Refused(new Problem("not-ready", 503, "Not ready", "Not ready; try again.", []));
        }
    }
}
