using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres update</c>: changes what is named and leaves the rest.</summary>
internal static class UpdatePostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var (size, storage, availability, protection) = (SpecOptions.Size(), SpecOptions.Storage(), SpecOptions.Availability(), SpecOptions.DeletionProtection());
        var labels = SpecOptions.Labels("A label to add or change, or with an empty value to remove; may be repeated");
        var retention = SpecOptions.RetentionDays();
        var parameters = SpecOptions.Parameters("A setting of PostgreSQL to change, or with an empty value to leave to the platform; may be repeated");
        var extensions = SpecOptions.Extensions("An extension to have in the database from now on; may be repeated");
        var without = SpecOptions.NoExtensions();
        var allow = SpecOptions.Networks("--allow", "An IPv4 network or address to connect from; with the first, nobody connects from elsewhere; may be repeated");
        var noAllow = SpecOptions.Networks("--no-allow", "A network not to connect from any more, or all for no limit; sessions from there end; may be repeated");
        var authorities = SpecOptions.ClientAuthorities();
        var noAuthorities = SpecOptions.NoClientAuthorities();
        var window = SpecOptions.MaintenanceWindow();
        var alerts = SpecOptions.Alerts();
        var noAlerts = new Option<string[]>("--no-alert") { Description = "A metric whose bounds to take away, or all; may be repeated", HelpName = "METRIC" };
        var (pooler, poolerClients) = (SpecOptions.Pooler(), SpecOptions.PoolerMaxClients());
        var command = new Command("update", "Change a PostgreSQL's size, storage, availability, settings, extensions, allowed networks, client authorities, connection pooler, alerts, labels, retention of backups, maintenance window or deletion protection; storage can grow, not shrink")
        {
            name, size, storage, availability, parameters, extensions, without, allow, noAllow, authorities, noAuthorities, labels, protection, retention, window, pooler, poolerClients, alerts, noAlerts, options.NoWait,
        };
        command.Validators.Add(result =>
        {
            if (((Option[])[size, storage, availability, protection, retention, labels, parameters, extensions, without, allow, noAllow, authorities, noAuthorities, window, pooler, poolerClients, alerts, noAlerts]).All(option => result.GetResult(option) is null))
            {
                result.AddError("Say what to change: --size, --storage, --availability, --parameter, --extension, --allow, --client-authority, --pooler, --alert, --label, --retention-days, --maintenance-window or --deletion-protection.");
            }

            if (SpecOptions.PoolerConflict(result.GetValue(pooler), result.GetValue(poolerClients), isNew: false) is { } conflict)
            {
                result.AddError(conflict);
            }
        });
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var trusted = (result.GetValue(authorities) ?? []).Select(ReadAuthority).ToList();
            return await PostgresCommands.ChangeAsync(
                session, chosen,
                spec => spec with
                {
                    Size = result.GetValue(size) ?? spec.Size,
                    Storage = result.GetValue(storage) ?? spec.Storage,
                    Availability = result.GetValue(availability) ?? spec.Availability,
                    DeletionProtection = result.GetValue(protection) is { } wanted ? wanted == "on" : spec.DeletionProtection,
                    Backup = result.GetValue(retention) is { } days ? spec.BackupOrDefault with { RetentionDays = days } : spec.Backup,
                    Parameters = SpecOptions.Change(spec.Parameters, result.GetValue(parameters)),
                    AllowedNetworks = Networks(spec.AllowedNetworks ?? [], result.GetValue(allow) ?? [], result.GetValue(noAllow) ?? []),
                    ClientAuthorities = [.. (spec.ClientAuthorities ?? []).Union(trusted).Where(pem => !IsNamed(pem, result.GetValue(noAuthorities) ?? []))],
                    MaintenanceWindow = result.GetValue(window) is { } when ? MaintenanceWindow.Parse(when) : spec.MaintenanceWindow,
                    Pooler = SpecOptions.ChangePooler(spec.Pooler, result.GetValue(pooler), result.GetValue(poolerClients)),
                    Alerts = SpecOptions.Change(spec.Alerts, result.GetValue(alerts), result.GetValue(noAlerts)) is { Count: > 0 } bounds ? bounds : null,
                    Extensions = [.. (spec.Extensions ?? []).Union(result.GetValue(extensions) ?? []).Except(result.GetValue(without) ?? [])],
                },
                $"{chosen} is changed.", token, now => SpecOptions.Change(now, result.GetValue(labels)));
        });
    }

    // What is no authority, the API says; what could be a secret never gets there.
    private static string ReadAuthority(string file)
    {
        var text = InputFiles.ReadText(file);
        return text.Contains("PRIVATE KEY", StringComparison.Ordinal)
            ? throw new CliException($"{file} has a private key in it, which nobody else shall have. Give the certificate alone.", ExitCode.Usage)
            : text;
    }

    private static bool IsNamed(string pem, string[] fingerprints) =>
        fingerprints.Contains("all") || (CustomerAuthority.Parse(pem) is { } authority && fingerprints.Any(f => string.Equals(f.Replace(":", "", StringComparison.Ordinal), authority.Sha256, StringComparison.OrdinalIgnoreCase)));

    // An address is kept as the network of it alone.
    private static IReadOnlyList<string> Networks(IReadOnlyList<string> now, IReadOnlyList<string> allow, IReadOnlyList<string> without) =>
        [.. (without.Contains("all") ? [] : now).Union(allow).Where(network => !without.Contains(network) && !without.Contains(network.Replace("/32", "", StringComparison.Ordinal)))];
}
