using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency.Consent;

namespace Beffroi.Hosts.Cli.Lockbox;

/// <summary><c>lockbox</c>: what the operator's people ask to see, agreed to by signature; and, in a context of the operator's, asking and seeing it.</summary>
internal static class LockboxCommands
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = new Option<string?>("--organization") { Description = "Whose [that of the context's space]", HelpName = "NAME" };
        var id = new Argument<Guid>("id") { Description = "As `lockbox list` shows it", HelpName = "ID" };
        var access = new Argument<Guid?>("access") { Description = "One of them: exactly what was shown", HelpName = "ACCESS", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new ones until it is over" };
        return new Command("lockbox", "What the operator's people ask to see of yours: agree with your signature, watch, end it, and audit it all")
        {
            options.Run(terminal, new Command("list", "List the requests, the newest first") { organization }, async (session, result, token) =>
            {
                var items = await Pages.AllAsync(session.Api, Requests(session, result.GetValue(organization)), ApiClient.Wire.PageLockboxRequest, token);
                session.Results.List(items, wire => wire.LockboxRequest, "Nothing was asked for.", ["ID", "STATE", "BY", "OF", "WHAT", "REASON", "UNTIL"], r =>
                    [r.Id.ToString("D"), r.State, r.Operator, (session.IsOperator ? r.Organization + "/" : "") + Of(r), r.Access, r.Reason, Time(r.State == "waiting" ? r.ExpiresAt : r.OpenUntil)]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("show", "Show a request: who asks to see what, and why; who has agreed") { id, organization }, async (session, result, token) =>
            {
                var path = $"{Requests(session, result.GetValue(organization))}/{result.GetValue(id):D}";
                if (session.IsOperator)
                {
                    var asked = await session.Api.GetAsync(path, ApiClient.Wire.LockboxRequest, token);
                    session.Results.Value(asked, wire => wire.LockboxRequest, writer => Columns.Pairs(writer, Pairs(asked)));
                    return ExitCode.Ok;
                }

                Show(session, await session.Api.GetAsync(path, ApiClient.Wire.LockboxCase, token));
                return ExitCode.Ok;
            }),
            Approve(options, terminal, id, organization),
            options.Run(terminal, new Command("end", "Refuse what waits, or close what is open: at once") { id, organization }, async (session, result, token) =>
            {
                var path = $"{Requests(session, result.GetValue(organization))}/{result.GetValue(id):D}/end";
                var ended = await session.Api.PostAsync(path, ApiClient.Wire.LockboxCase, token);
                session.Results.Value(ended, wire => wire.LockboxCase, writer => writer.WriteLine($"It is {ended.Request.State}: nothing is shown any more."));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("accesses", "What was shown by a request, and when") { id, access, follow, organization }, async (session, result, token) =>
            {
                var path = $"{Requests(session, result.GetValue(organization))}/{result.GetValue(id):D}";
                return result.GetValue(access) is { } one ? await ShowOneAsync(session, $"{path}/accesses/{one:D}", token)
                    : result.GetValue(follow) ? await FollowAsync(session, path, token)
                    : await ListAsync(session, path, token);
            }),
            LockboxKeyCommands.Create(options, terminal, organization),
            LockboxKeyCommands.Trust(options, terminal, organization),
            AuditLockbox.Create(options, terminal, organization),
            AskLockboxCommands.Ask(options, terminal),
            AskLockboxCommands.Open(options, terminal, id),
            AskLockboxCommands.Withdraw(options, terminal, id),
        };
    }

    /// <summary>Where the requests are that the caller sees.</summary>
    public static string Requests(Session session, string? organization) =>
        session.IsOperator ? Paths.OperatorLockboxRequests : Paths.LockboxRequests(organization ?? session.Space.Organization);

    private static Command Approve(GlobalOptions options, Terminal terminal, Argument<Guid> id, Option<string?> organization)
    {
        var file = new Option<string?>("--key") { Description = "Your sealed key [the one that `lockbox key create` made]", HelpName = "FILE" };
        var yes = new Option<bool>("--yes") { Description = "Don't ask" };
        var command = new Command("approve", "Agree to a request: shows what you sign, and signs it with your key on this machine (its passphrase is asked for, or is the first line of standard input)") { id, file, yes, organization };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            var path = $"{Paths.LockboxRequests(owner)}/{result.GetValue(id):D}";
            var asked = await session.Api.GetAsync(path, ApiClient.Wire.LockboxCase, token);
            // The server's word counts for nothing here: what is signed is what is read below.
            var consent = LockboxConsent.Parse(asked.Consent ?? throw new CliException("There is no such resource: refuse the request with `lockbox end`.", ExitCode.Refused))
                ?? throw new CliException("What the server gives to be signed is no consent to a lockbox request.", ExitCode.Failed);
            if (consent.Request != result.GetValue(id) || consent.Organization != owner || consent.DetailsSha256 != LockboxConsent.Digest(asked.Request.Details)
                || consent.Approvers < LockboxConsent.ApproversFor(consent.Classification))
            {
                throw new CliException("What the server gives to be signed is not what the request says. Nothing was signed.", ExitCode.Failed);
            }

            await terminal.Error.WriteLineAsync($"{asked.Consent}\n{Columns.Printable(asked.Request.Details)}\n");
            if (!result.GetValue(yes))
            {
                Confirmation.Ask(terminal, $"{Columns.Printable(consent.Operator)} may see the {consent.Access} of {consent.Space}/{consent.Name} for {consent.Minutes} minutes from the last approval.", consent.Name);
            }

            using var signer = LockboxKeyCommands.OpenKey(terminal, result.GetValue(file) ?? LockboxFiles.KeyOf(owner));
            var approved = (await session.Api.ChangeAsync(
                HttpMethod.Post, path + "/approve", new ApproveLockbox(signer.Sign(asked.Consent!).ToString().TrimEnd('\n')), ApiClient.Wire.ApproveLockbox, ApiClient.Wire.LockboxCase,
                Preconditions.None, token))!;
            session.Results.Value(approved, wire => wire.LockboxCase, writer => writer.WriteLine(approved.Request is { State: "open", OpenUntil: { } until }
                ? $"Open until {Time(until)}. Watch it: beffroi lockbox accesses {approved.Request.Id:D} --follow. End it: beffroi lockbox end {approved.Request.Id:D}"
                : $"Signed. {approved.Approvals.Count} of {approved.ApproversNeeded} people have; it opens with the last."));
            return ExitCode.Ok;
        });
    }

    private static void Show(Session session, LockboxCase shown) => session.Results.Value(shown, wire => wire.LockboxCase, writer =>
    {
        var r = shown.Request;
        Columns.Pairs(
            writer,
            [
                .. Pairs(r),
                ("Approved by", $"{string.Join(", ", shown.Approvals.Select(a => a.Kind == LockboxTerms.PasskeyKey ? a.By + " (passkey)" : a.By))} ({shown.Approvals.Count} of {shown.ApproversNeeded})"),
                ("Shown", string.Create(CultureInfo.InvariantCulture, $"{shown.Accesses} times")),
            ]);
        if (shown.Consent is null)
        {
            writer.WriteLine("\nThere is no such resource, which the operator is not told. Refuse it: beffroi lockbox end " + r.Id.ToString("D"));
        }
        else if (r.State == "waiting")
        {
            writer.WriteLine($"\nAgree: beffroi lockbox approve {r.Id:D}\nRefuse: beffroi lockbox end {r.Id:D}");
        }
    });

    private static IEnumerable<(string Name, string? Value)> Pairs(LockboxRequest r) =>
    [
        ("Request", r.Id.ToString("D")), ("State", r.State), ("Organization", r.Organization), ("Operator's", r.Operator), ("Asks for", $"{r.Access} of {Of(r)}"), ("Reason", r.Reason),
        ("Reference", r.Reference), ("Details", Columns.Printable(r.Details)), ("For", $"{r.Minutes} minutes"), ("Asked", Time(r.RequestedAt)), ("Expires", Time(r.ExpiresAt)),
        ("Open until", Time(r.OpenUntil)), ("Ended", r.EndedAt is null ? null : $"{Time(r.EndedAt)} by {r.EndedBy}"),
    ];

    private static async Task<int> ListAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var items = await Pages.AllAsync(session.Api, path + "/accesses", ApiClient.Wire.PageLockboxAccess, cancellationToken);
        session.Results.List(items, wire => wire.LockboxAccess, "Nothing was shown.", ["ACCESS", "AT", "FROM", "BYTES", "SHA-256"], a =>
            [a.Id.ToString("D"), Time(a.At), a.Origin, a.Bytes.ToString(CultureInfo.InvariantCulture), a.Sha256]);
        return ExitCode.Ok;
    }

    private static async Task<int> ShowOneAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var shown = await session.Api.GetAsync(path, ApiClient.Wire.LockboxAccess, cancellationToken);
        session.Results.Value(shown, wire => wire.LockboxAccess, writer => writer.WriteLine(shown.Content));
        return ExitCode.Ok;
    }

    // Each as it comes, until the request is over.
    private static async Task<int> FollowAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var seen = new HashSet<Guid>();
        while (true)
        {
            var shown = await Session.PatientlyAsync(() => session.Api.GetAsync(path, ApiClient.Wire.LockboxCase, cancellationToken), cancellationToken);
            var accesses = await Pages.AllAsync(session.Api, path + "/accesses", ApiClient.Wire.PageLockboxAccess, cancellationToken);
            foreach (var access in accesses.Reverse().Where(a => seen.Add(a.Id)))
            {
                session.Results.Value(access, wire => wire.LockboxAccess, writer => Columns.Line(writer, access.Id.ToString("D"), Time(access.At)!, access.Origin ?? "", access.Sha256));
            }

            if (shown.Request.State is not ("waiting" or "open"))
            {
                await session.Terminal.Error.WriteLineAsync($"It is {shown.Request.State}.");
                return ExitCode.Ok;
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    public static string Of(LockboxRequest request) => $"{request.Space}/{request.Kind}/{request.Name}";

    public static string? Time(DateTimeOffset? at) => at?.ToString("u", CultureInfo.InvariantCulture);
}
