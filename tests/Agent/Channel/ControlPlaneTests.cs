using System.Net;
using System.Security.Authentication;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Tests.Peers;
using Beffroi.Contracts.Agents;
using Google.Protobuf;
using Grpc.Core;

namespace Beffroi.Agent.Tests.Channel;

/// <summary>Whom the agent takes for the control plane: a token or a report goes to nobody else.</summary>
public sealed class ControlPlaneTests
{
    [Fact]
    public async Task The_real_one_is_spoken_to()
    {
        await using var plane = new TestControlPlane(IPAddress.Loopback, 0);
        Assert.Equal(StatusCode.Unauthenticated, await EnrolAsync(plane, plane.Agents.Pem));
        Assert.Equal(1, plane.Count("Enroll"));
    }

    [Fact]
    public async Task Another_name_of_the_same_authority_is_refused()
    {
        // An agent's or a database's certificate, say.
        await using var plane = new TestControlPlane(IPAddress.Loopback, 0) { ServerCertificateName = "db.beffroi.test" };
        Assert.NotEqual(StatusCode.Unauthenticated, await EnrolAsync(plane, plane.Agents.Pem));
        Assert.Equal(0, plane.Count("Enroll"));
    }

    [Fact]
    public async Task The_right_name_of_another_authority_is_refused()
    {
        await using var plane = new TestControlPlane(IPAddress.Loopback, 0);
        Assert.NotEqual(StatusCode.Unauthenticated, await EnrolAsync(plane, plane.Databases.Pem));
        Assert.Equal(0, plane.Count("Enroll"));
    }

    [Fact]
    public async Task Older_TLS_is_refused()
    {
#pragma warning disable CA5397, CA5398 // That it is refused is what is tested.
        await using var plane = new TestControlPlane(IPAddress.Loopback, 0) { Protocols = SslProtocols.Tls12 };
#pragma warning restore CA5397, CA5398
        Assert.NotEqual(StatusCode.Unauthenticated, await EnrolAsync(plane, plane.Agents.Pem));
        Assert.Equal(0, plane.Count("Enroll"));
    }

    private static async Task<StatusCode> EnrolAsync(TestControlPlane plane, string authority)
    {
        await plane.StartAsync();
        using var channel = new ControlPlane(IPAddress.Loopback, plane.Port, authority).Connect(certificate: null);
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await ControlPlane.Client(channel).EnrollAsync(
            new EnrollRequest { InstanceId = "i1", Token = "secret", CertificateRequest = ByteString.Empty }, deadline: DateTime.UtcNow.AddSeconds(60)));
        return refusal.StatusCode;
    }
}
