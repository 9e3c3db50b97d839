using System.Diagnostics;
using System.Net.Sockets;

namespace Beffroi.Testing;

/// <summary>The machine's incusd: used when it runs, else started for the tests and stopped after them.</summary>
public sealed class IncusDaemon : IAsyncDisposable
{
    private const string Daemon = "/usr/libexec/incus/incusd";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<Process> _started = [];

    /// <summary>Ensures that it answers.</summary>
    public async Task EnsureAsync()
    {
        if (await AnswersAsync())
        {
            return;
        }

        if (!File.Exists(Daemon) || !File.Exists("/usr/bin/lxcfs"))
        {
            throw new InvalidOperationException("Incus is not installed: ./beffroi test installs what the tests need.");
        }

        Directory.CreateDirectory("/var/lib/lxcfs");
        _started.Add(Process.Start("/usr/bin/lxcfs", ["/var/lib/lxcfs"]));
        _started.Add(Process.Start(Daemon, ["--group", "incus-admin"]));
        for (var clock = Stopwatch.StartNew(); !await AnswersAsync();)
        {
            if (clock.Elapsed > Patience)
            {
                throw new InvalidOperationException("incusd was started but does not answer.");
            }

            await Task.Delay(200);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_started))
        {
            await Commands.RunAsync("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    try
                    {
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint("/var/lib/incus/unix.socket"), cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    }
                    catch
                    {
                        socket.Dispose();
                        throw;
                    }
                },
            })
            { Timeout = TimeSpan.FromSeconds(30) };
            using var response = await client.GetAsync(new Uri("http://incus/1.0"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
