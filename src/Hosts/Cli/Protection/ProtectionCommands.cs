using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Keys;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Protection;

/// <summary><c>safeguard</c> and <c>approval</c>: what protects an organization from a mistake, and from one person alone.</summary>
internal static class ProtectionCommands
{
    public static Command Safeguard(GlobalOptions options, Terminal terminal)
    {
        var organization = KeyCommands.Organization();
        return new Command("safeguard", "The grace of deletions, the two-person rule, and which keys agree to the operator's access")
        {
            options.Run(terminal, new Command("show", "Show the safeguards") { organization }, async (session, result, token) =>
            {
                Show(session, await session.Api.GetAsync(Paths.Safeguards(result.GetValue(organization) ?? session.Space.Organization), ApiClient.Wire.Safeguards, token));
                return ExitCode.Ok;
            }),
            Set(options, terminal),
        };
    }

    public static Command Approval(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Whose [that of the context's space]", HelpName = "NAME" };
        return new Command("approval", "Requests that wait for a second person")
        {
            options.Run(terminal, new Command("list", "List them, the newest first") { organization }, async (session, result, token) =>
            {
                var owner = result.GetValue(organization) ?? session.Space.Organization;
                var page = await session.Api.GetAsync(Paths.Approvals(owner) + "?limit=100", ApiClient.Wire.PageApproval, token);
                session.Results.List(page.Items, wire => wire.Approval, $"Nothing waits or waited for a second person in {owner}.", ["ID", "STATE", "ACTION", "SUBJECT", "ASKED BY", "DECIDED BY", "EXPIRES"], a =>
                    [a.Id.ToString(), a.State, a.Action, a.Subject, a.RequestedBy, a.DecidedBy, a.ExpiresAt.ToString("u", CultureInfo.InvariantCulture)]);
                return ExitCode.Ok;
            }),
            Decide(options, terminal, "approve", "Approve another's request; they send it again then", organization),
            Decide(options, terminal, "refuse", "Refuse a request, or take back your own", organization),
        };
    }

    private static Command Set(GlobalOptions options, Terminal terminal)
    {
        var organization = KeyCommands.Organization();
        var grace = new Option<int?>("--deletion-grace") { Description = "How long a deletion can be undone, 0 to 8760 hours", HelpName = "HOURS" };
        var immediate = OnOff("--immediate-deletion", "Whether a deletion may ask for no grace");
        var rule = OnOff("--two-person-rule", "Whether sealing, unsealing, rotation, immediate deletion, shorter retention of backups and these settings need a second person");
        var passkeys = OnOff("--passkey-consents", "Whether passkeys may sign what is shown to the operator's people, beside keys on approvers' own machines");
        var command = new Command("set", "Change the safeguards; what isn't named stays") { organization, grace, immediate, rule, passkeys };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var path = Paths.Safeguards(result.GetValue(organization) ?? session.Space.Organization);
            var now = await session.Api.GetAsync(path, ApiClient.Wire.Safeguards, token);
            var wanted = new Safeguards(
                result.GetValue(grace) ?? now.DeletionGraceHours,
                result.GetValue(immediate) is { } allowed ? allowed == "on" : now.ImmediateDeletion,
                result.GetValue(rule) is { } two ? two == "on" : now.TwoPersonRule,
                result.GetValue(passkeys) is { } consents ? consents == "on" : now.PasskeyConsents);
            Show(session, (await session.Api.ChangeAsync(HttpMethod.Put, path, wanted, ApiClient.Wire.Safeguards, ApiClient.Wire.Safeguards, Preconditions.None, token))!);
            return ExitCode.Ok;
        });
    }

    private static Command Decide(GlobalOptions options, Terminal terminal, string verb, string description, Option<string?> organization)
    {
        var id = new Argument<Guid>("id") { Description = "As `approval list` shows it", HelpName = "ID" };
        return options.Run(terminal, new Command(verb, description) { id, organization }, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            var decided = await session.Api.PostAsync($"{Paths.Approvals(owner)}/{result.GetValue(id):D}/{verb}", ApiClient.Wire.Approval, token);
            session.Results.Value(decided!, wire => wire.Approval, writer => writer.WriteLine(Columns.Printable(
                decided!.State == "approved" ? $"Approved: {decided.Subject}. {decided.RequestedBy} sends the request again now." : $"Refused: {decided.Subject}.")));
            return ExitCode.Ok;
        });
    }

    private static Option<string?> OnOff(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "on|off" };
        option.AcceptOnlyFromAmong("on", "off");
        return option;
    }

    private static void Show(Session session, Safeguards safeguards) => session.Results.Value(safeguards, wire => wire.Safeguards, writer => Columns.Pairs(
        writer,
        ("Deletion grace", string.Create(CultureInfo.InvariantCulture, $"{safeguards.DeletionGraceHours} h")),
        ("Immediate deletion", safeguards.ImmediateDeletion ? "on: a deletion may ask for no grace" : "off"),
        ("Two-person rule", safeguards.TwoPersonRule ? "on" : "off"),
        ("Passkeys sign consents", safeguards.PasskeyConsents ? "on" : "off")));
}
