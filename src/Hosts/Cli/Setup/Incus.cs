using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Incus: the one that runs, or else one that is started as services of ours.</summary>
internal static class Incus
{
    public const string Advice = "See the logs of incusd and lxcfs (journalctl -u incus -u lxcfs, or incusd/current and lxcfs/current beside the log named below). Then run this again.";

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var socket = context.Record.IncusSocket;
        var services = Supervisor.DirectoryOf(context.Installation);
        Directory.CreateDirectory(services);
        var ours = context.Record.OwnsIncus && Directory.Exists(services + "/incusd");
        if (!ours && await VersionAsync(socket, cancellationToken) is { } running)
        {
            return $"Incus {running} was running already";
        }

        if (SetupContext.HasSystemd)
        {
            await context.Processes.RunAsync("systemctl", ["enable", "--now", "--quiet", "incus.socket", "incus.service"], cancellationToken);
        }
        else
        {
            // Written down first: what `down` finds recorded it stops.
            context.Record = context.Record with { OwnsIncus = true };
            if (Directory.Exists(services + "/lxcfs") || !IsMounted("/var/lib/lxcfs"))
            {
                await Supervisor.EnsureServiceAsync(context, Service.Lxcfs(), "", cancellationToken);
            }

            await Supervisor.EnsureServiceAsync(context, Service.Incusd(), "", cancellationToken);
            await Supervisor.StartAsync(context, cancellationToken);
        }

        string? version = null;
        await Waiting.UntilAsync(
            async () => (version = await VersionAsync(socket, cancellationToken)) is not null,
            TimeSpan.FromSeconds(60),
            "Incus did not answer on " + socket + " within 60 s.",
            cancellationToken);
        return $"Incus {version}, {(ours ? "ours" : "started")}";
    }

    /// <summary>The version of the Incus that answers on this socket, or null.</summary>
    public static async Task<string?> VersionAsync(string socket, CancellationToken cancellationToken)
    {
        try
        {
            return (await GetAsync(socket, "/1.0", cancellationToken)).GetProperty("environment").GetProperty("server_version").GetString();
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>How many instances run in projects that are not this installation's.</summary>
    public static async Task<int> CountForeignInstancesAsync(string socket, string installation, CancellationToken cancellationToken)
    {
        var instances = await GetAsync(socket, "/1.0/instances?all-projects=true&recursion=1", cancellationToken);
        // An Incus that never had an instance says null.
        return instances.ValueKind == JsonValueKind.Null ? 0 : instances.EnumerateArray().Count(i =>
            i.GetProperty("status").GetString() == "Running"
            && !Regex.IsMatch(i.GetProperty("project").GetString()!, "^" + Regex.Escape(installation) + "-[0-9a-f]{32}$"));
    }

    private static async Task<JsonElement> GetAsync(string socket, string path, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://incus"), Timeout = TimeSpan.FromSeconds(10) };
        using var document = JsonDocument.Parse(await http.GetByteArrayAsync(path, cancellationToken));
        return document.RootElement.GetProperty("metadata").Clone();
    }

    private static bool IsMounted(string path) =>
        File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ') is [_, var where, ..] && where == path);
}
