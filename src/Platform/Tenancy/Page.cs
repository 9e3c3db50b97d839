using System.Buffers.Text;
using System.Text;
using Beffroi.Kernel;

namespace Beffroi.Platform.Tenancy;

/// <summary>A part of a list.</summary>
/// <typeparam name="T">Of what.</typeparam>
/// <param name="Items">In the list's order.</param>
/// <param name="NextPageToken">To ask for the next page with; null at the end. Opaque to clients.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextPageToken);

/// <summary>Which part of a list is wanted.</summary>
/// <param name="Limit">At most this many, 1 to <see cref="MaxLimit"/>.</param>
/// <param name="Token">From the page before; null for the first.</param>
public sealed record PageRequest(int Limit = 100, string? Token = null)
{
    /// <summary>The most items on a page.</summary>
    public const int MaxLimit = 1000;

    private const int MaxTokenLength = 200;

    /// <summary>The name after which the page begins ("" for the first), or what is wrong with the request.</summary>
    internal Result<string> After()
    {
        if (Limit is < 1 or > MaxLimit)
        {
            return Problem.Invalid(new FieldError("limit", "This page size is not possible.", $"1 to {MaxLimit}"));
        }

        if (Token is null)
        {
            return "";
        }

        var name = Token.Length <= MaxTokenLength && Base64Url.IsValid(Token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Token)) : null;
        return ResourceName.IsValid(name)
            ? name!
            : Problem.Invalid(new FieldError("page_token", "This page token was not given by this API.", "a nextPageToken from the page before, unchanged"));
    }

    /// <summary>The page of a list that was read with one item more than wanted.</summary>
    internal Page<T> Cut<T>(List<T> oneMore, Func<T, string> name) => oneMore.Count <= Limit
        ? new Page<T>(oneMore, null)
        : new Page<T>(oneMore[..Limit], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(name(oneMore[Limit - 1]))));
}

/// <summary>What a creation that may be repeated led to.</summary>
/// <typeparam name="T">Of what.</typeparam>
/// <param name="Value">It.</param>
/// <param name="IsNew">False if it was there already, with the same content.</param>
public sealed record Creation<T>(T Value, bool IsNew);
