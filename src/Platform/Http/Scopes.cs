using System.Diagnostics.CodeAnalysis;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>
/// Finds the organization, space and resource that a path names and decides whether the caller may do what is asked there. What the caller may not
/// know of is answered exactly as what doesn't exist; other organizations are not even looked for. Safe for concurrent use.
/// </summary>
public sealed class Scopes(IAuthorizer authorizer)
{
    /// <summary>One of the operator's people, if they may do this in the installation.</summary>
    public async Task<Result<OperatorPrincipal>> OperatorAsync(
        HttpContext http, NpgsqlConnection connection, OperatorPermission permission, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Of(http);
        request.Action ??= permission.Name;
        request.AuthorizationDecided = true;
        if (request.Principal is not OperatorPrincipal principal)
        {
            return Problems.NotFound;
        }

        request.OperatorRights = await authorizer.RightsAsync(connection, principal, ChangesAccess(http), cancellationToken);
        return request.OperatorRights is not { } rights ? Problems.Unauthenticated
            : rights.Contains(permission) ? principal
            : Missing(permission);
    }

    /// <summary>Anyone who is signed in may do this.</summary>
    public static Principal Anyone(HttpContext http)
    {
        var request = ApiRequest.Of(http);
        request.AuthorizationDecided = true;
        return request.Principal!;
    }

    /// <summary>The caller, about what is their own: their account has not ended at this moment.</summary>
    public async Task<Result<Principal>> SelfAsync(HttpContext http, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Of(http);
        request.AuthorizationDecided = true;
        request.OrganizationId = request.Principal!.OrganizationId;
        var valid = request.Principal is OperatorPrincipal one
            ? await authorizer.RightsAsync(connection, one, ChangesAccess(http), cancellationToken) is not null
            : (request.Rights = await authorizer.RightsAsync(connection, (CustomerPrincipal)request.Principal, ChangesAccess(http), cancellationToken)) is not null;
        return valid ? request.Principal : Problems.Unauthenticated;
    }

    /// <summary>The id of the organization, if the caller may do this in it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="connection">In the transaction of a change.</param>
    /// <param name="organization">Its name, as the path has it.</param>
    /// <param name="permission">One of <see cref="Permission"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="within">Whether it suffices to hold the permission somewhere in it: what is listed is then to be filtered.</param>
    public async Task<Result<Guid>> OrganizationAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string permission, CancellationToken cancellationToken, bool within = false)
    {
        var found = await EnterAsync(http, connection, organization, permission, cancellationToken);
        if (!found.Ok)
        {
            return found;
        }

        var rights = ApiRequest.Of(http).Rights!;
        return (within ? rights.AllowsWithin(permission, AccessScope.Organization) : rights.Allows(permission, AccessScope.Organization))
            ? found.Value
            : Missing(permission);
    }

    /// <summary>The space, if the caller may do this in it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="connection">In the transaction of a change.</param>
    /// <param name="organization">Its organization's name.</param>
    /// <param name="space">Its name.</param>
    /// <param name="permission">One of <see cref="Permission"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="within">Whether it suffices to hold the permission on a resource in it: what is listed is then to be filtered.</param>
    public async Task<Result<SpaceRecord>> SpaceAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string space, string permission, CancellationToken cancellationToken, bool within = false)
    {
        var found = await FindSpaceAsync(http, connection, organization, space, permission, cancellationToken);
        if (!found.Ok)
        {
            return found;
        }

        var (rights, scope) = (ApiRequest.Of(http).Rights!, AccessScope.Space(found.Value.Id));
        return (within ? rights.AllowsWithin(permission, scope) : rights.Allows(permission, scope)) ? found.Value : Missing(permission);
    }

    /// <summary>The resource's space, if the caller may do this on the resource, be it by a grant on it alone; whether it exists is for the caller to see.</summary>
    public async Task<Result<SpaceRecord>> ResourceAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string space, string kind, string name, string permission, CancellationToken cancellationToken)
    {
        var found = await FindSpaceAsync(http, connection, organization, space, permission, cancellationToken);
        if (!found.Ok)
        {
            return found;
        }

        var rights = ApiRequest.Of(http).Rights!;
        var whole = AccessScope.Space(found.Value.Id);
        if (rights.Allows(permission, whole))
        {
            return found;
        }

        var ids = ResourceName.IsValid(name)
            ? await connection.Statement("select id from platform.resources where space_id = $1 and kind = $2 and name = $3", found.Value.Id, kind, name)
                .ListAsync(r => r.GetGuid(0), cancellationToken)
            : [];
        var scope = ids.Count > 0 ? AccessScope.Resource(found.Value.Id, ids[0]) : whole;
        return rights.Allows(permission, scope) ? found
            // Whoever holds something on this resource or in the whole space learns nothing from a 403.
            : rights.Grants.Any(g => g.Scope.Contains(scope)) ? Missing(permission)
            : Problems.NotFound;
    }

    /// <summary>Null, or the problem if the caller, who has entered the space, may not do this in it, or on one resource of it, too.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "It is asked of who decides, like the rest.")]
    public Problem? Check(HttpContext http, SpaceRecord space, string permission, Guid? resourceId = null) =>
        ApiRequest.Of(http).Rights is { } rights && rights.Allows(permission, new AccessScope(space.Id, resourceId)) ? null : Missing(permission);

    /// <summary>Whether the caller, who was allowed this in the space earlier, still is.</summary>
    public async Task<bool> StillAllowsAsync(HttpContext http, NpgsqlConnection connection, Guid space, string permission, CancellationToken cancellationToken) =>
        ApiRequest.Of(http).Principal is CustomerPrincipal principal
        && await authorizer.RightsAsync(connection, principal, changing: false, cancellationToken) is { } rights
        && rights.Allows(permission, AccessScope.Space(space));

    /// <summary>What to say to someone who lacks a permission.</summary>
    internal static Problem Missing(string permission) =>
        Problem.Forbidden($"Your account does not have the permission {permission} here. Ask an administrator of the organization for it.");

    /// <summary>The same to one of the operator's people.</summary>
    internal static Problem Missing(OperatorPermission permission) =>
        Problem.Forbidden($"Your account does not have the permission {permission} of the operator's. Ask a platform administrator for a role that has it.");

    private async Task<Result<SpaceRecord>> FindSpaceAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string space, string permission, CancellationToken cancellationToken)
    {
        var owner = await EnterAsync(http, connection, organization, permission, cancellationToken);
        if (!owner.Ok)
        {
            return owner.Problem;
        }

        var found = ResourceName.IsValid(space)
            ? await connection.Statement(
                "select id, zone, network_index, classification, created_at from platform.spaces where organization_id = $1 and name = $2", owner.Value, space)
                .FirstAsync(
                    r => new SpaceRecord(
                        r.GetGuid(0), space, owner.Value, organization, r.GetString(1), r.GetInt32(2), r.GetString(3), r.GetFieldValue<DateTimeOffset>(4)),
                    cancellationToken)
            : null;
        return found is not null && ApiRequest.Of(http).Rights!.Sees(found.Id) ? found : Problems.NotFound;
    }

    private async Task<Result<Guid>> EnterAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string permission, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Of(http);
        request.Action ??= permission;
        request.AuthorizationDecided = true;
        if (request.Principal is not CustomerPrincipal principal)
        {
            return Problems.NotFound;
        }

        // Only one's own is looked at: nothing, not even the time it takes, can tell whether another exists.
        var rights = await authorizer.RightsAsync(connection, principal, ChangesAccess(http), cancellationToken);
        if (rights is null)
        {
            return Problems.Unauthenticated;
        }

        var own = ResourceName.IsValid(organization) && (await connection.Statement("select 1 from platform.organizations where id = $1 and name = $2", principal.Organization, organization)
            .ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;
        if (!own)
        {
            return Problems.NotFound;
        }

        request.OrganizationId = principal.Organization;
        request.Rights = rights;
        return principal.Organization;
    }

    private static bool ChangesAccess(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<ChangesAccess>() is not null;
}
