namespace Beffroi.Platform.Alerts;

/// <summary>The SMTP relay through which the installation sends e-mail; the operator's, so where it is isn't restricted.</summary>
public sealed record MailRelay
{
    /// <summary><c>smtps://HOST:PORT</c> for TLS from the start (RFC 8314), or <c>smtp://HOST:PORT</c> for STARTTLS, without which nothing is sent.</summary>
    public required string Url { get; init; }

    /// <summary>The address that mail is from.</summary>
    public required string From { get; init; }

    /// <summary>Whom to sign in as; null where the relay knows this machine otherwise.</summary>
    public string? User { get; init; }

    /// <summary>A file with the password, for the server's user alone.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>PEM file with the only certificate authorities to trust; null for the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Whether TLS begins with the connection.</summary>
    internal bool IsTlsFromStart => new Uri(Url).Scheme == "smtps";

    /// <summary>Where it is; ports 465 (smtps) and 587 (smtp) by default.</summary>
    internal (string Host, int Port) Address => new Uri(Url) is { Port: > 0 } url ? (url.IdnHost, url.Port) : (new Uri(Url).IdnHost, IsTlsFromStart ? 465 : 587);

    /// <summary>What is wrong with it, in a sentence without any secret; null if nothing is.</summary>
    public string? Fault() =>
        !Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("smtp" or "smtps") || url is not { UserInfo: "", PathAndQuery: "/" or "", Host.Length: > 0 }
            ? "MailRelay.Url must be smtps://HOST:PORT or smtp://HOST:PORT (STARTTLS), without a user."
        : !EmailAddress.IsValid(From) ? "MailRelay.From must be an e-mail address."
        : User is null != PasswordFile is null ? "MailRelay.User and MailRelay.PasswordFile go together."
        : null;
}
