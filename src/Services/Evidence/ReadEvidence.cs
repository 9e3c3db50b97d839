using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Services.Evidence.Bundles;
using Beffroi.Services.Evidence.Frameworks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Services.Evidence;

/// <summary><c>GET …/evidence</c> and below: what checks found, what that shows of a framework's requirements, and all of it signed.</summary>
internal static class ReadEvidence
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(EvidenceRoutes.Findings, Findings)
            .Describe(
                "listEvidenceFindings", EvidenceRoutes.Tag, "List what checks found",
                "Every check of the organization with what it found when it ran last, and until when that may be relied on. They run every minute.", 400, 403, 404)
            .Produces<Page<EvidenceFinding>>();
        routes.MapGet(EvidenceRoutes.Frameworks, FrameworkList)
            .Describe("listEvidenceFrameworks", EvidenceRoutes.Tag, "List frameworks", "The lists of requirements that evidence is ordered by.", 400, 403, 404)
            .Produces<Page<EvidenceFramework>>();
        routes.MapGet(EvidenceRoutes.One, One)
            .Describe(
                "getFrameworkEvidence", EvidenceRoutes.Tag, "Read a framework's requirements with what is known of each",
                "A check shows what it says and no more; whether that is enough for a requirement is the auditor's to judge.", 400, 403, 404)
            .Produces<FrameworkEvidence>();
        routes.MapGet(EvidenceRoutes.Bundle, Bundle)
            .Describe(
                "exportEvidence", EvidenceRoutes.Tag, "Export a framework's evidence as a signed bundle",
                "A ZIP archive: pages to read, OSCAL documents, what is configured that checks judge by, as far as the caller may read it elsewhere, the ledger's entries with their proofs and the signed evidence of verifications; its manifest is a C2SP signed note under the key of "
                + "the organization's ledger. `beffroi verify evidence` verifies it offline. 409 while the ledger has no checkpoint yet.",
                400, 403, 404, 409)
            .Produces<byte[]>(200, "application/zip");
    }

    private static Task<IResult> Findings(string organization, HttpContext http, Reads reads, EvidenceReading reading) =>
        reads.OrganizationAsync(http, organization, Permission.EvidenceRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(
                new Page<EvidenceFinding>(await reading.FindingsAsync(connection, id, http.RequestAborted), null), WireJson.Default.PageEvidenceFinding));

    private static Task<IResult> FrameworkList(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.EvidenceRead, (_, _) => Task.FromResult(
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<EvidenceFramework>([.. Framework.All.Values.Select(f => f.View)], null), WireJson.Default.PageEvidenceFramework)));

    private static Task<IResult> One(string organization, string framework, HttpContext http, Reads reads, EvidenceReading reading) =>
        reads.OrganizationAsync(http, organization, Permission.EvidenceRead, async (connection, id) =>
            Query.Check(http) is { } bad ? bad
            : Framework.All.GetValueOrDefault(framework) is { } known
                ? (Result<IResult>)Answer.Json(await reading.OfAsync(connection, known, id, organization, http.RequestAborted), WireJson.Default.FrameworkEvidence)
                : Problems.NotFound);

    private static Task<IResult> Bundle(string organization, string framework, HttpContext http, Reads reads, EvidenceBundle bundle) =>
        reads.OrganizationAsync(http, organization, Permission.EvidenceRead, async (connection, id) =>
        {
            if (Query.Check(http) is { } bad)
            {
                return bad;
            }

            if (Framework.All.GetValueOrDefault(framework) is not { } known)
            {
                return Problems.NotFound;
            }

            http.Response.Headers.CacheControl = "no-store";
            var rights = ApiRequest.Of(http).Rights!;
            return await bundle.MakeAsync(connection, known, id, organization, permission => rights.Allows(permission, AccessScope.Organization), http.RequestAborted) is { } bytes
                ? (Result<IResult>)TypedResults.Bytes(bytes, "application/zip")
                : Problem.Conflict("no-checkpoint", "There is nothing to sign with yet", "The organization's ledger has no checkpoint yet: it has one a second or two after its first entry.");
        });
}
