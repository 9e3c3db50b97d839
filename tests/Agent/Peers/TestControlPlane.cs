using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Beffroi.Contracts.Agents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Beffroi.Agent.Tests.Peers;

/// <summary>The other end of the agent channel, for one instance: remembers what it is told, and can go away and come back.</summary>
internal sealed class TestControlPlane(IPAddress address, int port) : IAsyncDisposable
{
    public const string ServerName = "agents.beffroi.internal";
    private readonly Lock _lock = new();
    private WebApplication? _application;
    private CancellationTokenSource _stopping = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Facts? _facts;

    public TestAuthority Agents { get; } = new("test agents");

    public TestAuthority Databases { get; init; } = new("test databases");

    /// <summary>For the nodes of one database, or the instances of a space, among themselves: one for all planes of a test.</summary>
    public TestAuthority Peers { get; init; } = new("test peers");

    public string ServerCertificateName { get; init; } = ServerName;

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls13;

    public int Port { get; private set; } = port;

    /// <summary>What Enroll takes; null for none.</summary>
    public string? Token { get; set; }

    /// <summary>The serial number of the one certificate that is accepted.</summary>
    public string? Accepted { get; set; }

    /// <summary>The lives of certificates from now on: how long ago they began, and how long they last.</summary>
    public (TimeSpan Before, TimeSpan After) Life { get; set; } = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));

    /// <summary>The name in a database's certificate.</summary>
    public string DatabaseName { get; set; } = "db.beffroi.test";

    /// <summary>Where a database's certificate is good for, beside its name.</summary>
    public IPAddress DatabaseAddress { get; set; } = IPAddress.Loopback;

    /// <summary>Further addresses in its certificate: the endpoint's.</summary>
    public IReadOnlyList<IPAddress> SharedAddresses { get; init; } = [];

    public DesiredConfiguration Desired { get; private set; } = new();

    /// <summary>Names of calls in the order in which they came, with the time since <see cref="Clock"/> began.</summary>
    public List<(string Call, TimeSpan At)> Calls { get; } = [];

    /// <summary>What the agent is asked, one after the other, and what it answered.</summary>
    public Channel<AgentQuestion> Questions { get; } = System.Threading.Channels.Channel.CreateUnbounded<AgentQuestion>();

    public Channel<AgentAnswer> Answers { get; } = System.Threading.Channels.Channel.CreateUnbounded<AgentAnswer>();

    public Stopwatch Clock { get; } = Stopwatch.StartNew();

    public CancellationToken Stopping => _stopping.Token;

    public int Count(string call)
    {
        lock (_lock)
        {
            return Calls.Count(c => c.Call == call);
        }
    }

    public void Want(PostgresConfiguration configuration) => Want(new DesiredConfiguration { Postgres = configuration });

    public void Want(DesiredConfiguration configuration)
    {
        lock (_lock)
        {
            Desired = new DesiredConfiguration(configuration) { Version = Desired.Version + 1 };
        }

        Announce();
    }

    /// <summary>Changes what is wanted, from what it is now, and waits until that is applied.</summary>
    public async Task<Facts> ApplyAsync(Action<PostgresConfiguration> change)
    {
        var configuration = Desired.Postgres.Clone();
        change(configuration);
        Want(configuration);
        return await AppliedAsync(f => f.Postgres.Ready);
    }

    /// <summary>Waits until what is wanted is applied, and is as it should be.</summary>
    public Task<Facts> AppliedAsync(Func<Facts, bool> condition)
    {
        var version = Desired.Version;
        return WaitAsync(f => f.AppliedVersion == version && condition(f), "the configuration is applied");
    }

    /// <summary>Facts that came before no longer count.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _facts = null;
        }
    }

    /// <summary>Waits for facts.</summary>
    public async Task<Facts> WaitAsync(Func<Facts, bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Task changed;
            Facts? facts;
            lock (_lock)
            {
                changed = _changed.Task;
                facts = _facts;
            }

            if (facts is not null && condition(facts))
            {
                return facts;
            }

            var rest = TimeSpan.FromMinutes(2) - clock.Elapsed;
            if (rest <= TimeSpan.Zero)
            {
                throw new TimeoutException($"Not within two minutes: {what}. Last facts: {facts}");
            }

            await Task.WhenAny(changed, Task.Delay(rest));
        }
    }

    public async Task StartAsync()
    {
        _stopping = new CancellationTokenSource();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder.Services.AddGrpc();
        var certificate = Agents.Server(ServerCertificateName);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                SslProtocols = Protocols,
                ServerCertificate = certificate,
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (presented, _, _) => IsAgents(presented),
            });
        }));
        _application = builder.Build();
        _application.MapGrpcService<TestAgentChannel>();
        await _application.StartAsync();
        Port = new Uri(_application.Urls.First()).Port;
    }

    public async Task StopAsync()
    {
        if (_application is not null)
        {
            await _stopping.CancelAsync();
            using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
            await _application.StopAsync(atOnce.Token);
            await _application.DisposeAsync();
            _application = null;
            _stopping.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Agents.Dispose();
        Databases.Dispose();
        Peers.Dispose();
    }

    internal void Called(string name)
    {
        lock (_lock)
        {
            Calls.Add((name, Clock.Elapsed));
        }
    }

    internal void Reported(Facts facts)
    {
        lock (_lock)
        {
            _facts = facts;
        }

        Announce();
    }

    /// <summary>Ends at the next change of what is wanted or known.</summary>
    internal Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    private void Announce()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private bool IsAgents(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Agents.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
