using System.CommandLine;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary><c>down</c>: stops what <c>up</c> started.</summary>
internal static class DownCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var purge = new Option<bool>("--purge") { Description = "Also remove all that `up` made, databases included, and nothing else" };
        var packages = new Option<bool>("--packages") { Description = "With --purge: also the Debian packages that `up` installed" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = new Command("down", "Stop everything that `up` started; the databases' volumes are locked (as root)") { purge, packages, yes };
        command.Validators.Add(result =>
        {
            if (result.GetValue(packages) && !result.GetValue(purge))
            {
                result.AddError("--packages is for --purge.");
            }
        });
        command.SetAction((result, cancellationToken) => Down.RunAsync(
            InstallationName.FromEnvironment(),
            new DownOptions(result.GetValue(purge), result.GetValue(packages), result.GetValue(yes)),
            terminal,
            result.GetValue(options.Output) == "json",
            TimeProvider.System,
            cancellationToken));
        return command;
    }
}
