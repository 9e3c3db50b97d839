using Beffroi.Contracts;
using Beffroi.Platform.Access.Reviews;

namespace Beffroi.Platform.Tests.Access;

/// <summary>When reviews are due, and what counts as a change of an account.</summary>
public sealed class AccessReviewScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);

    /// <summary>By how many days ago the organization, its oldest account of the kind and the newest closed review's snapshot are.</summary>
    [Theory]
    [InlineData("rights", 0, 0, null, "in-time", 365), InlineData("rights", 335, 335, null, "in-time", 30), InlineData("rights", 336, 336, null, "due-soon", 29)]
    [InlineData("rights", 365, 365, null, "due-soon", 0), InlineData("rights", 366, 366, null, "overdue", -1)]
    [InlineData("rights", 900, 900, 10, "in-time", 355), InlineData("rights", 900, 900, 366, "overdue", -1)]
    // A person who came lately doesn't put the others' review off.
    [InlineData("rights", 900, 1, null, "overdue", -535)]
    [InlineData("technical", 900, null, null, "nothing-to-review", null), InlineData("technical", 900, null, 10, "nothing-to-review", null)]
    // Nor was a service account overdue before there was one.
    [InlineData("technical", 900, 10, null, "in-time", 80), InlineData("technical", 900, 61, null, "due-soon", 29), InlineData("technical", 900, 91, null, "overdue", -1)]
    [InlineData("technical", 900, 900, 89, "due-soon", 1), InlineData("technical", 900, 900, 91, "overdue", -1), InlineData("technical", 900, 10, 400, "in-time", 80)]
    public void Each_kind_has_its_date(string kind, int organization, int? oldest, int? reviewed, string state, int? inDays)
    {
        DateTimeOffset? Ago(int? days) => days is { } some ? Now.AddDays(-some) : null;
        var due = AccessReviewSchedule.Of(kind, Ago(reviewed), null, Now.AddDays(-organization), Ago(oldest), Now);
        Assert.Equal((state, inDays is { } days ? Now.AddDays(days) : null), (due.State, due.DueAt));
    }

    [Fact]
    public void Every_difference_but_use_is_a_change()
    {
        var grant = new ReviewedGrant(Guid.NewGuid(), "looker", ["postgres.read"], null, "eval", "postgres/db");
        var token = new ReviewedToken("laptop", Now, Now.AddDays(1), null);
        var account = new ReviewedAccount("active", Now, null, ["dba"], [grant], [token], ["k1"]);
        Assert.Empty(AccountChanges.Between(account, account with { LastUsedAt = Now, Tokens = [token with { LastUsedAt = Now }] }));
        Changed(account with { State = "disabled" }, "state-changed disabled", "state-changed active");
        Changed(account with { Groups = ["dba", "other"] }, "group-joined other", "group-left other");
        Changed(account with { Grants = [] }, "grant-removed looker in eval on postgres/db", "grant-added looker in eval on postgres/db");
        Changed(account with { Grants = [grant with { Permissions = [] }] }, "role-changed looker in eval on postgres/db", "role-changed looker in eval on postgres/db");
        Changed(account with { Keys = ["k1", "k2"] }, "key-added k2", "key-removed k2");
        Changed(account with { Tokens = [] }, "token-ended laptop", "token-added laptop");
        // Another token of the same name is another.
        Assert.Equal(2, AccountChanges.Between(account, account with { Tokens = [token with { CreatedAt = Now.AddHours(1) }] }).Count);
        // The same role given again is another grant.
        Assert.Equal(2, AccountChanges.Between(account, account with { Grants = [grant with { Id = Guid.NewGuid() }] }).Count);

        void Changed(ReviewedAccount other, string there, string back)
        {
            Assert.Equal(there, Said(account, other));
            Assert.Equal(back, Said(other, account));
        }

        static string Said(ReviewedAccount before, ReviewedAccount after) => string.Join(", ", AccountChanges.Between(before, after).Select(c => c.What + " " + c.Subject));
    }
}
