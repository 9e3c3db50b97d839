using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Tenancy;
using Beffroi.Platform.Tests.Identity;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Tests.Agents;

/// <summary>The agent channel on a real Kestrel, with one instance's row to enrol.</summary>
internal sealed class AgentServer : IAsyncDisposable
{
    private readonly TestStore _store;
    private readonly WebApplication _app;
    private readonly X509Certificate2 _authority;

    private AgentServer(TestStore store, WebApplication app, X509Certificate2 authority) => (_store, _app, _authority) = (store, app, authority);

    public TestStore Store => _store;

    public RecordedSignals Signals { get; private init; } = new();

    public IAgentQuestions Questions => _app.Services.GetRequiredService<IAgentQuestions>();

    public Uri Address { get; private init; } = null!;

    public Uri OtherAddress { get; private init; } = null!;

    public Guid SpaceId { get; private init; }

    public static async Task<AgentServer> StartAsync(PostgresServer server)
    {
        var store = await TestStore.CreateAsync(server);
        var signals = new RecordedSignals();
        var names = new TestNames();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, 0, o => o.ConfigureAgentEndpoint());
            k.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddPlatform(store.Options).AddAgentChannel();
        builder.Services.AddSingleton<ISignals>(signals).AddSingleton<IServerNames>(names);
        var app = builder.Build();
        app.MapAgentChannel();
        app.MapGet("/", () => "api");
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToList();
        var space = await store.InTransactionAsync(async c =>
        {
            var organization = await store.Get<IOrganizations>().CreateAsync(c, "hospital", new PutOrganization("alice", IdentityTests.Hash("t")), default);
            return (await store.Get<ISpaces>().CreateAsync(c, organization.Value!.Value, "eval", new PutSpace("open"), "system:test", default)).Value!.Value;
        });
        await using var connection = await store.OpenAsync();
        var authority = await store.Get<IAuthorities>().EnsureAsync(connection, AuthorityId.Agents, "Agents", default);
        await store.Get<IAuthorities>().EnsureAsync(connection, AuthorityId.Servers(space.Id, space.OrganizationId), "Space", default);
        names.Space = AuthorityId.Servers(space.Id, space.OrganizationId);
        return new AgentServer(store, app, X509CertificateLoader.LoadCertificate(authority))
        {
            Signals = signals,
            Address = addresses.Single(a => a.Scheme == "https"),
            OtherAddress = addresses.Single(a => a.Scheme == "http"),
            SpaceId = space.Id,
        };
    }

    /// <summary>An instance with a token, of a resource of the kind <c>postgres</c>.</summary>
    public async Task<(Guid Instance, Guid Resource, string Token)> InstanceAsync()
    {
        var (instance, resource) = (Guid.NewGuid(), Guid.NewGuid());
        await _store.ExecuteAsync($$"""
            insert into platform.resources (id, kind, space_id, name, spec, status) values ('{{resource}}', 'postgres', '{{SpaceId}}', '{{resource:N}}', '{}', '{}')
            """);
        var agents = _store.Get<IAgents>();
        return await _store.InTransactionAsync(async c =>
        {
            await agents.EnsureAsync(c, instance, resource, SpaceId, default);
            var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
            await agents.SetTokenAsync(c, instance, Secret.FromText(token), default);
            return (instance, resource, token);
        });
    }

    /// <summary>A client that verifies the server as the agent does, and shows this certificate.</summary>
    public AgentConnection Connect(X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.None) =>
        new(GrpcChannel.ForAddress(NamedAddress, new GrpcChannelOptions { HttpHandler = Handler(certificate, protocols), DisposeHttpClient = true }));

    // As agents do: the name for TLS, the address for TCP.
    public Uri NamedAddress => new($"https://agents.beffroi.internal:{Address.Port}");

    public SocketsHttpHandler Handler(X509Certificate2? certificate = null, SslProtocols protocols = SslProtocols.None) => new()
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, Address.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = protocols,
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _authority }, RevocationMode = X509RevocationMode.NoCheck },
        },
    };

    public async Task<X509Certificate2> EnrolAsync(Guid instance, string token, ECDsa key)
    {
        using var connection = Connect();
        return Certificate(await connection.Client.EnrollAsync(new EnrollRequest { InstanceId = instance.ToString(), Token = token, CertificateRequest = Request(key) }), key);
    }

    public static ByteString Request(ECDsa key) => ByteString.CopyFrom(new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=whatever", key, HashAlgorithmName.SHA256).CreateSigningRequest());

    public static X509Certificate2 Certificate(CertificateReply reply, ECDsa key)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(reply.Chain[0].ToByteArray());
        return leaf.CopyWithPrivateKey(key);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _store.DisposeAsync();
        _authority.Dispose();
    }

    internal sealed class RecordedSignals : ISignals
    {
        public ConcurrentQueue<WorkKey> Keys { get; } = new();

        public Task SignalAsync(NpgsqlConnection connection, WorkKey key, TimeSpan? deadline = null, CancellationToken cancellationToken = default)
        {
            Keys.Enqueue(key);
            return Task.CompletedTask;
        }
    }

    private sealed class TestNames : IServerNames
    {
        public AuthorityId? Space { get; set; }

        public string Kind => "postgres";

        public Task<ServerIdentity?> FindAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken) =>
            Task.FromResult<ServerIdentity?>(new(new CertificateNames("first.eval.hospital", ["first.eval.hospital"], [IPAddress.Parse("10.93.0.2")]), Space!));

        public Task<ServerIdentity?> FindPeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken) =>
            Task.FromResult<ServerIdentity?>(null);

        public Task<ServerIdentity?> FindSpacePeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken) => Task.FromResult<ServerIdentity?>(null);
    }
}

internal sealed class AgentConnection(GrpcChannel channel) : IDisposable
{
    public AgentChannel.AgentChannelClient Client { get; } = new(channel);

    public void Dispose() => channel.Dispose();
}
