using System.Text.RegularExpressions;

namespace Beffroi.Platform.Alerts;

/// <summary>Which addresses mail is sent to: plain ones, in which nothing can hide that a relay or a header would read otherwise.</summary>
internal static partial class EmailAddress
{
    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "NAME@DOMAIN in ASCII, without quotes, at most 254 characters";

    /// <summary>Whether the address is of that kind: a dot-string and a domain of RFC 5321.</summary>
    public static bool IsValid(string? text) => text is { Length: <= 254 } && Form().IsMatch(text);

    [GeneratedRegex(
        @"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
