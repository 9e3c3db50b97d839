using System.Text;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Services.Isolation;

/// <summary><c>GET …/isolation-verifications</c> and below: results, evidence, and the bare verdict for whoever may know no more.</summary>
internal static class ReadVerifications
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(IsolationRoutes.All, List)
            .Describe("listIsolationVerifications", IsolationRoutes.Tag, "List verifications of a space's isolation", "In order of name, which is that of time.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<IsolationVerification>>();
        routes.MapGet(IsolationRoutes.One, Get)
            .Describe("getIsolationVerification", IsolationRoutes.Tag, "Read a verification", "Every attempt with what was expected and what was observed.", 400, 403, 404)
            .Produces<IsolationVerification>();
        routes.MapGet(IsolationRoutes.One + "/verdict", GetVerdict)
            .Describe("getIsolationVerdict", IsolationRoutes.Tag, "Read a verification's verdict", "Only whether it passed: what was tried on whom is the organization's to know.", 400, 403, 404)
            .Produces<IsolationVerdict>();
        routes.MapGet(IsolationRoutes.One + "/evidence", GetEvidence)
            .Describe(
                "getIsolationEvidence", IsolationRoutes.Tag, "Read a verification's signed evidence",
                "A C2SP signed note under the key of the organization's ledger; `beffroi verify evidence` verifies it offline. Not there while it runs (404).", 400, 403, 404)
            .Produces<string>(200, "text/plain");
    }

    private static Task<IResult> List(string organization, string space, HttpContext http, Reads reads, IResources resources) =>
        reads.SpaceAsync(http, organization, space, Permission.IsolationRead, async (connection, scope) =>
        {
            var (limit, after) = (Query.Limit(http), Query.PageToken(http, ResourceName.IsValid));
            if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? after.Problem) is { } bad)
            {
                return bad;
            }

            var found = await resources.ListAsync(
                connection, scope.Id, IsolationRoutes.Kind, after.Value, LabelSelector.Parse("selector", null).Value!, limit.Value + 1, http.RequestAborted);
            var page = Answer.Page(found, limit.Value, row => row.Name);
            return (Result<IResult>)Answer.Json(
                new Page<IsolationVerification>([.. page.Items.Select(VerificationView.Of)], page.NextPageToken), WireJson.Default.PageIsolationVerification);
        });

    private static Task<IResult> Get(string organization, string space, string verification, HttpContext http, Reads reads, IResources resources) =>
        OneAsync(organization, space, verification, Permission.IsolationRead, http, reads, resources, (_, row) =>
            Task.FromResult((Result<IResult>)Answer.Json(VerificationView.Of(row), WireJson.Default.IsolationVerification)));

    private static Task<IResult> GetVerdict(string organization, string space, string verification, HttpContext http, Reads reads, IResources resources) =>
        OneAsync(organization, space, verification, Permission.IsolationVerify, http, reads, resources, (_, row) =>
            Task.FromResult((Result<IResult>)Answer.Json(VerificationView.Verdict(row), WireJson.Default.IsolationVerdict)));

    private static Task<IResult> GetEvidence(string organization, string space, string verification, HttpContext http, Reads reads, IResources resources) =>
        OneAsync(organization, space, verification, Permission.IsolationRead, http, reads, resources, async (connection, row) =>
            await VerificationStore.FindEvidenceAsync(connection, row.Id, http.RequestAborted) is { } note
                ? (Result<IResult>)TypedResults.Text(note, "text/plain", Encoding.UTF8)
                : Problems.NotFound);

    private static Task<IResult> OneAsync(
        string organization, string space, string verification, string permission, HttpContext http, Reads reads, IResources resources,
        Func<NpgsqlConnection, ResourceRow, Task<Result<IResult>>> show) =>
        reads.SpaceAsync(http, organization, space, permission, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(verification) && await resources.FindByNameAsync(connection, scope.Id, IsolationRoutes.Kind, verification, http.RequestAborted) is { } row
                ? await show(connection, row)
                : Problems.NotFound);
}
