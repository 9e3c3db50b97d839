using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>access-review</c>: who may do what, looked through account by account, in an organization or, with a context of the operator's, among the operator's own accounts.</summary>
internal static class AccessReviewCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Whose [that of the context's space; with a context of the operator's, the operator's own accounts]", HelpName = "NAME" };
        var kind = new Argument<string>("kind") { Description = "rights (people) or technical (service accounts)" };
        kind.AcceptOnlyFromAmong("rights", "technical");
        var id = Id();
        return new Command("access-review", "Reviews of who may do what: each account is kept, or something is taken from it")
        {
            options.Run(terminal, new Command("due", "When the next reviews are due") { organization }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(session.IsOperator ? Paths.OperatorAccessReviewSchedule : Paths.AccessReviewSchedule(Owner(session, result, organization)), ApiClient.Wire.PageAccessReviewDue, token);
                session.Results.List(page.Items, wire => wire.AccessReviewDue, "Nothing is to be reviewed.", ["KIND", "STATE", "DUE", "REVIEWED AS OF", "EVERY", "OPEN"], d =>
                    [d.Kind, d.State, Day(d.DueAt), Day(d.ReviewedAt), string.Create(CultureInfo.InvariantCulture, $"{d.EveryDays} days"), d.Open?.ToString("D")]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("list", "List the reviews, the newest first") { organization }, async (session, result, token) =>
            {
                var items = await Pages.AllAsync(session.Api, Reviews(session, result, organization), ApiClient.Wire.PageAccessReview, token);
                session.Results.List(items, wire => wire.AccessReview, $"Nothing was reviewed yet {(session.IsOperator ? "of the operator's accounts" : "in " + Owner(session, result, organization))}.", ["ID", "KIND", "STATE", "BEGUN", "BY", "ENDED", "ACCOUNTS", "UNDECIDED"], r =>
                    [r.Id.ToString("D"), r.Kind, r.State, Day(r.BegunAt), r.BegunBy, Day(r.EndedAt), Count(r.Counts.Accounts), Count(r.Counts.Undecided)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("show", "Show a review: what each account might do, what has changed since, what was decided") { id, organization }, async (session, result, token) =>
            {
                var path = $"{Reviews(session, result, organization)}/{result.GetValue(id):D}";
                var review = await session.Api.GetAsync(path, ApiClient.Wire.AccessReview, token);
                var items = await Pages.AllAsync(session.Api, path + "/items", ApiClient.Wire.PageAccessReviewItem, token);
                session.Results.Value(new AccessReviewReport(review, items), wire => wire.AccessReviewReport, writer =>
                {
                    Show(writer, review);
                    foreach (var item in items)
                    {
                        writer.WriteLine();
                        Show(writer, item);
                    }
                });
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("begin", "Begin a review, with a snapshot of what all accounts of its kind may do") { kind, organization }, async (session, result, token) =>
            {
                var begun = await session.Api.ChangeAsync(
                    HttpMethod.Post, Reviews(session, result, organization), new BeginAccessReview(result.GetRequiredValue(kind)), ApiClient.Wire.BeginAccessReview,
                    ApiClient.Wire.AccessReview, Preconditions.None, token);
                session.Results.Value(begun!, wire => wire.AccessReview, writer => writer.WriteLine(Columns.Printable(string.Create(
                    CultureInfo.InvariantCulture, $"Review {begun!.Id:D} has {begun.Counts.Accounts} accounts. See them: beffroi access-review show {begun.Id:D}"))));
                return ExitCode.Ok;
            }),
            Decide(options, terminal, organization),
            End(options, terminal, organization, "close", "Close a review in which every account is decided on; its outcome stays"),
            End(options, terminal, organization, "cancel", "Cancel a review: what was withdrawn stays withdrawn, and it doesn't count as one"),
        };
    }

    private static Command Decide(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var id = Id();
        var account = new Argument<string>("account") { Description = "A user or service account of the review" };
        var decision = new Argument<string>("decision") { Description = "keep or withdraw" };
        decision.AcceptOnlyFromAmong("keep", "withdraw");
        var remark = new Option<string?>("--remark") { Description = "For whoever reads the outcome", HelpName = "TEXT" };
        var grants = new Option<Guid[]>("--grant") { Description = "Withdraw this grant of its own, as `access-review show` shows it", HelpName = "ID" };
        var groups = new Option<string[]>("--group") { Description = "Take it out of this group", HelpName = "NAME" };
        var tokens = new Option<string[]>("--token") { Description = "End this token", HelpName = "NAME" };
        var keys = new Option<bool>("--keys") { Description = "Take away all keys that it signs with" };
        var disable = new Option<bool>("--disable") { Description = "Switch the account off" };
        var command = new Command("decide", "Decide on an account, once: keep what it has, or withdraw what the options name, at once")
        {
            id, account, decision, remark, grants, groups, tokens, keys, disable, organization,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var decided = await session.Api.ChangeAsync(
                HttpMethod.Put,
                $"{Reviews(session, result, organization)}/{result.GetValue(id):D}/items/{Uri.EscapeDataString(result.GetRequiredValue(account))}/decision",
                new DecideAccessReview(
                    result.GetRequiredValue(decision), result.GetValue(remark), result.GetValue(grants), result.GetValue(groups), result.GetValue(tokens), result.GetValue(keys), result.GetValue(disable)),
                ApiClient.Wire.DecideAccessReview,
                ApiClient.Wire.AccessReviewItem,
                Preconditions.None,
                token);
            session.Results.Value(decided!, wire => wire.AccessReviewItem, writer => Show(writer, decided!));
            return ExitCode.Ok;
        });
    }

    private static Command End(GlobalOptions options, Terminal terminal, Option<string?> organization, string verb, string description)
    {
        var id = Id();
        return options.Run(terminal, new Command(verb, description) { id, organization }, async (session, result, token) =>
        {
            var ended = await session.Api.PostAsync($"{Reviews(session, result, organization)}/{result.GetValue(id):D}/{verb}", ApiClient.Wire.AccessReview, token);
            session.Results.Value(ended!, wire => wire.AccessReview, writer => Show(writer, ended!));
            return ExitCode.Ok;
        });
    }

    private static Argument<Guid> Id() => new("id") { Description = "As `access-review list` shows it", HelpName = "ID" };

    /// <summary>In a context of the operator's, those of its own accounts.</summary>
    private static string Reviews(Session session, ParseResult result, Option<string?> organization) =>
        session.IsOperator ? Paths.OperatorAccessReviews : Paths.AccessReviews(Owner(session, result, organization));

    private static string Owner(Session session, ParseResult result, Option<string?> organization) => result.GetValue(organization) ?? session.Space.Organization;

    private static void Show(TextWriter writer, AccessReview review) => Columns.Pairs(
        writer,
        ("Review", review.Id.ToString("D")),
        ("Of", review.Kind == "technical" ? "service accounts" : "people"),
        ("State", review.State),
        ("Begun", $"{At(review.BegunAt)} by {review.BegunBy}"),
        ("Ended", review.EndedAt is { } at ? $"{At(at)} by {review.EndedBy}" : null),
        ("Accounts", string.Create(
            CultureInfo.InvariantCulture,
            $"{review.Counts.Accounts}: {review.Counts.Kept} kept, {review.Counts.Withdrawn} with something withdrawn, {review.Counts.Gone} gone, {review.Counts.Undecided} undecided")),
        ("Decided on themselves", review.Counts.OwnKept > 0 ? Count(review.Counts.OwnKept) + ", as the only reviewer" : null),
        ("New since", review.NewAccounts.Count > 0 ? string.Join(", ", review.NewAccounts) : null));

    private static void Show(TextWriter writer, AccessReviewItem item)
    {
        var account = item.Snapshot;
        Columns.Line(writer, item.Account, account.State, account.LastUsedAt is { } used ? "last used " + Day(used) : "never used", item.Gone ? "GONE" : "");
        foreach (var grant in account.Grants)
        {
            Columns.Line(
                writer, "  grant", grant.Id.ToString("D"), grant.Role, grant.Space is null ? "everywhere" : grant.Resource is null ? "in " + grant.Space : $"in {grant.Space} on {grant.Resource}",
                grant.Group is { } group ? "through group " + group : "", grant.Permissions is { } permissions ? "(" + string.Join(" ", permissions) + ")" : "");
        }

        foreach (var token in account.Tokens)
        {
            Columns.Line(writer, "  token", token.Name, "until " + Day(token.ExpiresAt), token.LastUsedAt is { } at ? "last used " + Day(at) : "never used");
        }

        foreach (var key in account.Keys)
        {
            Columns.Line(writer, "  key", key);
        }

        foreach (var change in item.Changes)
        {
            Columns.Line(writer, "  since", change.What, change.Subject);
        }

        if (item.Decision is not { } decision)
        {
            Columns.Line(writer, item.Gone ? "  no decision needed" : "  UNDECIDED");
            return;
        }

        Columns.Line(writer, "  " + decision.Decision, $"by {decision.DecidedBy}", Day(decision.DecidedAt)!, decision.OnlyReviewer ? "on themselves, as the only reviewer" : "", decision.Remark ?? "");
        foreach (var change in decision.Withdrawn)
        {
            Columns.Line(writer, "  withdrawn", change.What, change.Subject);
        }
    }

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string At(DateTimeOffset at) => at.ToString("u", CultureInfo.InvariantCulture);

    private static string? Day(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
