using Npgsql;

namespace Beffroi.Reconciling;

/// <inheritdoc cref="ILease"/>
internal sealed class Lease(LeaseTable table, TakenLease taken, CancellationToken superseded) : ILease
{
    public WorkKey Key => taken.Key;

    public long Epoch => taken.Epoch;

    public int FailedAttempts => taken.FailedAttempts;

    public CancellationToken Superseded => superseded;

    public Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken) =>
        table.WriteAsync(Key, Epoch, write, cancellationToken);
}
