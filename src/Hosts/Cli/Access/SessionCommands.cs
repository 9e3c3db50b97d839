using System.CommandLine;
using System.Globalization;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Access;

/// <summary><c>session</c>: what sign-ins have begun, one's own, or of whom one looks after.</summary>
internal static class SessionCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var member = new Option<string?>("--member") { Description = "Not yours but this user's; with a context of the operator's, this account's", HelpName = "NAME" };
        var id = new Argument<string>("session") { Description = "The session's id, as listed", HelpName = "ID" };
        id.CompletionSources.Add(context => Completions.Names(options, context, Completions.Sessions));
        return new Command("session", "Sessions that a sign-in has begun")
        {
            options.Run(terminal, new Command("list", "List the sessions that have not ended, the newest first") { member }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(AccessPaths.Sessions(session, result.GetValue(member)), ApiClient.Wire.PageSignInSession, token);
                session.Results.List(page.Items, wire => wire.SignInSession, "There are no sessions.", ["ID", "CLIENT", "BY", "FROM", "BEGUN", "LAST USED", "ENDS", ""], s =>
                    [s.Id.ToString("D"), s.Client, s.IdentityProvider ?? "-", s.Origin, Time(s.CreatedAt), Time(s.LastUsedAt), Time(s.ExpiresAt), s.Current ? "this one" : ""]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("end", "End a session, at once") { id, member }, (session, result, token) => Removal.RunAsync(
                session, AccessPaths.Sessions(session, result.GetValue(member)), result.GetRequiredValue(id), ApiClient.Wire.SignInSession, "The session has ended.", token)),
        };
    }

    private static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}
