using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Evidence;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Evidence;

/// <summary><c>evidence</c>: what the platform shows an auditor, and who gives their word for the rest.</summary>
internal static class EvidenceCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new(
        "evidence",
        "What holds now of the promises and of frameworks' requirements, since when, and what is behind it.\n\nChecks run every minute. A check shows what it says and no more.")
    {
        List(options, terminal),
        Frameworks(options, terminal),
        Show(options, terminal),
        Export(options, terminal),
        Attest(options, terminal),
        Withdraw(options, terminal),
        Attestations(options, terminal),
    };

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        return options.Run(terminal, new Command("list", "List the checks with what they found; exit code 1 if one fails") { organization }, async (session, result, token) =>
        {
            var page = await session.Api.GetAsync(Paths.Evidence(Owner(session, result.GetValue(organization))) + "/findings", ApiClient.Wire.PageEvidenceFinding, token);
            session.Results.List(page.Items, wire => wire.EvidenceFinding, "There are no checks.", ["CHECK", "STATE", "SINCE", "GOOD UNTIL", "FOUND"], f =>
                [f.Check, f.State, Time(f.Since), Time(f.GoodUntil), Columns.Printable(f.Message.En)]);
            return page.Items.Any(f => f.State == "fails") ? ExitCode.Failed : ExitCode.Ok;
        });
    }

    private static Command Frameworks(GlobalOptions options, Terminal terminal)
    {
        var organization = Organization();
        return options.Run(terminal, new Command("frameworks", "List the frameworks") { organization }, async (session, result, token) =>
        {
            var page = await session.Api.GetAsync(Paths.Evidence(Owner(session, result.GetValue(organization))) + "/frameworks", ApiClient.Wire.PageEvidenceFramework, token);
            session.Results.List(page.Items, wire => wire.EvidenceFramework, "There are none.", ["NAME", "TITLE", "PUBLISHER", "DATE", "REQUIREMENTS"], f =>
                [f.Name, f.Title, f.Publisher, Day(f.Date), f.Requirements.ToString(CultureInfo.InvariantCulture)]);
            return ExitCode.Ok;
        });
    }

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var (organization, framework) = (Organization(), Framework());
        var state = new Option<string[]>("--state") { Description = "Only requirements in this state; can be repeated [all but not-shown]", HelpName = "STATE", AllowMultipleArgumentsPerToken = true };
        state.AcceptOnlyFromAmong("enforced", "fresh", "failing", "stale", "attested", "attestation-expired", "not-shown");
        var command = new Command("show", "Show a framework's requirements with what is known of each") { organization, framework, state };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var evidence = await session.Api.GetAsync(Paths.EvidenceFramework(Owner(session, result.GetValue(organization)), result.GetRequiredValue(framework)), ApiClient.Wire.FrameworkEvidence, token);
            var states = result.GetValue(state) ?? [];
            var shown = evidence.Requirements.Where(r => states.Length == 0 ? r.State != "not-shown" : states.Contains(r.State)).ToList();
            session.Results.Value(evidence with { Requirements = states.Length == 0 && session.Results.Json ? evidence.Requirements : shown }, wire => wire.FrameworkEvidence, writer =>
            {
                Columns.Write(writer, session.Terminal.Interactive, ["REQUIREMENT", "STATE", "SINCE", "BY", "TITLE"], shown.Select(r => new string?[]
                {
                    r.Requirement, r.State, Time(r.Since),
                    string.Join(", ", r.Checks.Concat(r.Attestations.Select(a => string.Create(CultureInfo.InvariantCulture, $"{Columns.Printable(a.AttestedBy)} ({a.Side}) until {a.ValidUntil:yyyy-MM-dd}")))),
                    r.Title.En,
                }));
                writer.WriteLine();
                writer.WriteLine(string.Join(", ", evidence.Requirements.CountBy(r => r.State).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Value} {s.Key}"))) + ".");
            });
            return ExitCode.Ok;
        });
    }

    private static Command Export(GlobalOptions options, Terminal terminal)
    {
        var (organization, framework) = (Organization(), Framework());
        var file = new Option<string?>("--file") { Description = "Where to write it [ORGANIZATION.FRAMEWORK.DATE.zip]", HelpName = "FILE" };
        var command = new Command("export", "Export the evidence as a signed bundle: pages to read, OSCAL documents, what is configured, ledger entries with proofs. `beffroi verify evidence` verifies it offline") { organization, framework, file };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var (owner, name) = (Owner(session, result.GetValue(organization)), result.GetRequiredValue(framework));
            var bytes = await session.Api.FindBytesAsync(Paths.EvidenceFramework(owner, name) + "/bundle", token)
                ?? throw new CliException($"There is no framework {name} here: see `beffroi evidence frameworks`.", ExitCode.NotFound);
            var path = result.GetValue(file) ?? string.Create(CultureInfo.InvariantCulture, $"{owner}.{name}.{DateTimeOffset.UtcNow:yyyy-MM-dd}.zip");
            try
            {
                // Whole or not at all.
                await File.WriteAllBytesAsync(path + ".new", bytes, token);
                File.Move(path + ".new", path, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException($"{path} can't be written: {e.Message}", ExitCode.Failed, e);
            }

            return session.Confirm(new JsonObject { ["file"] = path, ["bytes"] = bytes.Length }, $"Written to {path}. To verify it on any machine: beffroi verify evidence {path}");
        });
    }

    private static Command Attest(GlobalOptions options, Terminal terminal)
    {
        var (organization, framework, requirement) = (Organization(), Framework(), Requirement());
        var statement = new Option<string>("--statement") { Description = "What you attest, up to 2000 characters", HelpName = "TEXT", Required = true };
        var until = new Option<DateOnly>("--until") { Description = "The last day on which it holds", HelpName = "YYYY-MM-DD", Required = true };
        var document = new Option<string?>("--document") { Description = "The document behind it: its SHA-256 is kept, not the document", HelpName = "FILE" };
        var command = new Command("attest", "Attest a requirement for your organization; in a context of the operator's, for the installation") { requirement, framework, statement, until, document, organization };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var wanted = new PutAttestation(result.GetRequiredValue(statement), result.GetValue(until), result.GetValue(document) is { } path ? await Sha256Async(path, token) : null);
            var made = await session.Api.ChangeAsync(
                HttpMethod.Put, One(session, result.GetValue(organization), result.GetRequiredValue(framework), result.GetRequiredValue(requirement)), wanted, ApiClient.Wire.PutAttestation,
                ApiClient.Wire.Attestation, Preconditions.None, token);
            session.Results.Value(made!, wire => wire.Attestation, writer => writer.WriteLine(Columns.Printable($"{made!.AttestedBy} attests {made.Requirement} until {Day(made.ValidUntil)}.")));
            return ExitCode.Ok;
        });
    }

    private static Command Withdraw(GlobalOptions options, Terminal terminal)
    {
        var (organization, framework, requirement) = (Organization(), Framework(), Requirement());
        var command = new Command("withdraw", "Withdraw an attestation; the ledger keeps that it was there") { requirement, framework, organization };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var gone = await session.Api.ChangeAsync(
                HttpMethod.Delete, One(session, result.GetValue(organization), result.GetRequiredValue(framework), result.GetRequiredValue(requirement)), (PutAttestation?)null,
                ApiClient.Wire.PutAttestation, ApiClient.Wire.Attestation, Preconditions.None, token);
            session.Results.Value(gone!, wire => wire.Attestation, writer => writer.WriteLine($"The attestation of {gone!.Requirement} is withdrawn."));
            return ExitCode.Ok;
        });
    }

    private static Command Attestations(GlobalOptions options, Terminal terminal)
    {
        var (organization, framework) = (Organization(), Framework());
        var command = new Command("attestations", "List who attests what, the operator's attestations too") { framework, organization };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var name = result.GetRequiredValue(framework);
            var all = session.IsOperator
                ? (await session.Api.GetAsync(Paths.OperatorEvidenceFramework(name) + "/attestations", ApiClient.Wire.PageAttestation, token)).Items
                : [.. (await session.Api.GetAsync(Paths.EvidenceFramework(Owner(session, result.GetValue(organization)), name), ApiClient.Wire.FrameworkEvidence, token)).Requirements.SelectMany(r => r.Attestations)];
            session.Results.List(all, wire => wire.Attestation, $"Nobody attests anything of {name}.", ["REQUIREMENT", "BY", "SIDE", "UNTIL", "STATEMENT"], a =>
                [a.Requirement, Columns.Printable(a.AttestedBy), a.Side, Day(a.ValidUntil), Columns.Printable(a.Statement)]);
            return ExitCode.Ok;
        });
    }

    private static string One(Session session, string? organization, string framework, string requirement) =>
        (session.IsOperator ? Paths.OperatorEvidenceFramework(framework) : Paths.EvidenceFramework(Owner(session, organization), framework)) + "/attestations/" + Uri.EscapeDataString(requirement);

    private static string Owner(Session session, string? organization) => session.IsOperator
        ? throw new CliException("What checks find is the organization's own to see: use a context of one of its people.", ExitCode.Usage)
        : organization ?? session.Space.Organization;

    private static Option<string?> Organization() => new("--organization") { Description = "Whose [that of the context's space]", HelpName = "NAME" };

    private static Option<string> Framework() => new("--framework") { Description = "Of which framework", HelpName = "NAME", DefaultValueFactory = _ => "secnumcloud-3.2" };

    private static Argument<string> Requirement() => new("requirement") { Description = "Its number, as `evidence show` shows it", HelpName = "NUMBER" };

    private static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} can't be read: {e.Message}", ExitCode.Usage, e);
        }
    }

    private static string? Time(DateTimeOffset? time) => time?.ToString("u", CultureInfo.InvariantCulture);

    private static string Day(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);
}
