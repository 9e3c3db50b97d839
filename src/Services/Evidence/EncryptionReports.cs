using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using SpaceRecord = Beffroi.Platform.Tenancy.SpaceRecord;

namespace Beffroi.Services.Evidence;

/// <summary>
/// What people found who looked for their rows on the host (<c>beffroi verify encryption</c>): handed in, signed as theirs under the key of the organization's ledger, kept for 400 days. The
/// platform doesn't look itself: whoever doubts it would not believe it.
/// </summary>
internal sealed class EncryptionReports(Changes changes, Scopes scopes, Reads reads, IEvidenceSigner signer, ISignals signals, TimeProvider time)
{
    // Evidence is kept below what a signed note may have.
    private const int MostAttempts = 100, LongestText = 1000, Listed = 200, LongestEvidence = 90_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(EvidenceRoutes.EncryptionReports, (string organization, string space, HttpContext http, EncryptionReports reports) => reports.PostAsync(http, organization, space))
            .Describe(
                "reportEncryptionVerification", EvidenceRoutes.Tag, "Hand in a verification of encryption",
                "What `beffroi verify encryption` found on the host. The answer has it as a C2SP signed note, signed as handed in by the caller: what was found is their word.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.EvidenceReport)
            .Accepts<EncryptionVerification>("application/json")
            .Produces<EncryptionReport>();
        routes.MapGet(EvidenceRoutes.EncryptionReports, (string organization, string space, HttpContext http, EncryptionReports reports) => reports.ListAsync(http, organization, space))
            .Describe("listEncryptionVerifications", EvidenceRoutes.Tag, "List verifications of encryption", "The newest 200 that were handed in, the newest first.", 400, 403, 404)
            .Produces<Page<EncryptionReport>>();
        routes.MapGet(
                EvidenceRoutes.EncryptionReports + "/{report}", (string organization, string space, string report, HttpContext http, EncryptionReports reports) => reports.GetAsync(http, organization, space, report))
            .Describe("getEncryptionVerification", EvidenceRoutes.Tag, "Read a verification's signed evidence", "A C2SP signed note; `beffroi verify evidence` verifies it offline.", 400, 403, 404)
            .Produces<string>(200, "text/plain");
    }

    private Task<IResult> PostAsync(HttpContext http, string organization, string space) =>
        changes.RunAsync<SpaceRecord, EncryptionVerification>(
            http,
            Permission.EvidenceReport,
            WireJson.Default.EncryptionVerification,
            (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.EvidenceReport, token),
            async (connection, scope, verification, token) =>
            {
                var now = time.GetUtcNow();
                if (Check(verification, $"{scope.OrganizationName}/{scope.Name}", now) is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                var report = new EncryptionReport(
                    "e" + now.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + "-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3)),
                    verification.At, verification.Verdict, verification.Attempts.Any(a => a.State == "sealed"), ApiRequest.Of(http).Principal!.Name);
                var text = EncryptionEvidence.Format + "\n" + JsonSerializer.Serialize(new EncryptionEvidence(scope.Id, report.ReportedBy, now, verification), WireJson.Default.EncryptionEvidence) + "\n";
                if (text.Length > LongestEvidence)
                {
                    return Problem.Invalid(new FieldError("attempts", "They are too long to be signed.", "fewer or shorter attempts"));
                }

                if (await signer.SignAsync(connection, scope.OrganizationId, text, token) is not { } note)
                {
                    return Problem.Conflict("no-checkpoint", "There is nothing to sign with yet", "The organization's ledger has no entry yet: it has one a second or two after the first change.");
                }

                await KeepAsync(connection, scope.Id, report, note, token);
                // What was found is among the findings at once, not with the next round.
                await signals.SignalAsync(connection, new WorkKey(EvidenceReconciler.WorkKind, scope.OrganizationId), cancellationToken: token);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(report with { Note = note }, WireJson.Default.EncryptionReport))
                {
                    ResourceId = scope.Id,
                    Note = $"{LedgerReason.Name(report.Name)} {LedgerReason.Name(report.Verdict)}, evidence sha256:{LedgerReason.Sha256(note)}",
                };
            });

    private Task<IResult> ListAsync(HttpContext http, string organization, string space) =>
        reads.SpaceAsync(http, organization, space, Permission.EvidenceRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(
                new Page<EncryptionReport>(
                    await connection.Statement("select name, at, verdict, sealed, reported_by from platform.encryption_verifications where space_id = $1 order by at desc limit $2", scope.Id, Listed)
                        .ListAsync(r => new EncryptionReport(r.GetString(0), r.GetFieldValue<DateTimeOffset>(1), r.GetString(2), r.GetBoolean(3), r.GetString(4)), http.RequestAborted),
                    null),
                WireJson.Default.PageEncryptionReport));

    private Task<IResult> GetAsync(HttpContext http, string organization, string space, string report) =>
        reads.SpaceAsync(http, organization, space, Permission.EvidenceRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(report)
                && await connection.Statement("select note from platform.encryption_verifications where space_id = $1 and name = $2", scope.Id, report).FirstAsync(r => r.GetString(0), http.RequestAborted) is { } note
                ? (Result<IResult>)TypedResults.Text(note, "text/plain", Encoding.UTF8)
                : Problems.NotFound);

    private static async Task KeepAsync(NpgsqlConnection connection, Guid spaceId, EncryptionReport report, string note, CancellationToken cancellationToken)
    {
        // The ledger keeps the digests of what goes.
        await connection.Statement("delete from platform.encryption_verifications where space_id = $1 and created_at < now() - interval '400 days'", spaceId).RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.encryption_verifications (id, space_id, name, at, verdict, sealed, reported_by, note) values ($1, $2, $3, $4, $5, $6, $7, $8)
            """, Guid.CreateVersion7(), spaceId, report.Name, report.At.ToUniversalTime(), report.Verdict, report.Sealed, report.ReportedBy, note).RunAsync(cancellationToken);
    }

    private static List<FieldError> Check(EncryptionVerification verification, string space, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        void Demand(bool holds, string field, string allowed)
        {
            if (!holds)
            {
                errors.Add(new FieldError(field, "This can't be what a verification found here.", allowed));
            }
        }

        static bool IsText(string text) => text.Length is > 0 and <= LongestText && !text.Any(char.IsControl);
        Demand(verification.Space == space, "space", space);
        Demand(verification.At > now.AddDays(-1) && verification.At < now.AddMinutes(5), "at", "a time within the last day");
        Demand(verification.Databases.Count is > 0 and <= MostAttempts && verification.Databases.All(ResourceName.IsValid), "databases", "1 to 100 names of databases");
        Demand(
            verification.Attempts.Count is > 0 and <= MostAttempts
            && verification.Attempts.All(a => a.State is "open" or "stopped" or "sealed" or "unsealed" && a.Verdict is "passed" or "failed" && IsText(a.What) && IsText(a.Expected) && IsText(a.Observed)),
            "attempts", "1 to 100 attempts of bounded length, each passed or failed");
        Demand(verification.Verdict == (verification.Attempts.All(a => a.Verdict == "passed") ? "passed" : "failed"), "verdict", "passed if every attempt passed, else failed");
        return errors;
    }
}
