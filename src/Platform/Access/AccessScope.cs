namespace Beffroi.Platform.Access;

/// <summary>Where in an organization something is done: in it as a whole, in one of its spaces, or on one resource of a space.</summary>
/// <param name="SpaceId">Null for the organization as a whole.</param>
/// <param name="ResourceId">Null for a space as a whole.</param>
public readonly record struct AccessScope(Guid? SpaceId, Guid? ResourceId)
{
    /// <summary>The organization as a whole.</summary>
    public static AccessScope Organization => default;

    /// <summary>A space as a whole.</summary>
    public static AccessScope Space(Guid space) => new(space, null);

    /// <summary>One resource.</summary>
    public static AccessScope Resource(Guid space, Guid resource) => new(space, resource);

    /// <summary>Whether <paramref name="other"/> is this or in it.</summary>
    public bool Contains(AccessScope other) =>
        SpaceId is null || (SpaceId == other.SpaceId && (ResourceId is null || ResourceId == other.ResourceId));
}
