using System.Net;
using Beffroi.Agent.Links;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Agent.Probing;

/// <summary>Attempts with frames made by hand. That one was sent says nothing: whether it arrived, the other probes' sniffers know.</summary>
internal sealed class LinkAttempts(string networkInterface, byte[] mac, IPAddress own, IPAddress gateway, Sniffer sniffer, TimeProvider time)
{
    private const int Repetitions = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Asks the link for each address; an answer by anyone is success.</summary>
    internal async Task<Result> ArpAsync(Attempt attempt, byte[] mark, CancellationToken cancellationToken)
    {
        using var socket = new PacketSocket(networkInterface);
        var targets = attempt.Addresses.Select(IPAddress.Parse).ToList();
        foreach (var target in targets)
        {
            socket.Send(Frames.Arp(1, mac, own, target, mark));
        }

        await Task.Delay(Patience, time, cancellationToken);
        return SocketAttempts.Of(targets.Count, [.. targets.Where(sniffer.HasAnswered).Select(t => t.ToString())]);
    }

    /// <summary>A datagram under a false or the true name: on the own link to everyone, else by way of the gateway.</summary>
    internal Result RawUdp(Attempt attempt, byte[] mark)
    {
        var source = attempt.SourceAddress is { Length: > 0 } text ? IPAddress.Parse(text) : own;
        var from = attempt.SourceMac.Length == 6 ? attempt.SourceMac.ToByteArray() : mac;
        var target = IPAddress.Parse(attempt.Addresses[0]);
        var to = OnOwnLink(target) ? Frames.Broadcast : GatewayMac();
        return Sent(Frames.Udp(from, to, source, target, (int)attempt.Ports[0], mark));
    }

    /// <summary>Says unasked that an address is here.</summary>
    internal Result ArpClaim(Attempt attempt, byte[] mark)
    {
        var claimed = IPAddress.Parse(attempt.SourceAddress);
        return Sent(Frames.Arp(2, mac, claimed, claimed, mark));
    }

    /// <summary>An ICMPv6 message to everyone on the link.</summary>
    internal Result Icmpv6(byte type, byte[] mark) => Sent(Frames.Icmpv6(type, mac, mark));

    private Result Sent(byte[] frame)
    {
        using var socket = new PacketSocket(networkInterface);
        var sent = 0;
        for (var i = 0; i < Repetitions; i++)
        {
            sent += socket.Send(frame) ? 1 : 0;
        }

        return sent > 0
            ? new Result { Tried = (uint)sent, Outcome = Outcome.Blocked }
            : new Result { Outcome = Outcome.Unable, Detail = "The kernel did not take the frame." };
    }

    // Spaces are /24s.
    private bool OnOwnLink(IPAddress address) => address.GetAddressBytes().AsSpan(0, 3).SequenceEqual(own.GetAddressBytes().AsSpan(0, 3));

    // The agent channel runs through it, so the kernel knows it (proc_net(5), arp).
    private byte[] GatewayMac()
    {
        var fields = File.ReadLines("/proc/net/arp").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(f => f.Length > 3 && f[0] == gateway.ToString());
        return fields is null
            ? throw new InvalidOperationException("The gateway's MAC is not known.")
            : Convert.FromHexString(fields[3].Replace(":", "", StringComparison.Ordinal));
    }
}
