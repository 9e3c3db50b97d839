using System.Diagnostics;
using System.Net.Sockets;

namespace Beffroi.Bench.Provision;

/// <summary>
/// The floor: the same image without any of our code at work. A stopped instance with an initialised PostgreSQL is copied, started, and answers over
/// TCP. What is measured against it can't be faster by much.
/// </summary>
internal sealed class Floor(string imageAlias, string pool) : IAsyncDisposable
{
    private const string Template = "beffroi-floor-template";
    private const string Network = "bfrfloor0";
    private const string Subnet = "10.94.255";

    internal async Task PrepareAsync()
    {
        await DisposeAsync();
        await IncusAsync("network", "create", Network, "ipv4.address=" + Subnet + ".1/24", "ipv4.nat=false", "ipv4.dhcp=false", "ipv6.address=none");
        await IncusAsync("init", imageAlias, Template, "--storage", pool, "--network", Network, "-c", "limits.cpu=1", "-c", "limits.memory=1GiB");
        await IncusAsync("start", Template);
        await IncusAsync("exec", Template, "--", "sh", "-c", """
            set -e
            export SYSTEMD_OFFLINE=1
            pkill beffroi-agent || true
            cd /etc/systemd/system
            rm -f postgresql@.service sysinit.target.wants/beffroi-agent.service
            systemctl mask beffroi-agent.service
            pg_createcluster 17 floor -- --no-sync >/dev/null
            echo "listen_addresses = '*'" >> /etc/postgresql/17/floor/postgresql.conf
            echo "host all all all trust" >> /etc/postgresql/17/floor/pg_hba.conf
            printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/usr/sbin/ip address replace 10.94.255.2/24 dev eth0\nExecStart=/usr/sbin/ip link set eth0 up\n[Install]\nWantedBy=sysinit.target\n' > floor-address.service
            systemctl enable floor-address.service
            mkdir -p multi-user.target.wants
            ln -sf /usr/lib/systemd/system/postgresql@.service multi-user.target.wants/postgresql@17-floor.service
            sync
            """);
        await IncusAsync("stop", Template, "--force");
    }

    /// <summary>Seconds from `incus copy` to the first answer of PostgreSQL.</summary>
    internal static async Task<double> MeasureAsync()
    {
        const string name = "beffroi-floor-run";
        var clock = Stopwatch.StartNew();
        await IncusAsync("copy", Template, name);
        await IncusAsync("start", name);
        while (!await AnswersAsync())
        {
            await Task.Delay(10);
        }

        var seconds = clock.Elapsed.TotalSeconds;
        await IncusAsync("delete", "--force", name);
        return seconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in new[] { "beffroi-floor-run", Template })
        {
            await TryAsync("delete", "--force", instance);
        }

        await TryAsync("network", "delete", Network);
    }

    // PostgreSQL answers an SSLRequest with one byte: it runs and accepts connections, or it does not.
    private static async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await client.ConnectAsync(Subnet + ".2", 5432, limit.Token);
            await client.GetStream().WriteAsync(new byte[] { 0, 0, 0, 8, 4, 210, 22, 47 }, limit.Token);
            return await client.GetStream().ReadAsync(new byte[1], limit.Token) == 1;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    private static async Task TryAsync(params string[] arguments)
    {
        try
        {
            await IncusAsync(arguments);
        }
        catch (InvalidOperationException)
        {
            // Nothing there to remove.
        }
    }

    private static async Task IncusAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("incus", arguments) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException("incus " + string.Join(' ', arguments) + ": " + error + await output);
        }
    }
}
