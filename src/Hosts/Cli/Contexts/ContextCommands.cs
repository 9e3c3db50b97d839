using System.CommandLine;
using System.Text.Json;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Contexts;

/// <summary><c>context</c>: which server, as whom.</summary>
internal static class ContextCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var list = new Command("list", "List the contexts; the current one is marked");
        list.SetAction(result =>
        {
            var configuration = ContextStore.ForUser(InstallationName.FromEnvironment().Name).Load();
            if (result.GetValue(options.Output) == "json")
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(configuration, ConfigurationJson.Default.CliConfiguration));
            }
            else
            {
                Columns.Write(terminal.Out, terminal.Interactive, ["", "NAME", "SERVER", "SPACE"], configuration.Contexts.Select(c =>
                    new string?[] { c.Key == configuration.Current ? "*" : "", c.Key, c.Value.Server, c.Value.Space }));
            }

            return ExitCode.Ok;
        });

        var name = new Argument<string>("name") { Description = "The context's name" };
        name.CompletionSources.Add(_ => Completions.Contexts());
        var use = new Command("use", "Make a context the current one; with --space also change its default space") { name };
        use.SetAction(result =>
        {
            var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
            var (chosen, context) = store.Get(result.GetRequiredValue(name));
            var configuration = store.Load();
            if (result.GetValue(options.Space) is { } space)
            {
                configuration.Contexts[chosen] = context with { Space = space };
            }

            store.Save(configuration with { Current = chosen });
            terminal.Error.WriteLine($"Now using {chosen}.");
            return ExitCode.Ok;
        });
        return new Command("context", "Choose the server and the account that commands use") { list, use };
    }
}
