using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Sovereignty;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What customers state for rules to be applied to, and what the rules say.</summary>
internal sealed class PolicyEndpoints(Changes changes, Scopes scopes, Reads reads, IPolicy policy, Approvals approvals, TimeProvider time)
{
    private const string Organization = "/v1/organizations/{organization}", Space = Organization + "/spaces/{space}";
    private const string Limits = Organization + "/policy/limits", Derogations = Organization + "/policy/derogations", Tag = "Policy";
    private const int MostListed = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Space + "/policy", (string organization, string space, HttpContext http, PolicyEndpoints own) => own.ExplainAsync(organization, space, http))
            .Describe("explainPolicy", Tag, "Read what every rule says of a space", "Its label, and of each rule whether it applies, why, and what comes of it today. Everything in the space has its label.", 400, 403, 404)
            .Produces<SpacePolicy>();
        routes.MapPut(Space + "/label", (string organization, string space, HttpContext http, PolicyEndpoints own) => own.StateAsync(organization, space, http))
            .Describe(
                "putSpaceLabel", Tag, "State what a space's data are",
                "All of the label. It is accepted even where a rule then refuses such data in the zone: the condition PolicyHolds says so, and nothing new is admitted. To state less than before needs a second person under the two-person rule.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.PolicyManage)
            .Accepts<SpaceLabel>("application/json")
            .Produces<SpacePolicy>()
            .WithExample(0, """{ "controller": "hospital", "secret": ["medical"], "harms": ["health-life"], "personal": true, "health": true }""");
        routes.MapGet(Limits, (string organization, HttpContext http, PolicyEndpoints own) => own.ReadLimitsAsync(organization, http))
            .Describe("getPolicyLimits", Tag, "Read the organization's limits", "The countries and sites in which it lets its data be.", 400, 403, 404)
            .Produces<PolicyLimits>();
        routes.MapPut(Limits, (string organization, HttpContext http, PolicyEndpoints own) => own.LimitAsync(organization, http))
            .Describe("putPolicyLimits", Tag, "Set the organization's limits", "What is left out is not limited. Every space of the organization is evaluated anew.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.PolicyManage)
            .Accepts<PolicyLimits>("application/json")
            .Produces<PolicyLimits>()
            .WithExample(0, """{ "countries": ["FR"] }""");
        routes.MapGet(Derogations, (string organization, HttpContext http, PolicyEndpoints own) => own.ListAsync(organization, http))
            .Describe("listDerogations", Tag, "List derogations", "What authorities granted, as the organization recorded it, by name; those that have expired, too.", 400, 403, 404)
            .Produces<Contracts.Page<Derogation>>();
        routes.MapPut(Derogations + "/{derogation}", (string organization, string derogation, HttpContext http, PolicyEndpoints own) => own.DerogateAsync(organization, derogation, http))
            .Describe(
                "putDerogation", Tag, "Record a derogation", "That an authority has granted and published. Under the two-person rule this needs a second person.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.PolicyManage)
            .Accepts<PutDerogation>("application/json")
            .Produces<Derogation>()
            .WithExample(0, """{ "rules": ["r9-qualification"], "space": "archive", "authority": "A minister", "reference": "2026-12", "publication": "https://authority.example/2026-12", "expires": "2027-11-30" }""");
        routes.MapDelete(Derogations + "/{derogation}", (string organization, string derogation, HttpContext http, PolicyEndpoints own) => own.RemoveAsync(organization, derogation, http))
            .Describe("deleteDerogation", Tag, "Remove a derogation", "The ledger keeps that it was there.", 400, 403, 404, 409, 503)
            .Record(Permission.PolicyManage)
            .Produces<Derogation>();
    }

    private Task<IResult> ExplainAsync(string organization, string space, HttpContext http) =>
        reads.SpaceAsync(http, organization, space, Permission.PolicyRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await policy.ExplainAsync(connection, scope.Id, http.RequestAborted), WireJson.Default.SpacePolicy));

    private Task<IResult> StateAsync(string organization, string space, HttpContext http) =>
        changes.RunAsync<SpaceRecord, SpaceLabel>(
            http, Permission.PolicyManage, WireJson.Default.SpaceLabel, (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.PolicyManage, token),
            async (connection, scope, label, token) =>
            {
                if (Labels.Check(label).ToList() is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                await ZoneTable.TakeTurnAsync(connection, scope.Zone, token);
                var before = (await policy.ExplainAsync(connection, scope.Id, token)).Label;
                var content = JsonSerializer.Serialize(label, WireJson.Default.SpaceLabel);
                if (Labels.Lessens(before, label)
                    && await approvals.CheckAsync(http, connection, scope.OrganizationId, Permission.PolicyManage, $"label of {organization}/{space} ({scope.Id:D}): sha256 {Sha256(content)}", token) is { } alone)
                {
                    return alone;
                }

                await policy.StateAsync(connection, scope.Id, label, ApiRequest.Of(http).Actor, token);
                var shown = await policy.ExplainAsync(connection, scope.Id, token);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(shown, WireJson.Default.SpacePolicy))
                {
                    ResourceId = scope.Id,
                    Note = $"label {Stated(content)}",
                    Policy = new PolicyDecision(shown.Rules).Note,
                };
            });

    private Task<IResult> ReadLimitsAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.PolicyRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await PolicyTable.LimitsAsync(connection, id, http.RequestAborted), WireJson.Default.PolicyLimits));

    private Task<IResult> LimitAsync(string organization, HttpContext http) =>
        changes.RunAsync<Guid, PolicyLimits>(http, Permission.PolicyManage, WireJson.Default.PolicyLimits, Enter(http, organization), async (connection, id, wanted, token) =>
        {
            var errors = new List<FieldError>();
            if (wanted.Countries is { } countries && !(countries.Count is > 0 and <= MostListed && countries.All(Countries.Exists)))
            {
                errors.Add(new FieldError("countries", "These are not countries.", $"1 to {MostListed}: {Countries.Form}; left out for no limit"));
            }

            if (wanted.Sites is { } sites && !(sites.Count is > 0 and <= MostListed && sites.All(s => IsText(s, 200))))
            {
                errors.Add(new FieldError("sites", "These are not names of sites.", $"1 to {MostListed} names as the zone declares them; left out for no limit"));
            }

            if (errors.Count > 0)
            {
                return Problem.Invalid(errors);
            }

            var content = JsonSerializer.Serialize(wanted, WireJson.Default.PolicyLimits);
            var before = await PolicyTable.LimitsAsync(connection, id, token);
            if ((Loosens(before.Countries, wanted.Countries) || Loosens(before.Sites, wanted.Sites))
                && await approvals.CheckAsync(http, connection, id, Permission.PolicyManage, $"limits of {organization}: sha256 {Sha256(content)}", token) is { } alone)
            {
                return alone;
            }

            await PolicyTable.LimitAsync(connection, id, wanted, token);
            var decided = await policy.EvaluateAsync(connection, token, id, ApiRequest.Of(http).Actor);
            return (Result<Accepted>?)new Accepted(200, content) { Note = $"limits {Stated(content)}", Policy = decided };
        });

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.PolicyRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Contracts.Page<Derogation>(await PolicyTable.DerogationsAsync(connection, id, http.RequestAborted), null), WireJson.Default.PageDerogation));

    private Task<IResult> DerogateAsync(string organization, string name, HttpContext http) =>
        changes.RunAsync<Guid, PutDerogation>(http, Permission.PolicyManage, WireJson.Default.PutDerogation, Enter(http, organization), async (connection, id, wanted, token) =>
        {
            if (Check(name, wanted) is { Count: > 0 } errors)
            {
                return Problem.Invalid(errors);
            }

            var content = JsonSerializer.Serialize(wanted, WireJson.Default.PutDerogation);
            if (await approvals.CheckAsync(http, connection, id, Permission.PolicyManage, $"derogation {name} for {organization}/{wanted.Space}: sha256 {Sha256(content)}", token) is { } alone)
            {
                return alone;
            }

            var all = await PolicyTable.DerogationsAsync(connection, id, token);
            if (all.Count >= PolicyTable.MostDerogations && all.TrueForAll(d => d.Name != name))
            {
                return Problem.Conflict("too-many-derogations", "There are too many derogations", $"An organization has {PolicyTable.MostDerogations} at most. Remove one that has expired first.");
            }

            await PolicyTable.DerogateAsync(connection, id, name, wanted, ApiRequest.Of(http).Actor, token);
            await policy.EvaluateAsync(connection, token, id, ApiRequest.Of(http).Actor);
            var kept = (await PolicyTable.DerogationsAsync(connection, id, token)).First(d => d.Name == name);
            return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(kept, WireJson.Default.Derogation))
            {
                Note = $"derogation {Name(name)}: {Join(", ", wanted.Rules.Select(Name))} for space {Name(wanted.Space)}, {Stated(wanted.Authority)}, {Stated(wanted.Reference)}, until {wanted.Expires}; sha256 {Sha256(content)}",
                Policy = await DecidedAsync(connection, id, wanted.Space, token),
            };
        });

    private Task<IResult> RemoveAsync(string organization, string name, HttpContext http) =>
        changes.RunAsync(http, [], Enter(http, organization), async (connection, id, token) =>
        {
            if (Query.Check(http) is { } bad)
            {
                return bad;
            }

            if ((await PolicyTable.DerogationsAsync(connection, id, token)).Find(d => d.Name == name) is not { } found)
            {
                return Problems.NotFound;
            }

            await PolicyTable.RemoveAsync(connection, id, name, token);
            await policy.EvaluateAsync(connection, token, id, ApiRequest.Of(http).Actor);
            return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(found, WireJson.Default.Derogation))
            {
                Note = $"derogation {Name(name)} removed",
                Policy = await DecidedAsync(connection, id, found.Space, token),
            };
        }, http.RequestAborted);

    // What the rules say now of the space that a derogation names; a space to come has no decision yet.
    private async Task<LedgerReason?> DecidedAsync(NpgsqlConnection connection, Guid organization, string space, CancellationToken cancellationToken) =>
        await connection.Statement("select id from platform.spaces where organization_id = $1 and name = $2", organization, space).ListAsync(r => r.GetGuid(0), cancellationToken) is [var id]
            ? (await policy.FindAsync(connection, id, cancellationToken))?.Note
            : null;

    private List<FieldError> Check(string name, PutDerogation wanted)
    {
        var derogable = RuleBook.This.Rules.Where(r => r.Derogable).Select(r => r.Id).ToList();
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        FieldError?[] errors =
        [
            ResourceName.Check("derogation", name),
            wanted.Rules is { Count: > 0 } rules && rules.All(derogable.Contains) && rules.Distinct().Count() == rules.Count ? null
                : new FieldError("rules", "There is no derogation from this.", "each once: " + string.Join(", ", derogable)),
            ResourceName.Check("space", wanted.Space ?? ""),
            IsText(wanted.Authority, 200) ? null : new FieldError("authority", "Say who granted it.", "1 to 200 characters on one line"),
            IsText(wanted.Reference, 200) ? null : new FieldError("reference", "Say which decision it is.", "1 to 200 characters on one line"),
            IsText(wanted.Publication, 500) ? null : new FieldError("publication", "Say where it is published.", "1 to 500 characters on one line"),
            wanted.Expires >= today && wanted.Expires.Year < 2100 ? null : new FieldError("expires", "A derogation has an end, which is not past.", $"{today:O} or later"),
        ];
        return [.. errors.OfType<FieldError>()];
    }

    private Func<NpgsqlConnection, CancellationToken, Task<Result<Guid>>> Enter(HttpContext http, string organization) =>
        (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.PolicyManage, token);

    private static bool Loosens(IReadOnlyList<string>? before, IReadOnlyList<string>? after) => before is not null && (after is null || after.Except(before).Any());

    private static bool IsText(string? text, int longest) => !string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Any(char.IsControl);
}
