using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Alerts;

/// <summary><c>alert receiver</c>: who is told of alerts.</summary>
internal static class AlertReceiverCommands
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTest = TimeSpan.FromSeconds(40);

    public static Command Create(GlobalOptions options, Terminal terminal, Option<string?> organization) =>
        new("receiver", "Who is told of alerts, when they begin and when they end: each at least once, also after the receiver was away for less than three days")
        {
            options.Run(terminal, new Command("list", "List who is told, and how it goes") { organization }, async (session, result, token) =>
            {
                var page = await session.Api.GetAsync(List(session, result, organization), ApiClient.Wire.PageAlertReceiver, token);
                session.Results.List(page.Items, wire => wire.AlertReceiver, "Nobody is told of alerts.", ["NAME", "TO", "STATE", "FROM", "WAITING", "DELIVERED", "PROBLEM"], r =>
                    [r.Name, r.Url ?? r.Email, r.State, r.LeastSeverity, Count(r.Waiting), AlertCommands.Time(r.DeliveredAt), r.Error]);
                return ExitCode.Ok;
            }),
            Named(options, terminal, organization, "show", "Show one, and how its messages fare", async (session, path, token) =>
            {
                var shown = await session.Api.GetAsync(path, ApiClient.Wire.AlertReceiver, token);
                session.Results.Value(shown, wire => wire.AlertReceiver, writer => Show(writer, shown));
                return ExitCode.Ok;
            }),
            Set(options, terminal, organization),
            Confirm(options, terminal, organization),
            Named(options, terminal, organization, "test", "Send it a test alert, and tell whether it arrived", TestAsync),
            Named(options, terminal, organization, "rotate-secret", "Replace a webhook's secret; the new one is shown once, the old one ends at once", async (session, path, token) =>
            {
                var made = await ChangeAsync(session, path + "/secret", token);
                session.Results.Value(made, wire => wire.AlertReceiver, writer => ShowSecret(writer, made));
                return ExitCode.Ok;
            }),
            Delete(options, terminal, organization),
        };

    private static Command Set(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var name = Name();
        var url = new Option<string?>("--url") { Description = "A webhook: https://… for signed JSON", HelpName = "URL" };
        var email = new Option<string?>("--email") { Description = "An e-mail address, which then gets a code: see `confirm`", HelpName = "ADDRESS" };
        var ca = new Option<string?>("--ca") { Description = "The certificate authority of a webhook's TLS certificate [the server's own trusted ones]", HelpName = "FILE" };
        var language = new Option<string>("--language") { Description = "Of the texts: en or fr", DefaultValueFactory = _ => "en" };
        language.AcceptOnlyFromAmong("en", "fr");
        var severity = new Option<string>("--least-severity") { Description = "warning for all, or critical", DefaultValueFactory = _ => "warning" };
        severity.AcceptOnlyFromAmong("warning", "critical");
        var spaces = new Option<string[]>("--only-space") { Description = "Only alerts of this space; several times for several [all, and those of the organization]", HelpName = "NAME" };
        var kinds = new Option<string[]>("--kind") { Description = "Only alerts of this kind; several times for several [all]", HelpName = "KIND" };
        var command = new Command("create", "Have somebody told, or change of which alerts; a new webhook's secret is shown once") { name, url, email, ca, language, severity, spaces, kinds, organization };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var put = new PutAlertReceiver(
                result.GetValue(url), result.GetValue(email), InputFiles.ReadTextIfNamed(result.GetValue(ca)), result.GetRequiredValue(language), result.GetRequiredValue(severity),
                result.GetValue(spaces) is { Length: > 0 } some ? some : null, result.GetValue(kinds) is { Length: > 0 } these ? these : null);
            var made = await session.Api.ChangeAsync(
                HttpMethod.Put, One(session, result, organization, name), put, ApiClient.Wire.PutAlertReceiver, ApiClient.Wire.AlertReceiver, Preconditions.None, token);
            session.Results.Value(made!, wire => wire.AlertReceiver, writer =>
            {
                writer.WriteLine(Columns.Printable(made!.State == "active"
                    ? $"{made.Name} is told of alerts. Try it: beffroi alert receiver test {made.Name}"
                    : $"A code is on its way to {made.Email}. With it: beffroi alert receiver confirm {made.Name} CODE"));
                ShowSecret(writer, made);
            });
            return ExitCode.Ok;
        });
    }

    private static Command Confirm(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var name = Name();
        var code = new Argument<string>("code") { Description = "As it came by e-mail" };
        return options.Run(terminal, new Command("confirm", "Confirm an e-mail address with the code that was sent to it") { name, code, organization }, async (session, result, token) =>
        {
            var made = await session.Api.ChangeAsync(
                HttpMethod.Post, One(session, result, organization, name) + "/confirmation", new ConfirmAlertReceiver(result.GetRequiredValue(code)), ApiClient.Wire.ConfirmAlertReceiver,
                ApiClient.Wire.AlertReceiver, Preconditions.None, token);
            session.Results.Value(made!, wire => wire.AlertReceiver, writer => writer.WriteLine(Columns.Printable($"{made!.Name} is told of alerts.")));
            return ExitCode.Ok;
        });
    }

    private static Command Delete(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var name = Name();
        return options.Run(terminal, new Command("delete", "Tell it no more; what waits for it is dropped") { name, organization }, (session, result, token) => Removal.RunAsync(
            session, List(session, result, organization), result.GetRequiredValue(name), ApiClient.Wire.PageAlertReceiver, $"{result.GetValue(name)} is not told of alerts any more.", token));
    }

    private static Command Named(
        GlobalOptions options, Terminal terminal, Option<string?> organization, string verb, string description, Func<Session, string, CancellationToken, Task<int>> run)
    {
        var name = Name();
        return options.Run(terminal, new Command(verb, description) { name, organization }, (session, result, token) => run(session, One(session, result, organization, name), token));
    }

    private static async Task<int> TestAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var now = await ChangeAsync(session, path + "/test", cancellationToken);
        for (var waited = TimeSpan.Zero; now is { Waiting: > 0, Error: null } && waited < LongestTest; waited += LookAgain)
        {
            await Task.Delay(LookAgain, cancellationToken);
            now = await session.Api.GetAsync(path, ApiClient.Wire.AlertReceiver, cancellationToken);
        }

        var arrived = now is { Waiting: 0, Error: null };
        session.Results.Value(now, wire => wire.AlertReceiver, writer => writer.WriteLine(Columns.Printable(
            arrived ? $"The test alert has arrived at {now.Name}." : $"It has not arrived at {now.Name}: {now.Error ?? "it is still under way"} It is tried again by itself.")));
        return arrived ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<AlertReceiver> ChangeAsync(Session session, string path, CancellationToken cancellationToken) =>
        (await session.Api.ChangeAsync(HttpMethod.Post, path, (PutSpace?)null, ApiClient.Wire.PutSpace, ApiClient.Wire.AlertReceiver, Preconditions.None, cancellationToken))!;

    private static void Show(TextWriter writer, AlertReceiver receiver) => Columns.Pairs(
        writer,
        ("Name", receiver.Name),
        ("To", receiver.Url ?? receiver.Email),
        ("State", receiver.State),
        ("Language", receiver.Language),
        ("Least severity", receiver.LeastSeverity),
        ("Spaces", receiver.Spaces is { } spaces ? string.Join(", ", spaces) : "all, and the organization"),
        ("Kinds", receiver.Kinds is { } kinds ? string.Join(", ", kinds) : "all"),
        ("Waiting", Count(receiver.Waiting)),
        ("Given up", Count(receiver.GivenUp)),
        ("Delivered", AlertCommands.Time(receiver.DeliveredAt) ?? "never"),
        ("Problem", receiver.Error));

    private static void ShowSecret(TextWriter writer, AlertReceiver receiver)
    {
        if (receiver.Secret is not null)
        {
            writer.WriteLine($"The secret that signs what is sent, shown only now: {receiver.Secret}");
        }
    }

    private static Argument<string> Name() => new("name") { Description = "The receiver's name" };

    private static string List(Session session, ParseResult result, Option<string?> organization) => Paths.AlertReceivers(result.GetValue(organization) ?? session.Space.Organization);

    private static string One(Session session, ParseResult result, Option<string?> organization, Argument<string> name) =>
        List(session, result, organization) + "/" + Uri.EscapeDataString(result.GetRequiredValue(name));

    private static string Count(long number) => number.ToString(CultureInfo.InvariantCulture);
}
