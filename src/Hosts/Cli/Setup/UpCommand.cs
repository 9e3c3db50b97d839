using System.CommandLine;
using System.Net;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary><c>up</c>: sets everything up.</summary>
internal static class UpCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var apiPort = Port("--api-port", "TCP port of the API [8443]");
        var agentPort = Port("--agent-port", "TCP port on which instances' agents call [7443]");
        var adminPort = Port("--admin-port", "TCP port of the operator's interface, on 127.0.0.1 only [the API's + 1]");
        var pool = new Option<string?>("--pool") { Description = "Use this existing Incus storage pool instead of making one", HelpName = "NAME" };
        var poolSize = Size("--pool-size", "Size of the storage pool that is made [40GiB]");
        var range = new Option<string?>("--space-range") { Description = "Private range that spaces' networks are cut from [10.93.0.0/16]", HelpName = "CIDR" };
        range.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !UpOptions.IsSpaceRange(text))
            {
                result.AddError("--space-range: a private IPv4 range of /8 to /24 in canonical form, e.g. 10.93.0.0/16.");
            }
        });
        var store = new Option<string?>("--store")
        {
            Description = "Keep the platform's state in this PostgreSQL (15 or newer): @FILE, or the name of an environment variable, that holds its connection string",
            HelpName = "@FILE|VARIABLE",
        };
        var spares = new Option<int?>("--spares") { Description = "How many PostgreSQLs are kept ready in each space that has one, so that the next is there at once [1]", HelpName = "0|1" };
        spares.CompletionSources.Add("0", "1");
        spares.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > 1)
            {
                result.AddError("--spares: 0 or 1.");
            }
        });
        var outbound = new Option<string[]>("--outbound-network")
        {
            Description = "A private network in which customers may have their ledgers' witnesses and log collectors; may be given several times, none takes all back [none]",
            HelpName = "CIDR|none",
        };
        outbound.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string[]>() is { } networks && networks is not ["none"] && networks.FirstOrDefault(n => !IPNetwork.TryParse(n, out _)) is { } wrong)
            {
                result.AddError($"--outbound-network: {wrong} is no network such as 10.20.0.0/16.");
            }
        });
        var noDemonstration = new Option<bool>("--no-demo") { Description = "Make no organization demo and no first PostgreSQL" };
        var command = new Command("up", "Set everything up on this machine and start it; safe to run again (as root, in the checkout)")
        {
            apiPort, agentPort, adminPort, pool, poolSize, range, store, spares, outbound, noDemonstration,
        };
        command.SetAction((result, cancellationToken) => Up.RunAsync(
            InstallationName.FromEnvironment(),
            new UpOptions(
                Environment.GetEnvironmentVariable("BEFFROI_SOURCES"),
                result.GetValue(apiPort),
                result.GetValue(agentPort),
                result.GetValue(adminPort),
                result.GetValue(pool),
                result.GetValue(poolSize),
                result.GetValue(range),
                result.GetValue(store),
                result.GetValue(spares),
                result.GetValue(outbound) switch { null or [] => null, ["none"] => [], var networks => networks },
                result.GetValue(noDemonstration)),
            terminal,
            result.GetValue(options.Output) == "json",
            TimeProvider.System,
            cancellationToken));
        return command;
    }

    private static Option<int?> Port(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "PORT" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1024 or > 65535)
            {
                result.AddError($"{name}: 1024 to 65535.");
            }
        });
        return option;
    }

    private static Option<string?> Size(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "SIZE" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !(ByteSize.TryParse(text, out var size) && size >= ByteSize.GiB(5)))
            {
                result.AddError($"{name}: a size of at least 5GiB, e.g. 40GiB.");
            }
        });
        return option;
    }
}
