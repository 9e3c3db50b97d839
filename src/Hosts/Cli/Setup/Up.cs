using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Sets everything up and starts it. Each step looks before it acts, so it may be run again at any time, also after it was killed.</summary>
internal static class Up
{
    public static async Task<int> RunAsync(Installation installation, UpOptions options, Terminal terminal, bool json, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new CliException("`up` installs packages and services: run it as root (sudo ./beffroi up).");
        }

        using var only = SetupLock.Take(installation);
        using var log = SetupLog.Open(installation.Logs, "up.log", time);
        using var display = new StepDisplay(terminal.Progress(json), terminal.ProgressInteractive(json));
        Directory.CreateDirectory(installation.State);
        log.Write("beffroi up, installation " + installation.Name);
        var record = options.ApplyTo(UpRecord.Load(installation) ?? new UpRecord(), installation);
        var context = new SetupContext(installation, record, log, display, time);
        context.Record = record;

        var start = time.GetTimestamp();
        var result = await SetupRun.RunAsync(context, Steps(record), terminal.Error, json, cancellationToken);
        if (result == ExitCode.Ok && json)
        {
            terminal.Out.WriteLine(Facts(context).ToJsonString());
        }
        else if (result == ExitCode.Ok)
        {
            terminal.Out.WriteLine();
            terminal.Out.Write(Report(context, time.GetElapsedTime(start)));
        }

        return result;
    }

    private static IEnumerable<SetupStep> Steps(UpRecord record)
    {
        yield return new("This machine is fit", Checks.RunAsync, "See the requirements in README.md.");
        yield return new("Debian packages are installed", Packages.EnsureAsync, Packages.Advice);
        yield return new("User and directories exist", SystemUser.EnsureAsync, "Check that useradd works on this machine.");
        yield return new("Programs are built and installed", Build.EnsureAsync, Build.Advice);
        yield return new("Certificates are made", Certificates.EnsureAsync, "Check the files in the configuration directory: a broken pair can be removed, it is made again.");
        yield return new("The store runs", ControlPlane.StartStoreAsync, Store.Advice);
        yield return new("Incus runs", Incus.EnsureAsync, Incus.Advice);
        yield return new("Configuration is written", ConfigurationFiles.EnsureAsync, "Check that the configuration directory can be written.");
        yield return new("Organizations' keys have a token", SoftToken.EnsureAsync, SoftToken.Advice);
        yield return new("Storage pool is ready", HostPreparation.EnsurePoolAsync, HostPreparation.PoolAdvice);
        yield return new("The PostgreSQL image is built and imported", HostPreparation.EnsureImageAsync, HostPreparation.ImageAdvice);
        yield return new("The control plane runs", ControlPlane.StartAsync, ControlPlane.Advice);
        if (record.Demonstration)
        {
            yield return new("Organization demo with space demo/eval exists", Demonstration.EnsureSpaceAsync, Demonstration.Advice);
        }

        yield return new("The command line is set up", Demonstration.EnsureContextsAsync, "Check that your home directory can be written.");
        if (record.Demonstration)
        {
            yield return new("PostgreSQL first is ready", Demonstration.EnsureDatabaseAsync, Demonstration.Advice);
        }
    }

    /// <summary>What <see cref="Report"/> tells a person, for a program.</summary>
    private static JsonObject Facts(SetupContext context)
    {
        var facts = new JsonObject
        {
            ["installation"] = context.Installation.Name,
            ["api"] = ControlPlane.Address(context).ToString(),
            ["caFile"] = Certificates.CaFile(context.Installation),
            ["administratorTokenFile"] = AccessTokens.AdministratorFile(context.Installation),
            ["space"] = context.Record.Demonstration ? Demonstration.Space.ToString() : null,
        };
        if (ServicesFile(context) is { } services)
        {
            facts["psql"] = new JsonObject { ["PGSERVICEFILE"] = services, ["service"] = Demonstration.Database };
        }

        return facts;
    }

    /// <summary>Where psql finds the first database; null if there is none.</summary>
    private static string? ServicesFile(SetupContext context)
    {
        var services = Path.Combine(ContextStore.ForUser(context.Installation.Name).Directory, "pg_service.conf");
        return context.Record.FirstDatabaseMade && File.Exists(services) ? services : null;
    }

    private static string Report(SetupContext context, TimeSpan took)
    {
        var installation = context.Installation;
        var command = installation.Name;
        var report = $"""
            Beffroi is up ({StepDisplay.Elapsed(took)}).

              API             {ControlPlane.Address(context)}   (description: {ControlPlane.Address(context)}openapi/v1.json)
              CA certificate  {Certificates.CaFile(installation)}
              operator's      {ControlPlane.OperatorAddress(context)}   (this machine only)
              administrator   {command} --context admin organization list
                              (token, for root only: {AccessTokens.AdministratorFile(installation)})

            """;
        if (context.Record.Demonstration)
        {
            report += $"""
                  user alice      {command} postgres list          (context demo, space {Demonstration.Space})

                """;
        }

        if (ServicesFile(context) is { } services)
        {
            report += $"""

                Try the database:

                  PGSERVICEFILE={services} psql service={Demonstration.Database}

                """;
        }

        return report;
    }
}
