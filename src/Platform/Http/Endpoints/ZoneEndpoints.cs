using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Sovereignty;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What the operator declares of zones, which every customer's people read; and the rules.</summary>
internal sealed class ZoneEndpoints(Changes changes, Scopes scopes, Reads reads, Register register, IPolicy policy, PlatformOptions options)
{
    private const string Zone = "/v1/zones/{zone}", Rules = "/v1/policy/rules", Tag = "Policy", Manage = "operator.zone.manage";
    private const string Example =
        """
        { "country": "FR", "operator": "Hospital group", "commercial": false, "isolation": "vm", "sites": [{ "name": "site-a", "country": "FR" }],
          "owners": [{ "name": "Region", "outsideEu": false, "capital": 100, "votes": 100 }],
          "qualifications": [{ "kind": "hds", "by": "A certification body", "reference": "123", "from": "2026-01-01", "until": "2028-12-31", "activities": [1, 2, 3, 4, 6] }] }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        One(routes.MapGet(Zone, (string zone, HttpContext http, ZoneEndpoints own) => own.AnyoneAsync(http, connection => own.OneAsync(http, connection, zone))), "getZone");
        One(routes.MapGet("/operator" + Zone, (string zone, HttpContext http, ZoneEndpoints own) => own.OperatorAsync(http, connection => own.OneAsync(http, connection, zone))), "operatorGetZone");
        routes.MapGet("/operator/v1/zones", (HttpContext http, ZoneEndpoints own) => own.OperatorAsync(http, connection => own.ListAsync(http, connection)))
            .Describe("operatorListZones", Tag, "List the zones", "Each with what is declared of it. Today there is one.", 400, 403)
            .Produces<Page<Zone>>();
        All(routes.MapGet(Rules, (HttpContext http, ZoneEndpoints own) => own.AnyoneAsync(http, _ => RulesAsync(http))), "listPolicyRules");
        All(routes.MapGet("/operator" + Rules, (HttpContext http, ZoneEndpoints own) => own.OperatorAsync(http, _ => RulesAsync(http))), "operatorListPolicyRules");
        routes.MapPut("/operator" + Zone, (string zone, HttpContext http, ZoneEndpoints own) => own.PutAsync(http, zone))
            .Describe(
                "operatorPutZone", Tag, "Declare what a zone is and holds",
                "All of it: what is left out is not known, and no rule takes it for granted. Every space in the zone is evaluated anew, every customer can read it, and what was declared before is kept.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Manage)
            .Accepts<ZoneDeclaration>("application/json")
            .Produces<Zone>()
            .WithExample(0, Example);
    }

    private static void One(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "Read what is declared of a zone", "Its country, operator and owners, what it holds and until when, its sites, what keeps instances apart, and the laws of other countries that it is exposed to.", 400, 403, 404)
        .Produces<Zone>();

    private static void All(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "List the rules", "Each with what it asks for, and where it comes from.", 400, 403)
        .Produces<Page<PolicyRule>>();

    private static Task<Result<IResult>> RulesAsync(HttpContext http) => Task.FromResult(
        Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(new Page<PolicyRule>(RuleBook.Shown, null), WireJson.Default.PagePolicyRule));

    private Task<IResult> AnyoneAsync(HttpContext http, Func<NpgsqlConnection, Task<Result<IResult>>> read) => reads.AnyoneAsync(http, read);

    private Task<IResult> OperatorAsync(HttpContext http, Func<NpgsqlConnection, Task<Result<IResult>>> read) => reads.OperatorAsync(http, OperatorPermission.ZoneRead, read);

    private async Task<Result<IResult>> OneAsync(HttpContext http, NpgsqlConnection connection, string zone) =>
        Query.Check(http) is { } bad ? bad
        : zone != options.Zone.Name ? Problems.NotFound
        : (Result<IResult>)Answer.Json(await ZoneTable.FindAsync(connection, zone, http.RequestAborted), WireJson.Default.Zone);

    private async Task<Result<IResult>> ListAsync(HttpContext http, NpgsqlConnection connection) =>
        Query.Check(http) is { } bad ? bad
        : (Result<IResult>)Answer.Json(new Page<Zone>([await ZoneTable.FindAsync(connection, options.Zone.Name, http.RequestAborted)], null), WireJson.Default.PageZone);

    private Task<IResult> PutAsync(HttpContext http, string zone) =>
        changes.RunAsync<OperatorPrincipal, ZoneDeclaration>(
            http, Manage, WireJson.Default.ZoneDeclaration, (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.ZoneManage, token), async (connection, _, wanted, token) =>
            {
                if (zone != options.Zone.Name)
                {
                    return Problems.NotFound;
                }

                if (ZoneChecks.Check(wanted, await register.ReadAsync(connection, token)) is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                await ZoneTable.TakeTurnAsync(connection, zone, token);
                var content = JsonSerializer.Serialize(wanted, WireJson.Default.ZoneDeclaration);
                var kept = await ZoneTable.KeepAsync(connection, zone, content, ApiRequest.Of(http).Actor, token);
                var decided = await policy.EvaluateAsync(connection, token, by: ApiRequest.Of(http).Actor);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(kept, WireJson.Default.Zone))
                {
                    Note = $"{Name(zone)}: {Join(", ", (wanted.Qualifications ?? []).Select(Said)) ?? Words("no qualification")}; sha256 {Sha256(content)}",
                    Policy = decided,
                };
            });

    private static LedgerReason Said(ZoneQualification qualification) => $"{Name(qualification.Kind)} {Stated(qualification.Reference)} until {qualification.Until}";
}
