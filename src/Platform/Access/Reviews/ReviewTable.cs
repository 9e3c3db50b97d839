using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>An item as it is kept.</summary>
/// <param name="PrincipalId">The account's.</param>
/// <param name="Name">Its name.</param>
/// <param name="Snapshot">When the review began.</param>
/// <param name="Seen">When it was decided on, after what the decision withdrew.</param>
/// <param name="Decision">Null while there is none.</param>
/// <param name="Gone">When the review ended.</param>
/// <param name="Changes">Until the decision; of an ended review, until its end.</param>
internal sealed record ReviewItemRow(
    Guid PrincipalId, string Name, ReviewedAccount Snapshot, ReviewedAccount? Seen, AccessReviewDecision? Decision, bool Gone, IReadOnlyList<AccessChange> Changes);

/// <summary>Reviews in the store, each of an organization's directory or of the operator's, whose id is all zeroes. Each method works in the caller's transaction and decides nothing.</summary>
internal static class ReviewTable
{
    private const string Columns = """
        select r.id, r.kind, r.state, r.begun_by, r.begun_at, r.ended_by, r.ended_at, c.accounts, c.kept, c.withdrawn, c.gone, c.undecided, c.own_kept,
               case when r.state <> 'open' then r.new_accounts else array(
                   select p.name from platform.reviewed_accounts p
                   where p.directory = r.directory and p.kind = case r.kind when 'rights' then 'user' else 'service-account' end
                     and not exists (select from platform.access_review_items i where i.review_id = r.id and i.principal_id = p.id)
                   order by p.name collate "C" limit 200) end
        from platform.access_reviews r cross join lateral (
            select count(*)::int as accounts, (count(*) filter (where i.decision = 'keep'))::int as kept, (count(*) filter (where i.decision = 'withdraw'))::int as withdrawn,
                   (count(*) filter (where i.decision is null and g.gone))::int as gone, (count(*) filter (where i.decision is null and not g.gone))::int as undecided,
                   (count(*) filter (where i.only_reviewer))::int as own_kept
            from platform.access_review_items i
            cross join lateral (select case when r.state = 'open' then not exists (select from platform.reviewed_accounts p where p.directory = r.directory and p.id = i.principal_id) else i.gone end as gone) g
            where i.review_id = r.id) c

        """;

    /// <summary>Of which accounts a kind of review is.</summary>
    public static string AccountKind(string kind) => kind == AccessReviewSchedule.Technical ? Accounts.ServiceAccount : Accounts.User;

    /// <summary>The newest, older than <paramref name="before"/>.</summary>
    public static Task<List<AccessReview>> ListAsync(NpgsqlConnection connection, Guid directory, Guid? before, int limit, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where r.directory = $1 and ($2::uuid is null or r.id < $2) order by r.id desc limit $3", directory, before, limit)
            .ListAsync(Read, cancellationToken);

    public static Task<AccessReview?> FindAsync(NpgsqlConnection connection, Guid directory, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where r.directory = $1 and r.id = $2", directory, id).FirstAsync(Read, cancellationToken);

    public static Task<AccessReview?> FindOpenAsync(NpgsqlConnection connection, Guid directory, string kind, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where r.directory = $1 and r.kind = $2 and r.state = 'open'", directory, kind).FirstAsync(Read, cancellationToken);

    public static async Task InsertAsync(
        NpgsqlConnection connection, Guid? organizationId, Guid id, string kind, string by, IReadOnlyList<AccountSnapshot> accounts, CancellationToken cancellationToken)
    {
        await connection.Statement("insert into platform.access_reviews (id, organization_id, kind, begun_by) values ($1, $2::uuid, $3, $4)", id, organizationId, kind, by)
            .RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.access_review_items (review_id, name, principal_id, snapshot)
            select $1, a.name, a.id, a.snapshot::jsonb from unnest($2::text[], $3::uuid[], $4::text[]) a (name, id, snapshot)
            """, id, accounts.Select(a => a.Name).ToArray(), accounts.Select(a => a.Id).ToArray(), accounts.Select(a => Json(a.Account)).ToArray()).RunAsync(cancellationToken);
    }

    /// <summary>Items after <paramref name="after"/>, in order of name.</summary>
    public static Task<List<ReviewItemRow>> ItemsAsync(NpgsqlConnection connection, Guid review, string after, int limit, CancellationToken cancellationToken) =>
        connection.Statement("""
            select principal_id, name, snapshot::text, seen::text, decision, decider, decided_at, remark, withdrawn::text, only_reviewer, gone, changes::text
            from platform.access_review_items where review_id = $1 and name collate "C" > $2 order by name collate "C" limit $3
            """, review, after, limit).ListAsync(ReadItem, cancellationToken);

    public static Task<ReviewItemRow?> ItemAsync(NpgsqlConnection connection, Guid review, string name, CancellationToken cancellationToken) =>
        connection.Statement("""
            select principal_id, name, snapshot::text, seen::text, decision, decider, decided_at, remark, withdrawn::text, only_reviewer, gone, changes::text
            from platform.access_review_items where review_id = $1 and name = $2
            """, review, name).FirstAsync(ReadItem, cancellationToken);

    /// <summary>Keeps a decision. False if there is one already.</summary>
    public static async Task<bool> DecideAsync(
        NpgsqlConnection connection, Guid review, string name, string decision, Principal by, string? remark, IReadOnlyList<AccessChange> changes, IReadOnlyList<AccessChange> withdrawn,
        ReviewedAccount seen, bool onlyReviewer, CancellationToken cancellationToken) =>
        await connection.Statement("""
            update platform.access_review_items
            set decision = $3, decided_by = $4, decider = $5, decided_at = now(), remark = $6, changes = $7::text::jsonb, withdrawn = $8::text::jsonb, seen = $9::text::jsonb, only_reviewer = $10
            where review_id = $1 and name = $2 and decision is null
            """, review, name, decision, by.Id, by.Name, remark, Json(changes), Json(withdrawn), Json(seen), onlyReviewer).RunAsync(cancellationToken) > 0;

    /// <summary>Ends a review, and keeps what had changed until then.</summary>
    public static async Task EndAsync(
        NpgsqlConnection connection, AccessReview review, string state, string by, IReadOnlyList<(string Name, bool Gone, IReadOnlyList<AccessChange> Changes)> items,
        CancellationToken cancellationToken)
    {
        await connection.Statement("""
            update platform.access_review_items i set gone = e.gone, changes = e.changes::jsonb
            from unnest($2::text[], $3::boolean[], $4::text[]) e (name, gone, changes) where i.review_id = $1 and i.name = e.name
            """, review.Id, items.Select(i => i.Name).ToArray(), items.Select(i => i.Gone).ToArray(), items.Select(i => Json(i.Changes)).ToArray()).RunAsync(cancellationToken);
        await connection.Statement(
            "update platform.access_reviews set state = $2, ended_by = $3, ended_at = now(), new_accounts = $4 where id = $1", review.Id, state, by, review.NewAccounts.ToArray())
            .RunAsync(cancellationToken);
    }

    private static AccessReview Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetFieldValue<DateTimeOffset>(4), Text(r, 5), r.Nullable<DateTimeOffset>(6),
        new AccessReviewCounts(r.GetInt32(7), r.GetInt32(8), r.GetInt32(9), r.GetInt32(10), r.GetInt32(11), r.GetInt32(12)), r.GetFieldValue<string[]>(13));

    private static ReviewItemRow ReadItem(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), Account(r.GetString(2)), r.IsDBNull(3) ? null : Account(r.GetString(3)),
        r.IsDBNull(4) ? null : new AccessReviewDecision(r.GetString(4), r.GetString(5), r.GetFieldValue<DateTimeOffset>(6), Text(r, 7), Changes(r.GetString(8)), r.GetBoolean(9)),
        r.GetBoolean(10), Changes(r.GetString(11)));

    private static ReviewedAccount Account(string json) => JsonSerializer.Deserialize(json, WireJson.Default.ReviewedAccount)!;

    private static IReadOnlyList<AccessChange> Changes(string json) => JsonSerializer.Deserialize(json, WireJson.Default.IReadOnlyListAccessChange)!;

    private static string Json(ReviewedAccount account) => JsonSerializer.Serialize(account, WireJson.Default.ReviewedAccount);

    private static string Json(IReadOnlyList<AccessChange> changes) => JsonSerializer.Serialize(changes, WireJson.Default.IReadOnlyListAccessChange);

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
