using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Agent.Probing;

/// <summary>Attempts through ordinary sockets: what any program of a customer could do.</summary>
internal static class SocketAttempts
{
    private const int AtOnce = 128;
    private const int MostShown = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Connects; a refusal by the other side is an answer too: the packet got there.</summary>
    internal static Task<Result> TcpAsync(Attempt attempt, CancellationToken cancellationToken) => EachAsync(attempt, async (target, patience) =>
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target, patience);
            return "open";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "refused";
        }
    }, cancellationToken);

    /// <summary>Sends the mark and waits for an answer. Whether it arrived without one, the other probe's sniffer knows.</summary>
    internal static Task<Result> UdpAsync(Attempt attempt, byte[] mark, CancellationToken cancellationToken) => EachAsync(attempt, async (target, patience) =>
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            await socket.ConnectAsync(target, patience);
            await socket.SendAsync(mark, patience);
            return await socket.ReceiveAsync(new byte[512], patience) > 0 ? "answered" : null;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
        {
            return "refused";
        }
    }, cancellationToken);

    /// <summary>Echo requests (RFC 792) with the mark; waits for the replies.</summary>
    internal static async Task<Result> EchoAsync(Attempt attempt, byte[] mark, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
        var targets = attempt.Addresses.Select(IPAddress.Parse).ToList();
        foreach (var target in targets)
        {
            try
            {
                await socket.SendToAsync(Echo(mark), SocketFlags.None, new IPEndPoint(target, 0), cancellationToken);
            }
            catch (SocketException)
            {
                // No route: as good as blocked.
            }
        }

        var answered = new HashSet<string>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var buffer = new byte[2048];
        try
        {
            while (answered.Count < targets.Count)
            {
                var got = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), patience.Token);
                var packet = buffer.AsSpan(0, got.ReceivedBytes);
                var sender = ((IPEndPoint)got.RemoteEndPoint).Address;
                // Type 0 behind the IPv4 header: a reply, not our own request or somebody's unreachable.
                if (packet.Length > 28 && packet[(packet[0] & 15) * 4] == 0 && packet.IndexOf(mark) >= 0 && targets.Contains(sender))
                {
                    answered.Add(sender.ToString());
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // As long as it was waited for.
        }

        return Of(targets.Count, [.. answered]);
    }

    /// <summary>The result of so many tries, of which these got through.</summary>
    internal static Result Of(int tried, IReadOnlyCollection<string> reached)
    {
        var result = new Result { Tried = (uint)tried, Outcome = reached.Count > 0 ? Outcome.Reached : Outcome.Blocked };
        result.Reached.Add(reached.Order(StringComparer.Ordinal).Take(MostShown));
        return result;
    }

    private static byte[] Echo(byte[] mark)
    {
        byte[] message = [8, 0, 0, 0, 0x62, 0x66, 0, 1, .. mark];
        uint sum = 0;
        for (var i = 0; i < message.Length; i += 2)
        {
            sum += (uint)((message[i] << 8) | (i + 1 < message.Length ? message[i + 1] : 0));
        }

        sum = (sum & 0xffff) + (sum >> 16);
        var checksum = (ushort)~(sum + (sum >> 16));
        (message[2], message[3]) = ((byte)(checksum >> 8), (byte)checksum);
        return message;
    }

    private static async Task<Result> EachAsync(Attempt attempt, Func<IPEndPoint, CancellationToken, Task<string?>> one, CancellationToken cancellationToken)
    {
        var targets = attempt.Addresses.SelectMany(a => attempt.Ports.Select(p => new IPEndPoint(IPAddress.Parse(a), (int)p))).ToList();
        var reached = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(targets, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (target, stop) =>
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(Patience);
            try
            {
                if (await one(target, patience.Token) is { } how)
                {
                    reached.Add(target + " " + how);
                }
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // No answer, or no way there.
            }
        });
        return Of(targets.Count, reached);
    }
}
