using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres create</c>.</summary>
internal static class CreatePostgres
{
    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "Its name: lower-case letters, digits and hyphens, starting with a letter" };
        var (version, size, storage) = (SpecOptions.Version(), SpecOptions.Size(), SpecOptions.Storage());
        var availability = SpecOptions.Availability();
        var (labels, protection) = (SpecOptions.Labels("A label; may be repeated"), SpecOptions.DeletionProtection());
        var retention = SpecOptions.RetentionDays();
        var parameters = SpecOptions.Parameters("A setting of PostgreSQL, see `postgres parameters list`; may be repeated");
        var extensions = SpecOptions.Extensions("An extension to have in the database, see `postgres extensions list`; may be repeated");
        var window = SpecOptions.MaintenanceWindow();
        var (pooler, poolerClients) = (SpecOptions.Pooler(), SpecOptions.PoolerMaxClients());
        var command = new Command("create", "Create a PostgreSQL and wait until it is ready")
        {
            name, version, size, storage, availability, labels, parameters, extensions, protection, retention, window, pooler, poolerClients, options.NoWait,
        };
        command.Validators.Add(result =>
        {
            if (SpecOptions.PoolerConflict(result.GetValue(pooler), result.GetValue(poolerClients), isNew: true) is { } conflict)
            {
                result.AddError(conflict);
            }
        });
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var defaults = new PostgresSpec();
            var spec = new PostgresSpec(
                result.GetValue(version) ?? defaults.Version,
                result.GetValue(size) ?? defaults.Size,
                result.GetValue(storage) ?? defaults.Storage,
                result.GetValue(protection) != "off",
                result.GetValue(availability) ?? defaults.Availability,
                result.GetValue(retention) is { } days ? defaults.BackupOrDefault with { RetentionDays = days } : null,
                result.GetValue(parameters) is { Length: > 0 } set ? SpecOptions.Parse(set) : null,
                result.GetValue(extensions) is { Length: > 0 } wanted ? wanted : null,
                MaintenanceWindow: result.GetValue(window) is { } when ? MaintenanceWindow.Parse(when) : null,
                Pooler: SpecOptions.ChangePooler(null, result.GetValue(pooler), result.GetValue(poolerClients)));
            var chosen = result.GetRequiredValue(name);
            var made = await PostgresCommands.PutAsync(
                session, chosen, new PutResource<PostgresSpec>(spec, SpecOptions.Parse(result.GetValue(labels))), Preconditions.New(), token);
            return await PostgresCommands.FinishAsync(session, chosen, made.Operation, $"{chosen} is ready. Connect: beffroi postgres connect {chosen}", token);
        });
    }
}
