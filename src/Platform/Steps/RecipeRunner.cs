using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Platform.Steps;

/// <summary>
/// Goes through a recipe in order and keeps its visible trace: the operation's steps, the resource's conditions and the
/// ledger, each in one transaction that is fenced by the lease. Stops at the first step that waits or fails, and between steps when the
/// customer wants something else meanwhile. Stateless and safe for concurrent use.
/// </summary>
public sealed class RecipeRunner(IResources resources, IOperations operations, ILedger ledger, FaultPoints faults, TimeProvider time)
{
    /// <summary>
    /// Ensures every step. Null when all hold; otherwise what is waited for.
    /// An exception of a step is written down for the customer and thrown on, for the kernel to try again.
    /// </summary>
    public async Task<StepResult.WaitingCase?> RunAsync<TContext>(
        string verb, IReadOnlyList<IStep<TContext>> recipe, TContext context, CancellationToken cancellationToken)
        where TContext : ResourceContext
    {
        if (context.Operation is { } operation)
        {
            context.Operation = operation with { Steps = Progress.Of(recipe, operation.Steps) };
        }

        foreach (var step in recipe)
        {
            faults.Pass(verb, step.Name, "before");
            StepResult result;
            try
            {
                result = await step.EnsureAsync(context, cancellationToken);
            }
            catch (Exception e) when (e is not (OperationCanceledException or LeaseLostException or StaleFenceException))
            {
                await FailedAsync(step, context, e, cancellationToken);
                throw;
            }

            if (result is StepResult.WaitingCase waiting)
            {
                return await WaitsAsync(step, context, waiting, cancellationToken) ? waiting : Superseded;
            }

            faults.Pass(verb, step.Name, "after");
            if (!await HoldsAsync(step, context, result is StepResult.HoldsCase { WasChanged: true }, cancellationToken))
            {
                return Superseded;
            }
        }

        return null;
    }

    private static StepResult.WaitingCase Superseded { get; } =
        new("The request was changed meanwhile.", TimeSpan.Zero);

    private Task<bool> HoldsAsync<TContext>(IStep<TContext> step, TContext context, bool changed, CancellationToken cancellationToken)
        where TContext : ResourceContext
    {
        // What a sealing closes and brings back is told once, too, though the resource has no operation for it.
        var wasDone = context.Operation?.Steps.Any(s => s.Name == step.Name && s.State == Progress.Done)
            ?? (context.Cause is null || context.Conditions.Any(c => c.Type == step.Condition && c.Holds == true));
        SetCondition(step, context, true, "Done", step.Title + ".");
        Advance(step, context, Progress.Done, step.Title);
        return SaveAsync(context, changed || !wasDone ? context.Entry(step.Name, null) : null, cancellationToken);
    }

    private Task<bool> WaitsAsync<TContext>(IStep<TContext> step, TContext context, StepResult.WaitingCase waiting, CancellationToken cancellationToken)
        where TContext : ResourceContext
    {
        SetCondition(step, context, false, "Waiting", waiting.Message);
        Advance(step, context, Progress.Running, waiting.Message);
        return SaveAsync(context, null, cancellationToken);
    }

    private async Task FailedAsync<TContext>(IStep<TContext> step, TContext context, Exception failure, CancellationToken cancellationToken)
        where TContext : ResourceContext
    {
        var retry = Backoff.Ceiling(context.Lease.FailedAttempts);
        var what = $"{step.Title}: {ForPeople(failure)}";
        var message = $"{what} It is tried again by itself, in {Math.Max(1, (int)retry.TotalSeconds)} s at the latest.";
        var known = context.Conditions.FirstOrDefault(c => c.Type == step.Condition);
        SetCondition(step, context, false, "Failed", message);
        Advance(step, context, Progress.Retrying, message);

        // A failure that repeats is told once: the ledger must not grow by what can't be mended.
        var isNew = known is null || known.Reason != "Failed" || !known.Message.StartsWith(what, StringComparison.Ordinal);
        await SaveAsync(context, isNew ? context.Entry(step.Name, $"{LedgerReason.Name(step.Title)}: {Kind(failure)}", "failed") : null, cancellationToken);
    }

    private void SetCondition<TContext>(IStep<TContext> step, TContext context, bool holds, string reason, string message)
        where TContext : ResourceContext
    {
        var now = time.GetUtcNow();
        context.Conditions = Condition.Set(context.Conditions, new Condition(step.Condition, holds, reason, message, now));
        if (!holds)
        {
            context.NotReady(reason, message, now);
        }
    }

    private void Advance<TContext>(IStep<TContext> step, TContext context, string state, string message)
        where TContext : ResourceContext
    {
        if (context.Operation is not { } operation)
        {
            return;
        }

        var now = time.GetUtcNow();
        var steps = Progress.Set(operation.Steps, step.Name, state, now);

        // The next step begins now: told in the same write.
        if (state == Progress.Done && steps.FirstOrDefault(s => s.State == Progress.Pending) is { } next)
        {
            steps = Progress.Set(steps, next.Name, Progress.Running, now);
            message = next.Title;
        }

        context.Operation = operation with { Steps = steps, Message = message };
    }

    /// <summary>Writes status, progress and entry, unless the customer's wish has changed since the pass began: then false.</summary>
    private async Task<bool> SaveAsync(ResourceContext context, LedgerEntry? entry, CancellationToken cancellationToken)
    {
        var current = false;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            current = await resources.FindAsync(connection, context.Row.Id, token) is { } now
                && now.Generation == context.Row.Generation
                && now.DeletionRequestedAt == context.Row.DeletionRequestedAt;
            if (current)
            {
                await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
                await SaveOperationAsync(connection, context.Operation, token);
            }

            if (entry is not null)
            {
                await ledger.AppendAsync(connection, entry, token);
            }
        }, cancellationToken);
        return current;
    }

    private Task SaveOperationAsync(NpgsqlConnection connection, Operation? operation, CancellationToken cancellationToken) =>
        operation is null
            ? Task.CompletedTask
            : operations.UpdateAsync(connection, operation.Id, operation.State, operation.Message, operation.Steps, cancellationToken);

    // What another program said may hold anything. The resource's condition has it, for as long as it is the case; the ledger is for ever.
    private static LedgerReason Kind(Exception failure) => failure switch
    {
        InfrastructureException => $"the host's infrastructure refuses or fails",
        KeyUnavailableException => $"its key can't be used",
        NpgsqlException or HttpRequestException or TimeoutException => $"a part of the platform does not answer",
        _ => $"an internal error ({LedgerReason.Name(failure.GetType().Name)})",
    };

    // Only messages written for people are shown; the rest is for the log.
    private static string ForPeople(Exception failure) => failure is InfrastructureException or KeyUnavailableException ? failure.Message : $"{Kind(failure)}.";
}
