namespace Beffroi.Reconciling;

/// <summary>Names one piece of work: the thing of a kind that a reconciler keeps as desired.</summary>
/// <param name="Kind">e.g. <c>postgres</c>: picks the reconciler.</param>
/// <param name="Id">Which one.</param>
public readonly record struct WorkKey(string Kind, Guid Id);
