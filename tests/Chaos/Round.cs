using System.Diagnostics;
using Npgsql;

namespace Beffroi.Chaos;

/// <summary>What one round showed.</summary>
/// <param name="Fault">Which fault.</param>
/// <param name="Acknowledged">How many writes were acknowledged.</param>
/// <param name="Lost">How many of them are not there afterwards.</param>
/// <param name="Second">How many a second primary acknowledged.</param>
/// <param name="Recovered">From the fault until writers could write again.</param>
/// <param name="Gap">The longest time without an acknowledged write.</param>
public sealed record RoundResult(string Fault, int Acknowledged, int Lost, int Second, TimeSpan Recovered, TimeSpan Gap);

/// <summary>Writes all the time, at the endpoint and at every node itself, while a fault begins and ends; then compares.</summary>
public sealed class Round(Database database)
{
    private const int Endpoints = 4;
    private static readonly TimeSpan WholeAgain = TimeSpan.FromMinutes(3);
    private readonly Acknowledged _acknowledged = new();
    private long _number = DateTime.UtcNow.Ticks;
    private string _lastFailure = "none";

    /// <summary>The table that is written to.</summary>
    public async Task PrepareAsync()
    {
        await database.HealthyAsync(WholeAgain);
        await using var connection = await database.ConnectAsync(database.Writer, 10, CancellationToken.None);
        await using var command = new NpgsqlCommand("create table if not exists chaos (writer int, number bigint, primary key (writer, number))", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One round.</summary>
    public async Task<RoundResult> RunAsync(Fault fault)
    {
        await database.HealthyAsync(WholeAgain);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Endpoints).Select(i => WriteAsync(i, database.Writer, endpoint: true, stop.Token))
            .Concat(database.Nodes.Select((node, i) => WriteAsync(Endpoints + i, node.Address, endpoint: false, stop.Token))).ToList();
        await FlowsAsync(Stopwatch.GetTimestamp());

        var node = await database.PrimaryAsync() ?? throw new InvalidOperationException("There is no primary to begin with.");
        var began = Stopwatch.GetTimestamp();
        await fault.BeginAsync(node);
        var (recovered, gap) = await RecoverAsync(began);
        await fault.EndAsync(node);
        await database.HealthyAsync(WholeAgain);
        await FlowsAsync(Stopwatch.GetTimestamp());
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        return new RoundResult(
            fault.Name, _acknowledged.Count, _acknowledged.Lost(await ReadAsync()).Count, _acknowledged.OfASecondPrimary().Count, recovered, gap);
    }

    // The endpoint must have taken writes for a while after the longest gap: a fault that takes effect late is not taken for none.
    private async Task<(TimeSpan Recovered, TimeSpan Gap)> RecoverAsync(long began)
    {
        while (Stopwatch.GetElapsedTime(began) < WholeAgain)
        {
            await Task.Delay(200);
            var elapsed = Stopwatch.GetElapsedTime(began);
            if (elapsed > TimeSpan.FromSeconds(12) && _acknowledged.After(began) is var (recovered, gap) && recovered < elapsed - TimeSpan.FromSeconds(3) && Flows())
            {
                return (recovered, gap);
            }
        }

        throw new TimeoutException("Writers could not write again within three minutes. The last failure was " + Volatile.Read(ref _lastFailure));
    }

    private bool Flows() => _acknowledged.After(Stopwatch.GetTimestamp() - (Stopwatch.Frequency * 2)) is not null;

    private async Task FlowsAsync(long since)
    {
        while (_acknowledged.After(since) is null || Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(1))
        {
            if (Stopwatch.GetElapsedTime(since) > WholeAgain)
            {
                throw new TimeoutException("Nothing was written within three minutes. The last failure was " + Volatile.Read(ref _lastFailure));
            }

            await Task.Delay(50);
        }
    }

    private async Task WriteAsync(int writer, string address, bool endpoint, CancellationToken stop)
    {
        NpgsqlConnection? connection = null;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // Long enough for all of them at once on a busy machine: those that give up come again, and it never ends.
                connection ??= await database.ConnectAsync(address, 3, stop);
                await using var command = new NpgsqlCommand(
                    "insert into chaos values ($1, $2) returning ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int", connection)
                {
                    Parameters = { new() { Value = writer }, new() { Value = Interlocked.Increment(ref _number) } },
                };
                var began = Stopwatch.GetTimestamp();
                var timeline = (int)(await command.ExecuteScalarAsync(CancellationToken.None))!;
                _acknowledged.Add(new Write(writer, (long)command.Parameters[1].Value!, began, Stopwatch.GetTimestamp(), timeline, endpoint));
                await Task.Delay(endpoint ? 10 : 50, CancellationToken.None);
            }
#pragma warning disable CA1031 // Whatever went wrong: it was not acknowledged, and the next is tried on a new connection.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (connection is not null)
                {
                    await connection.DisposeAsync();
                    connection = null;
                }

                Volatile.Write(ref _lastFailure, address + ": " + e.Message);
                await Task.Delay(endpoint ? 50 : 500, CancellationToken.None);
            }
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<HashSet<(int Writer, long Number)>> ReadAsync()
    {
        await using var connection = await database.ConnectAsync(database.Writer, 60, CancellationToken.None);
        await using var command = new NpgsqlCommand("select writer, number from chaos", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var found = new HashSet<(int, long)>();
        while (await reader.ReadAsync())
        {
            found.Add((reader.GetInt32(0), reader.GetInt64(1)));
        }

        return found;
    }
}
