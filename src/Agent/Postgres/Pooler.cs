using System.Net;
using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// PgBouncer beside PostgreSQL, where one is configured: it has customers sign in as PostgreSQL would, and has many of them share few connections. What it reads is in
/// memory, and is written again after each start of the instance. What goes wrong with it keeps PostgreSQL from nothing.
/// </summary>
internal sealed class Pooler(Catalog catalog, TimeProvider time)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);

    // Whether a process may have read other files than those that there are: also at first, as nobody knows what an agent before this one came to.
    private bool _stale = true;
    private string _mode = "";
    private string _problem = "It has not been started yet.";

    /// <summary>Ensures that it runs as configured, or not at all.</summary>
    internal async Task EnsureAsync(PostgresConfiguration configuration, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        try
        {
            if (configuration.Pooler is null)
            {
                await RemoveAsync(cancellationToken);
                (_mode, _problem) = ("", "It has not been started yet.");
            }
            else
            {
                await RunAsync(configuration, settings, cancellationToken);
                (_mode, _problem) = (configuration.Pooler.Mode, "");
            }
        }
#pragma warning disable CA1031 // Whatever goes wrong is told and tried again: PostgreSQL serves without it.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _problem = e.Message;
            Log.Write("The pooler: " + e.Message);
        }
    }

    /// <summary>What is the case now; null where none is configured.</summary>
    internal async Task<PostgresFacts.Types.Pooler?> FindAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        if (configuration.Pooler is null)
        {
            return null;
        }

        var answers = await TlsProbe.AnswersAsync(IPAddress.Parse(configuration.ListenAddress), cancellationToken, PoolerConfiguration.Port);
        return new()
        {
            Serving = answers && _problem.Length == 0,
            Mode = _mode,
            Problem = _problem.Length > 0 || answers ? _problem : "It does not answer.",
        };
    }

    private async Task RunAsync(PostgresConfiguration configuration, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var account = await AccountAsync(cancellationToken);
        PrivateFile.Directory(PostgresPaths.Pooler, account);
        var shared = PoolerConfiguration.Shared(
            configuration, await File.ReadAllBytesAsync(PostgresPaths.Tls + "/chain.pem", cancellationToken), await File.ReadAllBytesAsync(PostgresPaths.Tls + "/key.pem", cancellationToken));
        foreach (var (path, content) in shared)
        {
            _stale |= PrivateFile.Write(path, content, account);
        }

        var processes = PoolerConfiguration.Processes(configuration);
        for (var process = 1; process <= processes; process++)
        {
            PrivateFile.Directory(PoolerConfiguration.Socket(process), account);
            _stale |= PrivateFile.Write(PoolerConfiguration.Path(process), PoolerConfiguration.Ini(configuration, settings, process), account);
        }

        await RemoveAsync(processes + 1, cancellationToken);
        var may = await catalog.PooledRolesAsync(cancellationToken)
            ?? throw new InvalidOperationException($"PostgreSQL has nobody yet whom it gives secrets to, or {NodeConfiguration.PoolerRole} is a role that SQL has made.");
        for (var process = 1; process <= processes; process++)
        {
            var console = new PoolerConsole(configuration.MajorVersion, process);
            if (!await SystemUnit.IsActiveAsync(PoolerConfiguration.Unit(process), cancellationToken))
            {
                await SystemUnit.StartAsync(PoolerConfiguration.Unit(process), cancellationToken);
            }
            else if (_stale)
            {
                await console.ReloadAsync(cancellationToken);
            }

            // After its rules are in force, so that nobody comes in behind.
            foreach (var client in await console.ClientsAsync(cancellationToken))
            {
                if (!Stays(configuration, may, client))
                {
                    await console.EndAsync(client, cancellationToken);
                }
            }
        }

        _stale = false;
        await WaitAsync(IPAddress.Parse(configuration.ListenAddress), cancellationToken);
    }

    /// <summary>Whether a client could sign in again as it has. Pure.</summary>
    internal static bool Stays(PostgresConfiguration configuration, IReadOnlySet<string> may, PoolerConsole.Client client) =>
        client.User.Length == 0
        || (may.Contains(client.User) && !NodeConfiguration.Certified(configuration).Contains(client.User)
            && (configuration.AllowedNetworks.Count == 0
                || (IPAddress.TryParse(client.Address, out var from) && configuration.AllowedNetworks.Any(text => CustomerNetworks.Parse(text)?.Contains(from) == true))));

    private async Task WaitAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!await TlsProbe.AnswersAsync(address, cancellationToken, PoolerConfiguration.Port))
        {
            if (time.GetElapsedTime(began) > StartLimit)
            {
                throw new InvalidOperationException("PgBouncer does not answer; it goes on being started.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }
    }

    private static async Task RemoveAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(PostgresPaths.Pooler))
        {
            await RemoveAsync(1, cancellationToken);
            Directory.Delete(PostgresPaths.Pooler, recursive: true);
        }
    }

    /// <summary>Ends this process and those after it, where they are.</summary>
    private static async Task RemoveAsync(int from, CancellationToken cancellationToken)
    {
        for (var process = from; process <= PoolerConfiguration.MostProcesses; process++)
        {
            if (File.Exists(PoolerConfiguration.Path(process)))
            {
                await SystemUnit.StopAsync(PoolerConfiguration.Unit(process), cancellationToken);
                File.Delete(PoolerConfiguration.Path(process));
                Directory.Delete(PoolerConfiguration.Socket(process), recursive: true);
            }
        }
    }

    // Of the image's, made where it is needed first.
    private static async Task<Account> AccountAsync(CancellationToken cancellationToken)
    {
        if (!File.ReadLines("/etc/passwd").Any(line => line.StartsWith(PoolerConfiguration.Account + ":", StringComparison.Ordinal)))
        {
            await SystemCommand.RunAsync("/usr/bin/systemd-sysusers", [$"/usr/lib/sysusers.d/{PoolerConfiguration.Account}.conf"], cancellationToken);
        }

        return Account.Of(PoolerConfiguration.Account);
    }
}
