using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Beffroi.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Beffroi.Platform.Tests.Store;

public sealed class MigratorTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Several_replicas_starting_at_once_apply_each_migration_once()
    {
        await using var source = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Migrator(source).ApplyAsync(Cancel)));
        await using var count = source.CreateCommand("select count(*), count(distinct number) from store.migrations where name = 'platform'");
        await using var reader = await count.ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        Assert.Equal((1L, 1L), (reader.GetInt64(0), reader.GetInt64(1)));
    }

    [Fact]
    public async Task A_changed_applied_migration_is_refused_by_name()
    {
        await using var source = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await Migrator(source).ApplyAsync(Cancel);
        await source.CreateCommand("update store.migrations set sha256 = sha256(sha256) where number = 100").ExecuteNonQueryAsync(Cancel);
        var refusal = await Assert.ThrowsAsync<SchemaMismatchException>(() => Migrator(source).ApplyAsync(Cancel));
        Assert.Contains("0100_platform.sql was changed", refusal.Message, StringComparison.Ordinal);
        // And the lock is free again.
        await source.CreateCommand("update store.migrations set sha256 = (select sha256('x'))").ExecuteNonQueryAsync(Cancel);
        await Assert.ThrowsAsync<SchemaMismatchException>(() => Migrator(source).ApplyAsync(Cancel));
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused()
    {
        await using var source = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await Migrator(source).ApplyAsync(Cancel);
        await source.CreateCommand("insert into store.migrations (number, name, sha256) values (9999, 'later', '\\x00')").ExecuteNonQueryAsync(Cancel);
        var refusal = await Assert.ThrowsAsync<SchemaMismatchException>(() => Migrator(source).ApplyAsync(Cancel));
        Assert.Contains("9999_later", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_are_taken_from_file_names_in_order_and_none_twice()
    {
        var all = Migration.ReadAll([Source, Source]);
        Assert.Equal("0100_platform.sql", all[0].FileName);
        Assert.Equal(all.Select(m => m.Number).Order().Distinct(), all.Select(m => m.Number));
    }

    private static MigrationSource Source => new(typeof(PlatformModule).Assembly);

    // The platform's migrations rely on it, as the product always has both.
    private static MigrationSource Reconciling => new(typeof(ISignals).Assembly);

    private static Migrator Migrator(NpgsqlDataSource source) => new(source, [Source, Reconciling], NullLogger<Migrator>.Instance);
}
