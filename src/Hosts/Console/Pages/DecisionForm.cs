using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A decision on an account of a review, as it was chosen and ticked. What is wrong with it, the API says.</summary>
/// <param name="Decision"><c>keep</c> or <c>withdraw</c>; empty before it is chosen.</param>
/// <param name="Remark">Empty for none.</param>
/// <param name="Ticked">Names of the fields that are ticked.</param>
internal sealed record DecisionForm(string Decision, string Remark, IReadOnlyList<string> Ticked)
{
    /// <summary>The most characters of a field: more than a remark may have, so that the API says so.</summary>
    public const int Longest = 600;

    public const string Keys = "keys", Disable = "disable";

    public static DecisionForm Empty { get; } = new("", "", []);

    public static DecisionForm Of(Func<string, string> field, AccessReviewItem item) =>
        new(field("decision"), field("remark"), [.. Fields(item).Where(name => field(name) == "on")]);

    public DecideAccessReview Wanted(AccessReviewItem item) => new(
        Decision, Remark.Length > 0 ? Remark : null,
        [.. Grants(item).Where(g => Ticked.Contains(Grant(g))).Select(g => g.Id)],
        [.. Groups(item).Where(g => Ticked.Contains(Group(g)))],
        [.. Tokens(item).Where(t => Ticked.Contains(Token(t)))],
        Ticked.Contains(Keys),
        Ticked.Contains(Disable));

    public static string Grant(ReviewedGrant grant) => $"grant-{grant.Id:D}";

    public static string Group(string group) => "group-" + group;

    public static string Token(string token) => "token-" + token;

    /// <summary>Those that can be withdrawn from the account alone.</summary>
    public static IEnumerable<ReviewedGrant> Grants(AccessReviewItem item) => item.Snapshot.Grants.Where(g => g.Group is null);

    /// <summary>Those that it is in still.</summary>
    public static IEnumerable<string> Groups(AccessReviewItem item) => item.Snapshot.Groups.Except(Changed(item, "group-left"));

    /// <summary>Those that are valid still.</summary>
    public static IEnumerable<string> Tokens(AccessReviewItem item) => item.Snapshot.Tokens.Select(t => t.Name).Except(Changed(item, "token-ended"));

    private static IEnumerable<string> Fields(AccessReviewItem item) => [.. Grants(item).Select(Grant), .. Groups(item).Select(Group), .. Tokens(item).Select(Token), Keys, Disable];

    private static IEnumerable<string> Changed(AccessReviewItem item, string what) => item.Changes.Where(c => c.What == what).Select(c => c.Subject);
}
