using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Npgsql;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>
/// Reviews from their beginning to their end. What changes one changes access: its transaction has the directory's access to itself (see <see cref="Authorizer"/>), so a snapshot is of one
/// moment and two decisions on one account take turns. Safe for concurrent use.
/// </summary>
internal sealed class AccessReviews(ReviewWithdrawals withdrawals)
{
    private const int LongestRemark = 500;

    /// <summary>Begins one, unless one of its kind is open.</summary>
    public static async Task<Result<AccessReview>> BeginAsync(NpgsqlConnection connection, ReviewedDirectory directory, string kind, Principal by, CancellationToken cancellationToken)
    {
        if (kind is not (AccessReviewSchedule.Rights or AccessReviewSchedule.Technical))
        {
            return Problem.Invalid(new FieldError("kind", "There is no such kind of review.", $"{AccessReviewSchedule.Rights}, {AccessReviewSchedule.Technical}"));
        }

        if (await ReviewTable.FindOpenAsync(connection, directory.Id, kind, cancellationToken) is { } open)
        {
            return Problem.Conflict("review-open", "A review of this kind is open", $"It is {open.Id:D}: finish it, or cancel it, before another begins.");
        }

        var accounts = await directory.ReadAsync(connection, ReviewTable.AccountKind(kind), null, cancellationToken);
        if (accounts.Count == 0)
        {
            return Problem.Conflict("nothing-to-review", "There is nothing to review", "There is no account of its kind.");
        }

        var id = Guid.CreateVersion7();
        await ReviewTable.InsertAsync(connection, directory.OrganizationId, id, kind, by.Name, accounts, cancellationToken);
        return (await ReviewTable.FindAsync(connection, directory.Id, id, cancellationToken))!;
    }

    /// <summary>Items as they are now, or were when the review ended.</summary>
    public static async Task<IReadOnlyList<AccessReviewItem>> ItemsAsync(
        NpgsqlConnection connection, ReviewedDirectory directory, AccessReview review, string after, int limit, CancellationToken cancellationToken)
    {
        var rows = await ReviewTable.ItemsAsync(connection, review.Id, after, limit, cancellationToken);
        return await ShowAsync(connection, directory, review, rows, cancellationToken);
    }

    /// <summary>Closes one in which all is decided, or cancels one.</summary>
    public static async Task<Result<AccessReview>> EndAsync(
        NpgsqlConnection connection, ReviewedDirectory directory, Guid id, bool cancel, Principal by, CancellationToken cancellationToken)
    {
        if (await ReviewTable.FindAsync(connection, directory.Id, id, cancellationToken) is not { } review)
        {
            return Problems.NotFound;
        }

        if (review.State != "open")
        {
            return Ended(review);
        }

        if (!cancel && review.Counts.Undecided > 0)
        {
            return Problem.Conflict("undecided", "Not all is decided", string.Create(
                CultureInfo.InvariantCulture, $"{review.Counts.Undecided} of {review.Counts.Accounts} accounts wait for a decision. Decide on them, or cancel the review."));
        }

        var items = await ItemsAsync(connection, directory, review, "", int.MaxValue, cancellationToken);
        await ReviewTable.EndAsync(
            connection, review, cancel ? "cancelled" : "closed", by.Name, [.. items.Select(i => (i.Account, i.Gone, i.Changes))], cancellationToken);
        return (await ReviewTable.FindAsync(connection, directory.Id, id, cancellationToken))!;
    }

    /// <summary>Decides on an account, and withdraws what is to be withdrawn: all or nothing.</summary>
    public async Task<Result<AccessReviewItem>> DecideAsync(
        ApiRequest request, NpgsqlConnection connection, ReviewedDirectory directory, Guid id, string account, DecideAccessReview wanted, CancellationToken cancellationToken)
    {
        if (await ReviewTable.FindAsync(connection, directory.Id, id, cancellationToken) is not { } review
            || !ResourceName.IsValid(account) || await ReviewTable.ItemAsync(connection, id, account, cancellationToken) is not { } row)
        {
            return Problems.NotFound;
        }

        if (Check(wanted) is { } wrong)
        {
            return wrong;
        }

        var principal = request.Principal!;
        var before = await directory.ReadAsync(connection, ReviewTable.AccountKind(review.Kind), [row.PrincipalId], cancellationToken) is [var one] ? one : null;
        var onlyReviewer = principal.Id == row.PrincipalId && !await directory.HasOtherReviewerAsync(connection, principal.Id, cancellationToken);
        if (Refusal(directory, review, row, before, principal, wanted, onlyReviewer) is { } refused)
        {
            return refused;
        }

        if (await withdrawals.RunAsync(request, connection, directory, id, review.Kind, before!, wanted, cancellationToken) is { } problem)
        {
            return problem;
        }

        var after = (await directory.ReadAsync(connection, ReviewTable.AccountKind(review.Kind), [row.PrincipalId], cancellationToken))[0].Account;
        if (!await ReviewTable.DecideAsync(
            connection, id, account, wanted.Decision, principal, wanted.Remark, AccountChanges.Between(row.Snapshot, before!.Account), AccountChanges.Between(before.Account, after), after,
            onlyReviewer, cancellationToken))
        {
            return Decided(row);
        }

        return (await ShowAsync(connection, directory, review, [(await ReviewTable.ItemAsync(connection, id, account, cancellationToken))!], cancellationToken))[0];
    }

    private static Problem? Check(DecideAccessReview wanted)
    {
        static bool AreNames(IReadOnlyList<string>? names) => names is null || (names.Count <= 200 && names.All(ResourceName.IsValid));

        var takes = wanted.Keys || wanted.Disable || wanted.Grants is { Count: > 0 } || wanted.Groups is { Count: > 0 } || wanted.Tokens is { Count: > 0 };
        FieldError?[] errors =
        [
            wanted.Decision is not ("keep" or "withdraw") ? new FieldError("decision", "There is no such decision.", "keep, withdraw")
                : wanted.Decision == "keep" && takes ? new FieldError("decision", "Nothing is withdrawn from who keeps all.", "withdraw, or nothing to withdraw")
                : wanted.Decision == "withdraw" && !takes ? new FieldError("decision", "It is not said what is to be withdrawn.", "with one or more of grants, groups, tokens, keys and disable")
                : null,
            wanted.Remark is { } remark && (remark.Length > LongestRemark || string.IsNullOrWhiteSpace(remark) || remark.Any(char.IsControl))
                ? new FieldError("remark", "This remark is not valid.", $"1 to {LongestRemark} characters, no control characters") : null,
            wanted.Grants is { Count: > 200 } ? new FieldError("grants", "There are too many of them.", "at most 200") : null,
            AreNames(wanted.Groups) ? null : new FieldError("groups", "These are not names of groups.", "at most 200 names"),
            AreNames(wanted.Tokens) ? null : new FieldError("tokens", "These are not names of tokens.", "at most 200 names"),
        ];
        return errors.OfType<FieldError>().ToList() is { Count: > 0 } wrong ? Problem.Invalid(wrong) : null;
    }

    private static Problem? Refusal(
        ReviewedDirectory directory, AccessReview review, ReviewItemRow row, AccountSnapshot? now, Principal principal, DecideAccessReview wanted, bool onlyReviewer) =>
        review.State != "open" ? Ended(review)
        : row.Decision is not null ? Decided(row)
        : principal.IsServiceAccount ? Problem.Conflict(
            "person-needed", "A person has to do this", "A service account may be in the hands of whoever it is about, and a review is somebody's judgement: decide as yourself.")
        : now is null ? Problem.Conflict("account-gone", "The account is gone", "It was removed since the review began: there is nothing to decide, and it doesn't keep the review from being closed.")
        : principal.Id != row.PrincipalId ? null
        : !onlyReviewer || wanted.Decision != "keep" ? Problem.Conflict(
            "own-account", "Nobody decides on themselves", $"Somebody else who has the permission {directory.Decide} has to decide on your account. Only if there is nobody else may you keep what you have, with a remark.")
        : wanted.Remark is null ? Problem.Invalid(new FieldError(
            "remark", "You are the only reviewer here: to keep what you have yourself, say why in a remark, which stays in the outcome.", $"1 to {LongestRemark} characters"))
        : null;

    private static async Task<IReadOnlyList<AccessReviewItem>> ShowAsync(
        NpgsqlConnection connection, ReviewedDirectory directory, AccessReview review, IReadOnlyList<ReviewItemRow> rows, CancellationToken cancellationToken)
    {
        var now = review.State != "open" ? null
            : (await directory.ReadAsync(
                connection, ReviewTable.AccountKind(review.Kind), [.. rows.Select(r => r.PrincipalId)], cancellationToken)).ToDictionary(a => a.Id, a => a.Account);
        return
        [
            .. rows.Select(row => now is null ? new AccessReviewItem(row.Name, row.Snapshot, row.Gone, row.Changes, row.Decision)
                : now.GetValueOrDefault(row.PrincipalId) is { } account
                    ? new AccessReviewItem(row.Name, row.Snapshot, false, [.. row.Changes, .. AccountChanges.Between(row.Seen ?? row.Snapshot, account)], row.Decision)
                    : new AccessReviewItem(row.Name, row.Snapshot, true, row.Changes, row.Decision)),
        ];
    }

    private static Problem Ended(AccessReview review) => Problem.Conflict("review-ended", "The review has ended", $"It is {review.State}, and stays as it is.");

    private static Problem Decided(ReviewItemRow row) => Problem.Conflict(
        "already-decided", "It is decided already",
        $"{(row.Decision is { } decision ? decision.DecidedBy + " decided: " + decision.Decision : "Somebody decided just now")}. A decision stays; what is to change still can be changed by hand, and the review shows it.");
}
