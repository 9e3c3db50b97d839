using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Keys;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres;
using Beffroi.Hosts.Cli.Postgres.Backup;
using Beffroi.Hosts.Cli.Protection;
using Beffroi.Hosts.Cli.Setup;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>
/// <c>verify encryption</c>: puts a row with a word that is nowhere else into each database of a space, then looks for the word as root of the host, in
/// everything that the platform has there; has the databases stopped and looks again; has the organization sealed, looks once more and tries to get past
/// the seal; has everything back as it was, and the rows.
/// </summary>
internal static class VerifyEncryption
{
    public static Command Command(GlobalOptions options, Terminal terminal)
    {
        var openOnly = new Option<bool>("--open-only") { Description = "Only look while the databases serve: stop and seal nothing" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var file = new Option<string?>("--evidence") { Description = "Where to keep the signed evidence [encryption-ORGANIZATION-SPACE-NAME.note, here]; - for nowhere", HelpName = "FILE" };
        var command = new Command(
            "encryption",
            "As root of the host, look for a space's rows in everything the platform has there, backups too, while its databases serve, while they are stopped, and sealed; and try to get past the seal. "
            + "It stops the organization's services for a while. Exit code 1 if anything is found or opened.")
        {
            openOnly, yes, file,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var installation = InstallationName.FromEnvironment();
            if (!Environment.IsPrivilegedProcess || UpRecord.Load(installation) is null)
            {
                throw new CliException("Who looks for plaintext has to be able to read everything: run this as root on the host that the databases lie on, with the organization's own context.");
            }

            var seals = !result.GetValue(openOnly);
            var owner = session.Space.Organization;
            var twoPersons = seals && (await session.Api.GetAsync(Paths.Safeguards(owner), ApiClient.Wire.Safeguards, token)).TwoPersonRule;
            if (seals && !result.GetValue(yes))
            {
                Confirmation.Ask(terminal, $"This stops every service of {owner}, for some minutes.{(twoPersons ? " A second person has to approve the sealing first, and at its end the unsealing: until then it stays sealed." : "")}", owner);
            }

            using var display = new StepDisplay(terminal.Error, terminal.ErrorInteractive);
            var verification = await new Run(session, installation, display).GoAsync(seals, twoPersons, token);
            session.Results.Value(verification, wire => wire.EncryptionVerification, writer => Write(writer, terminal.Interactive, verification));
            await HandInAsync(session, verification, result.GetValue(file), token);
            return verification.Verdict == "passed" ? ExitCode.Ok : ExitCode.Failed;
        });
    }

    /// <summary>The attempts and the verdict, for people.</summary>
    internal static void Write(TextWriter writer, bool interactive, EncryptionVerification verification)
    {
        Columns.Write(writer, interactive, ["ORGANIZATION", "TRIED", "EXPECTED", "OBSERVED", "VERDICT"], verification.Attempts.Select(a => new string?[]
        {
            a.State, a.What, a.Expected, a.Observed, a.Verdict == "passed" ? "passed" : a.Verdict.ToUpperInvariant(),
        }));
        writer.WriteLine();
        Columns.Pairs(
            writer,
            ("Space", verification.Space),
            ("Databases", string.Join(", ", verification.Databases)),
            ("Not looked for", verification.Without is { Count: > 0 } without ? $"{string.Join(", ", without)}: not ready" : null),
            ("Verdict", verification.Verdict));
    }

    /// <summary>Has the platform sign the result as handed in by this person, and keeps what it signed. What was found stands whether or not that works.</summary>
    private static async Task HandInAsync(Session session, EncryptionVerification verification, string? file, CancellationToken cancellationToken)
    {
        var error = session.Terminal.Error;
        try
        {
            var report = (await session.Api.ChangeAsync(
                HttpMethod.Post, Paths.EncryptionReports(session.Space), verification, ApiClient.Wire.EncryptionVerification, ApiClient.Wire.EncryptionReport, Preconditions.None, cancellationToken))!;
            if (file == "-")
            {
                return;
            }

            file ??= $"encryption-{session.Space.Organization}-{session.Space.Space}-{report.Name}.note";
            await File.WriteAllTextAsync(file, report.Note, cancellationToken);
            await error.WriteLineAsync($"Evidence: {file}. Verify it, now or in years and without any server: beffroi verify evidence {file}");
        }
        catch (Exception e) when (e is ProblemException or CliException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"The result is not among the organization's evidence: {Columns.Printable(e is ProblemException problem ? problem.Problem.Detail : e.Message)}");
        }
    }

    /// <summary>One verification.</summary>
    private sealed class Run(Session session, Installation installation, StepDisplay display)
    {
        private readonly Canary _canary = new();
        private readonly SecondPerson _second = new(session.Api, session.Space.Organization, session.Terminal.Error);
        private readonly List<string> _passwords = [];
        private readonly List<EncryptionAttempt> _attempts = [];
        private string _state = "open";

        private string Volumes => installation.State + "/volumes";

        private SoughtBytes Passwords => new([.. _passwords.SelectMany(SoughtBytes.Of)]);

        public async Task<EncryptionVerification> GoAsync(bool seals, bool twoPersons, CancellationToken cancellationToken)
        {
            var began = DateTimeOffset.UtcNow;
            var space = await session.Api.GetAsync(Paths.Space(session.Space), ApiClient.Wire.Space, cancellationToken);
            var all = await Pages.AllAsync(session.Api, Paths.Postgres(session.Space), ApiClient.Wire.PageResourcePostgresSpecPostgresStatus, cancellationToken);
            var databases = all.Where(d => d.Status.State == "ready").Select(d => d.Name).ToList();
            if (databases.Count == 0)
            {
                throw new CliException($"No database of {session.Space} is ready: there is nothing to look for.", ExitCode.NotFound);
            }

            if (twoPersons)
            {
                // Before anything is stopped.
                await _second.PrepareAsync("key.seal", SealAsync, cancellationToken);
            }

            var folder = Directory.CreateTempSubdirectory("beffroi-verify-").FullName;
            try
            {
                var connections = new Dictionary<string, string>();
                foreach (var name in databases)
                {
                    var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, name), ApiClient.Wire.PostgresCredentials, cancellationToken);
                    _passwords.Add(credentials.Password);
                    connections[name] = ServiceFile.Write(Path.Combine(folder, name), name, credentials);
                }

                await PlantAsync(connections, withBackups: seals, cancellationToken);
                try
                {
                    Look([], cancellationToken, given: folder);
                    if (seals)
                    {
                        await StoppedAsync(space.Id, databases, cancellationToken);
                    }
                }
                finally
                {
                    await ReapAsync(connections);
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }

            return new EncryptionVerification(
                session.Space.ToString(), databases, began, _attempts.TrueForAll(a => a.Verdict == "passed") ? "passed" : "failed", _attempts,
                [.. all.Select(d => d.Name).Except(databases)]);
        }

        private async Task PlantAsync(Dictionary<string, string> connections, bool withBackups, CancellationToken cancellationToken)
        {
            display.Begin("Each database has a row with a word that is nowhere else");
            foreach (var (name, services) in connections)
            {
                await PsqlAsync(services, name, Canary.Plant, cancellationToken);
            }

            display.Done();
            if (!withBackups)
            {
                return;
            }

            display.Begin("Backups have it, too");
            foreach (var name in connections.Keys)
            {
                await BackupCommands.MakeAsync(session, name, new CreatePostgresBackup(), cancellationToken);
            }

            display.Done();
        }

        /// <summary>Nothing is sealed, and the databases don't run: their volumes are closed. Then all the rest of it.</summary>
        private async Task StoppedAsync(Guid spaceId, List<string> databases, CancellationToken cancellationToken)
        {
            try
            {
                _state = "stopped";
                foreach (var name in databases)
                {
                    await RunsAsync(name, runs: false, cancellationToken);
                }

                // The repository goes on: what its volume shows while it is open is backups.
                Look(await MountsOfAsync(spaceId, cancellationToken), cancellationToken);
                await Attempts(spaceId).ForceAsync(cancellationToken);
                await SealedAsync(spaceId, databases[0], cancellationToken);
            }
            finally
            {
                _state = "unsealed";
                foreach (var name in databases)
                {
                    await RunsAsync(name, runs: true, CancellationToken.None);
                }
            }
        }

        private async Task RunsAsync(string name, bool runs, CancellationToken cancellationToken)
        {
            var wanted = runs ? "started" : "stopped";
            string observed;
            try
            {
                observed = (await PostgresCommands.RunsAsync(session, name, runs, cancellationToken) == ExitCode.Ok ? "" : "not ") + wanted;
            }
            catch (ProblemException e)
            {
                observed = $"refused: {e.Problem.Title}";
            }

            Note($"{(runs ? "start" : "stop")} {name}", wanted, observed, observed == wanted);
        }

        /// <summary>Where the volumes of a space's instances are mounted while they are open, as Incus has them.</summary>
        private async Task<HashSet<string>> MountsOfAsync(Guid spaceId, CancellationToken cancellationToken)
        {
            var (_, list, _) = await Psql.RunAsync("incus", ["--project", installation.ProjectName(spaceId), "list", "--format", "json"], null, cancellationToken);
            return JsonNode.Parse(list)!.AsArray()
                .SelectMany(instance => instance!["devices"]!.AsObject().Select(device => (string?)device.Value?["source"]))
                .OfType<string>().Where(source => source.StartsWith(Volumes + "/", StringComparison.Ordinal))
                .Select(source => Path.GetDirectoryName(source)!).ToHashSet(StringComparer.Ordinal);
        }

        private async Task SealedAsync(Guid spaceId, string database, CancellationToken cancellationToken)
        {
            var owner = session.Space.Organization;
            var code = await KeyCommands.FollowAsync(session, owner, await _second.AskAsync(SealAsync, cancellationToken), $"{owner} is sealed.", cancellationToken);
            try
            {
                _state = "sealed";
                Note("the organization is sealed", "sealed", code == ExitCode.Ok ? "sealed" : "not sealed", code == ExitCode.Ok);
                Look([], cancellationToken);
                var attempts = Attempts(spaceId);
                await attempts.ForceAsync(cancellationToken);
                await attempts.RestoreAsync(cancellationToken);
                await attempts.ReadAsync(cancellationToken);
                await attempts.AskAsync(database, cancellationToken);
            }
            finally
            {
                await UnsealAsync(owner, cancellationToken);
            }
        }

        private Task<Operation> SealAsync(CancellationToken cancellationToken) => KeyCommands.PostAsync(session, session.Space.Organization, "seal", cancellationToken);

        /// <summary>Whatever happened, and if the person gave up meanwhile: what was stopped comes back. Only a second person isn't waited for by who gave up.</summary>
        private async Task UnsealAsync(string owner, CancellationToken cancellationToken)
        {
            var code = ExitCode.Failed;
            try
            {
                var operation = await _second.AskAsync(_ => KeyCommands.PostAsync(session, owner, "unseal", CancellationToken.None), cancellationToken);
                code = await KeyCommands.FollowAsync(session, owner, operation, $"{owner} is unsealed.", CancellationToken.None);
            }
            catch (Exception e) when (e is CliException or OperationCanceledException)
            {
                await session.Terminal.Error.WriteLineAsync($"{owner} stays sealed ({Columns.Printable(e.Message)}). Unseal it yourself: beffroi key unseal {owner}");
            }

            _state = "unsealed";
            Note("the organization is unsealed", "unsealed", code == ExitCode.Ok ? "unsealed" : "not unsealed", code == ExitCode.Ok);
        }

        private SealAttempts Attempts(Guid spaceId) => new(
            session.Api, session.Space, Volumes, (arguments, token) => Psql.RunAsync("incus", ["--project", installation.ProjectName(spaceId), .. arguments], null, token), Note);

        /// <summary>Reads the rows back, and takes them away.</summary>
        private async Task ReapAsync(Dictionary<string, string> connections)
        {
            var back = 0;
            foreach (var (name, services) in connections)
            {
                try
                {
                    back += await PsqlAsync(services, name, Canary.Reap, CancellationToken.None) == _canary.Word + "\n" ? 1 : 0;
                }
                catch (CliException e)
                {
                    await session.Terminal.Error.WriteLineAsync($"{name}: {e.Message} Drop the table {Canary.Table} yourself.");
                }
            }

            Note("read the rows, as the customer", $"{connections.Count} rows", $"{back} rows", back == connections.Count);
        }

        /// <summary>The word is where a database is open, or this search could find nothing; and nowhere else.</summary>
        /// <param name="own">Volumes that are looked into although they are open: those of the space, when none of its databases runs.</param>
        /// <param name="cancellationToken">Stops between two files.</param>
        /// <param name="given">Where this command itself has the databases' passwords: they are found there, or the search could find none.</param>
        private void Look(HashSet<string> own, CancellationToken cancellationToken, string? given = null)
        {
            display.Begin("Everything that the platform has on this host is searched");
            var search = new PlaintextSearch(_canary.Sought);
            var open = OpenVolumes();
            if (_state == "open")
            {
                var inside = open.Where(mount => mount.StartsWith(Volumes + "/", StringComparison.Ordinal)).SelectMany(mount => search.Below(mount, _ => false, cancellationToken)).Count();
                Note("read the open volumes of running databases, as root: shows that the search finds", "found", inside > 0 ? $"found in {inside} files" : "not found", inside > 0);
            }

            var passwords = new PlaintextSearch(Passwords);
            if (given is not null)
            {
                var files = passwords.Below(given, _ => false, cancellationToken).Count;
                Note("find the databases' passwords where this command keeps them: shows that the search finds", "found", files > 0 ? $"found in {files} files" : "not found", files > 0);
            }

            search = new PlaintextSearch(new SoughtBytes([.. _canary.Sought.Sequences, .. Passwords.Sequences]));
            // A restore drill has a database in clear on the repository's encrypted volume, for as long as it takes.
            var found = Places().SelectMany(place => search.Below(
                place, path => _state != "sealed" && (open.Contains(path) ? !own.Contains(path) : own.Any(mount => path == mount + "/data/drill")), cancellationToken)).ToList();
            // What was found is told apart: few files, if any.
            var opening = found.Where(passwords.Holds).ToList();
            found = [.. found.Where(new PlaintextSearch(_canary.Sought).Holds)];
            var read = $"{search.Files} files, {Size(search.Bytes)} read";
            Note(
                _state switch
                {
                    "open" => "read everything else of the platform, as root",
                    "stopped" => "read everything of the platform, as root, but what other spaces have open",
                    _ => "read everything of the platform, as root",
                },
                "not found",
                found.Count == 0 ? $"not found ({read})" : $"found in {Some(found)} ({read})",
                found.Count == 0);
            Note("find the databases' passwords in any of it", "not found", opening.Count == 0 ? "not found" : $"found in {Some(opening)}", opening.Count == 0);
            display.Done(read);
            if (_state != "stopped")
            {
                LookIntoMemory(cancellationToken);
            }
        }

        /// <summary>The databases' own, while they serve, or this search could find nothing; sealed, nobody's. A drill of a restore has it while it runs, until it is sealed.</summary>
        private void LookIntoMemory(CancellationToken cancellationToken)
        {
            display.Begin("The memory of every process of this host is searched");
            var search = new MemorySearch(_canary.Sought);
            var holders = search.Everywhere(_ => true, cancellationToken);
            var read = $"{search.Processes} processes, {Size(search.Bytes)} read";
            var open = _state == "open";
            Note(
                "read the memory of every process, as root" + (open ? ": shows that the search finds" : ""),
                open ? "found" : "not found",
                holders.Count == 0 ? $"not found ({read})" : $"found in {Some(holders)} ({read})",
                open == holders.Count > 0);
            display.Done(read);
            if (open)
            {
                return;
            }

            // beffroid has had them, to give them to this very command.
            search = new MemorySearch(Passwords);
            holders = search.Everywhere(program => program.StartsWith(installation.Programs + "/", StringComparison.Ordinal), cancellationToken);
            Note(
                "find the databases' passwords in the memory of the platform's processes, as root", "not found",
                (holders.Count == 0 ? "not found" : $"found in {Some(holders)}") + $" ({search.Processes} processes, {Size(search.Bytes)} read)", holders.Count == 0 && search.Processes > 0);
        }

        private static string Some(IReadOnlyList<string> found) => string.Join(", ", found.Take(5)) + (found.Count > 5 ? $" and {found.Count - 5} more" : "");

        /// <summary>Where volumes are mounted, at the platform's own places and again where Incus has them for its instances (mountinfo in proc(5)).</summary>
        private HashSet<string> OpenVolumes()
        {
            // id, parent, device, root, mount point, …
            var mounts = File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).Select(field => (Device: field[2], Point: field[4])).ToList();
            var devices = mounts.Where(m => m.Point.StartsWith(Volumes + "/", StringComparison.Ordinal)).Select(m => m.Device).ToHashSet(StringComparer.Ordinal);
            return mounts.Where(m => devices.Contains(m.Device)).Select(m => m.Point).ToHashSet(StringComparer.Ordinal);
        }

        /// <summary>State, store, volumes, keys; logs; configuration; sockets' folder; Incus with its database, pools and logs; images on their way.</summary>
        private IEnumerable<string> Places() =>
            new[] { installation.State, installation.Logs, installation.Configuration, installation.Run, "/var/lib/incus", "/var/log/incus", "/var/cache/" + installation.Name }.Where(Path.Exists);

        private void Note(string what, string expected, string observed, bool passed) =>
            _attempts.Add(new EncryptionAttempt(_state, what, expected, observed, passed ? "passed" : "failed"));

        private static string Size(long bytes) => (bytes / (double)(1L << 20)).ToString("F0", CultureInfo.InvariantCulture) + " MiB";

        /// <summary>The statements are on no command line: psql reads them.</summary>
        private async Task<string> PsqlAsync(string services, string name, string sql, CancellationToken cancellationToken)
        {
            var (code, output, _) = await Psql.RunAsync("psql", ["service=" + name, "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], _canary.Variables + sql, cancellationToken, start => start.Environment["PGSERVICEFILE"] = services);
            return code == 0 ? output : throw new CliException($"psql failed with exit code {code}.");
        }
    }
}
