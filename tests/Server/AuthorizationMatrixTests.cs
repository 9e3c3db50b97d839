using System.Net;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.Server.Tests;

/// <summary>
/// Every operation of the OpenAPI document, asked by every kind of caller. What comes out must be what this table says; an operation that
/// isn't in it fails, so that nobody adds one without saying who may use it.
/// </summary>
public sealed class AuthorizationMatrixTests(PostgresServer postgres) : IAsyncLifetime
{
    /// <summary>Who may.</summary>
    private enum Who
    {
        /// <summary>Whoever has signed in.</summary>
        SignedIn,

        /// <summary>The organization's own, and nobody of the operator's.</summary>
        Organization,

        /// <summary>The organization's own, and the operator.</summary>
        OrganizationOrOperator,

        /// <summary>The operator alone.</summary>
        Operator,
    }

    private static readonly Dictionary<string, Who> Table = new()
    {
        ["whoAmI"] = Who.SignedIn,
        ["getBillOfMaterials"] = Who.SignedIn,
        ["listOrganizations"] = Who.Operator,
        ["putOrganization"] = Who.Operator,
        ["getOrganization"] = Who.OrganizationOrOperator,
        ["listSpaces"] = Who.Organization,
        ["putSpace"] = Who.Organization,
        ["getSpace"] = Who.Organization,
        ["listOperations"] = Who.Organization,
        ["getOperation"] = Who.Organization,
        ["watchEvents"] = Who.Organization,
        ["listLedger"] = Who.Organization,
        ["getLedgerKey"] = Who.Organization,
        ["getLedgerCheckpoint"] = Who.Organization,
        ["getLedgerTile"] = Who.Organization,
        ["listLedgerWitnesses"] = Who.Organization,
        ["putLedgerWitness"] = Who.Organization,
        ["deleteLedgerWitness"] = Who.Organization,
        ["listLedgerForwards"] = Who.Organization,
        ["putLedgerForward"] = Who.Organization,
        ["deleteLedgerForward"] = Who.Organization,
        ["listPostgres"] = Who.Organization,
        ["putPostgres"] = Who.Organization,
        ["getPostgres"] = Who.Organization,
        ["deletePostgres"] = Who.Organization,
        ["readPostgresCredentials"] = Who.Organization,
    };

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_operation_answers_every_caller_as_the_table_says()
    {
        await _server.PutAsync("db");
        await _server.LedgerIntegratedAsync();
        var digest = new string('a', 64);
        await File.WriteAllTextAsync($"{_server.ImagesDirectory}/{digest}.cdx.json", "{}", TestContext.Current.CancellationToken);
        var operations = await TestServer.BodyAsync(await _server.Alice.GetAsync("/v1/organizations/demo/spaces/eval/operations"));
        var parameters = new Dictionary<string, string>
        {
            ["{organization}"] = "demo",
            ["{space}"] = "eval",
            ["{name}"] = "db",
            ["{id}"] = (string)operations["items"]![0]!["id"]!,
            ["{tile}"] = "0/000.p/1",
            ["{digest}"] = digest,
        };
        using var forged = _server.Client("bfr_" + new string('x', 43));
        var document = JsonNode.Parse(await _server.Nobody.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken))!;
        var asked = 0;
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            var address = parameters.Aggregate(path, (text, parameter) => text.Replace(parameter.Key, parameter.Value, StringComparison.Ordinal));
            Assert.DoesNotContain('{', address);
            foreach (var (method, operation) in methods!.AsObject())
            {
                var id = (string)operation!["operationId"]!;
                Assert.True(Table.TryGetValue(id, out var who), $"Say in the table who may use {id}.");
                // The owner last, as it may change something.
                await AssertAsync(_server.Nobody, HttpStatusCode.Unauthorized);
                await AssertAsync(forged, HttpStatusCode.Unauthorized);
                await AssertAsync(_server.Mallory, who switch { Who.SignedIn => null, Who.Operator => HttpStatusCode.Forbidden, _ => HttpStatusCode.NotFound });
                await AssertAsync(_server.Administrator, who is Who.Organization ? HttpStatusCode.Forbidden : null);
                await AssertAsync(_server.Alice, who is Who.Operator ? HttpStatusCode.Forbidden : null);
                asked++;

                async Task AssertAsync(HttpClient caller, HttpStatusCode? refusal)
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), address);
                    if (method == "put")
                    {
                        // Refused for its content, if it gets that far.
                        request.Content = TestServer.Json("""{ "unknown": 1 }""");
                    }

                    using var response = await caller.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                    var name = caller == _server.Nobody ? "nobody" : caller == forged ? "a forged token" : caller == _server.Mallory ? "another organization" : caller == _server.Administrator ? "the operator" : "the organization";
                    Assert.True(
                        refusal is { } expected ? response.StatusCode == expected : response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound),
                        $"{id} by {name}: {(int)response.StatusCode}");
                }
            }
        }

        Assert.Equal(Table.Count, asked);
    }
}
