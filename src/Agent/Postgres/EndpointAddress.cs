using System.Net;
using System.Net.NetworkInformation;
using Beffroi.Agent.Bootstrap;
using Beffroi.Agent.Files;
using Beffroi.Agent.Links;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// One address of the endpoint, on this node while it serves there: clients connect to PostgreSQL itself, with nothing between that could read. It
/// moves without the control plane. Not for concurrent use.
/// </summary>
internal sealed class EndpointAddress(TimeProvider time)
{
    private static readonly TimeSpan AnnounceAgain = TimeSpan.FromSeconds(1);
    private string? _held;
    private long _announced;
    private bool _known;

    /// <summary>Whether it is on this node.</summary>
    internal bool Held => _held is not null;

    /// <summary>Takes it, or gives it up.</summary>
    internal async Task EnsureAsync(string address, bool here, CancellationToken cancellationToken)
    {
        if (!here)
        {
            if (_held is not null || !_known)
            {
                // An agent that is new to a running instance doesn't know what it left.
                await TryAsync(["address", "del", address + "/32", "dev", InstanceNetwork.Interface], cancellationToken);
            }

            (_held, _known) = (null, true);
            return;
        }

        if (_held != address)
        {
            await SystemCommand.RunAsync("/usr/sbin/ip", ["address", "replace", address + "/32", "dev", InstanceNetwork.Interface], cancellationToken);
            (_held, _known, _announced) = (address, true, 0);
            Log.Write("The endpoint's address " + address + " is here now.");
        }

        // Again and again: whoever missed it, or heard a former holder since, hears it soon.
        if (_announced == 0 || time.GetElapsedTime(_announced) > AnnounceAgain)
        {
            Announce(InstanceNetwork.Interface, IPAddress.Parse(address));
            _announced = time.GetTimestamp();
        }
    }

    // Tells everyone on the link who has the address now (RFC 5227, 3), so that what they remember of its former holder ends. As a question and as
    // an answer (RFC 5944, 4.6): a host takes no question for an address that isn't its own from a space (PacketFilterRules).
    private static void Announce(string link, IPAddress address)
    {
        var hardware = PhysicalAddress.Parse(File.ReadAllText($"/sys/class/net/{link}/address").Trim()).GetAddressBytes();
        using var socket = new PacketSocket(link);
        foreach (ushort operation in (ushort[])[1, 2])
        {
            var frame = Frames.Arp(operation, hardware, address, address, []);
            // Who speaks and who is spoken of are the same: by that the kernel knows an announcement, and heeds it at once.
            hardware.CopyTo(frame, 14 + 18);
            if (!socket.Send(frame))
            {
                throw new InvalidOperationException("The kernel refuses to announce " + address + ".");
            }
        }
    }

    private static async Task TryAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            await SystemCommand.RunAsync("/usr/sbin/ip", arguments, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // It wasn't there.
        }
    }
}
