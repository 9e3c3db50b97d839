using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>identity-provider</c>: by which providers of its own an organization's people sign in.</summary>
internal static class IdentityProviderCommands
{
    private const string StandardInput = "-";

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "A name of yours for the provider" };
        return new Command("identity-provider", "Identity providers of the organization's own (OpenID Connect), by which its people sign in")
        {
            options.Run(terminal, new Command("list", "List the organization's identity providers"), async (session, _, token) =>
            {
                var page = await session.Api.GetAsync(All(session), ApiClient.Wire.PageIdentityProvider, token);
                session.Results.List(page.Items, wire => wire.IdentityProvider, "The organization has no identity provider of its own.", ["NAME", "ISSUER", "CLIENT", "REQUIRED", "LINKED"], p =>
                    [p.Name, p.Issuer, p.ClientId, p.Required ? "yes" : "no", p.Linked.ToString(CultureInfo.InvariantCulture)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("show", "Show one: where it is, what is asked of it, and how many are linked there") { name }, async (session, result, token) =>
            {
                var shown = await session.Api.GetAsync(AccessPaths.One(All(session), result.GetRequiredValue(name)), ApiClient.Wire.IdentityProvider, token);
                session.Results.Value(shown, wire => wire.IdentityProvider, writer => Show(writer, shown, session));
                return ExitCode.Ok;
            }),
            Set(options, terminal, name),
            options.Run(terminal, new Command("remove", "Remove one: who is linked there no longer is, and sessions that began by it end at once") { name }, (session, result, token) => Removal.RunAsync(
                session, All(session), result.GetRequiredValue(name), ApiClient.Wire.IdentityProvider, $"Nobody signs in by {result.GetValue(name)} any more.", token)),
        };
    }

    private static Command Set(GlobalOptions options, Terminal terminal, Argument<string> name)
    {
        var issuer = new Option<string>("--issuer") { Description = "Exactly what its tokens have as iss: an https address", Required = true, HelpName = "URL" };
        var client = new Option<string>("--client-id") { Description = "As what this installation is registered there", Required = true, HelpName = "TEXT" };
        var secret = new Option<string?>("--client-secret") { Description = "A file with the client's secret, or - to read it from standard input [the one that was given before]", HelpName = "FILE" };
        var signs = new Option<bool>("--private-key-jwt") { Description = "Show no secret there but sign, with a key that the platform makes and whose public half it publishes" };
        var scopes = new Option<string[]>("--scope") { Description = "What to ask for; several times for several [openid email]", HelpName = "WORD" };
        var acr = new Option<string[]>("--acr") { Description = "A context class that a sign-in there has to have, such as eidas1; several times for several of which one does [any]", HelpName = "VALUE" };
        var secondAcr = new Option<string[]>("--second-factor-acr") { Description = "A context class that means that a second factor was asked for there; without, ours is asked for", HelpName = "VALUE" };
        var secondAmr = new Option<string[]>("--second-factor-amr") { Description = "An authentication method that means the same, such as mfa", HelpName = "VALUE" };
        var age = new Option<int?>("--max-age") { Description = "How long ago a sign-in there may have been [any time]", HelpName = "SECONDS" };
        var claim = new Option<string?>("--name-claim") { Description = "The claim that people see themselves by, such as email; it decides nothing", HelpName = "CLAIM" };
        var ca = new Option<string?>("--ca") { Description = "A file with the certificate authorities to trust when it is asked (PEM) [the server's own trusted ones]", HelpName = "FILE" };
        var required = new Option<bool>("--required") { Description = "Members other than owners begin no session without a provider of the organization's" };
        var command = new Command("set", "Let people sign in by a provider, or change what is asked of it; another issuer or client is another provider")
        {
            name, issuer, client, secret, signs, scopes, acr, secondAcr, secondAmr, age, claim, ca, required,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var put = new PutIdentityProvider(
                result.GetRequiredValue(issuer), result.GetRequiredValue(client), await SecretAsync(result.GetValue(secret), token), Given(result.GetValue(scopes)), Given(result.GetValue(acr)),
                Given(result.GetValue(secondAcr)), Given(result.GetValue(secondAmr)), result.GetValue(age), result.GetValue(claim), result.GetValue(required), InputFiles.ReadTextIfNamed(result.GetValue(ca)),
                result.GetValue(signs) ? "private-key" : "secret");
            var made = (await session.Api.ChangeAsync(
                HttpMethod.Put, AccessPaths.One(All(session), result.GetRequiredValue(name)), put, ApiClient.Wire.PutIdentityProvider, ApiClient.Wire.IdentityProvider, Preconditions.None, token))!;
            session.Results.Value(made, wire => wire.IdentityProvider, writer => Show(writer, made, session));
            return ExitCode.Ok;
        });
    }

    private static void Show(TextWriter writer, IdentityProvider provider, Session session) => Columns.Pairs(
        writer,
        ("Name", provider.Name),
        ("Issuer", provider.Issuer),
        ("Client", provider.ClientId),
        ("Shows there", provider.KeysPath is { } keys ? "what it signs; its keys are at https://HOST" + keys : "a secret"),
        ("Scopes", string.Join(' ', provider.Scopes)),
        ("Context classes", provider.AcrValues.Count > 0 ? string.Join(' ', provider.AcrValues) : "any"),
        ("Second factor", provider.SecondFactorAcr.Count + provider.SecondFactorAmr.Count > 0 ? string.Join(' ', provider.SecondFactorAcr.Concat(provider.SecondFactorAmr)) : "asked for here"),
        ("Longest ago", provider.MaxAge is { } age ? age.ToString(CultureInfo.InvariantCulture) + " s" : "any time"),
        ("Shown as", provider.NameClaim ?? "no name"),
        ("Required", provider.Required ? "for all but owners" : "no"),
        ("Linked", provider.Linked.ToString(CultureInfo.InvariantCulture)),
        ("Redirect address", "https://HOST" + provider.CallbackPath),
        ("Sign in at", $"/sign-in/provider?organization={session.Space.Organization}/{provider.Name}"));

    private static string All(Session session) => Paths.Organization(session.Space.Organization) + "/identity-providers";

    private static string[]? Given(string[]? values) => values is { Length: > 0 } ? values : null;

    private static async Task<string?> SecretAsync(string? file, CancellationToken cancellationToken) =>
        (file == StandardInput ? await Console.In.ReadLineAsync(cancellationToken) ?? "" : InputFiles.ReadTextIfNamed(file))?.Trim();
}
