using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Access;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Isolation;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Policy;

namespace Beffroi.Hosts.Cli.Tenancy;

/// <summary><c>organization</c> and <c>space</c>.</summary>
internal static class TenancyCommands
{
    private static readonly string[] Classifications = ["open", "internal", "sensitive", "health"];

    public static Command Organization(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The organization's name" };
        var owner = new Option<string>("--owner") { Description = "The name of its first user, its owner", Required = true, HelpName = "NAME" };
        return new Command("organization", "Organizations: the customers")
        {
            options.Run(terminal, new Command("list", "List the organizations you may see"), async (session, _, token) =>
            {
                var items = await Pages.AllAsync(session.Api, session.IsOperator ? Paths.OperatorOrganizations : Paths.Organizations, ApiClient.Wire.PageOrganization, token);
                session.Results.List(items, wire => wire.Organization, "There are no organizations.", ["NAME", "CREATED"], o => [o.Name, o.CreatedAt.ToString("u", CultureInfo.InvariantCulture)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("show", "Show an organization") { name }, async (session, result, token) =>
            {
                var organization = await session.Api.GetAsync(
                    session.IsOperator ? Paths.OperatorOrganization(result.GetRequiredValue(name)) : Paths.Organization(result.GetRequiredValue(name)), ApiClient.Wire.Organization, token);
                session.Results.Value(organization, wire => wire.Organization, writer => Columns.Pairs(
                    writer, ("Organization", organization.Name), ("Id", organization.Id.ToString()), ("Created", organization.CreatedAt.ToString("u", CultureInfo.InvariantCulture))));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("create", "Create an organization (with a context of the operator's): prints a code for its first owner, which is valid once and for a week") { name, owner }, async (session, result, token) =>
            {
                if (!session.IsOperator)
                {
                    throw new CliException("Only the operator's people create organizations: use a context of theirs, e.g. --context admin.", ExitCode.Usage);
                }

                var code = NewSecret.Invitation();
                var made = (await session.Api.ChangeAsync(
                    HttpMethod.Put, Paths.OperatorOrganization(result.GetRequiredValue(name)), new PutOrganization(result.GetRequiredValue(owner), OwnerInvitationSha256: NewSecret.Sha256(code)),
                    ApiClient.Wire.PutOrganization, ApiClient.Wire.Organization, Preconditions.None, token))!;
                session.Terminal.Error.WriteLine(Columns.Printable(
                    $"{made.Name} is there. Give {result.GetValue(owner)} this code over a channel you trust; it is not shown again. They set a password with it on the customers' side, at /enrol, or get a token: {InstallationName.FromEnvironment().Name} invitation accept"));
                return session.Terminal.Tell(session.Results.Json, new JsonObject { ["name"] = made.Name, ["owner"] = result.GetValue(owner), ["code"] = code }, code);
            }),
        };
    }

    public static Command Space(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Whose [that of the context's space]", HelpName = "NAME" };
        var name = new Argument<string>("name") { Description = "ORGANIZATION/SPACE, or a space's name in the context's organization" };
        var classification = new Option<string?>("--classification")
        {
            Description = "How sensitive its data are, short for a label; with --label, what the label must amount to",
            HelpName = string.Join('|', Classifications),
        };
        var evaluation = new Option<bool>("--evaluation") { Description = "There will be no real data: what a rule would refuse is then a warning" };
        var label = new Option<string?>("--label") { Description = "What its data are, as JSON: controller, secret, essentialMission, harms, personal, health, snds, r9Chosen, selfHosted, evaluation", HelpName = "FILE" };
        var stated = new Argument<string>("file") { Description = "All of the label, as JSON (`policy explain -o json` has the present one)", HelpName = "FILE" };
        classification.AcceptOnlyFromAmong(Classifications);
        var zone = new Option<string>("--zone") { Description = "Where its resources run", DefaultValueFactory = _ => "local", HelpName = "NAME" };
        return new Command("space", "Spaces: isolated networks with a classification")
        {
            EgressCommands.Create(options, terminal),
            PeerCommands.Create(options, terminal),
            options.Run(terminal, new Command("list", "List an organization's spaces") { organization }, async (session, result, token) =>
            {
                var owner = result.GetValue(organization) ?? session.Space.Organization;
                var items = await Pages.AllAsync(session.Api, Paths.Spaces(owner), ApiClient.Wire.PageSpace, token);
                session.Results.List(items, wire => wire.Space, $"{owner} has no spaces.", ["SPACE", "CLASSIFICATION", "ZONE", "NETWORK"], s =>
                    [s.Organization + "/" + s.Name, s.Classification, s.Zone, s.Network]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("show", "Show a space and what is observed of it") { name }, async (session, result, token) =>
            {
                var text = result.GetRequiredValue(name);
                var space = SpaceName.Parse(text) ?? new SpaceName(session.Space.Organization, text);
                var found = await session.Api.GetAsync(Paths.Space(space), ApiClient.Wire.Space, token);
                session.Results.Value(found, wire => wire.Space, writer => Columns.Pairs(
                    writer,
                    [
                        ("Space", space.ToString()), ("Id", found.Id.ToString()), ("Classification", found.Classification), ("Zone", found.Zone), ("Network", found.Network),
                        .. (found.Conditions ?? []).Select(c => ((string, string?))(c.Type, $"{c.Holds switch { true => "true", false => "FALSE", null => "unknown" }} ({c.Reason}, {c.Since:u}) {c.Message}")),
                    ]));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("create", "Create a space; say what its data are: --classification, --label or --evaluation") { name, classification, evaluation, label, zone }, async (session, result, token) =>
            {
                var text = result.GetRequiredValue(name);
                var space = SpaceName.Parse(text) ?? new SpaceName(session.Space.Organization, text);
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put,
                    Paths.Space(space),
                    new PutSpace(
                        result.GetValue(classification), result.GetRequiredValue(zone), result.GetValue(evaluation),
                        result.GetValue(label) is { } file ? await JsonFile.ReadAsync(file, WireJson.Default.SpaceLabel, "a space's label", token) : null),
                    ApiClient.Wire.PutSpace,
                    ApiClient.Wire.Space,
                    Preconditions.None,
                    token);
                session.Results.Value(made!, wire => wire.Space, writer => writer.WriteLine($"Space {space} is there, network {made!.Network}."));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("label", "State what a space's data are; what the rules say of it then is shown") { name, stated }, async (session, result, token) =>
            {
                var text = result.GetRequiredValue(name);
                var space = SpaceName.Parse(text) ?? new SpaceName(session.Space.Organization, text);
                var wanted = await JsonFile.ReadAsync(result.GetRequiredValue(stated), WireJson.Default.SpaceLabel, "a space's label", token);
                var policy = (await session.Api.ChangeAsync(
                    HttpMethod.Put, Paths.Space(space) + "/label", wanted, ApiClient.Wire.SpaceLabel, ApiClient.Wire.SpacePolicy, Preconditions.None, token))!;
                session.Results.Value(policy, wire => wire.SpacePolicy, writer => PolicyCommands.Write(writer, policy, session.Terminal.Interactive));
                return ExitCode.Ok;
            }),
        };
    }
}
