using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Workloads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Whose tokens a service account takes for its own.</summary>
internal static class WorkloadIdentityEndpoints
{
    private const string All = "/v1/organizations/{organization}/service-accounts/{serviceAccount}/identities";
    private const string Tag = "Members";
    private const int Most = 10;
    private const int LongestWord = 500;
    private const int LongestKeys = 20_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, (string organization, string serviceAccount, HttpContext http, Reads reads) =>
                reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
                    Query.Check(http) is { } bad ? bad
                    : ResourceName.IsValid(serviceAccount) && await Accounts.FindAsync(connection, owner, Accounts.ServiceAccount, serviceAccount, http.RequestAborted) is { } account
                        ? (Result<IResult>)Answer.Json(
                            new Page<WorkloadIdentity>(await WorkloadIdentities.ListAsync(connection, account.Id, http.RequestAborted), null), WireJson.Default.PageWorkloadIdentity)
                        : Problems.NotFound))
            .Describe("listWorkloadIdentities", Tag, "List a service account's workload identities", "Whose tokens it takes for its own.", 400, 403, 404)
            .Produces<Page<WorkloadIdentity>>();
        routes.MapPut(All + "/{identity}", Put)
            .Describe(
                "putWorkloadIdentity", Tag, "Take an issuer's tokens for a service account's",
                "A program elsewhere that has a token of this issuer, for this audience and subject and with these claims, exchanges it for an access token (RFC 8693), and keeps no secret of ours. "
                + "The issuer's keys are fetched from it, or are given. Whoever may do all that the account may; ten an account. Access tokens that it got before end at once.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("service-account.identity").ChangesAccess()
            .Accepts<PutWorkloadIdentity>("application/json")
            .Produces<WorkloadIdentity>()
            .WithExample(0, """{ "issuer": "https://token.actions.example", "audience": "https://cloud.example", "subject": "repo:hospital/records:ref:refs/heads/main", "claims": { "environment": "production" } }""");
        routes.MapDelete(All + "/{identity}", Delete)
            .Describe("deleteWorkloadIdentity", Tag, "Take an issuer's tokens no more", "Access tokens that the account got before end at once.", 400, 403, 404, 503)
            .Record("service-account.identity").ChangesAccess()
            .Produces<WorkloadIdentity>();
    }

    private static Task<IResult> Put(string organization, string serviceAccount, string identity, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutWorkloadIdentity>(
            http,
            "service-account.identity",
            WireJson.Default.PutWorkloadIdentity,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, content, token) =>
            {
                var account = await OwnRights.OverServiceAccountAsync(connection, ApiRequest.Of(http).Rights!, owner, serviceAccount, token);
                if (!account.Ok)
                {
                    return account.Problem;
                }

                if (Check(identity, content) is { Count: > 0 } errors)
                {
                    return Problem.Invalid(errors);
                }

                var present = await WorkloadIdentities.ListAsync(connection, account.Value.Id, token);
                if (present.Count >= Most && present.All(i => i.Name != identity))
                {
                    return Problem.Conflict("too-many-identities", "The account has too many identities", $"{Most} is the most. Remove one first.");
                }

                var made = new WorkloadIdentity(identity, content.Issuer, content.Audience, content.Subject, content.Claims ?? new Dictionary<string, string>(), content.Keys, content.Authority);
                await WorkloadIdentities.PutAsync(connection, account.Value.Id, made, token);
                return (Result<Accepted>?)Shown(account.Value.Id, made);
            });

    private static Task<IResult> Delete(string organization, string serviceAccount, string identity, HttpContext http, Changes changes, Scopes scopes)
    {
        ApiRequest.Of(http).Action = "service-account.identity";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var account = await OwnRights.OverServiceAccountAsync(connection, ApiRequest.Of(http).Rights!, owner, serviceAccount, token);
                return !account.Ok ? account.Problem
                    : await WorkloadIdentities.RemoveAsync(connection, account.Value.Id, identity, token) is { } removed ? (Result<Accepted>?)Shown(account.Value.Id, removed)
                    : Problems.NotFound;
            },
            http.RequestAborted);
    }

    private static Accepted Shown(Guid account, WorkloadIdentity identity) => new(200, JsonSerializer.Serialize(identity, WireJson.Default.WorkloadIdentity))
    {
        ResourceId = account,
        Note = $"{Name(identity.Name)}: {Stated(identity.Subject)} of {Stated(identity.Issuer)} for {Stated(identity.Audience)}",
    };

    private static List<FieldError> Check(string name, PutWorkloadIdentity content)
    {
        var errors = new List<FieldError>();
        if (ResourceName.Check("identity", name) is { } wrongName)
        {
            errors.Add(wrongName);
        }

        if (!Receivers.IsUrl(content.Issuer, "https"))
        {
            errors.Add(new FieldError("issuer", "This is no issuer.", "an https address without user, query and fragment, exactly as the tokens have it"));
        }

        foreach (var (field, value) in new[] { ("audience", content.Audience), ("subject", content.Subject) })
        {
            if (!IsWord(value))
            {
                errors.Add(new FieldError(field, $"Say which {field}.", $"1 to {LongestWord} printable characters, exactly as the tokens have it"));
            }
        }

        // What is said of every token by other fields can't be said twice.
        if (content.Claims is { } claims && (claims.Count > Most || claims.Any(c => !IsWord(c.Key) || !IsWord(c.Value) || c.Key is "iss" or "sub" or "aud" or "exp" or "nbf" or "iat")))
        {
            errors.Add(new FieldError("claims", "These claims can't be asked for.", $"at most {Most}, each with one value; not iss, sub, aud, exp, nbf, iat"));
        }

        if (content.Keys is { } keys && (keys.Length > LongestKeys || IssuerKeys.Read(keys) is null))
        {
            errors.Add(new FieldError("keys", "This is no set of public keys.", "a JSON Web Key Set with EC keys, or RSA keys of at least 2048 bits; at most 20000 characters"));
        }

        if (Receivers.CheckAuthority(content.Authority) is { } wrongAuthority)
        {
            errors.Add(wrongAuthority);
        }

        return errors;
    }

    private static bool IsWord(string? text) => text is { Length: > 0 and <= LongestWord } && !text.Any(char.IsControl);
}
