using Npgsql;

namespace Beffroi.Reconciling;

/// <summary>The exclusive right to reconcile one thing, until it is lost.</summary>
public interface ILease
{
    /// <summary>What for.</summary>
    WorkKey Key { get; }

    /// <summary>Grows with every taking of the lease: the fence for everything outside the store.</summary>
    long Epoch { get; }

    /// <summary>How many attempts have failed in a row before this one; 0 normally.</summary>
    int FailedAttempts { get; }

    /// <summary>
    /// Cancelled when a signal has come since the lease was taken, noticed within a third of a lease: whoever waits long may then return, as the
    /// work is taken again at once. Not a failure and no loss of the lease.
    /// </summary>
    CancellationToken Superseded { get; }

    /// <summary>
    /// Runs <paramref name="write"/> in one transaction that commits only if nobody else has had the lease: its
    /// row is locked first, if held by the database's clock and the epoch, until the commit. Throws <see cref="LeaseLostException"/> otherwise, and
    /// nothing is written.
    /// </summary>
    Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken);
}

/// <summary>The lease was lost: another worker may be at work. Stop at once; this is not a failure of the work.</summary>
public sealed class LeaseLostException(WorkKey key, long epoch)
    : Exception($"The lease of {key.Kind} {key.Id} at epoch {epoch} is lost.");
