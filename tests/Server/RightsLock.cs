using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Holds the lock under which the rights of a directory are looked at (shared) and changed (alone), as a request under way would.</summary>
public sealed class RightsLock : IAsyncDisposable
{
    // As the product has it: "bfac".
    private const int Class = 0x6266_6163;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private RightsLock(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    /// <summary>Takes it.</summary>
    /// <param name="server">Whose.</param>
    /// <param name="directory">An organization's id, or <see cref="Guid.Empty"/> for the operator's.</param>
    /// <param name="changing">Whether alone.</param>
    public static async Task<RightsLock> TakeAsync(TestServer server, Guid directory, bool changing)
    {
        // Not one of the server's own connections, which are few.
        var connection = new NpgsqlConnection(server.Store.ConnectionString);
        await connection.OpenAsync();
        var held = new RightsLock(connection, await connection.BeginTransactionAsync());
        await held.ExecuteAsync($"select pg_advisory_xact_lock{(changing ? "" : "_shared")}($1, hashtext($2::text))", Class, directory);
        return held;
    }

    /// <summary>Waits until so many of these requests wait for it, or have been answered.</summary>
    public async Task UntilWaitingAsync(params IReadOnlyCollection<Task> requests)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (await WaitingAsync() + requests.Count(r => r.IsCompleted) < requests.Count)
        {
            Assert.True(DateTime.UtcNow < deadline, "They neither wait nor are answered.");
            await Task.Delay(10);
        }
    }

    /// <summary>Runs a statement in the transaction that holds it.</summary>
    public async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddRange(values.Select(v => new NpgsqlParameter { Value = v }).ToArray());
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Gives it back, with what was written.</summary>
    public Task ReleaseAsync() => _transaction.CommitAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task<long> WaitingAsync()
    {
        await using var command = new NpgsqlCommand(
            "select count(*) from pg_locks where locktype = 'advisory' and classid = $1::bigint::oid and not granted and database = (select oid from pg_database where datname = current_database())", _connection);
        command.Parameters.Add(new() { Value = (long)Class });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
