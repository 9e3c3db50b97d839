using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Services.Evidence.Frameworks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Services.Evidence;

/// <summary>What people give their word for: a customer for their own organization, the operator's people for all. Everyone sees the operator's beside their own.</summary>
internal sealed class AttestationEndpoints(Changes changes, Scopes scopes, Reads reads, TimeProvider time)
{
    private const string Attest = "evidence.attest", Withdraw = "evidence.withdraw";
    private const int LongestStatement = 2000;
    private const string Example = """{ "statement": "The security policy was approved by the board on 3 March.", "validUntil": "2027-03-03" }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = EvidenceRoutes.One + EvidenceRoutes.Attestations + "/{requirement}";
        const string OfOperator = EvidenceRoutes.OfOperator + EvidenceRoutes.Attestations;
        Put(
            routes.MapPut(One, (string organization, string framework, string requirement, HttpContext http, AttestationEndpoints attestations) =>
                attestations.PutAsync(http, framework, requirement, attestations.InOrganization(http, organization))),
            "putAttestation", "Attest a requirement", "For the organization. It takes the place of what the organization attested of that requirement before, and is in its ledger.");
        Delete(
            routes.MapDelete(One, (string organization, string framework, string requirement, HttpContext http, AttestationEndpoints attestations) =>
                attestations.DeleteAsync(http, framework, requirement, attestations.InOrganization(http, organization))),
            "deleteAttestation", "Withdraw an attestation");
        routes.MapGet(OfOperator, (string framework, HttpContext http, AttestationEndpoints attestations) => attestations.ListAsync(http, framework))
            .Describe("operatorListAttestations", EvidenceRoutes.Tag, "List the operator's attestations", "They are shown to every organization.", 400, 403, 404)
            .Produces<Page<Attestation>>();
        Put(
            routes.MapPut(OfOperator + "/{requirement}", (string framework, string requirement, HttpContext http, AttestationEndpoints attestations) =>
                attestations.PutAsync(http, framework, requirement, attestations.OfOperator(http))),
            "operatorPutAttestation", "Attest a requirement for the installation", "Every organization sees it, with the name of who attests.");
        Delete(
            routes.MapDelete(OfOperator + "/{requirement}", (string framework, string requirement, HttpContext http, AttestationEndpoints attestations) =>
                attestations.DeleteAsync(http, framework, requirement, attestations.OfOperator(http))),
            "operatorDeleteAttestation", "Withdraw an attestation for the installation");
    }

    private static void Put(RouteHandlerBuilder route, string id, string summary, string description) => route
        .Describe(id, EvidenceRoutes.Tag, summary, description, 400, 403, 404, 413, 415, 422, 503)
        .Record(Attest)
        .Accepts<PutAttestation>("application/json")
        .Produces<Attestation>()
        .WithExample(0, Example);

    private static void Delete(RouteHandlerBuilder route, string id, string summary) => route
        .Describe(id, EvidenceRoutes.Tag, summary, "What is in the ledger and in bundles stays there.", 400, 403, 404, 503)
        .Record(Withdraw)
        .Produces<Attestation>();

    /// <summary>Whose attestations they are, if the caller may change them.</summary>
    private Func<NpgsqlConnection, CancellationToken, Task<Result<Holder>>> InOrganization(HttpContext http, string organization) => async (connection, token) =>
        await scopes.OrganizationAsync(http, connection, organization, Permission.EvidenceAttest, token) is var found && found.Ok ? new Holder(found.Value) : found.Problem!;

    private Func<NpgsqlConnection, CancellationToken, Task<Result<Holder>>> OfOperator(HttpContext http) => async (connection, token) =>
        await scopes.OperatorAsync(http, connection, OperatorPermission.EvidenceAttest, token) is var found && found.Ok ? new Holder(null) : found.Problem!;

    private Task<IResult> ListAsync(HttpContext http, string framework) =>
        reads.OperatorAsync(http, OperatorPermission.EvidenceRead, async connection =>
            Query.Check(http) is { } bad ? bad
            : Framework.All.ContainsKey(framework)
                ? (Result<IResult>)Answer.Json(new Page<Attestation>(await AttestationTable.ListAsync(connection, null, framework, http.RequestAborted), null), WireJson.Default.PageAttestation)
                : Problems.NotFound);

    private Task<IResult> PutAsync(HttpContext http, string framework, string requirement, Func<NpgsqlConnection, CancellationToken, Task<Result<Holder>>> enter) =>
        changes.RunAsync(http, Attest, WireJson.Default.PutAttestation, enter, async (connection, holder, wanted, token) =>
        {
            if (Framework.All.GetValueOrDefault(framework)?.Find(requirement) is null)
            {
                return Problems.NotFound;
            }

            var now = time.GetUtcNow();
            if (Check(wanted, DateOnly.FromDateTime(now.UtcDateTime)) is { Count: > 0 } errors)
            {
                return Problem.Invalid(errors);
            }

            var attestation = new Attestation(
                framework, requirement, holder.Side, wanted.Statement, wanted.DocumentSha256, ApiRequest.Of(http).Principal!.Name, now, wanted.ValidUntil);
            await AttestationTable.KeepAsync(connection, holder.OrganizationId, attestation, token);
            return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(attestation, WireJson.Default.Attestation))
            {
                Note = $"{Name(framework)} {Name(requirement)} until {wanted.ValidUntil}",
            };
        });

    private Task<IResult> DeleteAsync(HttpContext http, string framework, string requirement, Func<NpgsqlConnection, CancellationToken, Task<Result<Holder>>> enter) =>
        changes.RunAsync(
            http,
            [],
            enter,
            async (connection, holder, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var there = Framework.All.GetValueOrDefault(framework)?.Find(requirement) is null ? null
                    : (await AttestationTable.ListAsync(connection, holder.OrganizationId, framework, token)).FirstOrDefault(a => a.Requirement == requirement && a.Side == holder.Side);
                return there is not null && await AttestationTable.RemoveAsync(connection, holder.OrganizationId, framework, requirement, token)
                    ? (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(there, WireJson.Default.Attestation)) { Note = $"{Name(framework)} {Name(requirement)}" }
                    : Problems.NotFound;
            },
            http.RequestAborted);

    private static List<FieldError> Check(PutAttestation wanted, DateOnly today)
    {
        var errors = new List<FieldError>();
        if (string.IsNullOrWhiteSpace(wanted.Statement) || wanted.Statement.Length > LongestStatement || wanted.Statement.Any(c => char.IsControl(c) && c != '\n'))
        {
            errors.Add(new FieldError("statement", "This statement is not possible.", "1 to 2000 characters of text"));
        }

        if (wanted.ValidUntil < today || wanted.ValidUntil > today.AddYears(3))
        {
            errors.Add(new FieldError("validUntil", "An attestation can't hold until then.", "a day from today to three years from now"));
        }

        if (wanted.DocumentSha256 is { } sha256 && !(sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower)))
        {
            errors.Add(new FieldError("documentSha256", "This is not a SHA-256.", "64 hexadecimal digits in lower case"));
        }

        return errors;
    }

    /// <summary>Whose attestations are changed; null for the operator's.</summary>
    private sealed record Holder(Guid? OrganizationId)
    {
        public string Side => OrganizationId is null ? "operator" : "customer";
    }
}
