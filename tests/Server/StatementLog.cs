using System.Collections.Concurrent;
using System.Diagnostics;

namespace Beffroi.Server.Tests;

/// <summary>Notes which statements a request makes the server send to the store, in order: a request says which one it is, as for any tracing (W3C Trace Context).</summary>
public sealed class StatementLog : IDisposable
{
    private readonly ConcurrentDictionary<ActivityTraceId, ConcurrentQueue<string>> _byRequest = new();
    private readonly ActivityListener _listener;

    public StatementLog()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = Note,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Sends the request, and gives with its answer the statements that it brought about.</summary>
    public async Task<(HttpResponseMessage Answer, IReadOnlyList<string> Statements)> SendAsync(HttpClient client, HttpRequestMessage request)
    {
        var trace = ActivityTraceId.CreateRandom();
        var noted = _byRequest[trace] = new ConcurrentQueue<string>();
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer, [.. noted]);
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Activity activity)
    {
        if (activity.Source.Name == "Npgsql" && (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string statement && _byRequest.TryGetValue(activity.TraceId, out var noted))
        {
            noted.Enqueue(statement);
        }
    }
}
