using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Policy;
using Beffroi.Hosts.Cli.Usage;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>operator</c>: the operator's own accounts, in a context of the operator's.</summary>
internal static class OperatorCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The account's name" };
        var roles = new Argument<string[]>("roles") { Description = "platform-administrator, capacity, support, platform-auditor", Arity = ArgumentArity.OneOrMore };
        roles.AcceptOnlyFromAmong("platform-administrator", "capacity", "support", "platform-auditor");
        var disabled = new Option<bool>("--disabled") { Description = "Switch the account off: its tokens stop at once" };
        var program = new Option<bool>("--service-account") { Description = "It is a program's: it accepts with a token, has no password, and is reviewed every quarter" };
        return new Command("operator", "The operator's accounts and zones (with a context of the operator's, e.g. --context admin)")
        {
            ZoneCommands.Create(options, terminal),
            PriceListCommands.Create(options, terminal),
            UsageCommands.OfOrganizations(options, terminal),
            options.Run(terminal, new Command("list", "List the accounts with their roles"), async (session, _, token) =>
            {
                var page = await session.Api.GetAsync(AccessPaths.Operators, ApiClient.Wire.PageOperatorAccount, token);
                session.Results.List(page.Items, wire => wire.OperatorAccount, "There are no accounts.", ["NAME", "KIND", "STATE", "ROLES"], o => [o.Name, o.Kind, o.State, string.Join(", ", o.Roles)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("invite", "Invite one of the operator's people: prints a code for them, which is valid once and for a week") { name, roles, program }, async (session, result, token) =>
            {
                var code = NewSecret.Invitation();
                var made = await PutAsync(session, result.GetRequiredValue(name), new PutOperatorAccount(result.GetRequiredValue(roles), false, NewSecret.Sha256(code), result.GetValue(program) ? "service-account" : null), token);
                return MemberCommands.Invited(session, made.Name, code);
            }),
            options.Run(terminal, new Command("reset", "Take an account's password and second factor away and end its sessions, at once: prints a code with which its person sets new ones") { name }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(AccessPaths.Operators, ApiClient.Wire.PageOperatorAccount, token);
                var account = page.Items.FirstOrDefault(o => o.Name == result.GetRequiredValue(name)) ?? throw new CliException($"There is no account {result.GetValue(name)}.", ExitCode.NotFound);
                var code = NewSecret.Invitation();
                var made = await PutAsync(session, account.Name, new PutOperatorAccount(account.Roles, account.State == "disabled", NewSecret.Sha256(code)), token);
                return MemberCommands.Invited(session, made.Name, code);
            }),
            options.Run(terminal, new Command("set", "Change an account's roles, or switch it off or on") { name, roles, disabled }, async (session, result, token) =>
            {
                var made = await PutAsync(session, result.GetRequiredValue(name), new PutOperatorAccount(result.GetRequiredValue(roles), result.GetValue(disabled)), token);
                session.Results.Value(made, wire => wire.OperatorAccount, writer => writer.WriteLine($"{made.Name} is {made.State}: {string.Join(", ", made.Roles)}"));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Remove an account: its tokens end at once") { name }, (session, result, token) => Removal.RunAsync(
                session, AccessPaths.Operators, result.GetRequiredValue(name), ApiClient.Wire.OperatorAccount, $"{result.GetValue(name)} is removed.", token)),
        };
    }

    private static async Task<OperatorAccount> PutAsync(Session session, string name, PutOperatorAccount content, CancellationToken cancellationToken) =>
        (await session.Api.ChangeAsync(
            HttpMethod.Put, AccessPaths.One(AccessPaths.Operators, name), content, ApiClient.Wire.PutOperatorAccount, ApiClient.Wire.OperatorAccount, Preconditions.None, cancellationToken))!;
}
