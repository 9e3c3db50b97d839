using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>member</c>, <c>service-account</c> and <c>group</c>.</summary>
internal static class MemberCommands
{
    public static Command Member(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The user's name" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        return new Command("member", "The users of your organization")
        {
            options.Run(terminal, new Command("list", "List the users"), async (session, _, token) =>
            {
                var items = await Pages.AllAsync(session.Api, AccessPaths.Members(session.Space.Organization), ApiClient.Wire.PageMember, token);
                session.Results.List(items, wire => wire.Member, "There are no users.", ["NAME", "STATE", "GROUPS"], m => [m.Name, m.State, string.Join(", ", m.Groups)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("invite", "Invite a user: prints a code for them, which is valid once and for a week. Grant them roles with `beffroi role grant`") { name }, async (session, result, token) =>
            {
                var code = NewSecret.Invitation();
                var member = await PutAsync(session, result.GetRequiredValue(name), new PutMember(InvitationSha256: NewSecret.Sha256(code)), token);
                return Invited(session, member.Name, code);
            }),
            options.Run(terminal, new Command("reset", "Take a user's password and second factor away and end their sessions, at once: prints a code with which they set new ones") { name, yes }, async (session, result, token) =>
            {
                var user = result.GetRequiredValue(name);
                if (!result.GetValue(yes))
                {
                    Confirmation.Ask(terminal, $"{user}'s password, second factor and recovery codes end, and all their sessions. Tokens that they made stay.", user);
                }

                // Nobody comes into being by a slip of the finger, nor is switched on again.
                var known = await session.Api.GetAsync(AccessPaths.One(AccessPaths.Members(session.Space.Organization), user), ApiClient.Wire.Member, token);
                var code = NewSecret.Invitation();
                var member = await PutAsync(session, user, new PutMember(known.State == "disabled", NewSecret.Sha256(code)), token);
                return Invited(session, member.Name, code);
            }),
            options.Run(terminal, new Command("disable", "Switch a user off: their tokens stop at once") { name }, async (session, result, token) =>
            {
                var member = await PutAsync(session, result.GetRequiredValue(name), new PutMember(Disabled: true), token);
                session.Results.Value(member, wire => wire.Member, writer => writer.WriteLine($"{member.Name} is disabled."));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("enable", "Switch a user on again") { name }, async (session, result, token) =>
            {
                var member = await PutAsync(session, result.GetRequiredValue(name), new PutMember(), token);
                session.Results.Value(member, wire => wire.Member, writer => writer.WriteLine($"{member.Name} is {member.State}."));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Remove a user: their tokens end at once") { name, yes }, async (session, result, token) =>
            {
                var member = result.GetRequiredValue(name);
                if (!result.GetValue(yes))
                {
                    Confirmation.Ask(terminal, $"{member} is removed from {session.Space.Organization}, with every role and token.", member);
                }

                return await Removal.RunAsync(session, AccessPaths.Members(session.Space.Organization), member, ApiClient.Wire.Member, $"{member} is removed.", token);
            }),
        };
    }

    public static Command ServiceAccount(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The service account's name" };
        return new Command("service-account", "Accounts of programs; their tokens: `beffroi token … --service-account NAME`")
        {
            options.Run(terminal, new Command("list", "List the service accounts"), async (session, _, token) =>
            {
                var items = await Pages.AllAsync(session.Api, AccessPaths.ServiceAccounts(session.Space.Organization), ApiClient.Wire.PageServiceAccount, token);
                session.Results.List(items, wire => wire.ServiceAccount, "There are no service accounts.", ["NAME", "STATE", "GROUPS"], m => [m.Name, m.State, string.Join(", ", m.Groups)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("create", "Create a service account, or switch it on again") { name }, (session, result, token) => Switch(session, result.GetRequiredValue(name), false, token)),
            ServiceAccountKeyCommands.Key(options, terminal),
            ServiceAccountKeyCommands.AccessToken(options, terminal),
            WorkloadIdentityCommands.Create(options, terminal),
            options.Run(terminal, new Command("disable", "Switch a service account off: its tokens stop at once") { name }, (session, result, token) => Switch(session, result.GetRequiredValue(name), true, token)),
            options.Run(terminal, new Command("remove", "Remove a service account: its tokens end at once") { name }, (session, result, token) => Removal.RunAsync(
                session, AccessPaths.ServiceAccounts(session.Space.Organization), result.GetRequiredValue(name), ApiClient.Wire.ServiceAccount, $"{result.GetValue(name)} is removed.", token)),
        };
    }

    public static Command Group(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The group's name" };
        var members = new Argument<string[]>("members") { Description = "Users and service accounts: all that shall be in it", Arity = ArgumentArity.ZeroOrMore };
        return new Command("group", "Groups of users and service accounts, to grant roles to")
        {
            options.Run(terminal, new Command("list", "List the groups"), async (session, _, token) =>
            {
                var items = await Pages.AllAsync(session.Api, AccessPaths.Groups(session.Space.Organization), ApiClient.Wire.PageGroup, token);
                session.Results.List(items, wire => wire.Group, "There are no groups.", ["NAME", "MEMBERS"], g => [g.Name, string.Join(", ", g.Members)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Create a group, or say anew who is in it") { name, members }, async (session, result, token) =>
            {
                var group = await session.Api.ChangeAsync(
                    HttpMethod.Put,
                    AccessPaths.One(AccessPaths.Groups(session.Space.Organization), result.GetRequiredValue(name)),
                    new PutGroup(result.GetValue(members) ?? []),
                    ApiClient.Wire.PutGroup,
                    ApiClient.Wire.Group,
                    Preconditions.None,
                    token);
                session.Results.Value(group!, wire => wire.Group, writer => writer.WriteLine($"Group {group!.Name}: {(group.Members.Count == 0 ? "nobody" : string.Join(", ", group.Members))}"));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Remove a group and what was granted to it") { name }, (session, result, token) => Removal.RunAsync(
                session, AccessPaths.Groups(session.Space.Organization), result.GetRequiredValue(name), ApiClient.Wire.Group, $"Group {result.GetValue(name)} is removed.", token)),
        };
    }

    /// <summary>Hands the code out, on standard output alone.</summary>
    internal static int Invited(Session session, string name, string code)
    {
        session.Terminal.Error.WriteLine(
            $"{name} is invited. Give them this code over a channel you trust; it is not shown again. They set a password with it at {new Uri(session.Api.Server, "/enrol").AbsoluteUri} and then use: {InstallationName.FromEnvironment().Name} login. Or, for a token: {InstallationName.FromEnvironment().Name} invitation accept");
        return session.Terminal.Tell(session.Results.Json, new JsonObject { ["name"] = name, ["code"] = code }, code);
    }

    private static async Task<Member> PutAsync(Session session, string name, PutMember content, CancellationToken cancellationToken) =>
        (await session.Api.ChangeAsync(
            HttpMethod.Put, AccessPaths.One(AccessPaths.Members(session.Space.Organization), name), content, ApiClient.Wire.PutMember, ApiClient.Wire.Member, Preconditions.None, cancellationToken))!;

    private static async Task<int> Switch(Session session, string name, bool disabled, CancellationToken cancellationToken)
    {
        var account = await session.Api.ChangeAsync(
            HttpMethod.Put,
            AccessPaths.One(AccessPaths.ServiceAccounts(session.Space.Organization), name),
            new PutServiceAccount(disabled),
            ApiClient.Wire.PutServiceAccount,
            ApiClient.Wire.ServiceAccount,
            Preconditions.None,
            cancellationToken);
        session.Results.Value(account!, wire => wire.ServiceAccount, writer => writer.WriteLine($"Service account {account!.Name} is {account.State}."));
        return ExitCode.Ok;
    }
}
