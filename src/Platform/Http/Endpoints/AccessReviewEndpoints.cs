using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Access.Reviews;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Reviews of who may do what in an organization.</summary>
internal sealed class AccessReviewEndpoints(Changes changes, Scopes scopes, Reads reads, AccessReviews reviews)
{
    private const string Path = "/v1/organizations/{organization}/access-reviews";
    private const string Tag = "Access reviews";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (string organization, HttpContext http, AccessReviewEndpoints endpoints) => endpoints.ListAsync(organization, http))
            .Describe("listAccessReviews", Tag, "List access reviews", "The newest first.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<AccessReview>>();
        routes.MapPost(Path, (string organization, HttpContext http, AccessReviewEndpoints endpoints) => endpoints.BeginAsync(organization, http))
            .Describe("beginAccessReview", Tag, "Begin an access review", "With a snapshot of all people, or all service accounts, and what each may do. One of a kind is open at a time.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record("access-review.begin").ChangesAccess()
            .Accepts<BeginAccessReview>("application/json")
            .Produces<AccessReview>(201)
            .WithExample(0, """{ "kind": "technical" }""");
        routes.MapGet("/v1/organizations/{organization}/access-review-schedule", (string organization, HttpContext http, AccessReviewEndpoints endpoints) => endpoints.ScheduleAsync(organization, http))
            .Describe("getAccessReviewSchedule", Tag, "Read when access reviews are due", "Of people every 365 days, of service accounts every 90, counted from the moment of the newest closed review's snapshot.", 400, 403, 404)
            .Produces<Page<AccessReviewDue>>();
        routes.MapGet(Path + "/{review}", (string organization, string review, HttpContext http, AccessReviewEndpoints endpoints) => endpoints.GetAsync(organization, review, http))
            .Describe("getAccessReview", Tag, "Read an access review", "In numbers, and who ended it.", 400, 403, 404)
            .Produces<AccessReview>();
        routes.MapGet(Path + "/{review}/items", (string organization, string review, HttpContext http, AccessReviewEndpoints endpoints) => endpoints.ItemsAsync(organization, review, http))
            .Describe("listAccessReviewItems", Tag, "List the accounts of an access review", "In order of name, with what each might do, what has changed since, and what was decided.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<AccessReviewItem>>();
        routes.MapPut(Path + "/{review}/items/{account}/decision", (string organization, string review, string account, HttpContext http, AccessReviewEndpoints endpoints) =>
                endpoints.DecideAsync(organization, review, account, http))
            .Describe(
                "decideAccessReviewItem", Tag, "Decide on an account",
                "Once. What is withdrawn ends at once, by the rules of withdrawing it by hand: it needs access.manage, and at most what the caller may do themselves. Nobody decides on themselves, unless nobody else can.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("access-review.decide").ChangesAccess()
            .Accepts<DecideAccessReview>("application/json")
            .Produces<AccessReviewItem>()
            .WithExample(0, """{ "decision": "withdraw", "remark": "Left the project in March.", "groups": ["dba"], "tokens": ["laptop"] }""");
        End(routes, "close", "closeAccessReview", "Close an access review", "When every account that is still there is decided on. Its outcome stays.", cancel: false);
        End(routes, "cancel", "cancelAccessReview", "Cancel an access review", "What was decided and withdrawn stays; the review doesn't count as one.", cancel: true);
    }

    private static void End(IEndpointRouteBuilder routes, string verb, string id, string summary, string description, bool cancel) =>
        routes.MapPost(Path + "/{review}/" + verb, (string organization, string review, HttpContext http, AccessReviewEndpoints endpoints) => endpoints.EndAsync(organization, review, cancel, http))
            .Describe(id, Tag, summary, description, 400, 403, 404, 409, 503)
            .Record("access-review." + verb).ChangesAccess()
            .Produces<AccessReview>();

    private Task<IResult> ListAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.AccessReviewRead, async (connection, owner) =>
        {
            var page = Query.Page(http);
            if (!page.Ok)
            {
                return page.Problem;
            }

            var found = await ReviewTable.ListAsync(connection, owner, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(found, page.Value.Limit, r => r.Id.ToString("D")), WireJson.Default.PageAccessReview);
        });

    private Task<IResult> ScheduleAsync(string organization, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.AccessReviewRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<AccessReviewDue>(await AccessReviewSchedule.ListAsync(connection, owner, http.RequestAborted), null), WireJson.Default.PageAccessReviewDue));

    private Task<IResult> GetAsync(string organization, string review, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.AccessReviewRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : await FindAsync(connection, owner, review, http.RequestAborted) is { } found ? (Result<IResult>)Answer.Json(found, WireJson.Default.AccessReview)
            : Problems.NotFound);

    private Task<IResult> ItemsAsync(string organization, string review, HttpContext http) =>
        reads.OrganizationAsync(http, organization, Permission.AccessReviewRead, async (connection, owner) =>
        {
            var limit = Query.Limit(http);
            var after = Query.PageToken(http, ResourceName.IsValid);
            if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? after.Problem) is { } bad)
            {
                return bad;
            }

            if (await FindAsync(connection, owner, review, http.RequestAborted) is not { } found)
            {
                return Problems.NotFound;
            }

            var items = await AccessReviews.ItemsAsync(connection, owner, found, after.Value ?? "", limit.Value + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(items, limit.Value, i => i.Account), WireJson.Default.PageAccessReviewItem);
        });

    private Task<IResult> BeginAsync(string organization, HttpContext http) =>
        changes.RunAsync<Guid, BeginAccessReview>(
            http,
            "access-review.begin",
            WireJson.Default.BeginAccessReview,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessReviewDecide, token),
            async (connection, owner, content, token) =>
            {
                var begun = await AccessReviews.BeginAsync(connection, owner, content.Kind, ApiRequest.Of(http).Principal!, token);
                return begun.Ok
                    ? (Result<Accepted>?)(Shown(begun.Value, 201) with { Note = $"{Name(begun.Value.Kind)}: {begun.Value.Counts.Accounts} accounts" })
                    : begun.Problem;
            });

    private Task<IResult> DecideAsync(string organization, string review, string account, HttpContext http) =>
        changes.RunAsync<Guid, DecideAccessReview>(
            http,
            "access-review.decide",
            WireJson.Default.DecideAccessReview,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessReviewDecide, token),
            async (connection, owner, content, token) =>
            {
                if (!Guid.TryParseExact(review, "D", out var id))
                {
                    return Problems.NotFound;
                }

                var decided = await reviews.DecideAsync(ApiRequest.Of(http), connection, owner, id, account, content, token);
                return decided.Ok
                    ? (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(decided.Value, WireJson.Default.AccessReviewItem)) { ResourceId = id, Note = Said(decided.Value) }
                    : decided.Problem;
            });

    private Task<IResult> EndAsync(string organization, string review, bool cancel, HttpContext http)
    {
        ApiRequest.Of(http).Action = cancel ? "access-review.cancel" : "access-review.close";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessReviewDecide, token),
            async (connection, owner, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var ended = Guid.TryParseExact(review, "D", out var id)
                    ? await AccessReviews.EndAsync(connection, owner, id, cancel, ApiRequest.Of(http).Principal!, token)
                    : Problems.NotFound;
                return ended.Ok ? (Result<Accepted>?)(Shown(ended.Value, 200) with { Note = Said(ended.Value) }) : ended.Problem;
            },
            http.RequestAborted);
    }

    private static Accepted Shown(AccessReview review, int status) => new(status, JsonSerializer.Serialize(review, WireJson.Default.AccessReview)) { ResourceId = review.Id };

    // The remark is somebody's words, and an entry is for ever: it stays with the review.
    private static LedgerReason Said(AccessReviewItem item)
    {
        var withdrawn = item.Decision!.Withdrawn;
        LedgerReason? what = Join(", ", withdrawn.Take(5).Select(Said)) is { } said ? Of($" ({said}{(withdrawn.Count > 5 ? Words(", …)") : Words(")"))}") : null;
        return $"{Name(item.Account)}: {Name(item.Decision.Decision)}{(item.Decision.OnlyReviewer ? Words(", by themselves as the only reviewer") : null)}{what}";
    }

    private static LedgerReason Said(AccessChange withdrawn) => $"{Name(withdrawn.What)} {Name(withdrawn.Subject)}";

    private static LedgerReason Said(AccessReview review) =>
        $"{Name(review.Kind)}: {review.Counts.Accounts} accounts, {review.Counts.Kept} kept, {review.Counts.Withdrawn} with something withdrawn, {review.Counts.Gone} gone, {review.Counts.Undecided} undecided, {review.Counts.OwnKept} kept by the only reviewer themselves";

    private static async Task<AccessReview?> FindAsync(NpgsqlConnection connection, Guid owner, string review, CancellationToken cancellationToken) =>
        Guid.TryParseExact(review, "D", out var id) ? await ReviewTable.FindAsync(connection, owner, id, cancellationToken) : null;
}
