namespace Beffroi.Platform.Tenancy;

/// <summary>A space with what services need to know of it.</summary>
/// <param name="Id">The space.</param>
/// <param name="Name">Its name.</param>
/// <param name="OrganizationId">Its owner.</param>
/// <param name="OrganizationName">Its owner's name.</param>
/// <param name="Zone">Where it runs.</param>
/// <param name="NetworkIndex">Its number in the zone: picks its subnet.</param>
/// <param name="Classification"><c>open</c>, <c>internal</c>, <c>sensitive</c> or <c>health</c>.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record SpaceRecord(
    Guid Id,
    string Name,
    Guid OrganizationId,
    string OrganizationName,
    string Zone,
    int NetworkIndex,
    string Classification = "open",
    DateTimeOffset CreatedAt = default);
