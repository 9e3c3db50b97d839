using System.Net;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>
/// Every operation of both OpenAPI documents, asked with every role of its own organization and of another, of the other side, and with no token, a
/// forged, an expired, a revoked one and one of a disabled account; on its own side also by who holds something in another space or on one resource alone, by a custom role, through a group, by a session, and by a
/// program. What comes out must be what <see cref="PermissionTable"/> says; an operation that isn't in it fails, so that nobody adds
/// one without saying who may use it.
/// </summary>
public sealed class AuthorizationMatrixTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres, failuresAllowed: int.MaxValue);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_operation_answers_every_caller_as_the_table_says()
    {
        var fixtures = await MatrixFixtures.CreateAsync(_server);
        using var callers = await MatrixCallers.CreateAsync(_server);
        await fixtures.EnsureAsync();
        var asked = new HashSet<string>();
        var wrong = new List<string>();
        var (missing, operations) = (true, await ApiOperation.AllAsync(_server));
        foreach (var operation in operations)
        {
            var id = operation.Id;
            Assert.True(PermissionTable.Rows.TryGetValue(id, out var row), $"Say in PermissionTable who may use {id}.");
            Assert.True(row.Side == operation.Side, $"{id} is on the wrong side.");
            asked.Add(id);
            foreach (var caller in callers.All.Where(c => !c.AtHome || c.Side == operation.Side))
            {
                if (missing)
                {
                    await fixtures.EnsureAsync();
                    missing = false;
                }

                var expected = Expected(row, caller, operation.Path);
                var address = fixtures.Address(operation.Path, caller);
                Assert.DoesNotContain('{', address);
                using var request = operation.At(address);
                using var response = await caller.On(operation.Side).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                missing |= operation.Method == HttpMethod.Delete && response.IsSuccessStatusCode;
                var right = expected is { } status
                    ? response.StatusCode == status
                    : response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or >= HttpStatusCode.InternalServerError);
                if (!right)
                {
                    wrong.Add($"{id} by {caller.Name}: {(int)response.StatusCode}, not {(expected is { } e ? (int)e : "an answer")}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(PermissionTable.Rows.Keys.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    /// <summary>Null: it gets through to the handler, which then refuses the content, or answers.</summary>
    private static HttpStatusCode? Expected(PermissionRow row, MatrixCaller caller, string path) =>
        row.InvitationOnly ? null
        : !caller.Valid || caller.Side != row.Side ? HttpStatusCode.Unauthorized
        : row.Permissions.Count == 0 && row.OperatorPermission is null ? null
        : row.Side == Side.Operator ? OperatorRoles.Permissions(caller.Role).Contains(row.OperatorPermission!.Value) ? null : HttpStatusCode.Forbidden
        : !caller.Own && path.Contains("{organization}", StringComparison.Ordinal) ? HttpStatusCode.NotFound
        : OfOwn(row, caller, path);

    private static HttpStatusCode? OfOwn(PermissionRow row, MatrixCaller caller, string path)
    {
        var inSpace = path.Contains("{space}", StringComparison.Ordinal) && !row.InOrganization;
        var holds = row.Permissions.All(caller.Permissions.Contains);
        return inSpace && (caller.Permissions.Count == 0 || caller.Reach == MatrixReach.OtherSpace) ? HttpStatusCode.NotFound
            // A list shows what the caller may see of it.
            : holds && (caller.Reach == MatrixReach.Organization || row.Within) ? null
            : holds && caller.Reach == MatrixReach.Resource && path.Contains("/postgres/{name}", StringComparison.Ordinal) && !row.MakesMore ? null
            : HttpStatusCode.Forbidden;
    }
}
