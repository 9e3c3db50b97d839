using Beffroi.Platform.Identity;

namespace Beffroi.Platform.Access;

/// <summary>The one place that decides who may do what. Deny by default. Pure and safe for concurrent use.</summary>
public interface IAuthorizer
{
    /// <summary>
    /// Whether <paramref name="principal"/> may do <paramref name="permission"/> in the organization;
    /// <paramref name="organizationId"/> is null for things of the installation as a whole.
    /// </summary>
    bool IsAllowed(Principal principal, string permission, Guid? organizationId);
}
