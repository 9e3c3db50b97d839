using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>login</c>, <c>logout</c> and <c>enrol</c>.</summary>
internal static class LoginCommands
{
    public static Command Login(GlobalOptions options, Terminal terminal)
    {
        var device = new Option<bool>("--device") { Description = "Sign in with a browser on another machine: it shows a code to type there" };
        var server = new Option<string?>("--server") { Description = "Make a context, which --context names, for this server", HelpName = "https://…" };
        var ca = new Option<string?>("--ca") { Description = "PEM file of the authority that its certificate is from [those of this machine]", HelpName = "FILE" };
        var ofOperator = new Option<bool>("--operator") { Description = "The server is the operator's interface" };
        var login = new Command("login", "Sign in with your password and second factor, in a browser; the context then uses this session instead of a token") { device, server, ca, ofOperator };
        login.SetAction(async (result, cancellationToken) =>
        {
            var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
            var (name, context) = result.GetValue(server) is { } address
                ? New(store, result.GetValue(options.Context), address, result.GetValue(ca), result.GetValue(options.Space), result.GetValue(ofOperator))
                : store.Get(result.GetValue(options.Context));
            var json = result.GetValue(options.Output) == "json";
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(result.GetValue(options.Timeout)));
            using var anyone = new ApiClient(Session.Address(name, context), context.CaFile, bearerToken: null);
            SessionTokens tokens;
            try
            {
                tokens = result.GetValue(device) ? await SignInFlows.DeviceAsync(anyone, terminal, patience.Token) : await SignInFlows.LoopbackAsync(anyone, terminal, patience.Token);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CliException("Nobody signed in in time (--timeout).", ExitCode.TimedOut, e);
            }

            var file = new SessionFile(Path.Combine(store.Directory, name + ".session"));
            if (File.Exists(file.Path))
            {
                // The one that this takes the place of.
                await RevokeAsync(anyone, file, quietly: true, cancellationToken);
            }

            file.Write(SessionCredential.Stored(tokens));
            var configuration = store.Load();
            configuration.Contexts[name] = context with { SessionFile = file.Path };
            store.Save(configuration with { Current = configuration.Current ?? name });
            using var api = new ApiClient(anyone.Server, context.CaFile, tokens.AccessToken);
            var who = await api.GetAsync((context.IsOperator ? "/operator" : "") + "/v1/whoami", ApiClient.Wire.WhoAmI, cancellationToken);
            return terminal.Confirm(
                json,
                new JsonObject { ["context"] = name, ["name"] = who.Name, ["organization"] = who.Organization },
                $"Signed in as {who.Name}{(who.Organization is null ? ", of the operator's" : " of " + who.Organization)}, in context {name}.");
        });
        return login;
    }

    public static Command Logout(GlobalOptions options, Terminal terminal)
    {
        var logout = new Command("logout", "End the context's session, at once and everywhere; a token that the context had before is used again");
        logout.SetAction(async (result, cancellationToken) =>
        {
            var store = ContextStore.ForUser(InstallationName.FromEnvironment().Name);
            var (name, context) = store.Get(result.GetValue(options.Context));
            if (context.SessionFile is null)
            {
                throw new CliException($"Context {name} has no session.", ExitCode.NotFound);
            }

            using var api = new ApiClient(Session.Address(name, context), context.CaFile, bearerToken: null);
            var file = new SessionFile(context.SessionFile);
            if (File.Exists(file.Path))
            {
                await RevokeAsync(api, file, quietly: false, cancellationToken);
            }

            file.Delete();
            var configuration = store.Load();
            configuration.Contexts[name] = context with { SessionFile = null };
            store.Save(configuration);
            return terminal.Confirm(
                result.GetValue(options.Output) == "json", new JsonObject { ["context"] = name, ["signedOut"] = true },
                "Signed out." + (context.TokenFile is null ? "" : $" Context {name} uses its token again."));
        });
        return logout;
    }

    public static Command Enrol(GlobalOptions options, Terminal terminal) => options.Run(
        terminal, new Command("enrol", "Set your password and second factor, if you have only a token so far: prints a code for the page where you do it"), async (session, _, token) =>
        {
            var code = NewSecret.Invitation();
            var enrolment = await session.Api.ChangeAsync(
                HttpMethod.Put,
                session.Root + "/v1/enrolment",
                new PutEnrolment(NewSecret.Sha256(code)),
                ApiClient.Wire.PutEnrolment,
                ApiClient.Wire.Enrolment,
                Preconditions.None,
                token);
            var page = new Uri(session.Api.Server, enrolment!.Path).AbsoluteUri;
            await session.Terminal.Error.WriteLineAsync($"Open {page} within {enrolment.Minutes} minutes and enter this code. It is good once, and is not shown again.");
            return session.Terminal.Tell(session.Results.Json, new JsonObject { ["page"] = page, ["code"] = code }, code);
        });

    private static (string Name, CliContext Context) New(ContextStore store, string? name, string server, string? ca, string? space, bool ofOperator)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
        {
            throw new CliException("--server: an https:// address.", ExitCode.Usage);
        }

        if (name is null || !Kernel.ResourceName.IsValid(name) || store.Load().Contexts.ContainsKey(name))
        {
            throw new CliException($"Say with --context how the new context is called: {Kernel.ResourceName.Rule}; and not as one that is there already.", ExitCode.Usage);
        }

        return (name, new CliContext(address.ToString(), ca is null ? null : Path.GetFullPath(ca), null, space, ofOperator ? CliContext.OperatorSide : null));
    }

    /// <summary>RFC 7009. The lock is held so that no other command renews the session meanwhile.</summary>
    private static async Task RevokeAsync(ApiClient api, SessionFile file, bool quietly, CancellationToken cancellationToken)
    {
        try
        {
            using var held = await file.LockAsync(cancellationToken);
            await api.PostOAuthAsync(
                "/oauth/revoke", new Dictionary<string, string> { ["client_id"] = SessionCredential.Client, ["token"] = file.Read().RefreshToken }, ApiClient.Wire.SessionTokens, cancellationToken);
        }
        catch (CliException) when (quietly)
        {
            // It ends by itself.
        }
    }
}
