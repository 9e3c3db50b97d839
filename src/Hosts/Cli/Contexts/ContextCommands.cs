using System.CommandLine;
using System.Text.Json;
using Beffroi.Hosts.Cli.Api;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

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
                    new string?[] { c.Key == configuration.Current ? "*" : "", c.Key, c.Value.Server, c.Value.IsOperator ? "(operator)" : c.Value.Space }));
            }

            return ExitCode.Ok;
        });

        var name = new Argument<string>("name") { Description = "The context's name", HelpName = "NAME" };
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
            return terminal.Confirm(
                result.GetValue(options.Output) == "json", new JsonObject { ["current"] = chosen, ["space"] = configuration.Contexts[chosen].Space }, $"Now using {chosen}.");
        });
        return new Command("context", "Choose the server and the account that commands use") { list, use, Add(options, terminal), Remove(options, terminal) };
    }

    private static Command Add(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "A name of your choice" };
        var server = new Option<string>("--server") { Description = "The API's address", Required = true, HelpName = "https://…" };
        var ca = new Option<string?>("--ca") { Description = "PEM file of the authority that its certificate is from [those of this machine]", HelpName = "FILE" };
        var ofOperator = new Option<bool>("--operator") { Description = "The server is the operator's interface" };
        var add = new Command("add", "Add a context for an account whose token you have: the token is read from standard input") { name, server, ca, ofOperator };
        add.SetAction(async (result, cancellationToken) =>
        {
            var chosen = result.GetRequiredValue(name);
            if (!Uri.TryCreate(result.GetRequiredValue(server), UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
            {
                throw new CliException("--server: an https:// address.", ExitCode.Usage);
            }

            var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
            var configuration = store.Load();
            if (configuration.Contexts.ContainsKey(chosen) || !Kernel.ResourceName.IsValid(chosen))
            {
                throw new CliException($"{chosen} is a context already, or not a name for one ({Kernel.ResourceName.Rule}).", ExitCode.Usage);
            }

            if (terminal.CanAsk)
            {
                await terminal.Error.WriteAsync("The token: ");
            }

            var secret = (await Console.In.ReadLineAsync(cancellationToken))?.Trim() ?? "";
            var side = result.GetValue(ofOperator);
            using var api = new ApiClient(address, result.GetValue(ca), secret);
            var who = await api.GetAsync((side ? "/operator" : "") + "/v1/whoami", ApiClient.Wire.WhoAmI, cancellationToken);
            var file = Path.Combine(store.Directory, chosen + ".token");
            PrivateFiles.EnsureDirectory(store.Directory);
            PrivateFiles.Write(file, secret + "\n");
            configuration.Contexts[chosen] = new CliContext(
                address.ToString(), result.GetValue(ca) is { } authority ? Path.GetFullPath(authority) : null, file, result.GetValue(options.Space), side ? CliContext.OperatorSide : null);
            store.Save(configuration with { Current = configuration.Current ?? chosen });
            return terminal.Confirm(
                result.GetValue(options.Output) == "json",
                new JsonObject { ["context"] = chosen, ["name"] = who.Name, ["organization"] = who.Organization },
                $"Context {chosen} is made: {who.Name}{(who.Organization is null ? ", of the operator's" : " of " + who.Organization)}.");
        });
        return add;
    }

    private static Command Remove(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The context's name" };
        name.CompletionSources.Add(_ => Completions.Contexts());
        var remove = new Command("remove", "Forget a context and its token or session; they are ended by `beffroi token revoke` and `beffroi logout`") { name };
        remove.SetAction(result =>
        {
            var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
            var (chosen, context) = store.Get(result.GetRequiredValue(name));
            var configuration = store.Load();
            configuration.Contexts.Remove(chosen);
            store.Save(configuration with { Current = configuration.Current == chosen ? null : configuration.Current });
            // Only a token that was kept here for this context.
            if (context.TokenFile == Path.Combine(store.Directory, chosen + ".token"))
            {
                File.Delete(context.TokenFile);
            }

            if (context.SessionFile == Path.Combine(store.Directory, chosen + ".session"))
            {
                new SessionFile(context.SessionFile).Delete();
            }

            return terminal.Confirm(result.GetValue(options.Output) == "json", new JsonObject { ["removed"] = chosen }, $"Context {chosen} is removed.");
        });
        return remove;
    }
}
