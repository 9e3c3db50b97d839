using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>Reads a request's query: what is unknown, repeated or out of range is refused.</summary>
public static class Query
{
    /// <summary>The most items on a page.</summary>
    public const int LargestPage = 200;

    /// <summary>Items on a page when no limit is asked for.</summary>
    public const int DefaultPage = 50;

    /// <summary>Null, or why the query has other parameters than the <paramref name="known"/> ones, or one of them twice.</summary>
    public static Problem? Check(HttpContext http, params ReadOnlySpan<string> known)
    {
        foreach (var (name, values) in http.Request.Query)
        {
            if (!known.Contains(name))
            {
                return Problems.BadQuery(new FieldError(
                    Shown(name), "This query parameter is unknown.", known.IsEmpty ? "none" : string.Join(", ", known.ToArray())));
            }

            if (values.Count != 1)
            {
                return Problems.BadQuery(new FieldError(name, $"The query parameter {name} is there more than once.", "once"));
            }
        }

        return null;
    }

    /// <summary>The parameter <c>limit</c>, 1 to <see cref="LargestPage"/>.</summary>
    public static Result<int> Limit(HttpContext http) =>
        http.Request.Query["limit"] is not [{ } text] ? DefaultPage
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= LargestPage ? limit
        : Problems.BadQuery(new FieldError("limit", "This limit is not valid.", "a whole number from 1 to 200"));

    /// <summary>The parameter <c>name</c> as a whole number that is not negative; 0 if it isn't there.</summary>
    public static Result<long> Number(HttpContext http, string name) =>
        http.Request.Query[name] is not [{ } text] ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : Problems.BadQuery(new FieldError(name, "This number is not valid.", "a whole number from 0"));

    /// <summary>What the parameter <c>pageToken</c> stands for; null at the start.</summary>
    public static Result<string?> PageToken(HttpContext http, Func<string, bool> isValid)
    {
        if (http.Request.Query["pageToken"] is not [{ } token])
        {
            return (string?)null;
        }

        var bytes = new byte[token.Length];
        return token.Length is > 0 and <= 128
            && Base64Url.IsValid(token)
            && Base64Url.TryDecodeFromChars(token, bytes, out var written)
            && Encoding.Latin1.GetString(bytes, 0, written) is var text
            && isValid(text)
                ? text
                : Problems.BadQuery(new FieldError("pageToken", "This page token is not valid.", "the nextPageToken of the page before, unchanged"));
    }

    /// <summary>The id after which a page begins (null: the first page), and the most items on it. There may be no other parameters.</summary>
    public static Result<(Guid? Position, int Limit)> Page(HttpContext http)
    {
        var limit = Limit(http);
        var token = PageToken(http, text => Guid.TryParseExact(text, "D", out _));
        return (Check(http, "limit", "pageToken") ?? limit.Problem ?? token.Problem) is { } bad ? bad
            : (token.Value is { } text ? Guid.ParseExact(text, "D") : (Guid?)null, limit.Value);
    }

    /// <summary>The page token that stands for <paramref name="position"/>.</summary>
    public static string ToPageToken(string position) => Base64Url.EncodeToString(Encoding.Latin1.GetBytes(position));

    private static string Shown(string name) => name.Length > 64 || name.Any(char.IsControl) ? "query" : name;
}
