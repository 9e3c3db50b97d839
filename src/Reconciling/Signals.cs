using Dapper;
using Npgsql;

namespace Beffroi.Reconciling;

/// <inheritdoc cref="ISignals"/>
internal sealed class Signals : ISignals
{
    internal const string Channel = "reconciling";

    // The notification is sent when the caller's transaction commits, with the signal itself.
    private const string Signal = """
        with signal as (insert into reconciling.signals (kind, id, deadline) values (@Kind, @Id, @deadline))
        select pg_notify('reconciling', '')
        """;

    public Task SignalAsync(NpgsqlConnection connection, WorkKey key, TimeSpan? deadline, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(Signal, new { key.Kind, key.Id, deadline }, cancellationToken: cancellationToken));
}
