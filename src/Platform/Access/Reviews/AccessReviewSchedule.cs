using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>When reviews are due: of rights every year, of technical accounts every quarter (SecNumCloud 9.4).</summary>
public static class AccessReviewSchedule
{
    /// <summary>Of people.</summary>
    public const string Rights = "rights";

    /// <summary>Of service accounts.</summary>
    public const string Technical = "technical";

    /// <summary>The id of the operator's directory, which isn't an organization's.</summary>
    public static readonly Guid OfOperator = Guid.Empty;

    private const int RightsDays = 365, TechnicalDays = 90, SoonDays = 30;

    /// <summary>An organization's, or, of all zeroes, the operator's, by the store's clock.</summary>
    public static async Task<IReadOnlyList<AccessReviewDue>> ListAsync(NpgsqlConnection connection, Guid directory, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select k.kind,
                   -- What was reviewed is what the snapshot has: a review that is left open for long doesn't put off the next.
                   (select max(r.begun_at) from platform.access_reviews r where r.directory = $1 and r.kind = k.kind and r.state = 'closed'),
                   (select r.id from platform.access_reviews r where r.directory = $1 and r.kind = k.kind and r.state = 'open'),
                   d.since,
                   (select min(a.created_at) from platform.reviewed_accounts a where a.directory = $1 and a.kind = k.account),
                   now()
            from (select created_at as since from platform.organizations where id = $1
                  union all
                  -- As old as the installation is: whoever was the first may be gone.
                  select min(applied_at) from store.migrations where $1 = '00000000-0000-0000-0000-000000000000' having count(*) > 0) d,
                 (values ('rights', 'user'), ('technical', 'service-account')) k (kind, account)
            order by k.kind
            """, directory).ListAsync(
            r => Of(r.GetString(0), r.Nullable<DateTimeOffset>(1), r.Nullable<Guid>(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<DateTimeOffset>(4), r.GetFieldValue<DateTimeOffset>(5)),
            cancellationToken);

    /// <summary>From what is known of a kind.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="reviewed">When the newest closed review began.</param>
    /// <param name="open">The open one.</param>
    /// <param name="organization">Since when there is the organization, or the installation.</param>
    /// <param name="oldest">Since when there is the oldest account of the kind; null without any.</param>
    /// <param name="now">This moment.</param>
    internal static AccessReviewDue Of(string kind, DateTimeOffset? reviewed, Guid? open, DateTimeOffset organization, DateTimeOffset? oldest, DateTimeOffset now)
    {
        var days = kind == Technical ? TechnicalDays : RightsDays;
        if (oldest is not { } first)
        {
            return new AccessReviewDue(kind, days, "nothing-to-review", reviewed, null, open);
        }

        // Where the first service account came late, it was not overdue before it was there.
        var since = reviewed ?? organization;
        var due = (kind == Technical && first > since ? first : since).AddDays(days);
        return new AccessReviewDue(kind, days, due < now ? "overdue" : due < now.AddDays(SoonDays) ? "due-soon" : "in-time", reviewed, due, open);
    }
}
