using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Beffroi.Contracts.Isolation;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Isolation;

/// <summary><c>verify isolation</c>: has attacks tried on a space and out of it, and shows what came of them.</summary>
internal static class VerifyIsolation
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var evidence = new Option<string?>("--evidence") { Description = "Where to keep the signed evidence [isolation-ORGANIZATION-SPACE-NAME.note, here]; - for nowhere", HelpName = "FILE" };
        var command = new Command(
            "isolation",
            "Try to break a space's isolation: probes in it and in another organization's space attack each other, the host and the control plane. Exit code 1 if any attack succeeds, or could not be judged.")
        {
            evidence, options.NoWait,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var started = (await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.Verifications(session.Space), (IsolationVerdict?)null, ApiClient.Wire.IsolationVerdict, ApiClient.Wire.IsolationVerdict, Preconditions.None, token))!;
            if (!session.Wait)
            {
                return WriteVerdict(session, started);
            }

            IsolationVerification verification;
            try
            {
                verification = await session.Api.GetAsync(Paths.Verification(session.Space, started.Name), ApiClient.Wire.IsolationVerification, token);
            }
            catch (ProblemException e) when (e.Problem.Status == 403)
            {
                // A custom role may start one without reading what was tried: only the verdict is theirs to know.
                return WriteVerdict(session, await WaitForVerdictAsync(session, started.Name, token));
            }

            await session.FollowAsync(verification.Operation!.Value, "The probes are gone.", token);
            verification = await session.Api.GetAsync(Paths.Verification(session.Space, started.Name), ApiClient.Wire.IsolationVerification, token);
            Write(session, verification);
            await KeepEvidenceAsync(session, verification, result.GetValue(evidence), token);
            return verification.Verdict == "passed" ? ExitCode.Ok : ExitCode.Failed;
        });
    }

    public static Command List(GlobalOptions options, Terminal terminal) =>
        options.Run(terminal, new Command("list", "List the verifications of a space's isolation"), async (session, _, token) =>
        {
            var items = await Pages.AllAsync(session.Api, Paths.Verifications(session.Space), ApiClient.Wire.PageIsolationVerification, token);
            session.Results.List(items, wire => wire.IsolationVerification, $"The isolation of {session.Space} was never verified.", ["NAME", "VERDICT", "BY", "STARTED", "MESSAGE"], v =>
                [v.Name, v.Verdict, v.Trigger, v.CreatedAt.ToString("u", CultureInfo.InvariantCulture), v.Message]);
            return ExitCode.Ok;
        });

    public static Command Show(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The verification's name, see `beffroi verify list`" };
        var evidence = new Option<string?>("--evidence") { Description = "Keep the signed evidence in this file", HelpName = "FILE" };
        return options.Run(terminal, new Command("show", "Show a verification, every attempt of it") { name, evidence }, async (session, result, token) =>
        {
            var verification = await session.Api.GetAsync(Paths.Verification(session.Space, result.GetRequiredValue(name)), ApiClient.Wire.IsolationVerification, token);
            Write(session, verification);
            await KeepEvidenceAsync(session, verification, result.GetValue(evidence) ?? "-", token);
            return verification.Verdict is "passed" or "running" ? ExitCode.Ok : ExitCode.Failed;
        });
    }

    /// <summary>The table of attempts.</summary>
    public static void WriteAttempts(TextWriter writer, bool interactive, IsolationVerification verification)
    {
        if (verification.Attempts.Count > 0)
        {
            Columns.Write(writer, interactive, ["FROM", "ATTEMPT", "TRIED", "EXPECTED", "OBSERVED", "CONTROL", "VERDICT", "WHAT"], verification.Attempts.Select(a => new string?[]
            {
                a.From, a.Name, a.Tried.ToString(CultureInfo.InvariantCulture), a.Expected, a.Observed, a.Control, a.Verdict == "passed" ? "passed" : a.Verdict.ToUpperInvariant(), a.What,
            }));
            foreach (var attempt in verification.Attempts.Where(a => a.Verdict != "passed"))
            {
                writer.WriteLine();
                Columns.Line(writer, $"{attempt.Verdict.ToUpperInvariant()}: {attempt.From}/{attempt.Name}: {attempt.What}.", attempt.Detail ?? "", string.Join(", ", attempt.Reached));
            }

            writer.WriteLine();
        }

        Columns.Pairs(writer, ("Verdict", verification.Verdict), ("", verification.Message));
    }

    private static void Write(Session session, IsolationVerification verification) =>
        session.Results.Value(verification, wire => wire.IsolationVerification, writer => WriteAttempts(writer, session.Terminal.Interactive, verification));

    private static int WriteVerdict(Session session, IsolationVerdict verdict)
    {
        session.Results.Value(verdict, wire => wire.IsolationVerdict, writer => Columns.Pairs(writer, ("Verification", verdict.Name), ("Verdict", verdict.Verdict)));
        return verdict.Verdict is "passed" or "running" ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<IsolationVerdict> WaitForVerdictAsync(Session session, string name, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        using var display = new StepDisplay(session.Terminal.Error, session.Terminal.ErrorInteractive);
        display.Begin("The attacks are tried");
        while (true)
        {
            var verdict = await session.Api.GetAsync(Paths.Verification(session.Space, name) + "/verdict", ApiClient.Wire.IsolationVerdict, cancellationToken);
            if (verdict.Verdict != "running")
            {
                display.Done();
                return verdict;
            }

            if (Stopwatch.GetElapsedTime(began) > session.Timeout)
            {
                throw new CliException($"The verification {name} still runs after {StepDisplay.Elapsed(session.Timeout)}.", ExitCode.TimedOut);
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    private static async Task KeepEvidenceAsync(Session session, IsolationVerification verification, string? file, CancellationToken cancellationToken)
    {
        if (file == "-" || verification.EvidenceSha256 is null
            || await session.Api.FindBytesAsync(Paths.Verification(session.Space, verification.Name) + "/evidence", cancellationToken) is not { } note)
        {
            return;
        }

        file ??= $"isolation-{session.Space.Organization}-{session.Space.Space}-{verification.Name}.note";
        try
        {
            await File.WriteAllBytesAsync(file, note, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The evidence can't be kept in {file}: {e.Message}", ExitCode.Failed, e);
        }

        await session.Terminal.Error.WriteLineAsync($"Evidence: {file}. Verify it, now or in years and without any server: beffroi verify evidence {file}");
    }
}
