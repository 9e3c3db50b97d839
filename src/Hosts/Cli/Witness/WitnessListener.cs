using System.Globalization;
using System.Net;
using System.Text;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency.Witnessing;

namespace Beffroi.Hosts.Cli.Witness;

/// <summary>A witness's HTTP server: one path, small bodies, a few requests at once.</summary>
internal static class WitnessListener
{
    private const int AtOnce = 16;
    private const int MostAttempts = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Transparency.Witnessing.Witness witness, IPEndPoint address, Terminal terminal, CancellationToken cancellationToken)
    {
        using var listener = Start(address);
        await using var stop = cancellationToken.Register(listener.Abort);
        using var slots = new SemaphoreSlim(AtOnce);
        while (!cancellationToken.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (cancellationToken.IsCancellationRequested && e is HttpListenerException or ObjectDisposedException)
            {
                break;
            }

            await slots.WaitAsync(cancellationToken);
            _ = AnswerAsync(witness, context, terminal, cancellationToken).ContinueWith(_ => slots.Release(), TaskScheduler.Default);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    // HttpListener takes the first connection before it has all that it needs for one: whoever connects in that instant makes it fail, with its socket
    // open until it is collected.
    private static HttpListener Start(IPEndPoint address)
    {
        for (var attempt = 1; ; attempt++)
        {
            var listener = Create(address);
            try
            {
                listener.Start();
                return listener;
            }
            catch (ArgumentNullException) when (attempt < MostAttempts)
            {
                listener.Abort();
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            catch (HttpListenerException e)
            {
                throw new CliException($"{address} can't be served: {e.Message}", ExitCode.Failed, e);
            }
        }
    }

    private static HttpListener Create(IPEndPoint address)
    {
        var listener = new HttpListener { IgnoreWriteExceptions = true };
        var host = address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any) ? "*" : new IPEndPoint(address.Address, 0).ToString()[..^2];
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{address.Port}/"));
        listener.TimeoutManager.DrainEntityBody = Patience;
        listener.TimeoutManager.IdleConnection = TimeSpan.FromMinutes(1);
        return listener;
    }

    private static async Task AnswerAsync(Transparency.Witnessing.Witness witness, HttpListenerContext context, Terminal terminal, CancellationToken cancellationToken)
    {
        WitnessAnswer answer;
        try
        {
            answer = context.Request.Url?.AbsolutePath != "/add-checkpoint" ? new WitnessAnswer(404, "Not found.\n")
                : context.Request.HttpMethod != "POST" ? new WitnessAnswer(405, "POST a checkpoint here.\n")
                : await ReadAsync(context.Request, cancellationToken) is { } body ? await witness.AddCheckpointAsync(body, cancellationToken)
                : new WitnessAnswer(413, "That is too large for a checkpoint, or came too slowly.\n");
        }
        catch (IOException e)
        {
            await terminal.Error.WriteLineAsync("Not cosigned: " + Columns.Printable(e.Message));
            answer = new WitnessAnswer(500, "The witness can't keep what it cosigns.\n");
        }

        if (answer.Status is not 200 and not 404)
        {
            // A log that isn't what it was is what a witness is for: its keeper wants to know.
            await terminal.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:u} answered {answer.Status} to {context.Request.RemoteEndPoint}: {Columns.Printable(answer.Body)}"));
        }

        // Closed and not disposed, which would cut the connection under a client that keeps it for its next request.
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.Close(Encoding.UTF8.GetBytes(answer.Body), willBlock: true);
    }

    /// <summary>The body as UTF-8; null if it is too large or takes too long.</summary>
    private static async Task<string?> ReadAsync(HttpListenerRequest request, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var buffer = new byte[4 * AddCheckpoint.MaxLength];
        var length = 0;
        try
        {
            int read;
            while ((read = await request.InputStream.ReadAsync(buffer.AsMemory(length), patience.Token)) > 0)
            {
                length += read;
                if (length == buffer.Length)
                {
                    return null;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
