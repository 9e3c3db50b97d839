using System.CommandLine;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres parameters</c> and <c>postgres extensions</c>: what there is to choose from.</summary>
internal static class OfferCommands
{
    public static Command Parameters(GlobalOptions options, Terminal terminal)
    {
        var (version, size, storage) = (SpecOptions.Version(), SpecOptions.Size(), SpecOptions.Storage());
        var search = new Argument<string?>("text") { Description = "Only those with this in their name or description", Arity = ArgumentArity.ZeroOrOne };
        var list = new Command("list", "List the parameters that can be set, with what each can be for a size and storage") { search, version, size, storage };
        return new Command("parameters", "PostgreSQL's own settings: set them with --parameter NAME=VALUE at create and update")
        {
            options.Run(terminal, list, async (session, result, token) =>
            {
                var query = string.Join('&', new (string Name, string? Value)[] { ("version", result.GetValue(version)), ("size", result.GetValue(size)), ("storage", result.GetValue(storage)) }
                    .Where(q => q.Value is not null).Select(q => q.Name + "=" + Uri.EscapeDataString(q.Value!)));
                var all = await session.Api.GetAsync(Paths.PostgresParameters(session.Space) + (query.Length > 0 ? "?" + query : ""), ApiClient.Wire.PagePostgresParameter, token);
                var text = result.GetValue(search) ?? "";
                session.Results.List(
                    [.. all.Items.Where(p => p.Name.Contains(text, StringComparison.OrdinalIgnoreCase) || p.Description.Contains(text, StringComparison.OrdinalIgnoreCase))],
                    wire => wire.PostgresParameter,
                    $"No parameter has {text} in it.",
                    ["NAME", "VALUES", "DEFAULT", "RESTART", "DESCRIPTION"],
                    p => [p.Name, Values(p), p.Default ?? "by size", p.NeedsRestart ? "yes" : "no", p.Description]);
                return ExitCode.Ok;
            }),
        };
    }

    public static Command Extensions(GlobalOptions options, Terminal terminal) =>
        new("extensions", "PostgreSQL's extensions: have them made with --extension NAME at create and update, or by CREATE EXTENSION as the database's owner")
        {
            options.Run(terminal, new Command("list", "List the extensions that can be had"), async (session, _, token) =>
            {
                var all = await session.Api.GetAsync(Paths.PostgresExtensions(session.Space), ApiClient.Wire.PagePostgresExtensionOffer, token);
                session.Results.List(all.Items, wire => wire.PostgresExtensionOffer, "There is none.", ["NAME", "DESCRIPTION"], e => [e.Name, e.Description]);
                return ExitCode.Ok;
            }),
        };

    private static string Values(Contracts.Postgres.PostgresParameter p) =>
        p.Allowed is { } allowed ? allowed.Count <= 4 ? string.Join(" | ", allowed) : $"{allowed[0]} | {allowed[1]} | … ({allowed.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)})"
        : p.Min is null ? "the name of a role"
        : $"{p.Min} to {p.Max}{(p.Special is { } special ? $", {special}" : "")}";
}
