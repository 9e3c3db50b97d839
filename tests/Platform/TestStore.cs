using Beffroi.Platform.Store;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Platform.Tests;

/// <summary>The platform's services on a fresh, migrated database, with a keys directory that goes with it.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    private TestStore(string connectionString, PlatformOptions options)
    {
        ConnectionString = connectionString;
        Options = options;
        _provider = new ServiceCollection().AddLogging().AddPlatform(options).BuildServiceProvider();
        Source = _provider.GetRequiredService<NpgsqlDataSource>();
    }

    public string ConnectionString { get; }

    public PlatformOptions Options { get; }

    public NpgsqlDataSource Source { get; }

    public static async Task<TestStore> CreateAsync(PostgresServer server, Func<PlatformOptions, PlatformOptions>? change = null)
    {
        var connectionString = await server.CreateDatabaseAsync(MigrateAsync);
        var options = new PlatformOptions
        {
            ConnectionString = connectionString,
            KeysDirectory = Directory.CreateTempSubdirectory("beffroi-test-keys-").FullName,
        };
        return new TestStore(connectionString, change?.Invoke(options) ?? options);
    }

    private static async Task MigrateAsync(string connectionString)
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddPlatform(new PlatformOptions { ConnectionString = connectionString, KeysDirectory = Path.GetTempPath() }).BuildServiceProvider();
        await services.GetRequiredService<Migrator>().ApplyAsync(TestContext.Current.CancellationToken);
    }

    public T Get<T>()
        where T : notnull => _provider.GetRequiredService<T>();

    public async Task<NpgsqlConnection> OpenAsync() => await Source.OpenConnectionAsync();

    /// <summary>Runs <paramref name="work"/> in a transaction of its own.</summary>
    public async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var result = await work(connection);
        await transaction.CommitAsync();
        return result;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> CountAsync(string table)
    {
        await using var command = Source.CreateCommand("select count(*) from " + table);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        Directory.Delete(Options.KeysDirectory, recursive: true);
    }
}
