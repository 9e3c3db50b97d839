using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Policy;

/// <summary><c>policy derogation</c>: what authorities granted.</summary>
internal static class DerogationCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = PolicyCommands.Organization();
        var name = new Argument<string>("name") { Description = "The organization's name for it" };
        var rule = new Option<string[]>("--rule") { Description = "From which rule; can be repeated", HelpName = "ID", Required = true, AllowMultipleArgumentsPerToken = true };
        var space = new Option<string>("--for") { Description = "For which space, which may be still to come", HelpName = "SPACE", Required = true };
        var authority = new Option<string>("--authority") { Description = "Who granted it", HelpName = "TEXT", Required = true };
        var reference = new Option<string>("--reference") { Description = "Which decision it is", HelpName = "TEXT", Required = true };
        var publication = new Option<string>("--published") { Description = "Where it is published", HelpName = "URL", Required = true };
        var expires = new Option<DateOnly>("--expires") { Description = "The last day on which it holds", HelpName = "YYYY-MM-DD", Required = true };
        return new Command("derogation", "Derogations from rules that authorities granted and published, as the organization records them")
        {
            options.Run(terminal, new Command("list", "List the derogations, also those that have expired") { organization }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(All(session, result.GetValue(organization)), ApiClient.Wire.PageDerogation, token);
                session.Results.List(page.Items, wire => wire.Derogation, "There are no derogations.", ["NAME", "RULES", "SPACE", "AUTHORITY", "REFERENCE", "EXPIRES", "PUBLISHED", "RECORDED BY"], d =>
                    [d.Name, string.Join(", ", d.Rules), d.Space, d.Authority, d.Reference, Day(d.Expires), d.Publication, d.RecordedBy]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Record one, or all of it anew") { name, rule, space, authority, reference, publication, expires, organization }, async (session, result, token) =>
            {
                var wanted = new PutDerogation(
                    result.GetRequiredValue(rule), result.GetRequiredValue(space), result.GetRequiredValue(authority), result.GetRequiredValue(reference), result.GetRequiredValue(publication),
                    result.GetRequiredValue(expires));
                var made = (await session.Api.ChangeAsync(
                    HttpMethod.Put, $"{All(session, result.GetValue(organization))}/{Uri.EscapeDataString(result.GetRequiredValue(name))}", wanted, ApiClient.Wire.PutDerogation, ApiClient.Wire.Derogation,
                    Preconditions.None, token))!;
                session.Results.Value(made, wire => wire.Derogation, writer => writer.WriteLine(Columns.Printable($"{made.Name}: {string.Join(", ", made.Rules)} for {made.Space}, until {Day(made.Expires)}.")));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Remove one; the ledger keeps that it was there") { name, organization }, (session, result, token) => Removal.RunAsync(
                session, All(session, result.GetValue(organization)), result.GetRequiredValue(name), ApiClient.Wire.Derogation, $"{result.GetValue(name)} is removed.", token)),
        };
    }

    private static string All(Session session, string? organization) => PolicyCommands.Of(session, organization) + "/derogations";

    private static string Day(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);
}
