using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres role</c>: the roles of a PostgreSQL's spec, beside <c>app</c>.</summary>
internal static class PostgresRoleCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) =>
        new("role", "Roles in a PostgreSQL, beside app: who signs in, until when, and as a member of what; what SQL made is left alone")
        {
            List(options, terminal),
            Set(options, terminal),
            Remove(options, terminal),
            MaintainPostgres.OfRole(
                options, terminal, Role(), "rotate-password", "Replace a role's password (app's too); the one of before opens nothing any more, and who is signed in stays so",
                "{1} has a new password: beffroi postgres credentials {0} --role {1}"),
        };

    private static Argument<string> Role() => new("role") { Description = "The role's name", HelpName = "ROLE" };

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        return options.Run(terminal, new Command("list", "List the roles of the spec") { name }, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var now = await PostgresCommands.GetAsync(session, chosen, token);
            session.Results.List(
                now.Spec.Roles ?? [],
                wire => wire.PostgresRoleSpec,
                $"{chosen} has no role beside app, unless SQL made some. Make one: beffroi postgres role set {chosen} ROLE",
                ["ROLE", "LOGIN", "VALID UNTIL", "CONNECTIONS", "MEMBER OF", "OWNS"],
                r =>
                [
                    r.Name, r.Login, r.ValidUntil?.ToString("u", CultureInfo.InvariantCulture) ?? "no end", r.ConnectionLimit?.ToString(CultureInfo.InvariantCulture) ?? "no limit",
                    string.Join(", ", r.MemberOf ?? []), string.Join(", ", (now.Spec.Databases ?? []).Where(d => d.Owner == r.Name).Select(d => d.Name)),
                ]);
            return ExitCode.Ok;
        });
    }

    private static Command Set(GlobalOptions options, Terminal terminal)
    {
        var (name, role) = (PostgresCommands.Existing(options), Role());
        var login = new Option<string?>("--login") { Description = "How one signs in: with a password that the platform makes, with a client certificate for the role's name (postgres update --client-authority), or not at all", HelpName = "password|certificate|none" };
        var until = new Option<string?>("--valid-until") { Description = "From then on nobody signs in as it, and who is signed in is signed out; a day or a time (UTC)", HelpName = "TIME|never" };
        var limit = new Option<string?>("--connection-limit") { Description = "The most connections at one time, 1 to 10000", HelpName = "NUMBER|none" };
        var groups = new Option<string[]>("--member-of") { Description = "A role whose rights it has, e.g. app, pg_read_all_data or another of the spec; may be repeated", HelpName = "ROLE" };
        var without = new Option<string[]>("--no-member-of") { Description = "A role that it shall not be a member of any more; may be repeated", HelpName = "ROLE" };
        var command = new Command("set", "Make a role, or change what is named of it")
        {
            name, role, login, until, limit, groups, without, options.NoWait,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var (chosen, which) = (result.GetRequiredValue(name), result.GetRequiredValue(role));
            return await PostgresCommands.ChangeAsync(
                session, chosen,
                spec =>
                {
                    var before = spec.Roles?.FirstOrDefault(r => r.Name == which) ?? new PostgresRoleSpec(which);
                    var after = before with
                    {
                        Login = result.GetValue(login) ?? before.Login,
                        ValidUntil = result.GetValue(until) is { } end ? Until(end) : before.ValidUntil,
                        ConnectionLimit = result.GetValue(limit) is { } most ? Limit(most) : before.ConnectionLimit,
                        MemberOf = [.. (before.MemberOf ?? []).Union(result.GetValue(groups) ?? []).Except(result.GetValue(without) ?? [])],
                    };
                    return spec with { Roles = [.. (spec.Roles ?? []).Where(r => r.Name != which), after] };
                },
                $"{which} is as you asked. Its password, if it has one: beffroi postgres credentials {chosen} --role {which}", token);
        });
    }

    private static Command Remove(GlobalOptions options, Terminal terminal)
    {
        var (name, role) = (PostgresCommands.Existing(options), Role());
        var command = new Command("remove", "Sign a role out for good; it is dropped as soon as nothing in a database is its own") { name, role, options.NoWait };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var which = result.GetRequiredValue(role);
            return await PostgresCommands.ChangeAsync(
                session, result.GetRequiredValue(name),
                spec => (spec.Roles ?? []).Any(r => r.Name == which)
                    ? spec with { Roles = [.. spec.Roles!.Where(r => r.Name != which)] }
                    : throw new CliException($"The spec has no role {which}.", ExitCode.NotFound),
                $"Nobody signs in as {which} any more.", token);
        });
    }

    private static DateTimeOffset? Until(string text) =>
        text == "never" ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new CliException($"--valid-until: {text} is no time. Give it so: 2027-06-30 or 2027-06-30T18:00:00Z (without an offset it is UTC), or never.", ExitCode.Usage);

    private static int? Limit(string text) =>
        text == "none" ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new CliException($"--connection-limit: {text} is no number, and not none.", ExitCode.Usage);
}
