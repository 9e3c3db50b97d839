using System.Diagnostics;
using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>The machine's incusd: used when it runs, else started for the tests and stopped after them.</summary>
internal sealed class IncusDaemon : IAsyncDisposable
{
    private const string Daemon = "/usr/libexec/incus/incusd";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<Process> _started = [];

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
            using var incus = new Incus.IncusClient("/var/lib/incus/unix.socket");
            await incus.GetServerAsync(CancellationToken.None);
            return true;
        }
        catch (InfrastructureException)
        {
            return false;
        }
    }
}
