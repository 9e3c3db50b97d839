using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Channel;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Google.Protobuf;
using Grpc.Core;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Agent.Probing;

/// <summary>Attempts to be another agent. Every one of them has to be refused by the control plane, or by TLS before it.</summary>
internal sealed class IdentityAttempts(string instanceId, string? usedToken, ControlPlane controlPlane, TimeProvider time)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    /// <summary>Enrols as somebody, with a token of somebody.</summary>
    internal Task<Result> EnrolAsync(string instance, string token, CancellationToken cancellationToken) => CallAsync(null, async client =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await client.EnrollAsync(
            new EnrollRequest { InstanceId = instance, Token = token, CertificateRequest = ByteString.CopyFrom(Request(instance, key)) },
            deadline: Deadline(), cancellationToken: cancellationToken);
        return "It was given a certificate for " + instance + ".";
    });

    /// <summary>Enrols another key with the token that this instance has used up.</summary>
    internal Task<Result> UsedTokenAsync(CancellationToken cancellationToken) => usedToken is { Length: > 0 }
        ? EnrolAsync(instanceId, usedToken, cancellationToken)
        : Task.FromResult(new Result { Outcome = Outcome.Unable, Detail = "The host no longer has the token." });

    /// <summary>Calls with a certificate that names somebody and that only its own key signed.</summary>
    internal async Task<Result> SelfSignedAsync(string instance, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=" + instance, key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(time.GetUtcNow().AddMinutes(-5), time.GetUtcNow().AddHours(1));
        return await CallAsync(certificate, client => ReportAsync(client, cancellationToken));
    }

    /// <summary>Calls without any certificate.</summary>
    internal Task<Result> NoCertificateAsync(CancellationToken cancellationToken) => CallAsync(null, client => ReportAsync(client, cancellationToken));

    private async Task<string> ReportAsync(AgentChannel.AgentChannelClient client, CancellationToken cancellationToken)
    {
        using var call = client.Watch(new WatchRequest(), deadline: Deadline(), cancellationToken: cancellationToken);
        await call.ResponseStream.MoveNext(cancellationToken);
        return "It was given a configuration.";
    }

    private async Task<Result> CallAsync(X509Certificate2? certificate, Func<AgentChannel.AgentChannelClient, Task<string>> call)
    {
        using var channel = controlPlane.Connect(certificate);
        try
        {
            return new Result { Tried = 1, Outcome = Outcome.Reached, Detail = await call(ControlPlane.Client(channel)) };
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unauthenticated)
        {
            return new Result { Tried = 1, Outcome = Outcome.Blocked, Detail = "Refused by the control plane." };
        }
        catch (RpcException e) when (certificate is not null && e.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return new Result { Tried = 1, Outcome = Outcome.Blocked, Detail = "Refused by TLS." };
        }
        catch (RpcException e)
        {
            return new Result { Tried = 1, Outcome = Outcome.Unable, Detail = e.Status.Detail.Shortened(200) };
        }
    }

    private static byte[] Request(string commonName, ECDsa key) =>
        new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=" + commonName, key, HashAlgorithmName.SHA256).CreateSigningRequest();

    private DateTime Deadline() => (time.GetUtcNow() + CallLimit).UtcDateTime;
}
