namespace Beffroi.Platform.Access;

/// <summary>One grant as held: what may be done where.</summary>
/// <param name="Permissions">Of the role.</param>
/// <param name="Scope">Where.</param>
public sealed record HeldGrant(IReadOnlySet<string> Permissions, AccessScope Scope);

/// <summary>
/// All that a customer's principal may do in their own organization, by themselves and through groups. Nothing is allowed that no grant allows.
/// Immutable.
/// </summary>
public sealed class AccessRights(IReadOnlyList<HeldGrant> grants)
{
    /// <summary>None at all.</summary>
    public static AccessRights None { get; } = new([]);

    /// <summary>The grants.</summary>
    public IReadOnlyList<HeldGrant> Grants => grants;

    /// <summary>Whether <paramref name="permission"/> is held in the whole of <paramref name="scope"/>.</summary>
    public bool Allows(string permission, AccessScope scope) => grants.Any(g => g.Scope.Contains(scope) && g.Permissions.Contains(permission));

    /// <summary>Whether <paramref name="permission"/> is held in <paramref name="scope"/> or anywhere in it.</summary>
    public bool AllowsWithin(string permission, AccessScope scope) =>
        grants.Any(g => (g.Scope.Contains(scope) || scope.Contains(g.Scope)) && g.Permissions.Contains(permission));

    /// <summary>Whether the principal may know that the space exists: they hold anything in it.</summary>
    public bool Sees(Guid space) => grants.Any(g => g.Permissions.Count > 0 && (g.Scope.SpaceId is null || g.Scope.SpaceId == space));

    /// <summary>The spaces in the whole of which the permission is held, for a list's SQL; null: all.</summary>
    public Guid[]? Spaces(string permission) => Allows(permission, AccessScope.Organization)
        ? null
        : [.. grants.Where(g => g.Scope.ResourceId is null && g.Permissions.Contains(permission)).Select(g => g.Scope.SpaceId!.Value).Distinct()];

    /// <summary>The resources of a space on which the permission is held, for a list's SQL; null: all.</summary>
    public Guid[]? Resources(string permission, Guid space) => Allows(permission, AccessScope.Space(space))
        ? null
        : [.. grants.Where(g => g.Scope.SpaceId == space && g.Permissions.Contains(permission)).Select(g => g.Scope.ResourceId!.Value).Distinct()];

    /// <summary>Whether whoever holds these has everything that <paramref name="other"/> gives, so that they may give it, or take it away.</summary>
    public bool Covers(AccessRights other) => other.Grants.All(g => g.Permissions.All(p => Allows(p, g.Scope)));
}
