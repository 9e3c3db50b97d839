using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace Beffroi.Platform.Http;

/// <summary>Marks a route that is there on one side's listener only, although the other's may have one of the same path: the two consoles have.</summary>
/// <param name="Side">Whose listener.</param>
public sealed record ServedOn(Side Side);

/// <summary>Of routes that are marked with <see cref="ServedOn"/>, leaves those of the side by whose listener the request came. On the other side they don't exist. Safe for concurrent use.</summary>
internal sealed class ServedOnPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    /// <summary>Before the policies that choose among what is left.</summary>
    public override int Order => -1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(e => e.Metadata.GetMetadata<ServedOn>() is not null);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        var side = Listener.Of(httpContext);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && candidates[i].Endpoint?.Metadata.GetMetadata<ServedOn>() is { } served && served.Side != side)
            {
                candidates.SetValidity(i, false);
            }
        }

        return Task.CompletedTask;
    }
}
