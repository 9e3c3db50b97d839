namespace Beffroi.Kernel;

/// <summary>
/// The rules for labels and an equality selector over them, <c>key=value,other=value</c>: all must match.
/// A key follows <see cref="ResourceName"/>; a value is 0 to 63 characters without comma, equals sign or control characters.
/// </summary>
public sealed class LabelSelector
{
    /// <summary>The most labels a resource can carry.</summary>
    public const int MaxLabels = 32;

    private LabelSelector(IReadOnlyDictionary<string, string> required) => Required = required;

    /// <summary>What each selected resource must carry.</summary>
    public IReadOnlyDictionary<string, string> Required { get; }

    /// <summary>Reads a selector; null or empty text selects everything.</summary>
    public static Result<LabelSelector> Parse(string field, string? text)
    {
        var required = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 0 || CheckOne(field, part[..at], part[(at + 1)..]) is not null || !required.TryAdd(part[..at], part[(at + 1)..]))
            {
                return Problem.Invalid(new FieldError(field, "This label selector is not valid.", "key=value, comma separated, each key once"));
            }
        }

        return required.Count <= MaxLabels
            ? new LabelSelector(required)
            : Problem.Invalid(new FieldError(field, "This label selector is too long.", "at most 32 labels"));
    }

    /// <summary>Every error in a set of labels.</summary>
    public static IEnumerable<FieldError> Check(string field, IReadOnlyDictionary<string, string> labels)
    {
        if (labels.Count > MaxLabels)
        {
            yield return new FieldError(field, "There are too many labels.", "at most 32");
        }

        foreach (var (key, value) in labels)
        {
            if (CheckOne(field, key, value) is { } error)
            {
                yield return error;
            }
        }
    }

    private static FieldError? CheckOne(string field, string key, string? value) =>
        !ResourceName.IsValid(key)
            ? new FieldError(field, "A label's key is not valid.", ResourceName.Rule)
            : value is null || value.Length > 63 || value.Any(c => c is ',' or '=' || char.IsControl(c))
                ? new FieldError(field + "." + key, "This label's value is not valid.", "0 to 63 characters without comma, equals sign or control characters")
                : null;
}
