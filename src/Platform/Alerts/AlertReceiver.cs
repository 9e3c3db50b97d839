namespace Beffroi.Platform.Alerts;

/// <summary>Who is told of an organization's alerts, in the store.</summary>
/// <param name="Id">Never reused; its secret is kept under it.</param>
/// <param name="OrganizationId">Whose.</param>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Url">Of a webhook, <c>https</c>; null for e-mail.</param>
/// <param name="Authority">PEM of who signed the webhook's TLS certificate; null for the system's authorities.</param>
/// <param name="Email">An address; null for a webhook.</param>
/// <param name="Language"><c>en</c> or <c>fr</c>.</param>
/// <param name="LeastSeverity">One of <see cref="AlertSeverity"/>.</param>
/// <param name="SpaceIds">Only alerts of these; null for all.</param>
/// <param name="Kinds">Only these; null for all.</param>
internal sealed record AlertReceiver(
    Guid Id, Guid OrganizationId, string Name, string? Url, string? Authority, string? Email, string Language, string LeastSeverity, IReadOnlyList<Guid>? SpaceIds, IReadOnlyList<string>? Kinds)
{
    /// <summary>The name under which a webhook's secret is kept with <see cref="Id"/>.</summary>
    public const string Secret = "webhook";

    /// <summary>The name under which the code is kept that was sent to an address.</summary>
    public const string Code = "code";

    /// <summary>Whether it gets alerts: a webhook, or an address whose code was given.</summary>
    public bool IsConfirmed { get; init; } = Url is not null;

    /// <summary>Whether both lead to the same place.</summary>
    public bool IsAt(AlertReceiver other) => Url == other.Url && string.Equals(Email, other.Email, StringComparison.OrdinalIgnoreCase);
}
