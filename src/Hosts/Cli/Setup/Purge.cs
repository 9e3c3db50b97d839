using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Ledger;
using Beffroi.Hosts.Cli.Lockbox;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Removes all that <c>up</c> made, and nothing else.</summary>
internal static class Purge
{
    public static async Task<string?> RemoveInfrastructureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        if (!HostPreparation.IsPossible(context))
        {
            return "there is none";
        }

        // They must not come back with the supervisor that may have to be started for Incus.
        await Supervisor.RemoveServiceAsync(context, "server", cancellationToken);
        await Supervisor.RemoveServiceAsync(context, "host", cancellationToken);
        await Incus.EnsureAsync(context, cancellationToken);
        var result = await HostPreparation.HostAsync(context, ["cleanup"], cancellationToken);
        return $"{result.Output.Count} things";
    }

    public static async Task<string?> RemoveRestAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        if (File.Exists(Supervisor.UnitFile(installation)))
        {
            File.Delete(Supervisor.UnitFile(installation));
            await context.Processes.TryAsync("systemctl", ["daemon-reload"], cancellationToken);
        }

        if (CommandLink.IsOurs(installation))
        {
            File.Delete(CommandLink.PathOf(installation));
        }

        foreach (var directory in context.Record.ContextDirectories)
        {
            RemoveContexts(new ContextStore(directory));
            // The next installation has other ledgers at the same address.
            LogMemory.BesideConfiguration(directory).Clear();
        }

        if ((await context.Processes.TryAsync("getent", ["passwd", installation.User], cancellationToken)).Ok)
        {
            await context.Processes.RunAsync("userdel", [installation.User], cancellationToken);
        }

        if ((await context.Processes.TryAsync("getent", ["group", installation.User], cancellationToken)).Ok)
        {
            await context.Processes.RunAsync("groupdel", [installation.User], cancellationToken);
        }

        return context.Record.ExternalStore ? "the database given by --store is left as it is" : null;
    }

    public static async Task<string?> RemovePackagesAsync(SetupContext context, CancellationToken cancellationToken)
    {
        if (context.Record.Packages.Count > 0)
        {
            await context.Processes.RunAsync(
                "apt-get",
                ["-y", "-q", "-o", "DPkg::Lock::Timeout=300", "purge", .. context.Record.Packages],
                new Shell.ProcessOptions(Environment: new Dictionary<string, string?> { ["DEBIAN_FRONTEND"] = "noninteractive" }),
                cancellationToken);
        }

        foreach (var file in context.Record.Files)
        {
            File.Delete(file);
        }

        return $"{context.Record.Packages.Count} packages";
    }

    /// <summary>The installation's own directories; last, as they hold the record of what there is to remove.</summary>
    public static void RemoveDirectories(Installation installation)
    {
        foreach (var directory in new[] { installation.Programs, installation.Configuration, "/var/cache/" + installation.Name, installation.Run, installation.Logs, installation.State })
        {
            Directories.DeleteIfThere(directory);
        }
    }

    // Contexts that the person added are not ours.
    private static void RemoveContexts(ContextStore store)
    {
        if (!Directory.Exists(store.Directory))
        {
            return;
        }

        var configuration = store.Load();
        configuration.Contexts.Remove("admin");
        configuration.Contexts.Remove("demo");
        if (configuration.Contexts.Count > 0)
        {
            store.Save(configuration with { Current = configuration.Contexts.Keys.First() });
        }
        else
        {
            File.Delete(Path.Combine(store.Directory, "config.json"));
            LockboxFiles.Clear(store.Directory);
        }

        foreach (var name in new[] { "pg_service.conf", Demonstration.Database + ".pass", Demonstration.Database + "-ca.pem" })
        {
            File.Delete(Path.Combine(store.Directory, name));
        }

        if (!Directory.EnumerateFileSystemEntries(store.Directory).Any())
        {
            Directory.Delete(store.Directory);
        }
    }
}
