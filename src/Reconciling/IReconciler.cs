namespace Beffroi.Reconciling;

/// <summary>
/// Brings one kind of thing from observed to desired. Level-triggered: each call compares the whole and does what is
/// missing, whatever came before; it can be killed at any instruction and called again on another machine.
/// </summary>
public interface IReconciler
{
    /// <summary>The kind of work it does, as in <see cref="WorkKey.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>
    /// Does the next steps. Every change to the store goes through <see cref="ILease.WriteAsync"/>; every change to the
    /// infrastructure carries <see cref="ILease.Epoch"/>. An exception means: again later, with back-off.
    /// </summary>
    Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken);
}

/// <summary>When to be called again. A signal that arrived meanwhile wins over all of them but <see cref="Finished"/>.</summary>
public abstract record Requeue
{
    private Requeue()
    {
    }

    /// <summary>All is as desired: again at the next signal, or at the next periodic check.</summary>
    public static Requeue Settled { get; } = new SettledCase();

    /// <summary>The thing is gone: the work item is removed.</summary>
    public static Requeue Finished { get; } = new FinishedCase();

    /// <summary>Waiting for something outside: again after this time, or at a signal. Not a failure, no back-off.</summary>
    public static Requeue After(TimeSpan delay) => new AfterCase(delay);

    /// <summary>All is as desired.</summary>
    public sealed record SettledCase : Requeue;

    /// <summary>The thing is gone.</summary>
    public sealed record FinishedCase : Requeue;

    /// <summary>Waiting.</summary>
    /// <param name="Delay">At the latest.</param>
    public sealed record AfterCase(TimeSpan Delay) : Requeue;
}
