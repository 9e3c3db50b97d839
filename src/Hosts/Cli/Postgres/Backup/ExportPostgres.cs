using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Postgres.Backup;

/// <summary><c>postgres export</c>: everything in open formats, with what to do with it elsewhere. PostgreSQL's own programs do the work.</summary>
internal static class ExportPostgres
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var folder = new Argument<string>("folder") { Description = "A new folder for it" };
        return options.Run(terminal, new Command("export", "Export databases, roles and settings in open formats, to run anywhere") { name, folder }, async (session, result, token) =>
        {
            var (chosen, target) = (result.GetRequiredValue(name), Path.GetFullPath(result.GetRequiredValue(folder)));
            if (Path.Exists(target))
            {
                throw new CliException($"{target} is there already: name a new folder.", ExitCode.Usage);
            }

            var resource = await PostgresCommands.GetAsync(session, chosen, token);
            var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, chosen), ApiClient.Wire.PostgresCredentials, token);
            PrivateFiles.EnsureDirectory(target);
            var secrets = Directory.CreateTempSubdirectory("beffroi-export-").FullName;
            try
            {
                var services = ServiceFile.Write(secrets, chosen, credentials);
                await terminal.Error.WriteLineAsync("Roles and settings…");
                await RunAsync(services, "pg_dumpall", ["--dbname=service=" + chosen, "--globals-only", "--no-role-passwords", "--file=" + target + "/globals.sql"], token);
                await RunAsync(services, "psql", ["service=" + chosen, "-XAtq", "--output=" + target + "/settings.csv", "--csv", "-c", "select name, setting, unit, source from pg_settings where source not in ('default', 'override', 'client') order by name"], token);
                await RunAsync(services, "psql", ["service=" + chosen, "-XAtq", "--output=" + target + "/databases.txt", "-c", "select datname from pg_database where datallowconn and not datistemplate and has_database_privilege(datname, 'connect') and datname <> 'postgres' order by 1"], token);
                foreach (var database in await File.ReadAllLinesAsync(target + "/databases.txt", token))
                {
                    await terminal.Error.WriteLineAsync($"Database {database}…");
                    await RunAsync(services, "pg_dump", ["--dbname=service=" + chosen + " dbname='" + database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'", "--format=custom", "--file=" + Path.Combine(target, Uri.EscapeDataString(database) + ".dump")], token);
                }
            }
            finally
            {
                Directory.Delete(secrets, recursive: true);
            }

            await File.WriteAllTextAsync(target + "/resource.json", JsonSerializer.Serialize(resource, ApiClient.Wire.ResourcePostgresSpecPostgresStatus) + "\n", token);
            await File.WriteAllTextAsync(target + "/README.txt", Instructions(chosen, resource.Status.ServerVersion ?? resource.Spec.Version), token);
            await terminal.Error.WriteLineAsync($"{chosen} is exported to {target}; README.txt there tells how to run it anywhere.");
            return ExitCode.Ok;
        });
    }

    private static string Instructions(string name, string version) => string.Create(CultureInfo.InvariantCulture, $"""
        The PostgreSQL {name} as of {TimeProvider.System.GetUtcNow():u}, exported from version {version}. Nothing of Beffroi is needed to run it.

        globals.sql     roles, memberships and their settings, without passwords (pg_dumpall)
        databases.txt   the databases' names, one a line; NAME.dump is each of them in PostgreSQL's custom format (pg_dump)
        settings.csv    settings that differ from PostgreSQL's defaults
        resource.json   what was asked for and observed

        On any PostgreSQL of the same or a newer major version, as its superuser:

            psql -X -f globals.sql postgres              # "already exists" and reserved roles may be ignored
            while read -r db; do createdb --template=template0 "$db" && pg_restore --exit-on-error --dbname="$db" "$db.dump"; done < databases.txt
            psql -X -c "alter role app password '…'" postgres

        Names with other characters than letters and digits are percent-encoded in file names. Extensions that a database uses must be installed there.

        """);

    private static async Task RunAsync(string services, string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["PGSERVICEFILE"] = services;
        try
        {
            using var process = Process.Start(start)!;
            var error = await process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new CliException($"{program} failed: {error.Trim()}", ExitCode.Failed);
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CliException($"{program} was not found. Install a client at least as new as the server: apt-get install postgresql-client-17", ExitCode.Failed, e);
        }
    }
}
