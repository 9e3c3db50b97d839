using System.CommandLine;
using System.Globalization;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Alerts;

/// <summary><c>alert</c>: what needs attention, and who is told of it.</summary>
internal static class AlertCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Whose [that of the context's space]", HelpName = "NAME" };
        var open = new Option<bool>("--open") { Description = "Only those that are open" };
        return new Command("alert", "What needs a person's attention, and who is told of it by webhook or e-mail")
        {
            options.Run(terminal, new Command("list", "List alerts: those that are open first, then those that were, the newest first") { open, organization }, async (session, result, token) =>
            {
                var items = await Pages.AllAsync(
                    session.Api, Paths.Alerts(result.GetValue(organization) ?? session.Space.Organization), ApiClient.Wire.PageAlert, token, result.GetValue(open) ? "state=open" : null);
                session.Results.List(items, wire => wire.Alert, "There are no alerts.", ["STATE", "SEVERITY", "SUBJECT", "WHAT", "KIND", "SINCE", "RESOLVED"], a =>
                    [a.State, a.Severity, a.Subject, a.Text.Length > 0 ? $"{a.Title} ({a.Text})" : a.Title, a.Kind, Time(a.Since), Time(a.ResolvedAt)]);
                return ExitCode.Ok;
            }),
            AlertReceiverCommands.Create(options, terminal, organization),
        };
    }

    internal static string? Time(DateTimeOffset? at) => at?.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture);
}
