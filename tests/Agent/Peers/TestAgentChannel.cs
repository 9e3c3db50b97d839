using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Agents;
using Google.Protobuf;
using Grpc.Core;
using WireRequest = Beffroi.Contracts.Agents.CertificateRequest;

namespace Beffroi.Agent.Tests.Peers;

/// <summary>The calls of the agent channel, as the contract has them.</summary>
internal sealed class TestAgentChannel(TestControlPlane plane) : AgentChannel.AgentChannelBase
{
    public override Task<CertificateReply> Enroll(EnrollRequest request, ServerCallContext context)
    {
        plane.Called(nameof(Enroll));
        return plane.Token is { } token && request.Token == token
            ? Task.FromResult(Client(request.CertificateRequest, request.InstanceId))
            : throw new RpcException(new Status(StatusCode.Unauthenticated, "The token is not known."));
    }

    public override Task<CertificateReply> Renew(WireRequest request, ServerCallContext context)
    {
        plane.Called(nameof(Renew));
        return Task.FromResult(Client(request.CertificateRequest_, Caller(context)));
    }

    public override Task<CertificateReply> SignServer(WireRequest request, ServerCallContext context)
    {
        plane.Called(nameof(SignServer));
        Caller(context);
        var now = DateTimeOffset.UtcNow;
        return Task.FromResult(Reply(plane.Databases.Sign(
            request.CertificateRequest_.ToByteArray(), plane.DatabaseName, [plane.DatabaseName], [plane.DatabaseAddress, .. plane.SharedAddresses],
            TestAuthority.ServerUse, now - plane.Life.Before, now + plane.Life.After)));
    }

    public override Task<CertificateReply> SignPeer(WireRequest request, ServerCallContext context)
    {
        plane.Called(nameof(SignPeer));
        var instance = Caller(context);
        var now = DateTimeOffset.UtcNow;
        return Task.FromResult(Reply(plane.Peers.Sign(
            request.CertificateRequest_.ToByteArray(), instance, ["n-" + instance], [plane.DatabaseAddress],
            TestAuthority.PeerUse, now - plane.Life.Before, now + plane.Life.After)));
    }

    public override Task<CertificateReply> SignSpacePeer(WireRequest request, ServerCallContext context)
    {
        plane.Called(nameof(SignSpacePeer));
        var now = DateTimeOffset.UtcNow;
        return Task.FromResult(Reply(plane.Peers.Sign(
            request.CertificateRequest_.ToByteArray(), Caller(context), [], [plane.DatabaseAddress], TestAuthority.PeerUse,
            now - plane.Life.Before, now + plane.Life.After)));
    }

    public override Task<SecretReply> ReadSecret(SecretRequest request, ServerCallContext context)
    {
        plane.Called(nameof(ReadSecret));
        Caller(context);
        return Task.FromResult(new SecretReply { Value = ByteString.CopyFromUtf8("passphrase-of-" + request.Name) });
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<DesiredConfiguration> responseStream, ServerCallContext context)
    {
        plane.Called(nameof(Watch));
        Caller(context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, plane.Stopping);
        var known = request.KnownVersion;
        while (!ended.IsCancellationRequested)
        {
            var changed = plane.Changed;
            var desired = plane.Desired;
            if (desired.Version != known)
            {
                await responseStream.WriteAsync(desired, ended.Token);
                known = desired.Version;
            }

            await changed.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override Task<ReportReply> Report(Facts request, ServerCallContext context)
    {
        plane.Called(nameof(Report));
        Caller(context);
        plane.Reported(request);
        return Task.FromResult(new ReportReply());
    }

    public override async Task Ask(IAsyncStreamReader<AgentAnswer> requestStream, IServerStreamWriter<AgentQuestion> responseStream, ServerCallContext context)
    {
        plane.Called(nameof(Ask));
        Caller(context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, plane.Stopping);
        while (!ended.IsCancellationRequested)
        {
            await responseStream.WriteAsync(await plane.Questions.Reader.ReadAsync(ended.Token), ended.Token);
            await requestStream.MoveNext(ended.Token);
            plane.Answers.Writer.TryWrite(requestStream.Current);
        }
    }

    private static CertificateReply Reply(IEnumerable<byte[]> chain)
    {
        var reply = new CertificateReply();
        reply.Chain.AddRange(chain.Select(c => ByteString.CopyFrom(c)));
        return reply;
    }

    private CertificateReply Client(ByteString request, string instance)
    {
        var now = DateTimeOffset.UtcNow;
        var chain = plane.Agents.Sign(request.ToByteArray(), instance, [], [], TestAuthority.ClientUse, now - plane.Life.Before, now + plane.Life.After);
        using var leaf = X509CertificateLoader.LoadCertificate(chain[0]);
        plane.Accepted = leaf.SerialNumber;
        return Reply(chain);
    }

    private string Caller(ServerCallContext context)
    {
        var certificate = context.GetHttpContext().Connection.ClientCertificate;
        return certificate is not null && certificate.SerialNumber == plane.Accepted
            ? certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)
            : throw new RpcException(new Status(StatusCode.Unauthenticated, "The certificate is not known."));
    }
}
