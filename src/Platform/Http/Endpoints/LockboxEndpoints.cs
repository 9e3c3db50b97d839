using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Lockbox;
using Beffroi.Platform.Protection;
using Beffroi.Transparency.Consent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>A customer's side of the lockbox: what the operator asks to see, and what was seen.</summary>
internal sealed class LockboxEndpoints(Changes changes, Scopes scopes, Reads reads, Approvals approvals, OrganizationSafeguards safeguards, LockboxRequests requests)
{
    private const string Path = "/v1/organizations/{organization}/lockbox-requests";
    private const string Keys = "/v1/organizations/{organization}/lockbox-keys";
    private const string Passkeys = "/v1/organizations/{organization}/lockbox-passkeys";
    private const string Tag = "Lockbox";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (string organization, HttpContext http, LockboxEndpoints endpoints) => endpoints.ListAsync(organization, http))
            .Describe("listLockboxRequests", Tag, "List lockbox requests", "What the operator's people asked to see; the newest first.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<LockboxRequest>>();
        routes.MapGet(Path + "/{lockboxRequest}", (string organization, string lockboxRequest, HttpContext http, LockboxEndpoints endpoints) => endpoints.GetAsync(organization, lockboxRequest, http))
            .Describe("getLockboxRequest", Tag, "Read a lockbox request", "With the consent that is signed to approve it, and who has.", 400, 403, 404)
            .Produces<LockboxCase>();
        routes.MapPost(Path + "/{lockboxRequest}/approve", (string organization, string lockboxRequest, HttpContext http, LockboxEndpoints endpoints) => endpoints.ApproveAsync(organization, lockboxRequest, http))
            .Describe(
                "approveLockboxRequest", Tag, "Approve a lockbox request",
                "With a signature below its consent, made with the key that the caller registered. In a space that is classified sensitive or health two different people have to, one of them with a key on a machine of their own. With the last approval it is open.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("lockbox.approve")
            .Accepts<ApproveLockbox>("application/json")
            .Produces<LockboxCase>();
        routes.MapPost(Path + "/{lockboxRequest}/end", (string organization, string lockboxRequest, HttpContext http, LockboxEndpoints endpoints) => endpoints.EndAsync(organization, lockboxRequest, http))
            .Describe("endLockboxRequest", Tag, "Refuse or close a lockbox request", "One that waits is refused, one that is open is closed, at once: nothing is shown any more when this has been answered.", 400, 403, 404, 409, 503)
            .Record("lockbox.end")
            .Produces<LockboxCase>();
        routes.MapGet(Path + "/{lockboxRequest}/accesses", (string organization, string lockboxRequest, HttpContext http, LockboxEndpoints endpoints) => endpoints.AccessesAsync(organization, lockboxRequest, http))
            .Describe("listLockboxAccesses", Tag, "List what was shown by a lockbox request", "Each time; the newest first.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<LockboxAccess>>();
        routes.MapGet(Path + "/{lockboxRequest}/accesses/{access}", (string organization, string lockboxRequest, string access, HttpContext http, LockboxEndpoints endpoints) =>
                endpoints.AccessAsync(organization, lockboxRequest, access, http))
            .Describe("getLockboxAccess", Tag, "Read what was shown", "Exactly that.", 400, 403, 404)
            .Produces<LockboxAccess>();
        routes.MapGet(Keys, (string organization, HttpContext http, LockboxEndpoints endpoints) => endpoints.KeysAsync(organization, http))
            .Describe("listLockboxKeys", Tag, "List the keys that approve", "Public keys of members. Who wants to verify consents later keeps them elsewhere too.", 400, 403, 404)
            .Produces<Page<LockboxKey>>();
        routes.MapPut(Keys, (string organization, HttpContext http, LockboxEndpoints endpoints) => endpoints.PutKeyAsync(organization, http))
            .Describe(
                "putLockboxKey", Tag, "Register your own key to approve with",
                "In place of an earlier one; what that has signed opens nothing any more. The private key never leaves you. One of a passkey comes with a proof that the passkey has signed it, and is refused where the safeguards let no passkeys sign. Under the two-person rule somebody else has to approve it.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("lockbox.key.put")
            .Accepts<PutLockboxKey>("application/json")
            .Produces<LockboxKey>();
        routes.MapGet(Passkeys, (string organization, HttpContext http, LockboxEndpoints endpoints) => endpoints.PasskeysAsync(organization, http))
            .Describe(
                "listLockboxPasskeys", Tag, "List your own passkeys that could approve",
                "As the keys that would be registered, for pages of one origin: that of the parameter `origin`, or of the address that was asked.", 400, 403, 404)
            .WithQuery("origin", "Of the pages that may ask: https://HOST[:PORT].")
            .Produces<Page<LockboxPasskey>>();
        routes.MapDelete(Keys + "/{member}", (string organization, string member, HttpContext http, LockboxEndpoints endpoints) => endpoints.DeleteKeyAsync(organization, member, http))
            .Describe("deleteLockboxKey", Tag, "Remove a key that approves", "What it has signed opens nothing any more. Another's needs access.manage.", 400, 403, 404, 503)
            .Record("lockbox.key.remove")
            .Produces<LockboxKey>();
    }

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, (connection, owner) => PageAsync(http, connection, owner));

    /// <summary>A page of requests: an organization's, or for null of all.</summary>
    internal static async Task<Result<IResult>> PageAsync(HttpContext http, NpgsqlConnection connection, Guid? owner)
    {
        var page = Query.Page(http);
        if (!page.Ok)
        {
            return page.Problem;
        }

        var found = await LockboxTable.ListAsync(connection, owner, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
        return (Result<IResult>)Answer.Json(Answer.Page(found.ConvertAll(r => r.Shown), page.Value.Limit, r => r.Id.ToString("D")), WireJson.Default.PageLockboxRequest);
    }

    private Task<IResult> GetAsync(string organization, string request, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : await FindAsync(connection, owner, request, http.RequestAborted) is { } row
                ? (Result<IResult>)Answer.Json(await LockboxRequests.CaseAsync(connection, row, http.RequestAborted), WireJson.Default.LockboxCase)
                : Problems.NotFound);

    private Task<IResult> ApproveAsync(string organization, string request, HttpContext http) =>
        changes.RunAsync<Guid, ApproveLockbox>(
            http,
            "lockbox.approve",
            WireJson.Default.ApproveLockbox,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.LockboxApprove, token),
            async (connection, owner, content, token) =>
            {
                var approved = Guid.TryParseExact(request, "D", out var id)
                    ? await requests.ApproveAsync(connection, owner, id, (CustomerPrincipal)ApiRequest.Of(http).Principal!, content.Signature, token)
                    : Problems.NotFound;
                // The ledger keeps the signed consent itself: an audit needs nothing else.
                return approved.Ok ? (Result<Accepted>?)await ShownAsync(connection, approved.Value.Row, Stated(approved.Value.Note.ToString()), token) : approved.Problem;
            });

    private Task<IResult> EndAsync(string organization, string request, HttpContext http)
    {
        ApiRequest.Of(http).Action = "lockbox.end";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.LockboxApprove, token),
            async (connection, owner, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var ended = Guid.TryParseExact(request, "D", out var id)
                    ? await LockboxRequests.EndAsync(connection, owner, id, ApiRequest.Of(http).Principal!.Name, token)
                    : Problems.NotFound;
                return ended.Ok ? (Result<Accepted>?)await ShownAsync(connection, ended.Value, $"{id}", token) : ended.Problem;
            },
            http.RequestAborted);
    }

    private Task<IResult> AccessesAsync(string organization, string request, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, async (connection, owner) =>
        {
            var page = Query.Page(http);
            if (!page.Ok)
            {
                return page.Problem;
            }

            if (await FindAsync(connection, owner, request, http.RequestAborted) is not { } row)
            {
                return Problems.NotFound;
            }

            var found = await LockboxTable.AccessesAsync(connection, row.Shown.Id, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(found, page.Value.Limit, a => a.Id.ToString("D")), WireJson.Default.PageLockboxAccess);
        });

    private Task<IResult> AccessAsync(string organization, string request, string access, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : await FindAsync(connection, owner, request, http.RequestAborted) is { } row && Guid.TryParseExact(access, "D", out var id)
                && await LockboxTable.FindAccessAsync(connection, row.Shown.Id, id, http.RequestAborted) is { } found
                ? (Result<IResult>)Answer.Json(found, WireJson.Default.LockboxAccess)
                : Problems.NotFound);

    private Task<IResult> KeysAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<LockboxKey>(await LockboxKeys.ListAsync(connection, owner, http.RequestAborted), null), WireJson.Default.PageLockboxKey));

    private Task<IResult> PutKeyAsync(string organization, HttpContext http) =>
        changes.RunAsync<Guid, PutLockboxKey>(
            http,
            "lockbox.key.put",
            WireJson.Default.PutLockboxKey,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.LockboxApprove, token),
            async (connection, owner, content, token) =>
            {
                var caller = (CustomerPrincipal)ApiRequest.Of(http).Principal!;
                if (caller.IsServiceAccount)
                {
                    return Problem.Conflict("person-needed", "A person has to do this", "A service account doesn't answer for what is shown to the operator.");
                }

                var key = LockboxKeys.Read(organization, caller.Name, content.Key);
                if (!key.Ok)
                {
                    return key.Problem;
                }

                Guid? passkey = null;
                if (key.Value is PasskeyKey ofPasskey)
                {
                    var registered = !(await safeguards.GetAsync(connection, owner, token)).PasskeyConsents ? LockboxPasskeys.NotAllowed
                        : await LockboxPasskeys.RegisterAsync(connection, organization, caller, ofPasskey, content.Proof ?? "", token);
                    if (!registered.Ok)
                    {
                        return registered.Problem;
                    }

                    passkey = registered.Value;
                }

                if (await approvals.CheckAsync(http, connection, owner, "lockbox.key.put", Subject(key.Value), token) is { } refused)
                {
                    return refused;
                }

                return (Result<Accepted>?)Shown((await LockboxKeys.PutAsync(connection, caller, key.Value, passkey, token))!);
            });

    private Task<IResult> PasskeysAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxApprove, async (connection, _) =>
        {
            if (Query.Check(http, "origin") is { } bad)
            {
                return bad;
            }

            var origin = http.Request.Query["origin"] is [{ Length: > 0 } asked] ? asked : "https://" + http.Request.Host.Value;
            var listed = ApiRequest.Of(http).Principal is CustomerPrincipal { IsServiceAccount: false } caller
                ? await LockboxPasskeys.ListAsync(connection, organization, caller, origin, http.RequestAborted) : [];
            return (Result<IResult>)Answer.Json(new Page<LockboxPasskey>(listed, null), WireJson.Default.PageLockboxPasskey);
        });

    // What a second person reads: a passkey's text is longer than that, so its hash stands for it.
    private static string Subject(ApproverKey key) => key is PasskeyKey passkey ? $"{key.Name}, a passkey at {passkey.Origin}, sha256:{LockboxConsent.Digest(key.ToString())}" : key.ToString();

    private Task<IResult> DeleteKeyAsync(string organization, string member, HttpContext http)
    {
        ApiRequest.Of(http).Action = "lockbox.key.remove";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.LockboxApprove, token),
            async (connection, owner, token) =>
            {
                var request = ApiRequest.Of(http);
                return Query.Check(http) is { } bad ? bad
                    : member != request.Principal!.Name && !request.Rights!.Allows(Permission.AccessManage, AccessScope.Organization) ? Scopes.Missing(Permission.AccessManage)
                    : ResourceName.IsValid(member) && await LockboxKeys.RemoveAsync(connection, owner, member, token) is { } removed ? (Result<Accepted>?)Shown(removed)
                    : Problems.NotFound;
            },
            http.RequestAborted);
    }

    private static Accepted Shown(LockboxKey key) => new(200, JsonSerializer.Serialize(key, WireJson.Default.LockboxKey)) { Note = Stated(key.Key) };

    private static async Task<Accepted> ShownAsync(NpgsqlConnection connection, LockboxRow row, LedgerReason note, CancellationToken cancellationToken) =>
        new(200, JsonSerializer.Serialize(await LockboxRequests.CaseAsync(connection, row, cancellationToken), WireJson.Default.LockboxCase)) { ResourceId = row.ResourceId, Note = note };

    private static async Task<LockboxRow?> FindAsync(NpgsqlConnection connection, Guid owner, string request, CancellationToken cancellationToken) =>
        Guid.TryParseExact(request, "D", out var id) ? await LockboxTable.FindAsync(connection, owner, id, cancellationToken) : null;
}
