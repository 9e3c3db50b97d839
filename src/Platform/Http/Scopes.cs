using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>
/// Finds the organization and space that a path names and decides whether the caller may do what is asked there. What the caller may not
/// know of is answered exactly as what doesn't exist. Safe for concurrent use.
/// </summary>
public sealed class Scopes(IAuthorizer authorizer)
{
    /// <summary>Whether the caller may do this in the installation as a whole.</summary>
    public Result<Principal> Installation(HttpContext http, string permission)
    {
        var request = ApiRequest.Of(http);
        var principal = request.Principal!;
        request.Action ??= permission;
        request.AuthorizationDecided = true;
        return authorizer.IsAllowed(principal, permission, null) ? principal : Missing(permission);
    }

    /// <summary>Anyone who is signed in may do this.</summary>
    public static Principal Anyone(HttpContext http)
    {
        var request = ApiRequest.Of(http);
        request.AuthorizationDecided = true;
        return request.Principal!;
    }

    /// <summary>The id of the organization, if the caller may do this in it.</summary>
    public async Task<Result<Guid>> OrganizationAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string permission, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Of(http);
        var principal = request.Principal!;
        request.Action ??= permission;
        request.AuthorizationDecided = true;
        if (!ResourceName.IsValid(organization) || await FindAsync(connection, organization, cancellationToken) is not { } id)
        {
            return Problems.NotFound;
        }

        if (!authorizer.IsAllowed(principal, Permission.OrganizationRead, id) && !authorizer.IsAllowed(principal, Permission.OrganizationManage, null))
        {
            return Problems.NotFound;
        }

        request.OrganizationId = id;
        return authorizer.IsAllowed(principal, permission, id) ? id : Missing(permission);
    }

    /// <summary>The space, if the caller may do this in its organization.</summary>
    public async Task<Result<SpaceRecord>> SpaceAsync(
        HttpContext http, NpgsqlConnection connection, string organization, string space, string permission, CancellationToken cancellationToken)
    {
        var owner = await OrganizationAsync(http, connection, organization, permission, cancellationToken);
        if (!owner.Ok)
        {
            return owner.Problem;
        }

        if (!ResourceName.IsValid(space))
        {
            return Problems.NotFound;
        }

        await using var command = new NpgsqlCommand(
            "select id, zone, network_index from platform.spaces where organization_id = $1 and name = $2", connection)
        { Parameters = { new() { Value = owner.Value }, new() { Value = space } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new SpaceRecord(reader.GetGuid(0), space, owner.Value, organization, reader.GetString(1), reader.GetInt32(2))
            : Problems.NotFound;
    }

    /// <summary>Null, or the problem if the caller, who has entered the space, may not do this in it too.</summary>
    public Problem? Check(HttpContext http, SpaceRecord space, string permission) =>
        authorizer.IsAllowed(ApiRequest.Of(http).Principal!, permission, space.OrganizationId) ? null : Missing(permission);

    private static Problem Missing(string permission) =>
        Problem.Forbidden($"Your account does not have the permission {permission} here. Ask an administrator of the organization for it.");

    private static async Task<Guid?> FindAsync(NpgsqlConnection connection, string organization, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select id from platform.organizations where name = $1", connection)
        { Parameters = { new() { Value = organization } } };
        return await command.ExecuteScalarAsync(cancellationToken) as Guid?;
    }
}
