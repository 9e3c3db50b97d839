using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Platform.Pki;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>
/// The agent channel's own certificate, made in memory by each replica at start and again when half its life is over, and the
/// check of agents' certificates: both by the platform's authority for agents.
/// </summary>
internal sealed partial class AgentServerCertificate(NpgsqlDataSource source, IAuthorities authorities, TimeProvider time, ILogger<AgentServerCertificate> log)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>The name that agents expect; it is in no public DNS (.internal is reserved by ICANN for private use).</summary>
    public const string DnsName = "agents.beffroi.internal";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(1);
    private X509Certificate2? _certificate;
    private X509Certificate2? _authority;

    /// <summary>The present one.</summary>
    public X509Certificate2 Certificate => _certificate ?? throw new InvalidOperationException("The agent channel has not started.");

    public async Task StartingAsync(CancellationToken cancellationToken) => await IssueAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Whether a TLS client's certificate is one of ours for clients. Whether its instance still exists is asked at each call.</summary>
    public bool IsAgents(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        return chain.Build(certificate);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = Lifetime / 2;
        while (true)
        {
            await Task.Delay(delay, time, stoppingToken);
            try
            {
                await IssueAsync(stoppingToken);
                delay = Lifetime / 2;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(e);
                delay = RetryDelay;
            }
        }
    }

    private async Task IssueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var authority = await authorities.EnsureAsync(connection, AuthorityId.Agents, "Beffroi agents", cancellationToken);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + DnsName, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var signed = await authorities.SignAsync(
            connection, AuthorityId.Agents, request, new CertificateNames(DnsName, [DnsName], []), CertificateUse.Server, Lifetime, cancellationToken);
        using var leaf = X509CertificateLoader.LoadCertificate(signed.Chain[0]);
        _authority ??= X509CertificateLoader.LoadCertificate(authority);
        // The one before may still be in a handshake: the garbage collector takes it.
        _certificate = leaf.CopyWithPrivateKey(key);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The agent channel's certificate could not be renewed; tried again in a minute.")]
    private partial void LogFailed(Exception e);
}
