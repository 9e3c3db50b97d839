using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Platform.Tests.Keys;

/// <summary>A lease that is always held, so that a reconciler can be led by the hand.</summary>
internal sealed class DirectLease(NpgsqlDataSource store, WorkKey key) : ILease
{
    public WorkKey Key => key;

    public long Epoch => 1;

    public int FailedAttempts => 0;

    public CancellationToken Superseded => CancellationToken.None;

    public async Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await write(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
