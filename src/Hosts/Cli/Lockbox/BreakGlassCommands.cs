using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Lockbox;

/// <summary><c>break-glass</c>: two of the operator's people open the list of what is on the host; and, in a customer's context, seeing when they did.</summary>
internal static class BreakGlassCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Whose, with a customer's context [that of the context's space]", HelpName = "NAME" };
        var id = new Argument<Guid>("id") { Description = "As `break-glass list` shows it", HelpName = "ID" };
        return new Command("break-glass", "When something is broken: two of the operator's people open the list of what is on the host, never what is in it, and every customer is told")
        {
            Begin(options, terminal),
            options.Run(terminal, new Command("list", "List each time, the newest first: a customer sees what was opened") { organization }, async (session, result, token) =>
            {
                var items = await Pages.AllAsync(session.Api, Path(session, result.GetValue(organization)), ApiClient.Wire.PageBreakGlass, token);
                session.Results.List(items, wire => wire.BreakGlass, "The glass was never broken.", ["ID", "STATE", "BEGUN BY", "APPROVED BY", "REASON", "UNTIL", "SHOWN"], b =>
                    [b.Id.ToString("D"), b.State, b.BegunBy, b.ApprovedBy, b.Reason, Time(b.EndedAt ?? b.OpenUntil ?? b.ExpiresAt), b.Showings.ToString(CultureInfo.InvariantCulture)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("show", "Show one: who, why, until when, and how often it was looked at") { id, organization }, async (session, result, token) =>
            {
                var shown = await session.Api.GetAsync($"{Path(session, result.GetValue(organization))}/{result.GetValue(id):D}", ApiClient.Wire.BreakGlass, token);
                session.Results.Value(shown, wire => wire.BreakGlass, writer => Columns.Pairs(writer, Pairs(shown)));
                return ExitCode.Ok;
            }),
            Approve(options, terminal, id),
            options.Run(terminal, new Command("host", "See what is on the host, as it is now, if you began it (with a context of the operator's). Each time is in every customer's ledger") { id }, async (session, result, token) =>
            {
                var host = await session.Api.PostAsync($"{Paths.OperatorBreakGlasses}/{result.GetValue(id):D}/host", ApiClient.Wire.HostInventory, token);
                session.Results.Value(host, wire => wire.HostInventory, writer => Write(writer, host, session.Terminal.Interactive));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("end", "Close what is open, take back what you began, or refuse what another did: at once (with a context of the operator's)") { id }, async (session, result, token) =>
            {
                var ended = await session.Api.PostAsync($"{Paths.OperatorBreakGlasses}/{result.GetValue(id):D}/end", ApiClient.Wire.BreakGlass, token);
                session.Results.Value(ended, wire => wire.BreakGlass, writer => writer.WriteLine($"It is {ended.State}: nothing is shown any more."));
                return ExitCode.Ok;
            }),
        };
    }

    private static Command Begin(GlobalOptions options, Terminal terminal)
    {
        var reason = new Option<string>("--reason") { Description = string.Join(", ", LockboxTerms.Reasons), Required = true };
        reason.AcceptOnlyFromAmong([.. LockboxTerms.Reasons]);
        var details = new Option<string>("--details") { Description = "Why, in words that every customer reads", Required = true, HelpName = "TEXT" };
        var minutes = new Option<int>("--minutes")
        {
            Description = $"For how long, {LockboxTerms.Shortest} to {LockboxTerms.LongestBreakGlass} minutes from the approval",
            DefaultValueFactory = _ => LockboxTerms.UsualBreakGlass,
            HelpName = "MINUTES",
        };
        var command = new Command("begin", "Ask a colleague to open it with you (with a context of the operator's): nothing opens unless they approve within an hour") { reason, details, minutes };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var begun = (await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.OperatorBreakGlasses, new BeginBreakGlass(result.GetRequiredValue(reason), result.GetRequiredValue(details), result.GetValue(minutes)),
                ApiClient.Wire.BeginBreakGlass, ApiClient.Wire.BreakGlass, Preconditions.None, token))!;
            session.Results.Value(begun, wire => wire.BreakGlass, writer => writer.WriteLine(
                $"Nothing is open yet. Until {Time(begun.ExpiresAt)} another of the operator's people can approve it: beffroi break-glass approve {begun.Id:D}"));
            return ExitCode.Ok;
        });
    }

    private static Command Approve(GlobalOptions options, Terminal terminal, Argument<Guid> id)
    {
        var yes = new Option<bool>("--yes") { Description = "Don't ask" };
        var command = new Command("approve", "Open what a colleague began, for them (with a context of the operator's): every customer is told at once") { id, yes };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var path = $"{Paths.OperatorBreakGlasses}/{result.GetValue(id):D}";
            if (!result.GetValue(yes))
            {
                var asked = await session.Api.GetAsync(path, ApiClient.Wire.BreakGlass, token);
                await terminal.Error.WriteLineAsync($"{asked.Reason}: {Columns.Printable(asked.Details)}\n");
                Confirmation.Ask(terminal, $"{Columns.Printable(asked.BegunBy)} may see what is on the host for {asked.Minutes} minutes, and every customer is told so.", asked.BegunBy);
            }

            var open = await session.Api.PostAsync(path + "/approve", ApiClient.Wire.BreakGlass, token);
            session.Results.Value(open, wire => wire.BreakGlass, writer => writer.WriteLine(
                $"Open to {open.BegunBy} until {Time(open.OpenUntil)}, and every customer is told. End it: beffroi break-glass end {open.Id:D}"));
            return ExitCode.Ok;
        });
    }

    private static string Path(Session session, string? organization) => session.IsOperator ? Paths.OperatorBreakGlasses : Paths.BreakGlasses(organization ?? session.Space.Organization);

    private static IEnumerable<(string Name, string? Value)> Pairs(BreakGlass b) =>
    [
        ("Id", b.Id.ToString("D")), ("State", b.State), ("Begun by", b.BegunBy), ("Approved by", b.ApprovedBy), ("Reason", b.Reason), ("Details", Columns.Printable(b.Details)),
        ("For", $"{b.Minutes} minutes"), ("Begun", Time(b.BegunAt)), ("Expires", b.OpenedAt is null ? Time(b.ExpiresAt) : null), ("Opened", Time(b.OpenedAt)), ("Open until", Time(b.OpenUntil)),
        ("Ended", b.EndedAt is null ? null : $"{Time(b.EndedAt)} by {b.EndedBy}"), ("Shown", string.Create(CultureInfo.InvariantCulture, $"{b.Showings} times")),
    ];

    private static void Write(TextWriter writer, HostInventory host, bool styled)
    {
        static string? Size(long? bytes) => bytes is { } known ? Columns.Size(known) : null;
        Columns.Pairs(
            writer,
            [
                ("Zone", host.Zone), ("Host", host.Host), ("Asked", Time(host.At)), ("Running since", Time(host.StartedAt)), ("Processors", host.Cpus?.ToString(CultureInfo.InvariantCulture)),
                ("Load", host.Load?.ToString("0.0", CultureInfo.InvariantCulture)), ("Memory", Size(host.MemoryBytes)), ("Memory available", Size(host.MemoryAvailableBytes)),
                ("Storage", Size(host.StorageBytes)), ("Storage available", Size(host.StorageAvailableBytes)), ("Spaces", host.Spaces.Count.ToString(CultureInfo.InvariantCulture)),
                ("Open until", Time(host.OpenUntil)),
            ]);
        writer.WriteLine();
        Columns.Write(writer, styled, ["INSTANCE", "SPACE", "STATE", "IMAGE"], host.Instances.Select(i => (string?[])[i.Id.ToString("D"), i.Space.ToString("D"), i.Status, i.ImageDigest]));
        writer.WriteLine();
        Columns.Write(writer, styled, ["VOLUME", "SIZE", "STATE", "ENCRYPTION"], host.Volumes.Select(v => (string?[])[v.Id.ToString("D"), Size(v.SizeBytes), v.Unlocked ? "unlocked" : "locked", v.Encryption]));
    }

    private static string? Time(DateTimeOffset? at) => LockboxCommands.Time(at);
}
