using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Store;

/// <summary>
/// Brings the store's schema up to this program's version: each migration once, in number order, in a transaction of its
/// own. Several replicas may start at once: a lock in the database makes all but one wait.
/// </summary>
public sealed partial class Migrator(NpgsqlDataSource source, IEnumerable<MigrationSource> sources, ILogger<Migrator> log)
{
    // Any number will do as long as nobody else uses it: "beffroi m" in ASCII.
    private const long Lock = 0x6265_6666_726f_696d;

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="SchemaMismatchException">The store was made by a newer or a changed program.</exception>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var migrations = Migration.ReadAll(sources);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // 0: a replica that waits for another's long migration must not give up.
        await using (var wait = connection.Statement("select pg_advisory_lock($1)", Lock))
        {
            wait.CommandTimeout = 0;
            await wait.ExecuteNonQueryAsync(cancellationToken);
        }

        try
        {
            var applied = await AppliedAsync(connection, cancellationToken);
            Check(migrations, applied);
            foreach (var migration in migrations.Where(m => !applied.ContainsKey(m.Number)))
            {
                await ApplyAsync(connection, migration, cancellationToken);
                LogApplied(migration.FileName);
            }
        }
        finally
        {
            // Closing a pooled connection would release it too, but only when it is next used.
            await connection.Statement("select pg_advisory_unlock($1)", Lock).RunAsync(CancellationToken.None);
        }
    }

    private static async Task<Dictionary<int, (string Name, byte[] Sha256)>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.Statement("""
            create schema if not exists store;
            create table if not exists store.migrations (
                number     int primary key,
                name       text not null,
                sha256     bytea not null,
                applied_at timestamptz not null default now())
            """).RunAsync(cancellationToken);
        var rows = await connection.Statement("select number, name, sha256 from store.migrations")
            .ListAsync(r => (Number: r.GetInt32(0), Name: r.GetString(1), Sha256: r.GetFieldValue<byte[]>(2)), cancellationToken);
        return rows.ToDictionary(r => r.Number, r => (r.Name, r.Sha256));
    }

    private static void Check(IReadOnlyList<Migration> migrations, Dictionary<int, (string Name, byte[] Sha256)> applied)
    {
        foreach (var (number, (name, sha256)) in applied.OrderBy(a => a.Key))
        {
            var mine = migrations.FirstOrDefault(m => m.Number == number) ?? throw new SchemaMismatchException(
                $"The store has migration {number:D4}_{name}, which this program doesn't know: a newer version made it. Start that version, or restore the store from a backup taken before.");
            if (!mine.Sha256.AsSpan().SequenceEqual(sha256))
            {
                throw new SchemaMismatchException(
                    $"Migration {mine.FileName} was changed after it had been applied to this store. Undo the change and put what is new into a migration of its own.");
            }
        }
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
#pragma warning disable BFR0001 // A migration's text is a resource of this assembly: constant, and checked by its hash.
            await using var command = connection.Statement(migration.Sql);
#pragma warning restore BFR0001
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new InvalidOperationException($"Migration {migration.FileName} failed and nothing of it remains: {e.MessageText}.", e);
        }

        await connection.Statement("insert into store.migrations (number, name, sha256) values ($1, $2, $3)", migration.Number, migration.Name, migration.Sha256)
            .RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Migration}.")]
    private partial void LogApplied(string migration);
}

/// <summary>The store's schema is not one that this program can work with. The message says what to do.</summary>
public sealed class SchemaMismatchException(string message) : Exception(message);
