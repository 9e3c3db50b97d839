using System.CommandLine;
using System.CommandLine.Completions;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli;

/// <summary>What a shell offers beside the commands and options themselves. Silent when it can't tell, and quick.</summary>
internal static class Completions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IEnumerable<string> Contexts()
    {
        try
        {
            return ContextStore.ForUser(InstallationName.FromEnvironment().Name).Load().Contexts.Keys;
        }
        catch (CliException)
        {
            return [];
        }
    }

    /// <summary>For when a shell asks: the line that it has begins with the command of this installation.</summary>
    public static void KnowOwnName(RootCommand root)
    {
        try
        {
            if (InstallationName.FromEnvironment().Name is var name && name != root.Name)
            {
                root.Aliases.Add(name);
            }
        }
        catch (CliException)
        {
            // Then no command has this name.
        }
    }

    public static async Task<IEnumerable<string>> Spaces(Session session, CancellationToken cancellationToken)
    {
        var organization = session.Space.Organization;
        var page = await session.Api.GetAsync(Paths.Spaces(organization) + "?limit=100", ApiClient.Wire.PageSpace, cancellationToken);
        return page.Items.Select(s => organization + "/" + s.Name);
    }

    public static async Task<IEnumerable<string>> Sessions(Session session, CancellationToken cancellationToken)
    {
        var page = await session.Api.GetAsync(Access.AccessPaths.Sessions(session, null), ApiClient.Wire.PageSignInSession, cancellationToken);
        return page.Items.Select(s => s.Id.ToString("D"));
    }

    public static async Task<IEnumerable<string>> Postgres(Session session, CancellationToken cancellationToken)
    {
        var page = await session.Api.GetAsync(Paths.Postgres(session.Space) + "?limit=100", ApiClient.Wire.PageResourcePostgresSpecPostgresStatus, cancellationToken);
        return page.Items.Select(r => r.Name);
    }

    /// <summary>Names asked from the API, none if it doesn't answer in time.</summary>
    public static IEnumerable<string> Names(GlobalOptions options, CompletionContext context, Func<Session, CancellationToken, Task<IEnumerable<string>>> ask)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            using var session = Session.Open(options, context.ParseResult, Terminal.OfProcess());
            return Task.Run(() => ask(session, patience.Token)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is CliException or OperationCanceledException or InvalidOperationException)
        {
            return [];
        }
    }
}
