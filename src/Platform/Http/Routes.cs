using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Builder;

namespace Beffroi.Platform.Http;

/// <summary>Marks routes of a host.</summary>
public static class Routes
{
    /// <summary>Anyone may call this route, without signing in. For pages that say nothing of anybody.</summary>
    public static TBuilder ForAnyone<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new ForAnyone());

    /// <summary>This route is there on one side's listener only.</summary>
    public static TBuilder OnlyOn<TBuilder>(this TBuilder route, Side side)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new ServedOn(side));

    /// <summary>
    /// This route changes who may do what, or ends someone's token: it waits for the changes under way, so that none of them uses what it takes away.
    /// </summary>
    public static TBuilder ChangesAccess<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new ChangesAccess());
}
