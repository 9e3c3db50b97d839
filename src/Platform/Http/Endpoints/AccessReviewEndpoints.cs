using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access.Reviews;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Reviews of who may do what: in an organization, and, on the operator's interface, in the operator's own directory.</summary>
internal sealed class AccessReviewEndpoints(Changes changes, ReviewScopes scopes, AccessReviews reviews)
{
    private const string Organization = "/v1/organizations/{organization}", Operator = "/operator/v1";
    private const string Path = "/access-reviews", Schedule = "/access-review-schedule";
    private const string Tag = "Access reviews";

    public static void Map(IEndpointRouteBuilder routes)
    {
        DescribeList(routes.MapGet(Organization + Path, (string organization, HttpContext http, AccessReviewEndpoints e) => ListAsync(http, e.OfOrganization(http, organization))), "listAccessReviews");
        DescribeList(routes.MapGet(Operator + Path, (HttpContext http, AccessReviewEndpoints e) => ListAsync(http, e.OfOperator(http))), "operatorListAccessReviews");
        DescribeBegin(routes.MapPost(Organization + Path, (string organization, HttpContext http, AccessReviewEndpoints e) => e.BeginAsync(http, e.OfOrganization(http, organization))), "beginAccessReview");
        DescribeBegin(routes.MapPost(Operator + Path, (HttpContext http, AccessReviewEndpoints e) => e.BeginAsync(http, e.OfOperator(http))), "operatorBeginAccessReview");
        DescribeSchedule(routes.MapGet(Organization + Schedule, (string organization, HttpContext http, AccessReviewEndpoints e) => ScheduleAsync(http, e.OfOrganization(http, organization))), "getAccessReviewSchedule");
        DescribeSchedule(routes.MapGet(Operator + Schedule, (HttpContext http, AccessReviewEndpoints e) => ScheduleAsync(http, e.OfOperator(http))), "operatorGetAccessReviewSchedule");
        DescribeGet(routes.MapGet(Organization + Path + "/{review}", (string organization, string review, HttpContext http, AccessReviewEndpoints e) => GetAsync(review, http, e.OfOrganization(http, organization))), "getAccessReview");
        DescribeGet(routes.MapGet(Operator + Path + "/{review}", (string review, HttpContext http, AccessReviewEndpoints e) => GetAsync(review, http, e.OfOperator(http))), "operatorGetAccessReview");
        DescribeItems(routes.MapGet(Organization + Path + "/{review}/items", (string organization, string review, HttpContext http, AccessReviewEndpoints e) => ItemsAsync(review, http, e.OfOrganization(http, organization))), "listAccessReviewItems");
        DescribeItems(routes.MapGet(Operator + Path + "/{review}/items", (string review, HttpContext http, AccessReviewEndpoints e) => ItemsAsync(review, http, e.OfOperator(http))), "operatorListAccessReviewItems");
        DescribeDecide(
            routes.MapPut(
                Organization + Path + "/{review}/items/{account}/decision",
                (string organization, string review, string account, HttpContext http, AccessReviewEndpoints e) => e.DecideAsync(review, account, http, e.OfOrganization(http, organization))),
            "decideAccessReviewItem", "access.manage, and at most what the caller may do themselves", """{ "decision": "withdraw", "remark": "Left the project in March.", "groups": ["dba"], "tokens": ["laptop"] }""");
        DescribeDecide(
            routes.MapPut(
                Operator + Path + "/{review}/items/{account}/decision",
                (string review, string account, HttpContext http, AccessReviewEndpoints e) => e.DecideAsync(review, account, http, e.OfOperator(http))),
            "operatorDecideAccessReviewItem", "operator.manage", """{ "decision": "withdraw", "remark": "Left in March.", "disable": true }""");
        End(routes, "close", "AccessReview", "Close an access review", "When every account that is still there is decided on. Its outcome stays.", cancel: false);
        End(routes, "cancel", "AccessReview", "Cancel an access review", "What was decided and withdrawn stays; the review doesn't count as one.", cancel: true);
    }

    private static void DescribeList(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "List access reviews", "The newest first.", 400, 403, 404)
        .WithPaging()
        .Produces<Page<AccessReview>>();

    private static void DescribeBegin(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "Begin an access review", "With a snapshot of all people, or all service accounts, and what each may do. One of a kind is open at a time.", 400, 403, 404, 409, 413, 415, 422, 503)
        .Record("access-review.begin").ChangesAccess()
        .Accepts<BeginAccessReview>("application/json")
        .Produces<AccessReview>(201)
        .WithExample(0, """{ "kind": "technical" }""");

    private static void DescribeSchedule(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "Read when access reviews are due", "Of people every 365 days, of service accounts every 90, counted from the moment of the newest closed review's snapshot.", 400, 403, 404)
        .Produces<Page<AccessReviewDue>>();

    private static void DescribeGet(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "Read an access review", "In numbers, and who ended it.", 400, 403, 404)
        .Produces<AccessReview>();

    private static void DescribeItems(RouteHandlerBuilder route, string id) => route
        .Describe(id, Tag, "List the accounts of an access review", "In order of name, with what each might do, what has changed since, and what was decided.", 400, 403, 404)
        .WithPaging()
        .Produces<Page<AccessReviewItem>>();

    private static void DescribeDecide(RouteHandlerBuilder route, string id, string needs, [StringSyntax(StringSyntaxAttribute.Json)] string example) => route
        .Describe(
            id, Tag, "Decide on an account",
            $"Once. What is withdrawn ends at once, by the rules of withdrawing it by hand: it needs {needs}. Nobody decides on themselves, unless nobody else can.",
            400, 403, 404, 409, 413, 415, 422, 503)
        .Record("access-review.decide").ChangesAccess()
        .Accepts<DecideAccessReview>("application/json")
        .Produces<AccessReviewItem>()
        .WithExample(0, example);

    private static void End(IEndpointRouteBuilder routes, string verb, string what, string summary, string description, bool cancel)
    {
        Describe(routes.MapPost($"{Organization}{Path}/{{review}}/{verb}", (string organization, string review, HttpContext http, AccessReviewEndpoints e) => e.EndAsync(review, cancel, http, e.OfOrganization(http, organization))), verb + what);
        Describe(
            routes.MapPost($"{Operator}{Path}/{{review}}/{verb}", (string review, HttpContext http, AccessReviewEndpoints e) => e.EndAsync(review, cancel, http, e.OfOperator(http))),
            "operator" + char.ToUpperInvariant(verb[0]) + verb[1..] + what);

        void Describe(RouteHandlerBuilder route, string id) => route
            .Describe(id, Tag, summary, description, 400, 403, 404, 409, 503)
            .Record("access-review." + verb).ChangesAccess()
            .Produces<AccessReview>();
    }

    private ReviewScope OfOrganization(HttpContext http, string organization) => scopes.Of(http, organization);

    private ReviewScope OfOperator(HttpContext http) => scopes.OfOperator(http);

    private static Task<IResult> ListAsync(HttpContext http, ReviewScope scope) =>
        scope.ReadAsync(async (connection, directory) =>
        {
            var page = Query.Page(http);
            if (!page.Ok)
            {
                return page.Problem;
            }

            var found = await ReviewTable.ListAsync(connection, directory.Id, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(found, page.Value.Limit, r => r.Id.ToString("D")), WireJson.Default.PageAccessReview);
        });

    private static Task<IResult> ScheduleAsync(HttpContext http, ReviewScope scope) =>
        scope.ReadAsync(async (connection, directory) =>
            Query.Check(http) is { } bad ? bad
            : (Result<IResult>)Answer.Json(new Page<AccessReviewDue>(await AccessReviewSchedule.ListAsync(connection, directory.Id, http.RequestAborted), null), WireJson.Default.PageAccessReviewDue));

    private static Task<IResult> GetAsync(string review, HttpContext http, ReviewScope scope) =>
        scope.ReadAsync(async (connection, directory) =>
            Query.Check(http) is { } bad ? bad
            : await FindAsync(connection, directory, review, http.RequestAborted) is { } found ? (Result<IResult>)Answer.Json(found, WireJson.Default.AccessReview)
            : Problems.NotFound);

    private static Task<IResult> ItemsAsync(string review, HttpContext http, ReviewScope scope) =>
        scope.ReadAsync(async (connection, directory) =>
        {
            var limit = Query.Limit(http);
            var after = Query.PageToken(http, ResourceName.IsValid);
            if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? after.Problem) is { } bad)
            {
                return bad;
            }

            if (await FindAsync(connection, directory, review, http.RequestAborted) is not { } found)
            {
                return Problems.NotFound;
            }

            var items = await AccessReviews.ItemsAsync(connection, directory, found, after.Value ?? "", limit.Value + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(items, limit.Value, i => i.Account), WireJson.Default.PageAccessReviewItem);
        });

    private Task<IResult> BeginAsync(HttpContext http, ReviewScope scope) =>
        changes.RunAsync<ReviewedDirectory, BeginAccessReview>(
            http,
            "access-review.begin",
            WireJson.Default.BeginAccessReview,
            scope.EnterAsync,
            async (connection, directory, content, token) =>
            {
                var begun = await AccessReviews.BeginAsync(connection, directory, content.Kind, ApiRequest.Of(http).Principal!, token);
                return begun.Ok
                    ? (Result<Accepted>?)(Shown(begun.Value, 201) with { Note = $"{Name(begun.Value.Kind)}: {begun.Value.Counts.Accounts} accounts" })
                    : begun.Problem;
            });

    private Task<IResult> DecideAsync(string review, string account, HttpContext http, ReviewScope scope) =>
        changes.RunAsync<ReviewedDirectory, DecideAccessReview>(
            http,
            "access-review.decide",
            WireJson.Default.DecideAccessReview,
            scope.EnterAsync,
            async (connection, directory, content, token) =>
            {
                if (!Guid.TryParseExact(review, "D", out var id))
                {
                    return Problems.NotFound;
                }

                var decided = await reviews.DecideAsync(ApiRequest.Of(http), connection, directory, id, account, content, token);
                return decided.Ok
                    ? (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(decided.Value, WireJson.Default.AccessReviewItem)) { ResourceId = id, Note = Said(decided.Value) }
                    : decided.Problem;
            });

    private Task<IResult> EndAsync(string review, bool cancel, HttpContext http, ReviewScope scope)
    {
        ApiRequest.Of(http).Action = cancel ? "access-review.cancel" : "access-review.close";
        return changes.RunAsync(
            http,
            [],
            scope.EnterAsync,
            async (connection, directory, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                var ended = Guid.TryParseExact(review, "D", out var id)
                    ? await AccessReviews.EndAsync(connection, directory, id, cancel, ApiRequest.Of(http).Principal!, token)
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

    private static async Task<AccessReview?> FindAsync(NpgsqlConnection connection, ReviewedDirectory directory, string review, CancellationToken cancellationToken) =>
        Guid.TryParseExact(review, "D", out var id) ? await ReviewTable.FindAsync(connection, directory.Id, id, cancellationToken) : null;
}
