using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>One pass over one organization's key: the lease, what was read at its start, and the progress of the operation. Of one pass only; not thread-safe.</summary>
internal sealed class KeyPass(ILease lease, SealState seal, IReadOnlyList<KeyGeneration> generations, KeyOperation? operation, ILedger ledger, FaultPoints faults, TimeProvider time)
{
    public ILease Lease { get; } = lease;

    public Guid OrganizationId => Lease.Key.Id;

    public SealState Seal { get; } = seal;

    public IReadOnlyList<KeyGeneration> Generations { get; } = generations;

    public KeyGeneration Active => Generations.Single(g => g.IsActive);

    /// <summary>The operation that is worked on; null if none runs.</summary>
    public Operation? Operation { get; private set; } = operation?.Shown;

    public string? TargetProvider { get; } = operation?.Provider;

    /// <summary>
    /// Goes through the steps in order. Each either holds, or says for a person what it waits for: then it is looked at again after a while.
    /// True when all hold.
    /// </summary>
    public async Task<bool> GoAsync(IReadOnlyList<KeyStep> steps, CancellationToken cancellationToken)
    {
        Operation = Operation! with
        {
            Steps = [.. steps.Select(s => Operation.Steps.FirstOrDefault(k => k.Name == s.Name) ?? new OperationStep(s.Name, s.Title, Progress.Pending, null, null))],
        };
        foreach (var step in steps)
        {
            faults.Pass(Operation.Verb + "-key", step.Name, "before");
            string? waiting;
            try
            {
                waiting = await step.EnsureAsync(this, cancellationToken);
            }
            catch (KeyUnavailableException e)
            {
                waiting = e.Message;
            }

            await TellAsync(step, waiting is null ? Progress.Done : Progress.Running, waiting ?? step.Title, cancellationToken);
            if (waiting is not null)
            {
                return false;
            }

            faults.Pass(Operation.Verb + "-key", step.Name, "after");
        }

        return true;
    }

    /// <summary>Tells how far a step has come.</summary>
    public Task TellAsync(KeyStep step, string state, string message, CancellationToken cancellationToken)
    {
        var changed = Operation! with { Steps = Progress.Set(Operation.Steps, step.Name, state, time.GetUtcNow()), Message = message };
        // Lists are compared by reference: a pass that changes nothing writes nothing.
        var same = changed.Message == Operation.Message && changed.Steps.SequenceEqual(Operation.Steps);
        Operation = changed;
        return same ? Task.CompletedTask : Lease.WriteAsync((connection, token) => KeyOperations.SaveAsync(connection, changed, token), cancellationToken);
    }

    /// <summary>Ends the operation, with its entry in the organization's ledger.</summary>
    public Task EndAsync(string state, LedgerReason message, CancellationToken cancellationToken) => Lease.WriteAsync(async (connection, token) =>
    {
        await KeyOperations.SaveAsync(connection, Operation! with { State = state, Message = message.ToString() }, token);
        await RecordAsync(connection, "key." + Operation!.Verb, state == "succeeded" ? "done" : "failed", message, null, token);
    }, cancellationToken);

    /// <summary>An entry of the organization's ledger, in the caller's transaction.</summary>
    public Task RecordAsync(NpgsqlConnection connection, string action, string outcome, LedgerReason reason, long? generation, CancellationToken cancellationToken) =>
        ledger.AppendAsync(connection, new LedgerEntry(
            "system:organization-key", action, outcome, OrganizationId, Operation is { } operation ? $"/v1/organizations/{operation.ResourceName}/key" : null, Generation: generation,
            Reason: reason, OperationId: Operation?.Id), cancellationToken);
}

/// <summary>One step of what is done with an organization's key.</summary>
/// <param name="Name">Stable, in kebab case.</param>
/// <param name="Title">What it ensures, for a person.</param>
/// <param name="EnsureAsync">Ensures it, whatever was done before; null if it holds, else what is waited for.</param>
internal sealed record KeyStep(string Name, string Title, Func<KeyPass, CancellationToken, Task<string?>> EnsureAsync);
