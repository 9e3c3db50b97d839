using Beffroi.Kernel;
using Beffroi.Platform.Outbound;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What is checked of addresses to which a customer has the platform connect.</summary>
internal static class Receivers
{
    private const int LongestUrl = 500;
    private const int LongestAuthority = 20_000;

    /// <summary>Whether it is an absolute address of one of the schemes, without user, query and fragment: no place for a secret that would be shown again.</summary>
    public static bool IsUrl(string? text, params ReadOnlySpan<string> schemes) =>
        text is { Length: <= LongestUrl } && Uri.TryCreate(text, UriKind.Absolute, out var url) && schemes.Contains(url.Scheme)
        && url is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 } && !text.Any(char.IsWhiteSpace);

    /// <summary>The error if there is an authority and it isn't one.</summary>
    public static FieldError? CheckAuthority(string? pem) =>
        pem is null || (pem.Length <= LongestAuthority && OutboundConnections.ReadAuthority(pem) is not null) ? null
        : new FieldError("authority", "This holds no certificate.", "one or more certificates in PEM, at most 20000 characters");

    /// <summary>A time from the store.</summary>
    public static DateTimeOffset? Utc(DateTime? at) => at is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time.ToUniversalTime(), DateTimeKind.Utc)) : null;
}
