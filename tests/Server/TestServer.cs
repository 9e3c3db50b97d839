using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Server;
using Beffroi.Platform.Http;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>beffroid as it is, over HTTPS and a real PostgreSQL, but without reconcilers; an organization and a space are there.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string Postgres = "/v1/organizations/demo/spaces/eval/postgres";

    /// <summary>Creates a space without real data.</summary>
    public const string NewSpace = """{ "evaluation": true }""";

    private const string AdministratorToken = "administrator-token-of-a-test";
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-server-").FullName;
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private TestServer(string store, int failuresAllowed, TimeSpan failureWindow, Action<IServiceCollection>? withReconcilers, Action<IServiceCollection>? change = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(_directory + "/api.crt", _certificate.ExportCertificatePem());
        File.WriteAllText(_directory + "/api.key", key.ExportPkcs8PrivateKeyPem());
        Directory.CreateDirectory(_directory + "/images");
        _app = ServerHost.Build(
            new ServerOptions
            {
                Listen = "127.0.0.1:0",
                AdminListen = "127.0.0.1:0",
                AgentPort = AgentPort,
                Certificate = _directory + "/api.crt",
                CertificateKey = _directory + "/api.key",
                Store = store,
                KeysDirectory = _directory + "/keys",
                ImagesDirectory = _directory + "/images",
                AdministratorTokenSha256 = Sha256(AdministratorToken),
            },
            services =>
            {
                services.AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.None));
                if (withReconcilers is null)
                {
                    services.RemoveAll<IReconciler>();
                    services.Replace(ServiceDescriptor.Singleton<ISignals>(Signals));
                }

                withReconcilers?.Invoke(services);
                services.Replace(ServiceDescriptor.Singleton(new ApiOptions
                {
                    ImagesDirectory = _directory + "/images",
                    Guarded = true,
                    FailuresAllowed = failuresAllowed,
                    FailureWindow = failureWindow,
                    Heartbeat = TimeSpan.FromMilliseconds(300),
                    EventSweep = TimeSpan.FromMilliseconds(100),
                    DeviceInterval = TimeSpan.FromSeconds(1),
                    // As many as the product has were a fifth of what the tests of the console take of the processor.
                    PasswordRounds = 1000,
                }));
                change?.Invoke(services);
            });
    }

    /// <summary>Where agents call.</summary>
    public int AgentPort { get; } = Ports.Free();

    public NotedSignals Signals { get; } = new();

    public WebApplication App => _app;

    public IServiceProvider Services => _app.Services;

    public NpgsqlDataSource Store => _app.Services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>PEM of the certificate, which is its own authority.</summary>
    public string CertificateFile => _directory + "/api.crt";

    public string ImagesDirectory => _directory + "/images";

    public HttpClient Administrator { get; private set; } = null!;

    public HttpClient Alice { get; private set; } = null!;

    public HttpClient Mallory { get; private set; } = null!;

    public HttpClient Nobody { get; private set; } = null!;

    public static async Task<TestServer> StartAsync(PostgresServer postgres, Action<WebApplication>? map = null, int failuresAllowed = 30, Action<IServiceCollection>? withReconcilers = null, TimeSpan? failureWindow = null, Action<IServiceCollection>? change = null)
    {
        var server = new TestServer(await postgres.CreateDatabaseAsync(MigrateAsync), failuresAllowed, failureWindow ?? TimeSpan.FromSeconds(2), withReconcilers, change);
        map?.Invoke(server._app);
        await server._app.StartAsync();
        server.Administrator = server.Client(AdministratorToken, Side.Operator);
        server.Alice = server.Client("token-of-alice");
        server.Mallory = server.Client("token-of-mallory");
        server.Nobody = server.Client(null);
        await server.PutOrganizationAsync("demo", "alice");
        await server.PutOrganizationAsync("evil", "mallory");
        (await server.Alice.PutAsync("/v1/organizations/demo/spaces/eval", Json(NewSpace))).EnsureSuccessStatusCode();
        return server;
    }

    /// <summary>Has new passwords hashed as the product hashes them.</summary>
    public static void HashPasswordsFully(IServiceCollection services)
    {
        var options = (ApiOptions)services.Last(s => s.ServiceType == typeof(ApiOptions)).ImplementationInstance!;
        services.Replace(ServiceDescriptor.Singleton(options with { PasswordRounds = new ApiOptions { ImagesDirectory = options.ImagesDirectory }.PasswordRounds }));
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static async Task<JsonObject> BodyAsync(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    /// <summary>Where a side's listener is.</summary>
    public string Address(Side side) =>
        // In the order in which they were opened: the public one, then the operator's.
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Where(a => a.Contains("127.0.0.1", StringComparison.Ordinal)).ElementAt(side == Side.Customer ? 0 : 1);

    public HttpClient Client(string? token, Side side = Side.Customer)
    {
        var address = Address(side);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) =>
            seen is not null && seen.GetCertHashString(HashAlgorithmName.SHA256) == _certificate.GetCertHashString(HashAlgorithmName.SHA256);
        var client = new HttpClient(handler) { BaseAddress = new Uri(address) };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    public static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : Json(json) };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseContentRead);
    }

    /// <summary>The same, and the answer's body, which has to come with this status.</summary>
    public static async Task<JsonObject> SendAsync(HttpClient client, HttpMethod method, string path, int status, string? json = null)
    {
        var response = await SendAsync(client, method, path, json);
        var body = await BodyAsync(response);
        Assert.True(status == (int)response.StatusCode, $"{path}: {(int)response.StatusCode} {body.ToJsonString()}");
        return body;
    }

    /// <summary>As the API takes the digest of a code or a token: hexadecimal.</summary>
    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>One of the operator's accounts, invited by the administrator and accepted, with a token of its own.</summary>
    public async Task<HttpClient> OperatorAsync(string name, string role, string kind = "user")
    {
        await SendAsync(Administrator, HttpMethod.Put, "/operator/v1/operators/" + name, 201, $$"""{ "roles": ["{{role}}"], "kind": "{{kind}}", "invitationSha256": "{{Sha256("code-of-" + name)}}" }""");
        using var door = Client(null, Side.Operator);
        await SendAsync(door, HttpMethod.Post, "/operator/v1/invitations", 201, $$"""{ "code": "code-of-{{name}}", "tokenSha256": "{{Sha256("token-of-" + name)}}" }""");
        return Client("token-of-" + name, Side.Operator);
    }

    public Task<HttpResponseMessage> PutAsync(string name, string json = """{ "spec": {} }""", params (string Name, string Value)[] headers) =>
        SendAsync(Alice, HttpMethod.Put, Postgres + "/" + name, json, headers);

    /// <summary>The space's backup repository, as a reconciler would make it with the first database.</summary>
    public async Task MakeRepositoryAsync()
    {
        await using var command = Store.CreateCommand("""
            insert into platform.resources (id, kind, space_id, name, spec, status)
            select gen_random_uuid(), 'backup-repository', id, 'backups', '{"repairs":0}', '{"state":"ready","observedGeneration":1,"conditions":[]}' from platform.spaces where name = 'eval'
            """);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A PostgreSQL has one node, whose agent has just said this.</summary>
    public async Task ReportAsync(string name, Beffroi.Contracts.Agents.Facts facts)
    {
        await using var command = Store.CreateCommand("""
            with noted as (update platform.resources set internal = jsonb_build_object('nodes', jsonb_build_array(jsonb_build_object('instanceId', $2, 'volumeId', $2, 'hostNumber', 2)))
                           where name = $1 and kind = 'postgres' returning id, space_id)
            insert into platform.agents (instance_id, resource_id, space_id, facts, last_seen_at) select $2, id, space_id, $3, now() from noted
            """);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = name }, new() { Value = Guid.CreateVersion7() }, new() { Value = facts.ToByteArray() } });
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    /// <summary>The key of a PostgreSQL, which its reconciler would have made.</summary>
    public async Task MakeKeyAsync(string name)
    {
        var id = Guid.Parse((string)(await BodyAsync(await Alice.GetAsync(Postgres + "/" + name)))["id"]!);
        await using var connection = await Store.OpenConnectionAsync();
        var row = (await Services.GetRequiredService<IResources>().FindAsync(connection, id, default))!;
        await Services.GetRequiredService<IResourceKeys>().EnsureAsync(connection, row.Space.OrganizationId, id, default);
    }

    /// <summary>Waits until all entries so far are in the Merkle logs.</summary>
    public async Task LedgerIntegratedAsync()
    {
        await using var command = Store.CreateCommand("select count(*) from platform.ledger_pending");
        while ((long)(await command.ExecuteScalarAsync())! > 0)
        {
            await Task.Delay(50);
        }
    }

    public async Task<List<(string Action, string Outcome, string? Reason)>> LedgerAsync(string where = "true")
    {
        // Test-only SQL: the condition is a constant of the test.
        await using var command = Store.CreateCommand(
            "select entry::jsonb->>'action', entry::jsonb->>'outcome', entry::jsonb->>'reason' from platform.ledger where " + where + " order by at");
        await using var reader = await command.ExecuteReaderAsync();
        var entries = new List<(string, string, string?)>();
        while (await reader.ReadAsync())
        {
            entries.Add((reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)));
        }

        return entries;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _certificate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task MigrateAsync(string store)
    {
        await using var server = new TestServer(store, 1, TimeSpan.FromSeconds(2), null);
        await server.Services.GetRequiredService<Migrator>().ApplyAsync(TestContext.Current.CancellationToken);
    }

    private async Task PutOrganizationAsync(string name, string owner)
    {
        var body = new JsonObject { ["owner"] = owner, ["ownerTokenSha256"] = Sha256("token-of-" + owner) };
        (await Administrator.PutAsync("/operator/v1/organizations/" + name, Json(body.ToJsonString()))).EnsureSuccessStatusCode();
    }
}
