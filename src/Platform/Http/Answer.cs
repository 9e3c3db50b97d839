using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>Successful answers.</summary>
public static class Answer
{
    /// <summary>A value as JSON.</summary>
    public static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<T> Json<T>(T value, JsonTypeInfo<T> type) => TypedResults.Json(value, type);

    /// <summary>A page, from one item more than it holds: that one tells whether there is a next.</summary>
    /// <param name="found">At most <paramref name="limit"/> + 1 items.</param>
    /// <param name="limit">The most items on the page.</param>
    /// <param name="position">Where the next page begins after this item, in ASCII.</param>
    public static Page<T> Page<T>(IReadOnlyList<T> found, int limit, Func<T, string> position) =>
        found.Count > limit ? new([.. found.Take(limit)], Query.ToPageToken(position(found[limit - 1]))) : new(found, null);
}
