using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>Runs requests that only read: decides first, then reads on one connection. Safe for concurrent use.</summary>
public sealed class Reads(NpgsqlDataSource store, Scopes scopes)
{
    /// <summary>Reads something of a space.</summary>
    public async Task<IResult> SpaceAsync(
        HttpContext http,
        string organization,
        string space,
        string permission,
        Func<NpgsqlConnection, SpaceRecord, Task<Result<IResult>>> read,
        bool within = false)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var scope = await scopes.SpaceAsync(http, connection, organization, space, permission, http.RequestAborted, within);
        return !scope.Ok ? new Refused(scope.Problem) : Finish(await read(connection, scope.Value));
    }

    /// <summary>Reads something of an organization.</summary>
    public async Task<IResult> OrganizationAsync(
        HttpContext http, string organization, string permission, Func<NpgsqlConnection, Guid, Task<Result<IResult>>> read, bool within = false)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var scope = await scopes.OrganizationAsync(http, connection, organization, permission, http.RequestAborted, within);
        return !scope.Ok ? new Refused(scope.Problem) : Finish(await read(connection, scope.Value));
    }

    /// <summary>Reads one resource, which the caller may also be allowed to by a grant on it alone.</summary>
    public async Task<IResult> ResourceAsync(
        HttpContext http, string organization, string space, string kind, string name, string permission, Func<NpgsqlConnection, SpaceRecord, Task<Result<IResult>>> read)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var scope = await scopes.ResourceAsync(http, connection, organization, space, kind, name, permission, http.RequestAborted);
        return !scope.Ok ? new Refused(scope.Problem) : Finish(await read(connection, scope.Value));
    }

    /// <summary>Reads what everybody who is signed in may know.</summary>
    public async Task<IResult> AnyoneAsync(HttpContext http, Func<NpgsqlConnection, Task<Result<IResult>>> read)
    {
        Scopes.Anyone(http);
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        return Finish(await read(connection));
    }

    /// <summary>Reads something of the operator's.</summary>
    public async Task<IResult> OperatorAsync(HttpContext http, OperatorPermission permission, Func<NpgsqlConnection, Task<Result<IResult>>> read)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var principal = await scopes.OperatorAsync(http, connection, permission, http.RequestAborted);
        return !principal.Ok ? new Refused(principal.Problem) : Finish(await read(connection));
    }

    /// <summary>Reads something of the caller's own.</summary>
    public async Task<IResult> SelfAsync(HttpContext http, Func<NpgsqlConnection, Principal, Task<Result<IResult>>> read)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var principal = await scopes.SelfAsync(http, connection, http.RequestAborted);
        return !principal.Ok ? new Refused(principal.Problem) : Finish(await read(connection, principal.Value));
    }

    private static IResult Finish(Result<IResult> result) => result.Ok ? result.Value : new Refused(result.Problem);
}
