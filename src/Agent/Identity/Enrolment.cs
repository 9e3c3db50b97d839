using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Bootstrap;
using Beffroi.Agent.Channel;
using Beffroi.Contracts.Agents;
using Google.Protobuf;

namespace Beffroi.Agent.Identity;

/// <summary>Gets and keeps the agent's client certificate: by the one-time token at first, by the certificate itself from then on.</summary>
internal sealed class Enrolment(string instanceId, ControlPlane controlPlane, GuestApi host, KeyPair keys, TimeProvider time)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(15);

    /// <summary>Whether the certificate is to be renewed.</summary>
    internal bool IsDue
    {
        get
        {
            using var certificate = keys.Load();
            return KeyPair.IsDue(certificate, time.GetUtcNow());
        }
    }

    /// <summary>The certificate, enrolling or renewing first where that is due. Throws RpcException when the control plane refuses or is away.</summary>
    internal async Task<X509Certificate2> EnsureAsync(CancellationToken cancellationToken)
    {
        var certificate = keys.Load();
        var now = time.GetUtcNow();
        if (certificate is null || certificate.NotAfter.ToUniversalTime() < now)
        {
            return await EnrolAsync(cancellationToken);
        }

        if (!KeyPair.IsDue(certificate, now))
        {
            return certificate;
        }

        using var channel = controlPlane.Connect(certificate);
        var reply = await ControlPlane.Client(channel).RenewAsync(
            new Contracts.Agents.CertificateRequest { CertificateRequest_ = ByteString.CopyFrom(keys.Request(instanceId)) },
            deadline: Deadline(), cancellationToken: cancellationToken);
        return Keep(reply);
    }

    /// <summary>Enrols with the token that the host has for this instance now.</summary>
    internal async Task<X509Certificate2> EnrolAsync(CancellationToken cancellationToken)
    {
        var token = await host.RequireAsync("token", cancellationToken);
        using var channel = controlPlane.Connect(certificate: null);
        var reply = await ControlPlane.Client(channel).EnrollAsync(
            new EnrollRequest { InstanceId = instanceId, Token = token, CertificateRequest = ByteString.CopyFrom(keys.Request(instanceId)) },
            deadline: Deadline(), cancellationToken: cancellationToken);
        return Keep(reply);
    }

    private X509Certificate2 Keep(CertificateReply reply)
    {
        keys.Accept(reply.Chain.Select(c => c.ToByteArray()));
        return keys.Load()!;
    }

    private DateTime Deadline() => (time.GetUtcNow() + CallLimit).UtcDateTime;
}
