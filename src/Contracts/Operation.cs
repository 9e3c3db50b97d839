namespace Beffroi.Contracts;

/// <summary>The visible progress of one change to a resource.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Verb"><c>create</c>, <c>update</c>, <c>delete</c>, <c>undelete</c>, <c>switchover</c> or <c>restart</c>; of an organization's key, <c>seal</c>, <c>unseal</c> or <c>rotate</c>.</param>
/// <param name="ResourceKind">e.g. <c>postgres</c>.</param>
/// <param name="ResourceName">The resource's name when the operation began.</param>
/// <param name="ResourceId">The resource's id.</param>
/// <param name="State"><c>running</c>, <c>succeeded</c>, <c>failed</c>, or <c>superseded</c> by a later change (a deletion, say).</param>
/// <param name="Message">What it is doing or waiting for, in a person's words.</param>
/// <param name="Steps">Each step in order; those to come are <c>pending</c>.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="FinishedAt">UTC; null while running.</param>
public sealed record Operation(
    Guid Id,
    string Verb,
    string ResourceKind,
    string ResourceName,
    Guid ResourceId,
    string State,
    string Message,
    IReadOnlyList<OperationStep> Steps,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt);

/// <summary>One step of an operation.</summary>
/// <param name="Name">Stable, in kebab case.</param>
/// <param name="Title">What it ensures, for a person.</param>
/// <param name="State"><c>pending</c>, <c>running</c>, <c>retrying</c> or <c>done</c>.</param>
/// <param name="StartedAt">UTC; null while pending.</param>
/// <param name="FinishedAt">UTC; null until done.</param>
public sealed record OperationStep(string Name, string Title, string State, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);
