using Beffroi.Infrastructure;
using Beffroi.Services.Isolation.Attempts;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>The attempts of a verification: the same in every pass once its plan is written down.</summary>
internal sealed class PlannedAttempts(ProbeKeys keys, SpaceSubnet subnet)
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
}
