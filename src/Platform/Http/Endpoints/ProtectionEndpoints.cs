using System.Globalization;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Protection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>An organization's safeguards, and what waits for a second person.</summary>
internal sealed class ProtectionEndpoints(Changes changes, Scopes scopes, Reads reads, OrganizationSafeguards safeguards, Approvals approvals)
{
    private const string Organization = "/v1/organizations/{organization}";
    private const string Example = """{ "deletionGraceHours": 168, "immediateDeletion": false, "twoPersonRule": true, "passkeyConsents": false }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Organization + "/safeguards", (string organization, HttpContext http, ProtectionEndpoints protection) => protection.GetAsync(organization, http))
            .Describe("getSafeguards", "Protection", "Read the safeguards", "The grace of deletions, the two-person rule, and whether passkeys sign what is shown to the operator.", 400, 403, 404)
            .Produces<Safeguards>()
            .WithExample(200, Example);
        routes.MapPut(Organization + "/safeguards", (string organization, HttpContext http, ProtectionEndpoints protection) => protection.PutAsync(organization, http))
            .Describe("putSafeguards", "Protection", "Change the safeguards", "Under the two-person rule a change of them needs a second person too.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.SafeguardChange)
            .Accepts<Safeguards>("application/json")
            .Produces<Safeguards>()
            .WithExample(0, Example)
            .WithExample(200, Example);
        routes.MapGet(Organization + "/approvals", (string organization, HttpContext http, ProtectionEndpoints protection) => protection.ListAsync(organization, http))
            .Describe("listApprovals", "Protection", "List approvals", "What waits, or waited, for a second person; the newest come first.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<Approval>>();
        Decision(routes, "approve", "approveRequest", "Approve a request", true);
        Decision(routes, "refuse", "refuseRequest", "Refuse a request", false);
    }

    private static void Decision(IEndpointRouteBuilder routes, string verb, string id, string summary, bool approve) =>
        routes.MapPost(
                Organization + "/approvals/{approval}/" + verb,
                (string organization, string approval, HttpContext http, ProtectionEndpoints protection) => protection.DecideAsync(organization, approval, approve, http))
            .Describe(id, "Protection", summary, "Only what waits can be decided, and nobody approves their own request. Who asked sends the request again then.", 400, 403, 404, 409, 503)
            .Record(Permission.ApprovalDecide)
            .Produces<Approval>();

    private Task<IResult> GetAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.SafeguardRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad : (Result<IResult>)Answer.Json(await safeguards.GetAsync(connection, id, http.RequestAborted), WireJson.Default.Safeguards));

    private async Task<IResult> PutAsync(string organization, HttpContext http)
    {
        ApiRequest.Of(http).Action = Permission.SafeguardChange;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return !body.Ok ? new Refused(body.Problem) : await changes.RunAsync(
            http,
            body.Value,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.SafeguardChange, token),
            async (connection, id, token) =>
            {
                var errors = new List<FieldError>();
                var wanted = JsonBody.Parse(body.Value, WireJson.Default.Safeguards, errors);
                if ((Query.Check(http) ?? wanted.Problem) is { } bad)
                {
                    return bad;
                }

                if (wanted.Value!.DeletionGraceHours is < 0 or > 8760)
                {
                    errors.Add(new FieldError("deletionGraceHours", "This grace is not possible.", "0 to 8760 hours"));
                }

                if (errors.Count > 0)
                {
                    return Problem.Invalid(errors);
                }

                var subject = string.Create(
                    CultureInfo.InvariantCulture,
                    $"grace {wanted.Value.DeletionGraceHours} h, immediate deletion {OnOff(wanted.Value.ImmediateDeletion)}, two-person rule {OnOff(wanted.Value.TwoPersonRule)}, consents by passkey {OnOff(wanted.Value.PasskeyConsents)}");
                if (await approvals.CheckAsync(http, connection, id, Permission.SafeguardChange, subject, token) is { } refused)
                {
                    return refused;
                }

                await OrganizationSafeguards.SetAsync(connection, id, wanted.Value, token);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(wanted.Value, WireJson.Default.Safeguards)) { Note = Name(subject) };
            },
            http.RequestAborted);
    }

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.ApprovalRead, async (connection, id) =>
        {
            var page = Query.Page(http);
            if (!page.Ok)
            {
                return page.Problem;
            }

            var found = await Approvals.ListAsync(connection, id, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(found, page.Value.Limit, a => a.Id.ToString("D")), WireJson.Default.PageApproval);
        });

    private Task<IResult> DecideAsync(string organization, string approval, bool approve, HttpContext http) =>
        changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.ApprovalDecide, token),
            async (connection, id, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var decided = Guid.TryParseExact(approval, "D", out var key)
                    ? await Approvals.DecideAsync(connection, id, key, ApiRequest.Of(http).Principal!, approve, token)
                    : Problems.NotFound;
                return decided.Ok
                    ? (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(decided.Value, WireJson.Default.Approval))
                    { Note = $"{Name(decided.Value.State)} {Name(decided.Value.Action)}: {Name(decided.Value.Subject)}, asked for by {Name(decided.Value.RequestedBy)} ({key})" }
                    : decided.Problem;
            },
            http.RequestAborted);

    private static string OnOff(bool value) => value ? "on" : "off";
}
