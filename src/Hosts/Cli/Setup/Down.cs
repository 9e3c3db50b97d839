using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Stops what <c>up</c> started; with <c>--purge</c> also removes what it made. May be repeated after an interruption.</summary>
internal static class Down
{
    private const string Advice = "See the log named below, then run this again.";

    public static async Task<int> RunAsync(Installation installation, DownOptions options, Terminal terminal, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new CliException("`down` stops services of the system: run it as root (sudo beffroi down).");
        }

        using var only = SetupLock.Take(installation);
        if (UpRecord.Load(installation) is not { } record)
        {
            return terminal.Confirm(json, Facts(installation, null, options), $"There is no installation {installation.Name} on this machine.");
        }

        if (options.Purge && !options.Yes)
        {
            Confirmation.Ask(terminal, $"This removes the installation {installation.Name} with all databases in it; nobody can bring them back.", installation.Name);
        }

        using var display = new StepDisplay(terminal.Progress(json), terminal.ProgressInteractive(json));
        int result;
        using (var log = SetupLog.Open(installation.Logs, "up.log", time))
        {
            log.Write("beffroi down" + (options.Purge ? " --purge" : ""));
            var context = new SetupContext(installation, record, log, display, time);
            result = await SetupRun.RunAsync(context, Steps(options), terminal.Error, json, cancellationToken);
        }

        if (result == ExitCode.Ok && options.Purge)
        {
            Purge.RemoveDirectories(installation);
            if (!json)
            {
                TellOfPackages(terminal, record, options);
            }
        }
        else if (result == ExitCode.Ok && !json)
        {
            terminal.Out.WriteLine("Stopped; the volumes are locked. Start again with ./beffroi up in " + record.Sources + ".");
        }

        if (result == ExitCode.Ok && json)
        {
            terminal.Out.WriteLine(Facts(installation, record, options).ToJsonString());
        }

        return result;
    }

    private static JsonObject Facts(Installation installation, UpRecord? record, DownOptions options) => new()
    {
        ["installation"] = installation.Name,
        ["found"] = record is not null,
        ["purged"] = options.Purge,
        ["packagesLeft"] = record is not null && options is { Purge: true, Packages: false } ? new JsonArray([.. record.Packages.Select(p => JsonValue.Create(p))]) : null,
    };

    private static IEnumerable<SetupStep> Steps(DownOptions options)
    {
        yield return new("Nobody else needs our Incus", CheckForeignAsync, Advice);
        yield return new("beffroid and beffroi-host are stopped", StopControlPlaneAsync, Advice);
        yield return new("Instances are stopped and their volumes locked", StopInstancesAsync, Advice);
        if (options.Purge)
        {
            yield return new("Instances, volumes, networks, images and the pool are removed", Purge.RemoveInfrastructureAsync, Advice);
        }

        yield return new("Services are stopped", StopServicesAsync, Advice);
        if (options.Purge)
        {
            yield return new("Command, contexts and user are removed", Purge.RemoveRestAsync, Advice);
        }

        if (options is { Purge: true, Packages: true })
        {
            yield return new("Debian packages that `up` installed are removed", Purge.RemovePackagesAsync, Advice);
        }
    }

    private static async Task<string?> CheckForeignAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var record = context.Record;
        if (!record.OwnsIncus || await Incus.VersionAsync(record.IncusSocket, cancellationToken) is null)
        {
            return null;
        }

        var others = await Incus.CountForeignInstancesAsync(record.IncusSocket, context.Installation.Name, cancellationToken);
        return others == 0
            ? null
            : throw new SetupException(
                $"{others} instances of others run in the Incus that `up` started; stopping it would harm them.",
                advice: "Stop them first (incus list --all-projects), then run this again.");
    }

    private static async Task<string?> StopControlPlaneAsync(SetupContext context, CancellationToken cancellationToken)
    {
        await Supervisor.StopServiceAsync(context, "server", cancellationToken);
        await Supervisor.StopServiceAsync(context, "host", cancellationToken);
        return null;
    }

    private static async Task<string?> StopInstancesAsync(SetupContext context, CancellationToken cancellationToken)
    {
        if (!HostPreparation.IsPossible(context) || await Incus.VersionAsync(context.Record.IncusSocket, cancellationToken) is null)
        {
            return null;
        }

        var result = await HostPreparation.HostAsync(context, ["stop-all"], cancellationToken);
        var stopped = result.Output.Count(line => line.StartsWith("stopped ", StringComparison.Ordinal));
        return stopped == 0 ? null : $"{stopped} stopped";
    }

    private static async Task<string?> StopServicesAsync(SetupContext context, CancellationToken cancellationToken)
    {
        await Supervisor.StopAsync(context, cancellationToken);
        return context.Record.OwnsIncus ? "Incus and lxcfs too, which `up` had started" : null;
    }

    private static void TellOfPackages(Terminal terminal, UpRecord record, DownOptions options)
    {
        if (options.Packages || record.Packages.Count + record.Files.Count == 0)
        {
            return;
        }

        terminal.Out.WriteLine();
        terminal.Out.WriteLine("These were installed by `up` and are left, as others may use them by now. To remove them:");
        if (record.Packages.Count > 0)
        {
            terminal.Out.WriteLine("  apt-get purge " + string.Join(' ', record.Packages));
        }

        foreach (var file in record.Files)
        {
            terminal.Out.WriteLine("  rm " + file);
        }
    }
}

/// <summary>What <c>down</c> was told.</summary>
/// <param name="Purge">Remove what <c>up</c> made.</param>
/// <param name="Packages">Also the Debian packages that it installed.</param>
/// <param name="Yes">Do not ask.</param>
internal sealed record DownOptions(bool Purge, bool Packages, bool Yes);
