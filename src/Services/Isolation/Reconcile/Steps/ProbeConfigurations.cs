using Beffroi.Contracts.Agents;
using Beffroi.Services.Isolation.Attempts;
using Google.Protobuf;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>What the probes are told. Pure.</summary>
internal static class ProbeConfigurations
{
    internal static DesiredConfiguration Listen(VerificationContext context) => new() { Probe = Base(context, Phase.Listen) };

    internal static DesiredConfiguration Of(VerificationContext context, string role, IReadOnlyList<Planned> planned, Phase phase)
    {
        var probe = Base(context, phase);
        probe.Attempts.Add(planned.Where(p => p.Role == role).Select(p => p.Attempt));
        return new DesiredConfiguration { Probe = probe };
    }

    private static ProbeConfiguration Base(VerificationContext context, Phase phase)
    {
        var probe = new ProbeConfiguration { Nonce = ByteString.CopyFrom(Convert.FromHexString(context.Notes.Nonce!)), Phase = phase };
        probe.TcpListeners.Add(Catalog.TcpListeners.Select(p => (uint)p));
        probe.UdpListeners.Add(Catalog.UdpListeners.Select(p => (uint)p));
        return probe;
    }
}
