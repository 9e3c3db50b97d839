using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Beffroi.Agent.Links;

namespace Beffroi.Agent.Probing;

/// <summary>
/// Watches everything that arrives at the instance's interface for packets of this run, whatever they claim to be, and for ARP replies. Only
/// marks are kept, no content. Safe for concurrent use.
/// </summary>
internal sealed class Sniffer : IDisposable
{
    private readonly PacketSocket _socket;
    private readonly byte[] _nonce;
    private readonly byte[] _own;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, byte> _received = new();
    private readonly ConcurrentDictionary<IPAddress, byte> _arpReplies = new();
    private readonly Task _reading;

    internal Sniffer(string networkInterface, byte[] nonce, byte[] ownMac)
    {
        _socket = new PacketSocket(networkInterface);
        (_nonce, _own) = (nonce, ownMac);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Numbers of the attempts of which something has arrived.</summary>
    internal IReadOnlyList<int> Received => [.. _received.Keys.Order()];

    /// <summary>Whether somebody has answered for the address.</summary>
    internal bool HasAnswered(IPAddress address) => _arpReplies.ContainsKey(address);

    /// <summary>What marks a packet of an attempt.</summary>
    internal static byte[] Mark(byte[] nonce, int number) => [.. nonce, (byte)(number >> 8), (byte)number];

    public void Dispose()
    {
        _stop.Cancel();
        _reading.Wait(TimeSpan.FromSeconds(1));
        _socket.Dispose();
        _stop.Dispose();
    }

    private void Read()
    {
        var buffer = new byte[2048];
        while (!_stop.IsCancellationRequested)
        {
            var frame = buffer.AsSpan(0, Math.Min(_socket.Receive(buffer), buffer.Length));
            if (frame.Length < 14)
            {
                continue;
            }

            if (Frames.ArpReplyFrom(frame) is { } sender && !frame.Slice(6, 6).SequenceEqual(_own))
            {
                _arpReplies.TryAdd(sender, 0);
            }

            var at = frame.IndexOf(_nonce);
            if (at >= 0 && at + _nonce.Length + 2 <= frame.Length && !frame.Slice(6, 6).SequenceEqual(_own) && IsForHere(frame))
            {
                _received.TryAdd(BinaryPrimitives.ReadUInt16BigEndian(frame[(at + _nonce.Length)..]), 0);
            }
        }
    }

    // To this instance, or to everyone on the link.
    private bool IsForHere(ReadOnlySpan<byte> frame) => frame[..6].SequenceEqual(_own) || (frame[0] & 1) == 1;
}
