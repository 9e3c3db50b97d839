using System.CommandLine;
using Beffroi.Hosts.Cli.Api;

namespace Beffroi.Hosts.Cli;

/// <summary>Options that every command understands.</summary>
internal sealed class GlobalOptions
{
    public GlobalOptions()
    {
        Output.AcceptOnlyFromAmong("table", "json");
        Space.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && SpaceName.Parse(text) is null)
            {
                result.AddError("--space: ORGANIZATION/SPACE, e.g. demo/eval.");
            }
        });
        Timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 86400)
            {
                result.AddError("--timeout: 1 to 86400 seconds.");
            }
        });
        Space.CompletionSources.Add(context => Completions.Names(this, context, Completions.Spaces));
        Context.CompletionSources.Add(_ => Completions.Contexts());
    }

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "How results are shown: table for people, json for programs",
        Recursive = true,
        DefaultValueFactory = _ => "table",
        HelpName = "table|json",
    };

    public Option<string?> Space { get; } = new("--space") { Description = "The space meant [that of the context]", Recursive = true, HelpName = "ORGANIZATION/SPACE" };

    public Option<string?> Context { get; } = new("--context") { Description = "Server and account to use [the current one, see `beffroi context list`]", Recursive = true, HelpName = "NAME" };

    public Option<int> Timeout { get; } = new("--timeout")
    {
        Description = "The longest to wait for a change to be done, in seconds",
        Recursive = true,
        DefaultValueFactory = _ => 900,
        HelpName = "SECONDS",
    };

    /// <summary>Only on commands that change something.</summary>
    public Option<bool> NoWait { get; } = new("--no-wait") { Description = "Return the operation at once instead of waiting until it is done" };

    public IEnumerable<Option> Recursive => [Output, Space, Context, Timeout];
}
