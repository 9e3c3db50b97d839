using System.Net;
using Beffroi.Platform.Resources;
using Beffroi.Testing;
using Npgsql;

namespace Beffroi.Server.Tests;

public sealed class EventTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Path = "/v1/organizations/demo/spaces/eval/events";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(postgres);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_stream_that_is_cut_again_and_again_loses_nothing_under_concurrent_writers()
    {
        await _server.PutAsync("db");
        const int writers = 6;
        const int each = 25;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var seen = new List<long>();
        var ready = new TaskCompletionSource();
        var reading = Task.Run(() => ReadAsync(seen, ready, timeout.Token), timeout.Token);
        await ready.Task;
        var written = (await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => WriteAsync(w, each), timeout.Token)))).SelectMany(x => x).ToHashSet();
        while (!written.IsSubsetOf(Snapshot(seen)))
        {
            await Task.Delay(50, timeout.Token);
        }

        await timeout.CancelAsync();
        await reading;
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(writers * each, written.Count);
    }

    [Fact]
    public async Task An_event_that_commits_after_a_later_one_is_not_skipped()
    {
        await using var connection = await _server.Store.OpenConnectionAsync();
        var space = (Guid)(await new NpgsqlCommand("select id from platform.spaces", connection).ExecuteScalarAsync())!;
        var start = await EventReader.EndAsync(connection, default);
        await using var slow = await _server.Store.OpenConnectionAsync();
        await using var open = await slow.BeginTransactionAsync();
        var first = await InsertAsync(slow, space);
        var second = await InsertAsync(connection, space);
        Assert.True(first < second);
        Assert.Empty(await EventReader.ReadAsync(connection, space, start, 10, default));
        await open.CommitAsync();
        // Not at once: transactions of other tests on the same server may be older, and are waited for too.
        List<long> read;
        do
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            read = [.. (await EventReader.ReadAsync(connection, space, start, 10, default)).Select(e => e.Event.Sequence)];
        }
        while (read.Count == 0);
        Assert.Equal([first, second], read);
    }

    [Fact]
    public async Task Keeps_the_stream_alive_and_says_when_it_cannot_be_resumed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("Last-Event-ID", "999999");
        using var response = await _server.Alice.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("event: reset", await reader.ReadLineAsync());
        string? line;
        do
        {
            line = await reader.ReadLineAsync();
        }
        while (line != ": still here");

        using var bad = new HttpRequestMessage(HttpMethod.Get, Path);
        bad.Headers.Add("Last-Event-ID", "x");
        Assert.Equal(HttpStatusCode.BadRequest, (await _server.Alice.SendAsync(bad)).StatusCode);
    }

    private static async Task<long> InsertAsync(NpgsqlConnection connection, Guid space)
    {
        await using var command = new NpgsqlCommand(
            "insert into platform.events (space_id, type, resource_kind, resource_name, resource_id) values ($1, 'resource', 'postgres', 'x', $1) returning sequence",
            connection)
        { Parameters = { new() { Value = space } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static HashSet<long> Snapshot(List<long> seen)
    {
        lock (seen)
        {
            return [.. seen];
        }
    }

    private async Task<List<long>> WriteAsync(int writer, int count)
    {
        var written = new List<long>();
        await using var connection = await _server.Store.OpenConnectionAsync();
        var space = (Guid)(await new NpgsqlCommand("select id from platform.spaces", connection).ExecuteScalarAsync())!;
        for (var i = 0; i < count; i++)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            written.Add(await InsertAsync(connection, space));
            await Task.Delay((writer * 7 + i * 3) % 20);
            await transaction.CommitAsync();
        }

        return written;
    }

    private async Task ReadAsync(List<long> seen, TaskCompletionSource ready, CancellationToken cancellationToken)
    {
        long? last = null;
        try
        {
            while (true)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, Path);
                if (last is { } id)
                {
                    request.Headers.Add("Last-Event-ID", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                using var response = await _server.Alice.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
                for (var events = 0; events < 7;)
                {
                    var line = await reader.ReadLineAsync(cancellationToken);
                    ready.TrySetResult();
                    if (line?.StartsWith("id: ", StringComparison.Ordinal) == true)
                    {
                        last = long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture);
                        lock (seen)
                        {
                            seen.Add(last.Value);
                        }

                        events++;
                    }

                    Assert.NotEqual("event: reset", line);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }
}
