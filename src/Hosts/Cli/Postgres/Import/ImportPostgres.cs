using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres.Export;

namespace Beffroi.Hosts.Cli.Postgres.Import;

/// <summary>
/// <c>postgres import</c>: databases of a PostgreSQL elsewhere, by PostgreSQL's own programs on the caller's machine, straight from there to here: nothing of it passes
/// the control plane or lies on a disk on the way. First it says what does not come along.
/// </summary>
internal static class ImportPostgres
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var from = new Option<string>("--from")
        {
            Description = "Where from: a service of your pg_service.conf, with host, user and, for the password, passfile (PostgreSQL documentation, The Connection Service File)",
            HelpName = "SERVICE",
            Required = true,
        };
        var databases = new Option<string[]>("--database") { Description = "Which, and as what here [all, each as it is called there]; may be repeated", HelpName = "NAME[=HERE]" };
        var check = new Option<bool>("--check") { Description = "Only say what comes along and what does not" };
        var role = SpecOptions.Role();
        var programs = new Option<string?>("--programs") { Description = "Where pg_dump and pg_restore are [the newest on this machine]", HelpName = "FOLDER" };
        var command = new Command(
            "import",
            "Import databases from a PostgreSQL elsewhere, each whole or not at all, and compare the rows of every table. It says first what does not come along, and stops where something would be lost unseen. "
            + "What is written there meanwhile is not in it: stop writing first.")
        {
            name, from, databases, check, role, programs,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var (chosen, service) = (result.GetRequiredValue(name), result.GetRequiredValue(from));
            var resource = await PostgresCommands.GetAsync(session, chosen, token);
            var major = int.Parse((resource.Status.ServerVersion ?? resource.Spec.Version).Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture);
            using var source = new Psql(service);
            var server = SourceServer.Parse(await source.RunAsync(SourceServer.Question, token));
            var wanted = Wanted(result.GetValue(databases) ?? [], server.Databases);
            var found = await ClientPrograms.FindAsync(result.GetValue(programs), Math.Max(major, server.Major), token);
            var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, chosen, result.GetValue(role)), ApiClient.Wire.PostgresCredentials, token);
            var allowed = (await session.Api.GetAsync(Paths.PostgresExtensions(session.Space), ApiClient.Wire.PagePostgresExtensionOffer, token)).Items.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
            var import = new DatabaseImport(session, found, service, chosen, credentials with { ReaderHost = null, ReaderAddress = null });
            var looked = new Dictionary<string, SourceDatabase>(StringComparer.Ordinal);
            var findings = new List<ImportFinding>();
            foreach (var (there, here) in wanted)
            {
                looked[there] = await import.LookAsync(there, token);
                findings.AddRange(ImportFinding.Of(there, looked[there], (server.Major, major), here, await import.PresentAsync(here, token), credentials.Role, allowed));
            }

            if (result.GetValue(check))
            {
                session.Results.List(findings, _ => ImportJson.Default.ImportFinding, "Everything comes along.", ["DATABASE", "EFFECT", "WHAT"], f => [f.Database, f.Effect, f.What]);
                return findings.Any(f => f.Effect == ImportFinding.Stops) ? ExitCode.Failed : ExitCode.Ok;
            }

            foreach (var finding in findings)
            {
                await session.Terminal.Error.WriteLineAsync($"{Columns.Printable(finding.Database)} {finding.Effect}: {Columns.Printable(finding.What)}");
            }

            if (findings.Any(f => f.Effect == ImportFinding.Stops))
            {
                throw new CliException("Nothing was imported: what stops it is above.", ExitCode.Failed);
            }

            var imported = new JsonArray();
            foreach (var (there, here) in wanted)
            {
                var (tables, rows) = await import.RunAsync(there, looked[there], here, token);
                imported.Add((JsonNode)new JsonObject { ["from"] = there, ["database"] = here, ["tables"] = tables, ["rows"] = rows });
            }

            return session.Confirm(
                new JsonObject { ["databases"] = imported },
                string.Create(CultureInfo.InvariantCulture, $"{chosen} has {string.Join(", ", wanted.Select(w => w.Here))}: {imported.Sum(i => (long)i!["rows"]!)} rows, as many in every table as there."));
        });
    }

    private static List<(string There, string Here)> Wanted(string[] named, IReadOnlyList<string> all)
    {
        // A name may have the sign in it: the last one parts.
        var wanted = named.Length == 0 ? [.. all.Select(d => (There: d, Here: d))] : named.Select(n => all.Contains(n) || n.LastIndexOf('=') < 1 ? (There: n, Here: n) : (There: n[..n.LastIndexOf('=')], Here: n[(n.LastIndexOf('=') + 1)..])).ToList();
        return wanted.FirstOrDefault(w => !all.Contains(w.There)) is { There: { } missing } ? throw new CliException($"There is no database {missing} there. There are: {string.Join(", ", all)}", ExitCode.NotFound)
            : wanted.Count == 0 ? throw new CliException("There is no database there but postgres, which stays.", ExitCode.NotFound)
            : wanted.FirstOrDefault(w => w.Here.Length is 0 or > 63 || w.Here is "postgres" or "template0" or "template1") is { Here: { } wrong } ? throw new CliException($"A database here can't be called \"{wrong}\".", ExitCode.Usage)
            : wanted.Select(w => w.Here).Distinct(StringComparer.Ordinal).Count() < wanted.Count ? throw new CliException("Two databases would have the same name here.", ExitCode.Usage)
            : wanted;
    }
}
