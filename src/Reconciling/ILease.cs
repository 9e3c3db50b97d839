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
    /// Runs <paramref name="write"/> in one transaction that commits only if this lease is still held at commit: the lease's
    /// row is locked first, by the database's clock and epoch. Throws <see cref="LeaseLostException"/> otherwise, and
    /// nothing is written.
    /// </summary>
    Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken);
}

/// <summary>The lease was lost: another worker may be at work. Stop at once; this is not a failure of the work.</summary>
public sealed class LeaseLostException(WorkKey key, long epoch)
    : Exception($"The lease of {key.Kind} {key.Id} at epoch {epoch} is lost.");
