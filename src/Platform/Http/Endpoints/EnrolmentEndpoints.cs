using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http.Pages;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>How someone who has nothing but an access token comes to a password and a second factor.</summary>
internal static class EnrolmentEndpoints
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (prefix, suffix) in new[] { ("/v1", ""), ("/operator/v1", "Operator") })
        {
            routes.MapPut(prefix + "/enrolment", Put)
                .Describe(
                    "putOwnEnrolment" + suffix, "Sessions", "Ask to set your password and second factor",
                    "The code is then good once on the page that the answer names. People only, and only who has no password yet: a token alone must not replace a second factor. To replace yours, have yourself reset.",
                    400, 403, 404, 409, 413, 415, 422, 503)
                .Record("enrolment.put")
                .Accepts<PutEnrolment>("application/json")
                .Produces<Enrolment>()
                .WithExample(0, $$"""{ "codeSha256": "{{new string('0', 64)}}" }""");
        }
    }

    private static Task<IResult> Put(HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Principal, PutEnrolment>(
            http,
            "enrolment.put",
            WireJson.Default.PutEnrolment,
            (connection, token) => scopes.SelfAsync(http, connection, token),
            async (connection, self, content, token) =>
            {
                var side = self.IsOperator ? Side.Operator : Side.Customer;
                if (self.IsServiceAccount)
                {
                    return Problem.Forbidden("A service account has no password: it has a key or a token.");
                }

                if (await FactorTable.AnyAsync(connection, side, self.Id, token))
                {
                    return Problem.Conflict(
                        "already-enrolled", "You have a password and a second factor", "To replace them, ask an administrator to invite you anew (beffroi member reset).");
                }

                if (content.CodeSha256 is null || TokenHash.Parse(content.CodeSha256) is null)
                {
                    return Problem.Invalid(new FieldError("codeSha256", "This is not the SHA-256 of a code.", "64 hexadecimal digits"));
                }

                return await Tokens.InviteAsync(connection, side, self.Id, content.CodeSha256, token, Lifetime) is { } refused
                    ? refused
                    : (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(new Enrolment(EnrolmentPages.Path, (int)Lifetime.TotalMinutes), WireJson.Default.Enrolment)) { ResourceId = self.Id };
            });
}
