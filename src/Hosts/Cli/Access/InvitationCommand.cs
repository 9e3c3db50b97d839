using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>invitation accept</c>: the first way in; makes a token and a context with it.</summary>
internal static class InvitationCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var context = new Argument<string>("context") { Description = "The name of the context to make" };
        var server = new Option<string>("--server") { Description = "The API's address", Required = true, HelpName = "https://…" };
        var ca = new Option<string?>("--ca") { Description = "PEM file of the authority that its certificate is from [those of this machine]", HelpName = "FILE" };
        var space = new Option<string?>("--default-space") { Description = "The context's space", HelpName = "ORGANIZATION/SPACE" };
        var ofOperator = new Option<bool>("--operator") { Description = "The server is the operator's interface" };
        var accept = new Command("accept", "Accept an invitation: its code is read from standard input") { context, server, ca, space, ofOperator };
        accept.SetAction(async (result, cancellationToken) =>
        {
            var name = result.GetRequiredValue(context);
            if (!Uri.TryCreate(result.GetRequiredValue(server), UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
            {
                throw new CliException("--server: an https:// address.", ExitCode.Usage);
            }

            var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
            var configuration = store.Load();
            if (configuration.Contexts.ContainsKey(name))
            {
                throw new CliException($"There is a context {name} already; choose another name.", ExitCode.Usage);
            }

            if (terminal.CanAsk)
            {
                await terminal.Error.WriteAsync("The invitation's code: ");
            }

            var code = (await Console.In.ReadLineAsync(cancellationToken))?.Trim() ?? "";
            var secret = NewSecret.Token();
            using var api = new ApiClient(address, result.GetValue(ca), bearerToken: null);
            var token = await api.ChangeAsync(
                HttpMethod.Post,
                (result.GetValue(ofOperator) ? "/operator" : "") + "/v1/invitations",
                new AcceptInvitation(code, NewSecret.Sha256(secret)),
                ApiClient.Wire.AcceptInvitation,
                ApiClient.Wire.AccessToken,
                Preconditions.None,
                cancellationToken);
            var file = Path.Combine(store.Directory, name + ".token");
            PrivateFiles.EnsureDirectory(store.Directory);
            PrivateFiles.Write(file, secret + "\n");
            configuration.Contexts[name] = new CliContext(
                address.ToString(), result.GetValue(ca) is { } authority ? Path.GetFullPath(authority) : null, file, result.GetValue(space), result.GetValue(ofOperator) ? CliContext.OperatorSide : null);
            store.Save(configuration with { Current = configuration.Current ?? name });
            return terminal.Confirm(
                result.GetValue(options.Output) == "json",
                new JsonObject { ["context"] = name, ["expiresAt"] = token!.ExpiresAt },
                $"Accepted. Context {name} is made, with a token that is valid until {token.ExpiresAt:u}.");
        });
        return new Command("invitation", "Invitations: the first way in") { accept };
    }
}
