using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Sovereignty;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>How sovereign the zone is: the operator states a level for each objective, and every customer's people read it beside what is known.</summary>
internal sealed class SovereigntySheetEndpoints(SovereigntySheets sheets, Changes changes, Scopes scopes, Reads reads, PlatformOptions options)
{
    // A level is a claim about the zone: whoever declares what the zone is states it.
    private const string Path = "/v1/sovereignty/seal", Tag = "Sovereignty", Manage = "operator.zone.manage";

    private const string Example =
        """{ "level": 2, "why": { "en": "Hardware and updates come from outside the Union.", "fr": "Le matériel et les mises à jour viennent de l'extérieur de l'Union." } }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Get(routes.MapGet(Path, (HttpContext http, SovereigntySheetEndpoints own) => own.AnyoneAsync(http)), "getSovereigntySheet");
        Get(routes.MapGet("/operator" + Path, (HttpContext http, SovereigntySheetEndpoints own) => own.OperatorAsync(http)), "operatorGetSovereigntySheet");
        routes.MapPut("/operator" + Path + "/{objective}", (string objective, HttpContext http, SovereigntySheetEndpoints own) => own.PutAsync(http, objective))
            .Describe(
                "operatorPutStatedLevel", Tag, "State a level for an objective",
                "What the operator gives itself, and why. Every customer can read it, with what contradicts it, and what was stated before is kept. The answer has both.", 400, 403, 404, 413, 415, 422, 503)
            .Record(Manage)
            .Accepts<PutStatedLevel>("application/json")
            .Produces<SovereigntyObjective>()
            .WithExample(0, Example);
    }

    private static void Get(RouteHandlerBuilder route, string id) => route
        .Describe(
            id, Tag, "Read how sovereign the zone is",
            "Of each of the eight objectives of the European Union's Cloud Sovereignty Framework the level that the operator stated, what is known from its declarations and its register, and what contradicts the level. "
            + "A total only where every objective is stated.", 400, 403)
        .Produces<SovereigntySheet>();

    private Task<IResult> AnyoneAsync(HttpContext http) => reads.AnyoneAsync(http, connection => ShowAsync(http, connection));

    private Task<IResult> OperatorAsync(HttpContext http) => reads.OperatorAsync(http, OperatorPermission.SovereigntyRead, connection => ShowAsync(http, connection));

    private async Task<Result<IResult>> ShowAsync(HttpContext http, NpgsqlConnection connection) =>
        Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await sheets.ReadAsync(connection, http.RequestAborted), WireJson.Default.SovereigntySheet);

    private Task<IResult> PutAsync(HttpContext http, string objective) =>
        changes.RunAsync<OperatorPrincipal, PutStatedLevel>(
            http, Manage, WireJson.Default.PutStatedLevel, (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.ZoneManage, token), async (connection, _, wanted, token) =>
            {
                if (SealBook.This.Find(objective) is null)
                {
                    return Problems.NotFound;
                }

                if (StatedLevels.Check(wanted) is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                var content = JsonSerializer.Serialize(wanted, WireJson.Default.PutStatedLevel);
                await StatedLevels.KeepAsync(connection, options.Zone.Name, objective, wanted.Level!.Value, content, ApiRequest.Of(http).Actor, token);
                var sheet = await sheets.ReadAsync(connection, token);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(sheet.Objectives.Single(o => o.Id == objective), WireJson.Default.SovereigntyObjective))
                {
                    Note = $"{Name(objective)} SEAL-{wanted.Level.Value}; sha256 {Sha256(content)}",
                };
            });
}
