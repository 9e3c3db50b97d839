using Beffroi.Contracts;

namespace Beffroi.Platform.Steps;

/// <summary>The pure part of an operation's progress: its list of steps and how it changes.</summary>
internal static class Progress
{
    internal const string Pending = "pending";
    internal const string Running = "running";
    internal const string Retrying = "retrying";
    internal const string Done = "done";

    /// <summary>The recipe's steps, with what is already known of them.</summary>
    internal static IReadOnlyList<OperationStep> Of<TContext>(IReadOnlyList<IStep<TContext>> recipe, IReadOnlyList<OperationStep> known) =>
        [.. recipe.Select(step => known.FirstOrDefault(k => k.Name == step.Name) ?? new OperationStep(step.Name, step.Title, Pending, null, null))];

    /// <summary>The list with one step in another state.</summary>
    internal static IReadOnlyList<OperationStep> Set(IReadOnlyList<OperationStep> steps, string name, string state, DateTimeOffset now) =>
        [.. steps.Select(step => step.Name != name ? step : step with
        {
            State = state,
            StartedAt = step.StartedAt ?? now,
            FinishedAt = state == Done ? step.FinishedAt ?? now : null,
        })];
}
