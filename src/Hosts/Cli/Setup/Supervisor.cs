using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// runit's runsvdir over the installation's service directories, the same with or without systemd: there one unit starts it, elsewhere it
/// runs detached. Each service restarts when it ends, and its run script waits for what it needs.
/// </summary>
internal static class Supervisor
{
    private const UnixFileMode Program = PrivateFiles.OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static string DirectoryOf(Installation installation) => installation.State + "/services";

    public static string UnitFile(Installation installation) => $"/etc/systemd/system/{installation.Name}.service";

    private static string StopScript(Installation installation) => installation.State + "/stop-services";

    /// <summary>
    /// Ensures a service exists and runs what it should: it is restarted when its script or <paramref name="stamp"/> is not what it was
    /// started with.
    /// </summary>
    public static async Task EnsureServiceAsync(SetupContext context, Service service, string stamp, CancellationToken cancellationToken)
    {
        var services = DirectoryOf(context.Installation);
        var directory = services + "/" + service.Name;
        var logs = context.Installation.Logs + "/" + service.Name;
        Directory.CreateDirectory(logs);
        PrivateFiles.WriteIfDifferent(logs + "/config", "s1000000\nn10\n");
        var log = $"#!/bin/sh\nexec svlogd -tt {logs}\n";
        if (!Directory.Exists(directory))
        {
            // Under a name that runsvdir ignores until it is whole.
            var next = services + "/." + service.Name;
            Directory.CreateDirectory(next + "/log");
            PrivateFiles.Write(next + "/log/run", log, Program);
            WriteTerminate(next, service);
            PrivateFiles.Write(next + "/run", service.Run, Program);
            PrivateFiles.Write(next + "/stamp", stamp);
            Directory.Move(next, directory);
            return;
        }

        WriteTerminate(directory, service);
        var changed = PrivateFiles.WriteIfDifferent(directory + "/log/run", log, Program);
        changed |= PrivateFiles.WriteIfDifferent(directory + "/run", service.Run, Program);
        changed |= !File.Exists(directory + "/stamp") || await File.ReadAllTextAsync(directory + "/stamp", cancellationToken) != stamp;
        if (changed && IsRunning(context.Installation))
        {
            await context.Processes.TryAsync("sv", ["-w", "90", "restart", directory], cancellationToken);
        }

        // Last: an interrupted run restarts it again rather than not at all.
        PrivateFiles.WriteIfDifferent(directory + "/stamp", stamp);
    }

    /// <summary>Removes a service that is no longer wanted.</summary>
    public static async Task RemoveServiceAsync(SetupContext context, string name, CancellationToken cancellationToken)
    {
        var services = DirectoryOf(context.Installation);
        // Under a name that runsvdir ignores: else it would start the service's runsv again while its directory is being removed.
        var leaving = services + "/." + name;
        if (Directory.Exists(services + "/" + name))
        {
            Directories.DeleteIfThere(leaving);
            Directory.Move(services + "/" + name, leaving);
        }

        if (Directory.Exists(leaving))
        {
            await context.Processes.TryAsync("sv", ["-w", "90", "force-shutdown", leaving], cancellationToken);
            Directories.DeleteIfThere(leaving);
        }
    }

    /// <summary>Ensures runsvdir runs, also after the next start of the machine where systemd is there to do it.</summary>
    public static async Task StartAsync(SetupContext context, CancellationToken cancellationToken)
    {
        await Orphans.EndAsync(context, Service.InOrder, cancellationToken);
        var services = DirectoryOf(context.Installation);
        Directory.CreateDirectory(services);
        PrivateFiles.WriteIfDifferent(StopScript(context.Installation), StopScriptText(services), Program);
        if (SetupContext.HasSystemd)
        {
            var unit = UnitFile(context.Installation);
            if (PrivateFiles.WriteIfDifferent(unit, UnitText(context.Installation), (UnixFileMode)Convert.ToInt32("644", 8)))
            {
                await context.Processes.RunAsync("systemctl", ["daemon-reload"], cancellationToken);
            }

            await context.Processes.RunAsync("systemctl", ["enable", "--now", "--quiet", context.Installation.Name + ".service"], cancellationToken);
        }
        else if (!IsRunning(context.Installation))
        {
            const string Detached = """exec setsid --fork env -i PATH="$3" runsvdir -P "$1" >>"$2" 2>&1 </dev/null""";
            await context.Processes.RunAsync(
                "/bin/sh",
                ["-c", Detached, "sh", services, context.Installation.Logs + "/services.log", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                cancellationToken);
        }
    }

    /// <summary>Stops the services, the last started first, and then runsvdir.</summary>
    public static async Task StopAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        if (SetupContext.HasSystemd && File.Exists(UnitFile(installation)))
        {
            await context.Processes.RunAsync("systemctl", ["disable", "--now", "--quiet", installation.Name + ".service"], cancellationToken);
        }

        foreach (var name in Service.InOrder.Reverse())
        {
            await StopServiceAsync(context, name, cancellationToken);
        }

        foreach (var process in RunningProcesses(installation))
        {
            // HUP: it ends its runsv processes too.
            await context.Processes.TryAsync("kill", ["-HUP", process.ToString(System.Globalization.CultureInfo.InvariantCulture)], cancellationToken);
        }

        // Those of a runsvdir that was killed.
        foreach (var process in Watchers(installation))
        {
            await context.Processes.TryAsync("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)], cancellationToken);
        }

        await Waiting.UntilAsync(
            () => Task.FromResult(!IsRunning(installation) && !Watchers(installation).Any()),
            TimeSpan.FromSeconds(30),
            "The services did not stop within 30 s.",
            cancellationToken);
    }

    /// <summary>Stops one service, waiting for it up to 90 s, then by force; also one that nothing watches any more.</summary>
    public static async Task StopServiceAsync(SetupContext context, string name, CancellationToken cancellationToken)
    {
        var directory = DirectoryOf(context.Installation) + "/" + name;
        if (Directory.Exists(directory + "/supervise"))
        {
            await context.Processes.TryAsync("sv", ["-w", "90", "force-stop", directory], cancellationToken);
        }

        await Orphans.EndAsync(context, [name], cancellationToken);
    }

    /// <summary>Whether runsvdir watches this installation's services.</summary>
    public static bool IsRunning(Installation installation) => RunningProcesses(installation).Any();

    /// <summary>What runit says of each service, e.g. <c>run: …: (pid 12) 30s</c>.</summary>
    public static async Task<IReadOnlyList<(string Name, string Status)>> StatusAsync(ProcessRunner processes, Installation installation, CancellationToken cancellationToken)
    {
        var list = new List<(string, string)>();
        foreach (var name in Service.InOrder)
        {
            var directory = DirectoryOf(installation) + "/" + name;
            if (Directory.Exists(directory))
            {
                var result = await processes.TryAsync("sv", ["status", directory], cancellationToken);
                var line = result.Output.Count > 0 ? result.Output[0] : "unknown";
                var parts = line.Split(';')[0].Split(": ", 3);
                list.Add((name, parts.Length == 3 && IsRunning(installation) ? parts[0] + " " + parts[2] : "stopped"));
            }
        }

        return list;
    }

    private static void WriteTerminate(string directory, Service service)
    {
        if (service.Terminate is { } script)
        {
            Directory.CreateDirectory(directory + "/control");
            PrivateFiles.WriteIfDifferent(directory + "/control/t", script, Program);
        }
    }

    private static IEnumerable<HostProcess> Watchers(Installation installation) => HostProcess.All()
        .Where(p => p.Arguments is ["runsv", ..] && p.Directory.StartsWith(DirectoryOf(installation) + "/", StringComparison.Ordinal));

    private static IEnumerable<int> RunningProcesses(Installation installation) => HostProcess.All()
        .Where(p => p.Arguments is [var program, "-P", var directory, ..]
            && Path.GetFileName(program) == "runsvdir" && directory == DirectoryOf(installation)).Select(p => p.Id);

    private static string StopScriptText(string services) => $"""
        #!/bin/sh
        # Written by beffroi up: the services in reverse order of their start.
        for name in {string.Join(' ', Service.InOrder.Reverse())}; do
          [ -d {services}/$name ] && sv -w 90 force-stop {services}/$name
        done
        exit 0

        """;

    private static string UnitText(Installation installation) => $"""
        # Written by beffroi up.
        [Unit]
        Description=Beffroi, installation {installation.Name}
        After=network.target incus.service incus.socket

        [Service]
        ExecStart=/usr/bin/runsvdir -P {DirectoryOf(installation)}
        ExecStop={StopScript(installation)}
        KillMode=mixed
        TimeoutStopSec=300
        SuccessExitStatus=111
        Restart=always
        Delegate=yes
        TasksMax=infinity

        [Install]
        WantedBy=multi-user.target

        """;
}
