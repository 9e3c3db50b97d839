using Beffroi.Services.Postgres.Backup;

namespace Beffroi.Postgres.Tests.Backup;

public sealed class RetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly StanzaNotes Before = new("", "", [], LockDays: 22, Fulls: 4);

    [Fact]
    public void A_longer_one_counts_at_once() =>
        Assert.Equal((30, 5, null), Of(Before.Retain(30, 5, Week, Now)));

    [Theory]
    [InlineData(5, 4), InlineData(22, 1), InlineData(30, 1), InlineData(5, 9)]
    public void A_shorter_one_waits_and_only_what_is_longer_counts(int days, int fulls)
    {
        var asked = Before.Retain(days, fulls, Week, Now);
        Assert.Equal((Math.Max(days, 22), Math.Max(fulls, 4), Now + Week), Of(asked));
        Assert.Equal(asked, asked.Retain(days, fulls, Week, Now.AddDays(6)));
        Assert.Equal((days, fulls, null), Of(asked.Retain(days, fulls, Week, Now + Week)));
    }

    [Fact]
    public void It_can_be_taken_back_until_then()
    {
        var asked = Before.Retain(5, 1, Week, Now);
        Assert.Equal(Of(Before), Of(asked.Retain(22, 4, Week, Now.AddDays(6))));
        Assert.Equal((22, 4, Now.AddDays(13)), Of(asked.Retain(22, 4, Week, Now.AddDays(6)).Retain(5, 1, Week, Now.AddDays(6))));
    }

    [Fact]
    public void Asking_for_a_little_first_saves_no_time()
    {
        var little = Before.Retain(21, 4, Week, Now);
        Assert.Equal(Now.AddDays(13), little.Retain(2, 4, Week, Now.AddDays(6)).Waiting!.From);
        Assert.Equal(Now.AddDays(7), little.Retain(21, 4, Week, Now.AddDays(6)).Waiting!.From);
    }

    [Fact]
    public void What_the_longer_one_locked_is_free_only_after_it()
    {
        var shorter = Before.Retain(5, 4, TimeSpan.Zero, Now);
        Assert.Equal((5, 4, null), Of(shorter));
        Assert.Equal(23, shorter.FreeAfterDays(Now.AddDays(21)));
        Assert.Equal(6, shorter.FreeAfterDays(Now.AddDays(23)));
        // Shortened again meanwhile: the longest of all.
        Assert.Equal(23, shorter.Retain(2, 4, TimeSpan.Zero, Now.AddDays(3)).FreeAfterDays(Now.AddDays(20)));
    }

    private static (int, int, DateTimeOffset?) Of(StanzaNotes notes) => (notes.LockDays, notes.Fulls, notes.Waiting?.From);
}
