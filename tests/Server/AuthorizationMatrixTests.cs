using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>
/// Every operation of both OpenAPI documents, asked with every role of its own organization and of another, of the other side, and with no token, a
/// forged, an expired, a revoked one and one of a disabled account. What comes out must be what <see cref="PermissionTable"/> says; an operation that isn't in it fails, so that nobody adds
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
        foreach (var (side, document) in new[] { (Side.Customer, "v1"), (Side.Operator, "operator") })
        {
            using var nobody = _server.Client(null, side);
            var description = JsonNode.Parse(await nobody.GetStringAsync($"/openapi/{document}.json", TestContext.Current.CancellationToken))!;
            foreach (var (path, methods) in description["paths"]!.AsObject())
            {
                foreach (var (method, operation) in methods!.AsObject())
                {
                    var id = (string)operation!["operationId"]!;
                    Assert.True(PermissionTable.Rows.TryGetValue(id, out var row), $"Say in PermissionTable who may use {id}.");
                    Assert.True(row.Side == side, $"{id} is on the wrong side.");
                    asked.Add(id);
                    foreach (var caller in callers.All)
                    {
                        if (method == "delete")
                        {
                            await fixtures.EnsureAsync();
                        }

                        var expected = Expected(row, caller, path);
                        var address = fixtures.Address(path, caller);
                        Assert.DoesNotContain('{', address);
                        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), address);
                        if (method is "put" or "post")
                        {
                            // Refused for its content, if it gets that far.
                            request.Content = id == "getAccessToken" ? new FormUrlEncodedContent([KeyValuePair.Create("unknown", "1")]) : TestServer.Json("""{ "unknown": 1 }""");
                        }

                        using var response = await caller.On(side).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                        var right = expected is { } status
                            ? response.StatusCode == status
                            : response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or >= HttpStatusCode.InternalServerError);
                        if (!right)
                        {
                            wrong.Add($"{id} by {caller.Name}: {(int)response.StatusCode}, not {(expected is { } e ? (int)e : "an answer")}");
                        }
                    }
                }
            }
        }

        Assert.Equal([], wrong);
        Assert.Equal(PermissionTable.Rows.Keys.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    /// <summary>Null: it gets through to the handler, which then refuses the content, or answers.</summary>
    private static HttpStatusCode? Expected(PermissionRow row, MatrixCaller caller, string path) =>
        row.InvitationOnly ? null
        : !caller.Valid || caller.Side != row.Side ? HttpStatusCode.Unauthorized
        : row.Permissions.Count == 0 && row.OperatorPermission is null ? null
        : row.Side == Side.Operator ? OperatorRoles.Permissions(caller.Role).Contains(row.OperatorPermission!.Value) ? null : HttpStatusCode.Forbidden
        : !caller.Own && path.Contains("{organization}", StringComparison.Ordinal) ? HttpStatusCode.NotFound
        : caller.Role.Length == 0 && path.Contains("{space}", StringComparison.Ordinal) && !row.InOrganization ? HttpStatusCode.NotFound
        : row.Permissions.All(Roles.Permissions(caller.Role).Contains) ? null
        : HttpStatusCode.Forbidden;
}
