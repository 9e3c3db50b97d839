using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Policy;

/// <summary><c>policy</c>: which data may be where, by which rule, and why.</summary>
internal static class PolicyCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new(
        "policy",
        "Rules about which data may be where: what they say of a space, where they come from, an organization's own limits, and authorities' derogations")
    {
        Explain(options, terminal),
        Rules(options, terminal),
        ZoneCommands.Show(options, terminal, "zone", "Show what the operator declares of a zone: its country, owners, qualifications, sites, and laws that it is exposed to"),
        Limits(options, terminal),
        DerogationCommands.Create(options, terminal),
    };

    /// <summary>The organization's path.</summary>
    public static string Of(Session session, string? organization) => Paths.Organization(organization ?? session.Space.Organization) + "/policy";

    /// <summary>Whose.</summary>
    public static Option<string?> Organization() => new("--organization") { Description = "Whose [that of the context's space]", HelpName = "NAME" };

    /// <summary>What every rule says, for a person.</summary>
    public static void Write(TextWriter writer, SpacePolicy policy, bool styled)
    {
        Columns.Pairs(
            writer,
            ("Space", $"{policy.Organization}/{policy.Space}"), ("Zone", policy.Zone), ("Classification", policy.Classification), ("Label", Words(policy.Label)),
            ("Stated by", policy.StatedBy is { } by ? $"{by}, {policy.StatedAt:u}" : "nobody: this is what the classification is taken to mean; state one with `beffroi space label`"),
            ("On", policy.On.ToString("O", CultureInfo.InvariantCulture)));
        writer.WriteLine();
        Columns.Write(writer, styled, ["RULE", "OUTCOME", "UNTIL", "WHY"], policy.Rules.Select(r => new[] { r.Rule, r.Outcome, r.Until?.ToString("O", CultureInfo.InvariantCulture), r.Why is { } why ? r.Applies.En + " " + why.En : r.Applies.En }));
    }

    private static Command Explain(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string?>("space") { Description = "ORGANIZATION/SPACE, or a space's name in the context's organization [the context's]", Arity = ArgumentArity.ZeroOrOne };
        var postgres = new Option<string?>("--postgres") { Description = "A PostgreSQL in it: its data, backups and restores have the space's label", HelpName = "NAME" };
        return options.Run(terminal, new Command("explain", "Tell every rule, what it says of a space today, and why") { name, postgres }, async (session, result, token) =>
        {
            var space = result.GetValue(name) is { } text ? SpaceName.Parse(text) ?? new SpaceName(session.Space.Organization, text) : session.Space;
            if (result.GetValue(postgres) is { } one)
            {
                await session.Api.GetAsync(Paths.Postgres(space, one), ApiClient.Wire.ResourcePostgresSpecPostgresStatus, token);
            }

            var policy = await session.Api.GetAsync(Paths.Space(space) + "/policy", ApiClient.Wire.SpacePolicy, token);
            session.Results.Value(policy, wire => wire.SpacePolicy, writer => Write(writer, policy, session.Terminal.Interactive));
            return ExitCode.Ok;
        });
    }

    private static Command Rules(GlobalOptions options, Terminal terminal) =>
        options.Run(terminal, new Command("rules", "List the rules, with where they come from; -o json has their texts, in English and French"), async (session, _, token) =>
        {
            var page = await session.Api.GetAsync(session.Root + "/v1/policy/rules", ApiClient.Wire.PagePolicyRule, token);
            session.Results.List(page.Items, wire => wire.PolicyRule, "There are no rules.", ["RULE", "TITLE", "DEROGATION", "SOURCE"], r => [r.Id, r.Title.En, r.Derogable ? "possible" : "-", r.Source.En]);
            return ExitCode.Ok;
        });

    private static Command Limits(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        var country = new Option<string[]>("--country") { Description = "Only this country, e.g. FR; can be repeated; none: no limit", HelpName = "CODE", AllowMultipleArgumentsPerToken = true };
        var site = new Option<string[]>("--site") { Description = "Only this site, as the zone declares it; can be repeated; none: no limit", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
        return new Command("limits", "Where the organization lets its data be, beyond what the law asks for")
        {
            options.Run(terminal, new Command("show", "Show the limits") { organization }, async (session, result, token) =>
            {
                Show(session, await session.Api.GetAsync(Of(session, result.GetValue(organization)) + "/limits", ApiClient.Wire.PolicyLimits, token));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("set", "Set all of the limits") { organization, country, site }, async (session, result, token) =>
            {
                var wanted = new PolicyLimits(Some(result.GetValue(country)), Some(result.GetValue(site)));
                Show(session, (await session.Api.ChangeAsync(
                    HttpMethod.Put, Of(session, result.GetValue(organization)) + "/limits", wanted, ApiClient.Wire.PolicyLimits, ApiClient.Wire.PolicyLimits, Preconditions.None, token))!);
                return ExitCode.Ok;
            }),
        };
    }

    private static string[]? Some(string[]? values) => values is { Length: > 0 } ? values : null;

    private static void Show(Session session, PolicyLimits limits) => session.Results.Value(limits, wire => wire.PolicyLimits, writer => Columns.Pairs(
        writer, ("Countries", limits.Countries is { } countries ? string.Join(", ", countries) : "no limit"), ("Sites", limits.Sites is { } sites ? string.Join(", ", sites) : "no limit")));

    private static string Words(SpaceLabel label) => string.Join(", ", new[]
    {
        label.Evaluation ? "an evaluation, no real data" : null,
        "controller " + label.Controller,
        label.Secret is { Count: > 0 } secret ? "secret: " + string.Join("/", secret) : null,
        label.EssentialMission ? "essential mission" : null,
        label.Harms is { Count: > 0 } harms ? "a breach harms: " + string.Join("/", harms) : null,
        label.Personal ? "personal" : null,
        label.Health ? "health" : null,
        label.Snds ? "SNDS" : null,
        label.R9Chosen ? "R9 chosen" : null,
        label.SelfHosted ? "hosted for itself" : null,
    }.OfType<string>());
}
