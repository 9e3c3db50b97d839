namespace Beffroi.Platform.Steps;

/// <summary>
/// One step of a recipe. It ensures one thing, whatever was done before, and can be killed at any instruction and run again.
/// Stateless, so one object serves all.
/// </summary>
/// <typeparam name="TContext">What the steps of the recipe share during one pass.</typeparam>
public interface IStep<in TContext>
{
    /// <summary>Stable, in kebab case; shown in operations and, behind the kind, as the ledger's action.</summary>
    string Name { get; }

    /// <summary>What it ensures, for a person.</summary>
    string Title { get; }

    /// <summary>The type of the condition that tells whether this holds.</summary>
    string Condition { get; }

    /// <summary>Ensures it, or tells what it waits for. An exception means: failed, to be tried again with back-off.</summary>
    Task<StepResult> EnsureAsync(TContext context, CancellationToken cancellationToken);
}

/// <summary>How a step ended.</summary>
public abstract record StepResult
{
    private StepResult()
    {
    }

    /// <summary>It holds, and held before.</summary>
    public static StepResult Holds { get; } = new HoldsCase(false);

    /// <summary>It holds now, and something was changed for it: worth a ledger entry.</summary>
    public static StepResult Changed { get; } = new HoldsCase(true);

    /// <summary>It doesn't hold yet and nothing more can be done but wait.</summary>
    /// <param name="message">For what, as a sentence for a person.</param>
    /// <param name="again">When to look again at the latest; a signal comes earlier.</param>
    public static StepResult Waiting(string message, TimeSpan again) => new WaitingCase(message, again);

    /// <summary>The step's condition is true.</summary>
    /// <param name="WasChanged">Whether something was done for it in this pass.</param>
    public sealed record HoldsCase(bool WasChanged) : StepResult;

    /// <summary>The step's condition is not true yet.</summary>
    /// <param name="Message">What is waited for.</param>
    /// <param name="Again">When to look again.</param>
    public sealed record WaitingCase(string Message, TimeSpan Again) : StepResult;
}
