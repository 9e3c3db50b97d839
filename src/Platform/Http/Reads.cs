using Beffroi.Kernel;
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
        Func<NpgsqlConnection, SpaceRecord, Task<Result<IResult>>> read)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var scope = await scopes.SpaceAsync(http, connection, organization, space, permission, http.RequestAborted);
        return !scope.Ok ? new Refused(scope.Problem) : Finish(await read(connection, scope.Value));
    }

    /// <summary>Reads something of an organization.</summary>
    public async Task<IResult> OrganizationAsync(
        HttpContext http, string organization, string permission, Func<NpgsqlConnection, Guid, Task<Result<IResult>>> read)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var scope = await scopes.OrganizationAsync(http, connection, organization, permission, http.RequestAborted);
        return !scope.Ok ? new Refused(scope.Problem) : Finish(await read(connection, scope.Value));
    }

    private static IResult Finish(Result<IResult> result) => result.Ok ? result.Value : new Refused(result.Problem);
}
