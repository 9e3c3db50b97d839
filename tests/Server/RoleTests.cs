using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Beffroi.Server.Tests;

/// <summary>Roles and databases of a spec: what is taken, how it is kept, and whose passwords can be read and replaced. That they come about is tested in tests/Agent and tests/EndToEnd.</summary>
public sealed class RoleTests(PostgresServer postgres) : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task They_are_kept_in_one_form_and_a_change_is_one()
    {
        var created = await _server.PutAsync("db", """
            { "spec": { "roles": [{ "name": "writing", "memberOf": ["reading", "app", "app"], "validUntil": "2027-06-30T12:00:00.9+02:00" }, { "name": "reading", "login": "none" }],
                        "databases": [{ "name": "records", "owner": "writing", "extensions": ["vector", "hstore"] }, { "name": "archive" }] } }
            """);
        Assert.True(created.StatusCode == HttpStatusCode.Created, await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var spec = (await TestServer.BodyAsync(created))["spec"]!;
        Assert.Equal(
            """[{"name":"reading","login":"none"},{"name":"writing","login":"password","validUntil":"2027-06-30T10:00:00+00:00","memberOf":["app","reading"]}]""",
            spec["roles"]!.ToJsonString().Replace("\\u002B", "+", StringComparison.Ordinal));
        Assert.Equal("""[{"name":"archive","owner":"app"},{"name":"records","owner":"writing","extensions":["hstore","vector"]}]""", spec["databases"]!.ToJsonString());
        var again = await _server.PutAsync("db", """
            { "spec": { "databases": [{ "name": "archive", "owner": "app", "extensions": [] }, { "name": "records", "owner": "writing", "extensions": ["hstore", "vector"] }],
                        "roles": [{ "name": "reading", "login": "none", "memberOf": [] }, { "name": "writing", "memberOf": ["app", "reading"], "validUntil": "2027-06-30T10:00:00Z" }] } }
            """);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(created.Headers.ETag, again.Headers.ETag);

        var changed = await _server.PutAsync("db", """{ "spec": { "roles": [] } }""", ("If-Match", created.Headers.ETag!.ToString()));
        Assert.True(changed.Headers.Contains("Operation-Location"));
        Assert.Null((await TestServer.BodyAsync(changed))["spec"]!["roles"]);
    }

    [Fact]
    public async Task A_role_with_a_certificate_has_no_password_and_needs_an_authority()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new CertificateRequest("CN=Clients", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        var pem = authority.ExportCertificatePem();
        var asked = new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["clientAuthorities"] = new JsonArray(pem, pem + "\n"),
                ["roles"] = new JsonArray(new JsonObject { ["name"] = "machine", ["login"] = "certificate" }),
            },
        };
        var created = await _server.PutAsync("db", asked.ToJsonString());
        Assert.True(created.StatusCode == HttpStatusCode.Created, await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(pem + "\n", (string?)Assert.Single((await TestServer.BodyAsync(created))["spec"]!["clientAuthorities"]!.AsArray()));
        var problem = await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/db/credentials?role=machine"), 400, "invalid-query");
        Assert.Equal("role", (string?)problem["errors"]![0]!["field"]);
        var alone = new JsonObject { ["spec"] = new JsonObject { ["roles"] = asked["spec"]!["roles"]!.DeepClone() } };
        await PutTests.AssertProblem(await _server.PutAsync("db", alone.ToJsonString(), ("If-Match", "*")), 422, "invalid-request");
    }

    [Theory]
    [InlineData("""{ "roles": [{ "name": "app" }, { "name": "pg_mine" }, { "name": "beffroi_x" }, { "name": "Mixed" }, { "name": "postgres" }, { "name": "a\"b" }, { "name": "" }, { "name": "public" }] }""",
        "spec.roles[0].name spec.roles[1].name spec.roles[2].name spec.roles[3].name spec.roles[4].name spec.roles[5].name spec.roles[6].name spec.roles[7].name")]
    [InlineData("""{ "roles": [{ "name": "a", "login": "trust" }, { "name": "b", "connectionLimit": 0 }, { "name": "c", "validUntil": "9999-01-01T00:00:00Z" }] }""",
        "spec.roles[0].login spec.roles[1].connectionLimit spec.roles[2].validUntil")]
    [InlineData("""{ "roles": [{ "name": "a", "memberOf": ["postgres"] }, { "name": "b", "memberOf": ["pg_execute_server_program"] }, { "name": "c", "memberOf": ["c"] }, { "name": "d", "memberOf": [null] }] }""",
        "spec.roles[0].memberOf spec.roles[1].memberOf spec.roles[2].memberOf spec.roles[3].memberOf")]
    [InlineData("""{ "roles": [{ "name": "a" }, { "name": "a" }], "databases": [{ "name": "d" }, { "name": "d" }] }""", "spec.databases[1].name spec.roles[1].name")]
    [InlineData("""{ "roles": [{ "name": "a", "memberOf": ["b"] }, { "name": "b", "memberOf": ["c"] }, { "name": "c", "memberOf": ["a"] }, { "name": "d", "memberOf": ["a"] }] }""", "spec.roles")]
    [InlineData("""{ "databases": [{ "name": "app" }, { "name": "template1" }, { "name": "x", "owner": "nobody" }, { "name": "y", "extensions": ["file_fdw"] }] }""",
        "spec.databases[0].name spec.databases[1].name spec.databases[2].owner spec.databases[3].extensions[0]")]
    [InlineData("""{ "roles": [null], "databases": [null] }""", "spec.databases[0] spec.roles[0]")]
    [InlineData("""{ "roles": [{ "name": "a", "login": "certificate" }] }""", "spec.roles[0].login")]
    [InlineData("""{ "clientAuthorities": [null, "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] }""",
        "spec.clientAuthorities[0] spec.clientAuthorities[1] spec.clientAuthorities[2]")]
    [InlineData("""{ "clientAuthorities": ["", "", "", "", "", "", "", "", ""] }""", "spec.clientAuthorities")]
    [InlineData("""{ "pooler": { "mode": "statement", "maxClients": 9 } }""", "spec.pooler.maxClients spec.pooler.mode")]
    [InlineData("""{ "pooler": { "mode": null, "maxClients": 5001 } }""", "spec.pooler.maxClients spec.pooler.mode")]
    public async Task What_cannot_be_is_refused_with_what_can(string spec, string fields)
    {
        var problem = await PutTests.AssertProblem(await _server.PutAsync("other", $$"""{ "spec": {{spec}} }"""), 422, "invalid-request");
        Assert.Equal(fields.Split(' '), problem["errors"]!.AsArray().Select(e => (string)e!["field"]!).Order(StringComparer.Ordinal));
        Assert.All(problem["errors"]!.AsArray(), e => Assert.NotEmpty((string)e!["allowed"]!));
    }

    [Fact]
    public async Task A_pooler_comes_changes_and_goes()
    {
        var made = await TestServer.BodyAsync(await _server.PutAsync("pooled", """{ "spec": { "pooler": {} } }"""));
        Assert.Equal("transaction", (string?)made["spec"]!["pooler"]!["mode"]);
        var changed = await TestServer.BodyAsync(await _server.PutAsync("pooled", """{ "spec": { "pooler": { "mode": "session", "maxClients": 50 } } }""", ("If-Match", "*")));
        Assert.Equal(("session", 50, 2), ((string)changed["spec"]!["pooler"]!["mode"]!, (int)changed["spec"]!["pooler"]!["maxClients"]!, (int)changed["generation"]!));
        var without = await TestServer.BodyAsync(await _server.PutAsync("pooled", """{ "spec": {} }""", ("If-Match", "*")));
        Assert.Null(without["spec"]!["pooler"]);
    }

    [Fact]
    public async Task Too_many_are_refused()
    {
        var roles = string.Join(',', Enumerable.Range(0, 101).Select(i => $$"""{ "name": "r{{i}}" }"""));
        var problem = await PutTests.AssertProblem(await _server.PutAsync("other", $$"""{ "spec": { "roles": [{{roles}}] } }"""), 422, "invalid-request");
        Assert.Equal("spec.roles", (string?)problem["errors"]![0]!["field"]);
    }

    [Fact]
    public async Task A_password_is_replaced_when_no_other_operation_runs()
    {
        await _server.PutAsync("db", """{ "spec": { "roles": [{ "name": "reporting" }, { "name": "group", "login": "none" }] } }""");
        await PutTests.AssertProblem(await _server.Alice.PostAsync(TestServer.Postgres + "/db/roles/reporting/rotate-password", null), 409, "operation-running");
        await FinishAsync();
        foreach (var unknown in (string[])["group", "nobody", "postgres"])
        {
            await PutTests.AssertProblem(await _server.Alice.PostAsync($"{TestServer.Postgres}/db/roles/{unknown}/rotate-password", null), 404, "not-found");
        }

        await PutTests.AssertProblem(await _server.Alice.PostAsync(TestServer.Postgres + "/db/roles/app/rotate-password", null), 409, "key-unavailable");
        await _server.MakeKeyAsync("db");
        foreach (var role in (string[])["reporting", "app"])
        {
            var before = await PasswordAsync(role);
            var begun = await _server.Alice.PostAsync($"{TestServer.Postgres}/db/roles/{role}/rotate-password", null);
            Assert.True(begun.StatusCode == HttpStatusCode.Accepted, await begun.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("rotate-password", (string?)(await TestServer.BodyAsync(begun))["verb"]);
            await FinishAsync();
            var after = await PasswordAsync(role);
            Assert.Equal(32, after!.Length);
            Assert.NotEqual(before, after);
        }

        await PutTests.AssertProblem(await _server.Alice.GetAsync(TestServer.Postgres + "/db/credentials?role=group"), 400, "invalid-query");
    }

    private async Task<string?> PasswordAsync(string role)
    {
        await using var connection = await _server.Store.OpenConnectionAsync(TestContext.Current.CancellationToken);
        var row = (await _server.Services.GetRequiredService<IResources>().FindAsync(
            connection, Guid.Parse((string)(await TestServer.BodyAsync(await _server.Alice.GetAsync(TestServer.Postgres + "/db")))["id"]!), TestContext.Current.CancellationToken))!;
        var keys = _server.Services.GetRequiredService<IResourceKeys>();
        using var secret = await keys.GetSecretAsync(
            connection, row.Space.OrganizationId, row.Id, role == "app" ? "app-password" : $"role/{role}-password", TestContext.Current.CancellationToken);
        return secret?.RevealText();
    }

    private async Task FinishAsync()
    {
        await using var finish = _server.Store.CreateCommand("update platform.operations set state = 'succeeded'");
        await finish.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
