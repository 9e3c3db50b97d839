using System.Text.Json;
using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Cli.Tests;

/// <summary><c>access-review</c> against an API: what is sent, and what a person is shown.</summary>
public sealed class AccessReviewTests : IAsyncLifetime
{
    private const string Reviews = "/v1/organizations/demo/access-reviews";
    private static readonly DateTimeOffset Then = new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
    private static readonly AccessReview Review = new(Samples.OperationId, "rights", "closed", "alice", Then, "bob", Then.AddDays(1), new AccessReviewCounts(3, 1, 1, 1, 0, 1), ["dave"]);
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task A_review_is_shown_with_every_account_of_every_page()
    {
        var grant = new ReviewedGrant(Guid.Parse("0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80"), "looker", ["postgres.read"], "dba", "eval", "postgres/db");
        var kept = new AccessReviewItem(
            "alice", new ReviewedAccount("active", Then, null, ["dba"], [grant], [], []), false, [],
            new AccessReviewDecision("keep", "alice", Then, "Nobody\u001belse.", [], OnlyReviewer: true));
        var withdrawn = new AccessReviewItem(
            "bob", new ReviewedAccount("active", Then, Then, [], [], [new ReviewedToken("laptop", Then, Then.AddDays(90), null)], ["abc"]), false, [new AccessChange("grant-added", "reader in eval")],
            new AccessReviewDecision("withdraw", "carol", Then, null, [new AccessChange("token-ended", "laptop")], false));
        var gone = new AccessReviewItem("carol", new ReviewedAccount("invited", Then, null, [], [], [], []), true, [], null);
        _api.OnJson($"GET {Reviews}/{Review.Id}", Review, WireJson.Default.AccessReview);
        _api.On($"GET {Reviews}/{Review.Id}/items", http => Results.Text(
            JsonSerializer.Serialize(
                http.Request.Query.ContainsKey("pageToken") ? new Page<AccessReviewItem>([withdrawn, gone], null) : new Page<AccessReviewItem>([kept], "next"), WireJson.Default.PageAccessReviewItem),
            "application/json"));
        var run = await _cli.RunAsync("access-review", "show", Review.Id.ToString());
        Assert.True(run.ExitCode == 0, run.Error);
        foreach (var line in (string[])[
            "3: 1 kept, 1 with something withdrawn, 1 gone, 0 undecided", "2026-11-25 08:00:00Z by bob", "1, as the only reviewer", "alice  active  never used",
            "  grant  0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80  looker  in eval on postgres/db  through group dba  (postgres.read)",
            "  keep  by alice  2026-11-24  on themselves, as the only reviewer  Nobody else.", "  token  laptop  until 2027-02-22  never used", "  key  abc", "  since  grant-added  reader in eval",
            "  withdraw  by carol  2026-11-24", "  withdrawn  token-ended  laptop", "carol  invited  never used  GONE", "  no decision needed", "dave"])
        {
            Assert.Contains(line, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_decision_sends_what_the_options_name_and_nothing_else()
    {
        var item = new AccessReviewItem("bob", new ReviewedAccount("active", Then, Then, [], [], [], []), false, [], null);
        _api.OnJson($"PUT {Reviews}/{Review.Id}/items/bob/decision", item, WireJson.Default.AccessReviewItem);
        Assert.Equal(0, (await _cli.RunAsync("access-review", "decide", Review.Id.ToString(), "bob", "keep", "--remark", "Needed.")).ExitCode);
        Assert.Equal(
            0, (await _cli.RunAsync("access-review", "decide", Review.Id.ToString(), "bob", "withdraw", "--group", "dba", "--group", "ops", "--grant", Review.Id.ToString(), "--disable")).ExitCode);
        var sent = _api.Bodies.Select(body => JsonSerializer.Deserialize(body, WireJson.Default.DecideAccessReview)!).ToList();
        Assert.Equal(("keep", "Needed.", false, false), (sent[0].Decision, sent[0].Remark, sent[0].Keys, sent[0].Disable));
        Assert.Empty(sent[0].Grants ?? []);
        Assert.Empty(sent[0].Groups ?? []);
        Assert.Empty(sent[0].Tokens ?? []);
        Assert.Equal(("withdraw", null, false, true), (sent[1].Decision, sent[1].Remark, sent[1].Keys, sent[1].Disable));
        Assert.Equal(["dba", "ops"], sent[1].Groups!);
        Assert.Equal([Review.Id], sent[1].Grants!);
    }

    [Theory]
    [InlineData("begin everything"), InlineData("decide 0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80 bob perhaps"), InlineData("show latest"), InlineData("close")]
    public async Task Wrong_usage_reaches_nobody(string arguments)
    {
        Assert.Equal(2, (await _cli.RunAsync(["access-review", .. arguments.Split(' ')])).ExitCode);
        Assert.Empty(_api.Bodies);
    }

    [Fact]
    public async Task A_refusal_says_what_is_missing()
    {
        _api.On($"POST {Reviews}/{Review.Id}/close", _ => Results.Text(
            """{"type":"urn:beffroi:problem:undecided","title":"Not all is decided","status":409,"detail":"1 of 2 accounts wait for a decision."}""", "application/problem+json", statusCode: 409));
        var run = await _cli.RunAsync("access-review", "close", Review.Id.ToString());
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("1 of 2 accounts wait", run.Error, StringComparison.Ordinal);
    }
}
