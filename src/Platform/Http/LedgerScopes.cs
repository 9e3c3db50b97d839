using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>
/// Which log a path names, and who may read and manage it: an organization's, by permission of its own, or the operator's. The id of the operator's log is all zeroes, as in the store. Safe for concurrent use.
/// </summary>
public sealed class LedgerScopes(Reads reads, Scopes scopes)
{
    /// <summary>An organization's log.</summary>
    public LedgerScope Of(HttpContext http, string organization) => new(
        read => reads.OrganizationAsync(http, organization, Permission.LedgerRead, read),
        (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.LedgerManage, token));

    /// <summary>The operator's own log.</summary>
    public LedgerScope OfOperator(HttpContext http) => new(
        read => reads.OperatorAsync(http, OperatorPermission.LedgerRead, connection => read(connection, Guid.Empty)),
        async (connection, token) => await scopes.OperatorAsync(http, connection, OperatorPermission.LedgerManage, token) is { Ok: false, Problem: var refused } ? refused : Guid.Empty);
}

/// <summary>One log, as far as the caller may.</summary>
/// <param name="ReadAsync">Decides and then reads, with the log's id.</param>
/// <param name="EnterAsync">Decides whether the caller may manage it, for <see cref="Changes"/>; gives the log's id.</param>
public sealed record LedgerScope(
    Func<Func<NpgsqlConnection, Guid, Task<Result<IResult>>>, Task<IResult>> ReadAsync, Func<NpgsqlConnection, CancellationToken, Task<Result<Guid>>> EnterAsync);
