using Beffroi.Contracts.Lockbox;

namespace Beffroi.Platform.Lockbox;

/// <summary>A breaking of the glass as it is kept.</summary>
/// <param name="Shown">What both sides see.</param>
/// <param name="BeginnerId">Who began it.</param>
/// <param name="ApproverId">The second person; null until then.</param>
internal sealed record BreakGlassRow(BreakGlass Shown, Guid BeginnerId, Guid? ApproverId);
