using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Rows of the store that a test holds, so that whatever needs them waits, in the order in which it came.</summary>
public sealed class HeldRows : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private HeldRows(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    /// <summary>Holds what the query finds, which has to lock it.</summary>
    public static async Task<HeldRows> TakeAsync(TestServer server, string query)
    {
        // Not one of the server's own connections, which are few.
        var connection = new NpgsqlConnection(server.Store.ConnectionString);
        await connection.OpenAsync();
        var held = new HeldRows(connection, await connection.BeginTransactionAsync());
        await using var command = new NpgsqlCommand(query, connection);
        Assert.NotNull(await command.ExecuteScalarAsync());
        return held;
    }

    /// <summary>Waits until so many of these requests wait for a row or a lock, or have been answered.</summary>
    public async Task UntilWaitingAsync(params IReadOnlyCollection<Task> requests)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        await using var command = new NpgsqlCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'", _connection);
        while ((long)(await command.ExecuteScalarAsync())! + requests.Count(r => r.IsCompleted) < requests.Count)
        {
            Assert.True(DateTime.UtcNow < deadline, "They neither wait nor are answered.");
            await Task.Delay(10);
        }
    }

    /// <summary>Lets them go on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
