using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Access.Reviews;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Beffroi.Platform.Http;

/// <summary>Whose directory a path names, and who may see and decide its reviews: an organization's, by permission of its own, or the operator's. Safe for concurrent use.</summary>
internal sealed class ReviewScopes(Reads reads, Scopes scopes)
{
    /// <summary>An organization's directory.</summary>
    public ReviewScope Of(HttpContext http, string organization) => new(
        read => reads.OrganizationAsync(http, organization, Permission.AccessReviewRead, (connection, id) => read(connection, new OrganizationDirectory(id))),
        async (connection, token) => await scopes.OrganizationAsync(http, connection, organization, Permission.AccessReviewDecide, token) is var found && found.Ok
            ? new OrganizationDirectory(found.Value) : found.Problem!);

    /// <summary>The operator's own.</summary>
    public ReviewScope OfOperator(HttpContext http) => new(
        read => reads.OperatorAsync(http, OperatorPermission.AccessReviewRead, connection => read(connection, new OperatorDirectory())),
        async (connection, token) => await scopes.OperatorAsync(http, connection, OperatorPermission.AccessReviewDecide, token) is { Ok: false, Problem: var refused } ? refused : new OperatorDirectory());
}

/// <summary>One directory, as far as the caller may.</summary>
/// <param name="ReadAsync">Decides and then reads.</param>
/// <param name="EnterAsync">Decides whether the caller may decide in its reviews, for <see cref="Changes"/>.</param>
internal sealed record ReviewScope(
    Func<Func<NpgsqlConnection, ReviewedDirectory, Task<Result<IResult>>>, Task<IResult>> ReadAsync, Func<NpgsqlConnection, CancellationToken, Task<Result<ReviewedDirectory>>> EnterAsync);
