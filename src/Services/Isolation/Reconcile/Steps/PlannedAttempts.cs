using Beffroi.Contracts.Agents;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Services.Isolation.Attempts;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>The attempts of a verification: the same in every pass once its plan is written down.</summary>
internal sealed class PlannedAttempts(IAgents agents, ProbeKeys keys, SpaceSubnet subnet)
{
    internal async Task<IReadOnlyList<Planned>> OfAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        var tokens = new Dictionary<string, string>();
        foreach (var probe in context.Probes)
        {
            // Used up since the probe's first report: worth nothing to anyone, which is what is to be shown.
            using var token = await keys.TokenAsync(context, probe, cancellationToken);
            tokens[probe.Role] = token.RevealText();
        }

        return Catalog.Of(context.Notes.Plan!, context.Probes, subnet, tokens);
    }

    /// <summary>Has every probe go on to this phase, each with its own attempts; tells how many there are in all.</summary>
    internal async Task<int> BeginAsync(VerificationContext context, ProbeConfiguration.Types.Phase phase, CancellationToken cancellationToken)
    {
        var attempts = await OfAsync(context, cancellationToken);
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var probe in context.Probes)
            {
                await agents.SetDesiredAsync(connection, probe.InstanceId, ProbeConfigurations.Of(context, probe.Role, attempts, phase), token);
            }
        }, cancellationToken);
        return attempts.Count;
    }
}
