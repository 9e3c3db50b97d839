using System.Text.RegularExpressions;

namespace Beffroi.Kernel;

/// <summary>
/// The rule for names of organizations, spaces and resources: an RFC 1123 label that starts with a letter, 1 to 40
/// characters, so that it can stand in a host name, a certificate and a URL as it is.
/// </summary>
public static partial class ResourceName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 40;

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "1 to 40 characters: lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen";

    /// <summary>Whether <paramref name="name"/> follows the rule.</summary>
    public static bool IsValid(string? name) => name is { Length: > 0 and <= MaxLength } && Form().IsMatch(name);

    /// <summary>The error for a name that does not follow the rule, else null.</summary>
    public static FieldError? Check(string field, string? name) =>
        IsValid(name) ? null : new FieldError(field, "This name is not valid.", Rule);

    [GeneratedRegex(@"\A[a-z](?:[a-z0-9-]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
