using System.Net;
using Beffroi.Agent.Bootstrap;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Agent.Probing;

/// <summary>
/// A probe of <c>verify isolation</c>: it listens, makes each attempt of its configuration once, and tells what came of it. What it may be asked
/// is bounded here, not only where it is asked: the control plane is not trusted to use instances as weapons.
/// </summary>
internal sealed class ProbeNode(string instanceId, string address, ControlPlane controlPlane, GuestApi guest, TimeProvider time) : IDisposable
{
    private const string Interface = "eth0";
    private const int MostAttempts = 64;
    private const int MostAddresses = 512;
    private const int MostPorts = 32;
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);
    private volatile ProbeFacts _facts = new();
    private Listeners? _listeners;
    private Sniffer? _sniffer;
    private byte[]? _nonce;

    /// <summary>What is known now.</summary>
    internal ProbeFacts Facts => _facts;

    /// <summary>Ensures the phase asked for. Throws with a message for a person when it can't be.</summary>
    internal async Task ApplyAsync(ProbeConfiguration configuration, CancellationToken cancellationToken)
    {
        Refuse(configuration);
        var nonce = configuration.Nonce.ToByteArray();
        if (_nonce is null || !_nonce.AsSpan().SequenceEqual(nonce))
        {
            _listeners?.Dispose();
            _sniffer?.Dispose();
            _sniffer = new Sniffer(Interface, nonce, Mac());
            _listeners = new Listeners([.. configuration.TcpListeners], [.. configuration.UdpListeners]);
            _nonce = nonce;
            _facts = new ProbeFacts { Phase = Phase.Listen };
        }

        if (configuration.Phase >= Phase.Attempt && _facts.Phase < Phase.Attempt)
        {
            var done = new ProbeFacts { Phase = Phase.Attempt };
            done.Results.Add(await AttemptAsync(configuration, nonce, cancellationToken));
            _facts = done;
        }

        if (configuration.Phase >= Phase.Collect && _facts.Phase < Phase.Collect)
        {
            await Task.Delay(Settling, time, cancellationToken);
            var done = new ProbeFacts(_facts) { Phase = Phase.Collect };
            done.Received.Add(_sniffer!.Received.Select(n => (uint)n));
            _facts = done;
        }
    }

    public void Dispose()
    {
        _listeners?.Dispose();
        _sniffer?.Dispose();
    }

    private static void Refuse(ProbeConfiguration configuration)
    {
        if (Directory.Exists(PostgresPaths.Postgres))
        {
            throw new InvalidOperationException("This instance holds a database: it does not probe.");
        }

        if (configuration.Nonce.Length != 16 || configuration.Attempts.Count > MostAttempts || configuration.TcpListeners.Count > 16 || configuration.UdpListeners.Count > 16
            || configuration.Attempts.Any(a => a.Addresses.Count > MostAddresses || a.Ports.Count > MostPorts || a.Number is < 1 or > 65535
                || a.Ports.Any(p => p is < 1 or > 65535) || a.Addresses.Any(text => !IPAddress.TryParse(text, out _))))
        {
            throw new InvalidOperationException("This is more than a probe may be asked, or not well formed.");
        }
    }

    private async Task<IReadOnlyList<Result>> AttemptAsync(ProbeConfiguration configuration, byte[] nonce, CancellationToken cancellationToken)
    {
        var link = new LinkAttempts(Interface, Mac(), IPAddress.Parse(address.Split('/')[0]), controlPlane.Gateway, _sniffer!, time);
        var identity = new IdentityAttempts(instanceId, await guest.FindAsync("token", cancellationToken), controlPlane, time);
        return await Task.WhenAll(configuration.Attempts.Select(a => OneAsync(a, nonce, link, identity, cancellationToken)));
    }

    private async Task<Result> OneAsync(Attempt attempt, byte[] nonce, LinkAttempts link, IdentityAttempts identity, CancellationToken cancellationToken)
    {
        var mark = Sniffer.Mark(nonce, (int)attempt.Number);
        try
        {
            await Task.Yield();
            var result = attempt.Kind switch
            {
                Kind.Tcp => await SocketAttempts.TcpAsync(attempt, cancellationToken),
                Kind.Udp => await SocketAttempts.UdpAsync(attempt, mark, cancellationToken),
                Kind.IcmpEcho => await SocketAttempts.EchoAsync(attempt, mark, cancellationToken),
                Kind.Arp => await link.ArpAsync(attempt, mark, cancellationToken),
                Kind.RawUdp => link.RawUdp(attempt, mark),
                Kind.ArpClaim => link.ArpClaim(attempt, mark),
                Kind.Ipv6Echo => link.Icmpv6(128, mark),
                Kind.RouterAdvertisement => link.Icmpv6(134, mark),
                Kind.GuestApi => await GuestApiAttempts.RunAsync(guest, cancellationToken),
                Kind.HostSurface => HostSurface.Run(),
                Kind.Enrol => await identity.EnrolAsync(attempt.InstanceId, attempt.Token, cancellationToken),
                Kind.UsedToken => await identity.UsedTokenAsync(cancellationToken),
                Kind.SelfSigned => await identity.SelfSignedAsync(attempt.InstanceId, cancellationToken),
                Kind.NoCertificate => await identity.NoCertificateAsync(cancellationToken),
                _ => new Result { Outcome = Outcome.Unable, Detail = "This agent does not know this kind of attempt." },
            };
            result.Number = attempt.Number;
            return result;
        }
#pragma warning disable CA1031 // Whatever goes wrong is the result: it could not be tried.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new Result { Number = attempt.Number, Outcome = Outcome.Unable, Detail = e.Message.Shortened(200) };
        }
    }

    private static byte[] Mac() =>
        Convert.FromHexString(File.ReadAllText("/sys/class/net/" + Interface + "/address").Trim().Replace(":", "", StringComparison.Ordinal));
}
