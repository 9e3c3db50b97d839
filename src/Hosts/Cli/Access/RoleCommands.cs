using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>role</c>: what roles there are, and who has which where.</summary>
internal static class RoleCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var role = new Argument<string>("role") { Description = "The role's name" };
        var permissions = new Argument<string[]>("permissions") { Description = "All that it shall have, e.g. postgres.read", Arity = ArgumentArity.OneOrMore };
        var description = new Option<string>("--description") { Description = "For people", DefaultValueFactory = _ => "", HelpName = "TEXT" };
        var member = new Option<string?>("--member") { Description = "A user or service account", HelpName = "NAME" };
        var group = new Option<string?>("--group") { Description = "A group", HelpName = "NAME" };
        var inSpace = new Option<string?>("--in") { Description = "Only in this space of the organization", HelpName = "SPACE" };
        var resource = new Option<string?>("--on") { Description = "Only on this resource of the space", HelpName = "KIND/NAME" };
        var id = new Argument<Guid>("id") { Description = "The grant's id, see `beffroi role grants`", HelpName = "ID" };
        return new Command("role", "Roles: named sets of permissions, and who has which where")
        {
            options.Run(terminal, new Command("list", "List the roles with their permissions"), async (session, _, token) =>
            {
                var page = await session.Api.GetAsync(AccessPaths.Roles(session.Space.Organization), ApiClient.Wire.PageRole, token);
                session.Results.List(page.Items, wire => wire.Role, "There are no roles.", ["ROLE", "KIND", "PERMISSIONS"], r =>
                    [r.Name, r.BuiltIn ? "built-in" : "own", string.Join(" ", r.Permissions)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Create a role of your organization's own, or change its permissions") { role, permissions, description }, async (session, result, token) =>
            {
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put,
                    AccessPaths.One(AccessPaths.Roles(session.Space.Organization), result.GetRequiredValue(role)),
                    new PutRole(result.GetRequiredValue(permissions), result.GetRequiredValue(description)),
                    ApiClient.Wire.PutRole,
                    ApiClient.Wire.Role,
                    Preconditions.None,
                    token);
                session.Results.Value(made!, wire => wire.Role, writer => writer.WriteLine($"Role {made!.Name}: {string.Join(" ", made.Permissions)}"));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Remove a role of your organization's own, which nobody has any more") { role }, (session, result, token) => Removal.RunAsync(
                session, AccessPaths.Roles(session.Space.Organization), result.GetRequiredValue(role), ApiClient.Wire.Role, $"Role {result.GetValue(role)} is removed.", token)),
            options.Run(terminal, new Command("grants", "List who has which role where"), async (session, _, token) =>
            {
                var items = await Pages.AllAsync(session.Api, AccessPaths.Grants(session.Space.Organization), ApiClient.Wire.PageGrant, token);
                session.Results.List(items, wire => wire.Grant, "Nobody has a role.", ["ID", "WHO", "ROLE", "WHERE"], g =>
                    [g.Id.ToString(), g.Member ?? "group " + g.Group, g.Role, g.Space is null ? "everywhere" : g.Resource is null ? g.Space : g.Space + " " + g.Resource]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("grant", "Grant a role, in the whole organization unless --in says where") { role, member, group, inSpace, resource }, async (session, result, token) =>
            {
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put,
                    AccessPaths.Grants(session.Space.Organization),
                    new PutGrant(result.GetRequiredValue(role), result.GetValue(member), result.GetValue(group), result.GetValue(inSpace), result.GetValue(resource)),
                    ApiClient.Wire.PutGrant,
                    ApiClient.Wire.Grant,
                    Preconditions.None,
                    token);
                session.Results.Value(made!, wire => wire.Grant, writer => writer.WriteLine($"{made!.Member ?? "group " + made.Group} has the role {made.Role}{(made.Space is null ? "" : " in " + made.Space)}{(made.Resource is null ? "" : " on " + made.Resource)}."));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("revoke", "Withdraw a granted role, at once") { id }, (session, result, token) => Removal.RunAsync(
                session, AccessPaths.Grants(session.Space.Organization), result.GetRequiredValue(id).ToString("D"), ApiClient.Wire.Grant, "The role is withdrawn.", token)),
        };
    }
}
