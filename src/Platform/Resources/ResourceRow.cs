using Beffroi.Kernel;
using Beffroi.Platform.Tenancy;

namespace Beffroi.Platform.Resources;

/// <summary>A resource of any kind as it stands in the store. Times are UTC.</summary>
/// <param name="Id">Never reused, also when the name is.</param>
/// <param name="Kind">e.g. <c>postgres</c>.</param>
/// <param name="Space">Where it lives.</param>
/// <param name="Name">Unique among resources of its kind in its space.</param>
/// <param name="Labels">The customer's own.</param>
/// <param name="Generation">Grows by one with each change of the spec.</param>
/// <param name="Revision">Grows with every change of anything shown; the ETag.</param>
/// <param name="Spec">What was asked for, JSON.</param>
/// <param name="Status">What was observed, JSON.</param>
/// <param name="Internal">The reconciler's own notes, JSON; never shown.</param>
/// <param name="OperationId">The newest operation.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="UpdatedAt">Of the last change to spec or labels.</param>
/// <param name="DeletionRequestedAt">Null unless being deleted.</param>
/// <param name="IsSpare">Whether the platform prepared it for the next creation and no customer has it: see <see cref="ISpares"/>.</param>
/// <param name="DeleteAfter">Until then a deletion can be undone; null if it can't, or none was asked for.</param>
/// <param name="RulesBroken">The space's condition <c>PolicyHolds</c> where it doesn't hold, as in an evaluation: it is shown on everything in the space. Not part of the status as it is stored.</param>
public sealed record ResourceRow(
    Guid Id,
    string Kind,
    SpaceRecord Space,
    string Name,
    IReadOnlyDictionary<string, string> Labels,
    long Generation,
    long Revision,
    string Spec,
    string Status,
    string Internal,
    Guid? OperationId,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletionRequestedAt,
    bool IsSpare = false,
    DateTimeOffset? DeleteAfter = null,
    Condition? RulesBroken = null)
{
    /// <summary>The conditions to show: those of its status, and what the space's rules warn of.</summary>
    public IReadOnlyList<Condition> Shown(IReadOnlyList<Condition> conditions) => RulesBroken is { } warning ? [.. conditions, warning] : conditions;
}

/// <summary>A resource that is asked for.</summary>
/// <param name="Id">A new id (version 7, so that ids sort by age).</param>
/// <param name="Kind">e.g. <c>postgres</c>.</param>
/// <param name="SpaceId">Where it shall live.</param>
/// <param name="Name">A valid name.</param>
/// <param name="Labels">Valid labels.</param>
/// <param name="Spec">Valid spec, JSON.</param>
/// <param name="Status">What to show until something is observed, JSON.</param>
public sealed record NewResource(
    Guid Id, string Kind, Guid SpaceId, string Name, IReadOnlyDictionary<string, string> Labels, string Spec, string Status);
