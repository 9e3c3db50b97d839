using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

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
        var command = new Command("update", "Change a PostgreSQL's size, storage, availability, settings, extensions, labels, retention of backups or deletion protection; storage can grow, not shrink")
        {
            name, size, storage, availability, parameters, extensions, without, labels, protection, retention, options.NoWait,
        };
        command.Validators.Add(result =>
        {
            if (((Option[])[size, storage, availability, protection, retention, labels, parameters, extensions, without]).All(option => result.GetResult(option) is null))
            {
                result.AddError("Say what to change: --size, --storage, --availability, --parameter, --extension, --label, --retention-days or --deletion-protection.");
            }
        });
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var now = await PostgresCommands.GetAsync(session, chosen, token);
            var spec = now.Spec with
            {
                Size = result.GetValue(size) ?? now.Spec.Size,
                Storage = result.GetValue(storage) ?? now.Spec.Storage,
                Availability = result.GetValue(availability) ?? now.Spec.Availability,
                DeletionProtection = result.GetValue(protection) is { } wanted ? wanted == "on" : now.Spec.DeletionProtection,
                Backup = result.GetValue(retention) is { } days ? now.Spec.BackupOrDefault with { RetentionDays = days } : now.Spec.Backup,
                Parameters = SpecOptions.Change(now.Spec.Parameters, result.GetValue(parameters)),
                Extensions = [.. (now.Spec.Extensions ?? []).Union(result.GetValue(extensions) ?? []).Except(result.GetValue(without) ?? [])],
            };
            var changed = await PutAsync(session, chosen, now, new PutResource<PostgresSpec>(spec, SpecOptions.Change(now.Labels, result.GetValue(labels))), token);
            var operation = changed.Generation == now.Generation ? null : changed.Operation;
            return await PostgresCommands.FinishAsync(session, chosen, operation, $"{chosen} is changed.", token);
        });
    }

    // The ETag changes with what is observed too: as long as nobody else changed what is asked for, try again.
    private static async Task<Resource<PostgresSpec, PostgresStatus>> PutAsync(
        Session session, string name, Resource<PostgresSpec, PostgresStatus> seen, PutResource<PostgresSpec> body, CancellationToken cancellationToken)
    {
        var etag = seen.Etag;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await PostgresCommands.PutAsync(session, name, body, new Preconditions(IfMatch: etag), cancellationToken);
            }
            catch (ProblemException e) when (e.Problem.Status == 412 && attempt < 5)
            {
                var now = await PostgresCommands.GetAsync(session, name, cancellationToken);
                if (now.Generation != seen.Generation || now.UpdatedAt != seen.UpdatedAt || now.Id != seen.Id)
                {
                    throw;
                }

                etag = now.Etag;
            }
        }
    }
}
