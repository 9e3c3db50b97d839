using System.Diagnostics;
using Beffroi.Platform;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Store;
using Beffroi.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Bench.Ledger;

/// <summary>Writing entries, durably, into a PostgreSQL that syncs.</summary>
internal sealed class Appends : IAsyncDisposable
{
    private readonly PostgresServer _server = PostgresServer.OnDisk();
    private readonly string _keys = Directory.CreateTempSubdirectory("beffroi-bench-keys-").FullName;
    private ServiceProvider _services = null!;

    private NpgsqlDataSource Source => _services.GetRequiredService<NpgsqlDataSource>();

    private ILedger Ledger => _services.GetRequiredService<ILedger>();

    public static async Task<Appends> StartAsync()
    {
        var appends = new Appends();
        var options = new PlatformOptions { ConnectionString = await appends._server.CreateDatabaseAsync(), KeysDirectory = appends._keys };
        appends._services = new ServiceCollection().AddLogging().AddPlatform(options).BuildServiceProvider();
        await appends._services.GetRequiredService<Migrator>().ApplyAsync(CancellationToken.None);
        await using var create = appends.Source.CreateCommand("create table request (id bigint generated always as identity primary key, body jsonb not null, at timestamptz default now())");
        await create.ExecuteNonQueryAsync();
        return appends;
    }

    /// <summary>A small request's transaction, three statements and a commit to disk, without an entry and with one; alternating, one at a time.</summary>
    public async Task AdmissionAsync()
    {
        List<double> without = [], with = [];
        for (var i = 0; i < 2200; i++)
        {
            var (a, b) = (await RequestAsync(record: false), await RequestAsync(record: true));
            if (i >= 200)
            {
                without.Add(a);
                with.Add(b);
            }
        }

        Console.WriteLine($"admission    without {Median(without) * 1e3,6:F3} ms   with {Median(with) * 1e3,6:F3} ms   ratio {Median(with) / Median(without):F2}   (medians of 2000, interleaved)");
        await _services.GetRequiredService<LedgerIntegration>().IntegrateAsync(CancellationToken.None);
    }

    /// <summary>Entries, 100 to a transaction, from four writers, until all are integrated and signed; beside the same rows into a plain table.</summary>
    public async Task ThroughputAsync()
    {
        const int Entries = 100_000;
        var floor = await MeasureAsync(Entries, async (connection, i) =>
        {
            await using var insert = new NpgsqlCommand("insert into request (body) values ($1::jsonb)", connection) { Parameters = { new() { Value = "{\"number\":1,\"actor\":\"customer:someone\"}" } } };
            await insert.ExecuteNonQueryAsync();
        });
        var integration = _services.GetRequiredService<LedgerIntegration>();
        using var stop = new CancellationTokenSource();
        var integrating = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await integration.IntegrateAsync(CancellationToken.None);
                await Task.Delay(50);
            }
        });
        var start = Stopwatch.GetTimestamp();
        var written = await MeasureAsync(Entries, (connection, i) => Ledger.AppendAsync(connection, Entry(i), CancellationToken.None));
        await stop.CancelAsync();
        await integrating;
        await integration.IntegrateAsync(CancellationToken.None);
        var signed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await using var size = Source.CreateCommand("select pg_total_relation_size('platform.ledger_entries') + pg_total_relation_size('platform.ledger_tiles'), (select sum(size) from platform.ledger_logs)");
        await using var reader = await size.ExecuteReaderAsync();
        await reader.ReadAsync();
        Console.WriteLine($"appends      plain table {Entries / floor,7:F0}/s   ledger {Entries / written,7:F0}/s, integrated and signed {Entries / signed,7:F0}/s   ({floor / signed:P0} of the plain table)");
        Console.WriteLine($"disk         {(double)reader.GetDecimal(0) / (double)reader.GetDecimal(1):F0} bytes an entry, with its hashes and index");
    }

    /// <summary>Proofs of entries of the log that was just written, from the store and each on a connection of its own, as the API makes them.</summary>
    public async Task ProofsAsync()
    {
        const int Proofs = 2000;
        LedgerHead head;
        long size;
        await using (var connection = await Source.OpenConnectionAsync())
        {
            head = (await LedgerReader.FindHeadAsync(connection, null, CancellationToken.None))!;
            size = await LedgerReader.SizeAsync(connection, null, CancellationToken.None);
        }

        List<double> took = [];
        for (var i = 0; i < Proofs; i++)
        {
            var index = Random.Shared.NextInt64(size);
            var start = Stopwatch.GetTimestamp();
            await using var connection = await Source.OpenConnectionAsync();
            _ = await LedgerReader.ProveAsync(connection, null, index, head.Checkpoint, CancellationToken.None) ?? throw new InvalidOperationException("The store has no proof of an entry.");
            took.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        Console.WriteLine($"proof        {size,11:N0} entries   {Median(took),7:F0} µs each (median of {Proofs}), from the store");
    }

    /// <summary>What integrating entries that wait takes of memory: all that is allocated, and the most that is in use at once.</summary>
    public async Task MemoryAsync()
    {
        const int Entries = 20_000;
        await MeasureAsync(Entries, (connection, i) => Ledger.AppendAsync(connection, Entry(i), CancellationToken.None));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var integrating = Task.Run(() => _services.GetRequiredService<LedgerIntegration>().IntegrateAsync(CancellationToken.None));
        var peak = 0L;
        while (!integrating.IsCompleted)
        {
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false) - before);
            await Task.Delay(1);
        }

        var done = await integrating;
        Console.WriteLine($"memory       {(GC.GetTotalAllocatedBytes(precise: true) - allocated) / done} bytes an entry allocated by integration, at most {peak / 1048576.0:F0} MiB in use, of {done:N0} entries");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_keys, recursive: true);
    }

    private static LedgerEntry Entry(int i) => new(
        "customer:someone", "postgres.create", "accepted", null, "/v1/organizations/demo/spaces/eval/postgres/first", Guid.NewGuid(), 1,
        RequestId: i.ToString("x16", System.Globalization.CultureInfo.InvariantCulture), OperationId: Guid.NewGuid(), Origin: "127.0.0.1");

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private async Task<double> RequestAsync(bool record)
    {
        var start = Stopwatch.GetTimestamp();
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        for (var i = 0; i < 3; i++)
        {
            await using var insert = new NpgsqlCommand("insert into request (body) values ($1::jsonb)", connection) { Parameters = { new() { Value = "{\"number\":1,\"actor\":\"customer:someone\"}" } } };
            await insert.ExecuteNonQueryAsync();
        }

        if (record)
        {
            await Ledger.AppendAsync(connection, Entry(1), CancellationToken.None);
        }

        await transaction.CommitAsync();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task<double> MeasureAsync(int count, Func<NpgsqlConnection, int, Task> write)
    {
        const int Writers = 4;
        const int Batch = 100;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            await using var connection = await Source.OpenConnectionAsync();
            for (var i = 0; i < count / Writers; i += Batch)
            {
                await using var transaction = await connection.BeginTransactionAsync();
                for (var j = 0; j < Batch; j++)
                {
                    await write(connection, i + j);
                }

                await transaction.CommitAsync();
            }
        })));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
