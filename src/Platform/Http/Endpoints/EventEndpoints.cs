using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>The stream of a space's changes (server-sent events).</summary>
internal sealed class EventEndpoints(
    NpgsqlDataSource store, Scopes scopes, EventHints hints, ApiOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int Batch = 500;
    private readonly ConcurrentDictionary<Guid, int> _open = new();

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(
                "/v1/organizations/{organization}/spaces/{space}/events",
                (string organization, string space, HttpContext http, EventEndpoints events) => events.StreamAsync(organization, space, http))
            .Describe(
                "watchEvents", "Events", "Follow changes",
                "A stream of server-sent events: `resource`, `operation` and `deleted`, each with a ChangeEvent; comments keep it open. Nothing is left out: "
                + "resume with Last-Event-ID. `reset` says that the place to resume from is too old (more than a day): read the lists again.",
                400, 403, 404)
            .WithHeader("Last-Event-ID", "Resume after this event. Without it, the stream begins now.")
            .Produces<ChangeEvent>(200, "text/event-stream");

    private async Task<IResult> StreamAsync(string organization, string space, HttpContext http)
    {
        Guid spaceId;
        EventPosition position;
        var reset = false;
        await using (var connection = await store.OpenConnectionAsync(http.RequestAborted))
        {
            var scope = await scopes.SpaceAsync(http, connection, organization, space, Permission.OperationRead, http.RequestAborted);
            if (!scope.Ok)
            {
                return new Refused(scope.Problem);
            }

            if (Query.Check(http) is { } bad)
            {
                return new Refused(bad);
            }

            spaceId = scope.Value.Id;
            var last = http.Request.Headers["Last-Event-ID"].ToString();
            EventPosition? resumed = null;
            if (last.Length > 0)
            {
                if (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
                {
                    return new Refused(new Problem(
                        "invalid-header", 400, "A header is not valid", "The Last-Event-ID is not one of this stream.",
                        [new FieldError("Last-Event-ID", "This is not the id of an event.", "the id of the last event received")]));
                }

                resumed = await EventReader.FindAsync(connection, spaceId, sequence, http.RequestAborted);
                reset = resumed is null;
            }

            position = resumed ?? await EventReader.EndAsync(connection, http.RequestAborted);
        }

        var principal = ApiRequest.Of(http).Principal!.Id;
        if (_open.AddOrUpdate(principal, 1, (_, count) => count + 1) > options.StreamsPerPrincipal)
        {
            Leave(principal);
            return new Refused(new Problem(
                "too-many-streams", 429, "Too many event streams", $"At most {options.StreamsPerPrincipal} can be open at once; close one of them.", []));
        }

        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
            using var timeout = new CancellationTokenSource(options.LongestStream, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(end.Token, timeout.Token);
            await SendAsync(http, spaceId, position, reset, both.Token);
        }
        catch (OperationCanceledException)
        {
            // Over: the client is gone, the host stops, or the stream is old enough; the client resumes.
        }
        finally
        {
            Leave(principal);
        }

        return Results.Empty;
    }

    private async Task SendAsync(HttpContext http, Guid spaceId, EventPosition position, bool reset, CancellationToken cancellationToken)
    {
        using var subscription = hints.Subscribe(spaceId);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await http.Response.WriteAsync(reset ? "event: reset\ndata: {}\n\n" : ": connected\n\n", cancellationToken);
        await http.Response.Body.FlushAsync(cancellationToken);
        var lastSent = time.GetTimestamp();
        while (true)
        {
            IReadOnlyList<(EventPosition Position, ChangeEvent Event)> events;
            await using (var connection = await store.OpenConnectionAsync(cancellationToken))
            {
                // Who loses the right, or the account, loses the stream.
                if (!await scopes.StillAllowsAsync(http, connection, spaceId, Permission.OperationRead, cancellationToken))
                {
                    return;
                }

                events = await EventReader.ReadAsync(connection, spaceId, position, Batch, cancellationToken);
            }

            foreach (var (at, change) in events)
            {
                position = at;
                await http.Response.WriteAsync(
                    string.Create(CultureInfo.InvariantCulture, $"id: {change.Sequence}\nevent: {change.Type}\ndata: {JsonSerializer.Serialize(change, WireJson.Default.ChangeEvent)}\n\n"),
                    cancellationToken);
            }

            if (events.Count == 0 && time.GetElapsedTime(lastSent) >= options.Heartbeat)
            {
                await http.Response.WriteAsync(": still here\n\n", cancellationToken);
                lastSent = time.GetTimestamp();
            }
            else if (events.Count > 0)
            {
                lastSent = time.GetTimestamp();
            }

            await http.Response.Body.FlushAsync(cancellationToken);
            if (events.Count < Batch)
            {
                await subscription.WaitAsync(options.EventSweep, cancellationToken);
            }
        }
    }

    private void Leave(Guid principal) => _open.AddOrUpdate(principal, 0, (_, count) => count - 1);
}
