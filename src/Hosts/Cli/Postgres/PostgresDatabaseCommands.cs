using System.CommandLine;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres database</c>: the databases of a PostgreSQL's spec, beside <c>app</c>.</summary>
internal static class PostgresDatabaseCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) =>
        new("database", "Databases in a PostgreSQL, beside app; what SQL made is left alone")
        {
            List(options, terminal),
            Set(options, terminal),
            Remove(options, terminal),
        };

    private static Argument<string> Database() => new("database") { Description = "The database's name", HelpName = "DATABASE" };

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        return options.Run(terminal, new Command("list", "List the databases of the spec, with what is installed in each") { name }, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var now = await PostgresCommands.GetAsync(session, chosen, token);
            session.Results.List(
                now.Spec.Databases ?? [],
                wire => wire.PostgresDatabaseSpec,
                $"{chosen} has no database beside app, unless SQL made some. Make one: beffroi postgres database set {chosen} DATABASE",
                ["DATABASE", "OWNER", "EXTENSIONS"],
                d => [d.Name, d.Owner, string.Join(", ", (now.Status.Extensions ?? []).Where(e => e.Database == d.Name).Select(e => e.Name + " " + e.Version))]);
            return ExitCode.Ok;
        });
    }

    private static Command Set(GlobalOptions options, Terminal terminal)
    {
        var (name, database) = (PostgresCommands.Existing(options), Database());
        var owner = new Option<string?>("--owner") { Description = "A role of the spec, or app", HelpName = "ROLE" };
        var extensions = SpecOptions.Extensions("An extension to have in this database from now on; may be repeated");
        var without = SpecOptions.NoExtensions();
        var command = new Command("set", "Make a database, or change what is named of it") { name, database, owner, extensions, without, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var which = result.GetRequiredValue(database);
            return await PostgresCommands.ChangeAsync(
                session, result.GetRequiredValue(name),
                spec =>
                {
                    var before = spec.Databases?.FirstOrDefault(d => d.Name == which) ?? new PostgresDatabaseSpec(which);
                    var after = before with
                    {
                        Owner = result.GetValue(owner) ?? before.Owner,
                        Extensions = [.. (before.Extensions ?? []).Union(result.GetValue(extensions) ?? []).Except(result.GetValue(without) ?? [])],
                    };
                    return spec with { Databases = [.. (spec.Databases ?? []).Where(d => d.Name != which), after] };
                },
                $"{which} is as you asked.", token);
        });
    }

    private static Command Remove(GlobalOptions options, Terminal terminal)
    {
        var (name, database) = (PostgresCommands.Existing(options), Database());
        var command = new Command("remove", "Take a database off the spec; it stays, with what is in it, until its owner does DROP DATABASE") { name, database, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var which = result.GetRequiredValue(database);
            return await PostgresCommands.ChangeAsync(
                session, result.GetRequiredValue(name),
                spec => (spec.Databases ?? []).Any(d => d.Name == which)
                    ? spec with { Databases = [.. spec.Databases!.Where(d => d.Name != which)] }
                    : throw new CliException($"The spec has no database {which}.", ExitCode.NotFound),
                $"{which} is off the spec. What is in it is still there, until its owner drops it.", token);
        });
    }
}
