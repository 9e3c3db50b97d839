using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>token</c>: access tokens, one's own, a user's or a service account's.</summary>
internal static class TokenCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The token's name" };
        var days = new Option<int>("--days") { Description = "How long it is valid, 1 to 366", DefaultValueFactory = _ => 90, HelpName = "N" };
        var account = new Option<string?>("--service-account") { Description = "Not yours but this service account's", HelpName = "NAME" };
        var member = new Option<string?>("--member") { Description = "Not yours but this user's", HelpName = "NAME" };
        return new Command("token", "Access tokens; the server knows only their SHA-256")
        {
            options.Run(terminal, new Command("list", "List tokens, the newest first") { account, member }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(Path(session, result.GetValue(account), result.GetValue(member)), ApiClient.Wire.PageAccessToken, token);
                session.Results.List(page.Items, wire => wire.AccessToken, "There are no tokens.", ["NAME", "STATE", "CREATED", "EXPIRES", "LAST USED"], t =>
                    [t.Name, t.State, Time(t.CreatedAt), Time(t.ExpiresAt), t.LastUsedAt is { } used ? Time(used) : "never"]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("create", "Make a token and print it, once") { name, days, account }, async (session, result, token) =>
            {
                var secret = NewSecret.Token();
                var made = await session.Api.ChangeAsync(
                    HttpMethod.Put,
                    AccessPaths.One(Path(session, result.GetValue(account), null), result.GetRequiredValue(name)),
                    new PutToken(NewSecret.Sha256(secret), result.GetValue(days)),
                    ApiClient.Wire.PutToken,
                    ApiClient.Wire.AccessToken,
                    Preconditions.None,
                    token);
                await session.Terminal.Error.WriteLineAsync($"Token {made!.Name}, valid until {Time(made.ExpiresAt)}. It is not shown again.");
                return session.Terminal.Tell(session.Results.Json, new JsonObject { ["name"] = made.Name, ["token"] = secret, ["expiresAt"] = made.ExpiresAt }, secret);
            }),
            options.Run(terminal, new Command("revoke", "End a token, at once") { name, account, member }, (session, result, token) => Removal.RunAsync(
                session, Path(session, result.GetValue(account), result.GetValue(member)), result.GetRequiredValue(name), ApiClient.Wire.AccessToken, $"Token {result.GetValue(name)} is revoked.", token)),
        };
    }

    private static string Path(Session session, string? account, string? member) => (account, member) switch
    {
        (null, null) => AccessPaths.Tokens(session),
        ({ } name, null) => AccessPaths.One(AccessPaths.ServiceAccounts(session.Space.Organization), name) + "/tokens",
        (null, { } name) => AccessPaths.One(AccessPaths.Members(session.Space.Organization), name) + "/tokens",
        _ => throw new CliException("--service-account and --member can't be used together.", ExitCode.Usage),
    };

    private static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}
