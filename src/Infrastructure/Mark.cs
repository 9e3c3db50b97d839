using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

/// <summary>
/// The mark on everything that this installation makes in Incus. What doesn't bear it is somebody else's, whatever its
/// name: it is neither used nor removed.
/// </summary>
internal static class Mark
{
    /// <summary>Holds the installation's name.</summary>
    public const string Owner = "user.beffroi.installation";

    /// <summary>Holds the space's id, on its network and project.</summary>
    public const string Space = "user.beffroi.space";

    /// <summary>The description of an image alias, which has no other place for a mark.</summary>
    public static string Alias(Installation installation) => "Beffroi installation " + installation.Name;

    public static bool IsOurs(this Installation installation, IReadOnlyDictionary<string, string> config) =>
        config.TryGetValue(Owner, out var name) && name == installation.Name;

    public static Guid? SpaceOf(IReadOnlyDictionary<string, string> config) =>
        config.TryGetValue(Space, out var text) && Guid.TryParseExact(text, "D", out var id) ? id : null;
}
