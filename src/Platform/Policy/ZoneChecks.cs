using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Kernel;
using Beffroi.Platform.Sovereignty;

namespace Beffroi.Platform.Policy;

/// <summary>What an operator may declare of a zone. What is wrong is named, all of it at once. Pure.</summary>
internal static class ZoneChecks
{
    private const int Longest = 200, LongestReason = 1000, Most = 100;
    private static readonly string[] Kinds = ["secnumcloud", "european-equivalent", "hds"];

    /// <summary>What is wrong, in an installation with this register.</summary>
    public static IReadOnlyList<FieldError> Check(ZoneDeclaration wanted, IReadOnlyList<RegisterEntry> register)
    {
        FieldError?[] errors =
        [
            wanted.Country is null ? null : Country("country", wanted.Country),
            wanted.Operator is null ? null : Text("operator", wanted.Operator),
            wanted.Isolation is null || Requirements.Isolations.Contains(wanted.Isolation) ? null : new FieldError("isolation", "This value is not possible.", string.Join(", ", Requirements.Isolations)),
            .. Each("sites", wanted.Sites, (path, s) => Text(path + ".name", s.Name) ?? Country(path + ".country", s.Country)),
            .. Each("owners", wanted.Owners, Owner),
            .. Each("qualifications", wanted.Qualifications, Qualification),
            .. Each("foreignLaws", wanted.ForeignLaws, (path, l) => Law(path, l, register)),
        ];
        var found = errors.OfType<FieldError>().ToList();
        if ((wanted.Sites ?? []).Select(s => s?.Name).Distinct(StringComparer.Ordinal).Count() < (wanted.Sites?.Count ?? 0))
        {
            found.Add(new FieldError("sites", "Two sites have the same name.", "each name once"));
        }

        return found.Count > 0 ? found : [.. Chains(wanted.Owners ?? [])];
    }

    private static FieldError? Owner(string path, ZoneOwner owner) =>
        Text(path + ".name", owner.Name)
        ?? (owner.Through is null ? null : Text(path + ".through", owner.Through))
        ?? Percent(path + ".capital", owner.Capital) ?? Percent(path + ".votes", owner.Votes);

    private static FieldError? Qualification(string path, ZoneQualification qualification) =>
        (Kinds.Contains(qualification.Kind) ? null : new FieldError(path + ".kind", "This kind is not known.", string.Join(", ", Kinds)))
        ?? Text(path + ".by", qualification.By)
        ?? Text(path + ".reference", qualification.Reference)
        ?? Day(path + ".from", qualification.From)
        ?? Day(path + ".until", qualification.Until)
        ?? (qualification.From <= qualification.Until ? null : new FieldError(path + ".until", "It ends before it begins.", "from or later"))
        ?? (qualification.Kind == "hds"
            ? qualification.Activities is { Count: > 0 } activities && activities.All(a => a is >= 1 and <= 6) && activities.Distinct().Count() == activities.Count
                ? null : new FieldError(path + ".activities", "These are not activities of HDS.", "one or more of 1 to 6, each once")
            : qualification.Activities is null ? null : new FieldError(path + ".activities", "Only an HDS certificate is for activities.", "nothing"));

    private static FieldError? Law(string path, ForeignLaw law, IReadOnlyList<RegisterEntry> register) =>
        Text(path + ".law", law.Law)
        ?? Country(path + ".country", law.Country)
        ?? Day(path + ".on", law.On)
        ?? (register.Any(e => e.Id == law.Entry) ? null : new FieldError(path + ".entry", "There is no such entry in the register.", "an id of `beffroi sovereignty list`"))
        ?? (law.Mitigation is null ? new FieldError(path + ".mitigation", "This text is missing.", "an object with en and fr")
            : Text(path + ".mitigation.en", law.Mitigation.En, LongestReason) ?? Text(path + ".mitigation.fr", law.Mitigation.Fr, LongestReason));

    // Shares are multiplied along chains: each must end at the operator.
    private static IEnumerable<FieldError> Chains(IReadOnlyList<ZoneOwner> owners)
    {
        var names = owners.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        if (owners.FirstOrDefault(o => o.Through is { } through && !names.Contains(through)) is { } lost)
        {
            yield return new FieldError("owners", $"{lost.Name} has its share in {lost.Through}, who holds nothing.", "through: the name of another owner");
            yield break;
        }

        if (owners.GroupBy(o => o.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Select(o => o.OutsideEu).Distinct().Count() > 1) is { } split)
        {
            yield return new FieldError("owners", $"{split.Key} is both within and outside the European Union.", "the same outsideEu for the same name");
        }

        if (owners.GroupBy(o => o.Through, StringComparer.Ordinal).FirstOrDefault(g => g.Sum(o => o.Capital) > 100 || g.Sum(o => o.Votes) > 100) is { } much)
        {
            yield return new FieldError("owners", $"More than all of {much.Key ?? "the operator"} is held.", "100 percent of capital and of votes at most");
        }

        // What is left after taking off, again and again, whoever holds shares only in what is already gone, goes round in circles.
        var left = owners.Where(o => o.Through is not null).ToList();
        while (left.RemoveAll(o => !left.Exists(other => other.Name == o.Through)) > 0)
        {
        }

        if (left.Count > 0)
        {
            yield return new FieldError("owners", $"These hold each other in a circle: {string.Join(", ", left.Select(o => o.Name).Distinct(StringComparer.Ordinal))}.", "chains that end at the operator");
        }
    }

    private static IEnumerable<FieldError?> Each<T>(string field, IReadOnlyList<T>? items, Func<string, T, FieldError?> check)
        where T : class =>
        items is null ? []
        : items.Count > Most ? [new FieldError(field, "This list is too long.", $"{Most} at most")]
        : items.Select((item, i) => item is null ? new FieldError($"{field}[{i}]", "This can't be null.", "an object") : check($"{field}[{i}]", item));

    private static FieldError? Country(string field, string? code) => Countries.Exists(code) ? null : new FieldError(field, "There is no such country.", Countries.Form);

    private static FieldError? Percent(string field, decimal share) => share is >= 0 and <= 100 ? null : new FieldError(field, "This share is not possible.", "0 to 100, in percent");

    private static FieldError? Day(string field, DateOnly day) =>
        day.Year is >= 2000 and < 2100 ? null : new FieldError(field, "This day is not possible.", "a day from 2000-01-01 to 2099-12-31");

    private static FieldError? Text(string field, string? text, int longest = Longest) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= longest && !text.Any(char.IsControl) ? null : new FieldError(field, "This text is not possible.", $"1 to {longest} characters on one line");
}
