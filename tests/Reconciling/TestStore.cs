using System.Reflection;
using Beffroi.Testing;
using Dapper;
using Npgsql;

namespace Beffroi.Reconciling.Tests;

/// <summary>A fresh database with this assembly's migrations, and shorthands on it.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private TestStore(string connectionString) => (ConnectionString, Source) = (connectionString, NpgsqlDataSource.Create(connectionString));

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    public ISignals Signals { get; } = new Signals();

    public static async Task<TestStore> CreateAsync(PostgresServer server)
    {
        var store = new TestStore(await server.CreateDatabaseAsync());
        var assembly = typeof(ISignals).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            await store.ExecuteAsync(Read(assembly, name));
        }

        return store;
    }

    public LeaseTable Table(TimeSpan? lease = null) =>
        new(Source, new ReconcilingOptions { LeaseDuration = lease ?? TimeSpan.FromMinutes(10) });

    public async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql, parameters);
    }

    public async Task<T?> ScalarAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        return await connection.ExecuteScalarAsync<T>(sql, parameters);
    }

    public async Task SignalAsync(WorkKey key, TimeSpan? deadline = null)
    {
        await using var connection = await Source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await Signals.SignalAsync(connection, key, deadline, TestContext.Current.CancellationToken);
    }

    /// <summary>As if the holder had been silent for longer than its lease.</summary>
    public Task ExpireAsync(WorkKey key) => ExecuteAsync(
        "update reconciling.work set leased_until = clock_timestamp() where kind = @Kind and id = @Id and leased_until is not null", new { key.Kind, key.Id });

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
