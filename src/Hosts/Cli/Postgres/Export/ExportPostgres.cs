using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Postgres.Export;

/// <summary>
/// <c>postgres export</c>: everything that is in a PostgreSQL in open formats, with what to do with it on any other. PostgreSQL's own programs do the work, over the customer's own connection:
/// nothing of it passes the control plane.
/// </summary>
internal static class ExportPostgres
{
    private const string Databases = "select datname from pg_database where datallowconn and not datistemplate and datname <> 'postgres' order by datname;\n";

    // What differs from PostgreSQL's own defaults because somebody set it, and not what is of this machine.
    private const string Settings = """
        \pset format csv
        \pset tuples_only off
        select name, setting, unit, source from pg_settings where source not in ('default', 'override', 'client', 'environment variable', 'command line') order by name;

        """;

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var folder = new Argument<string>("folder") { Description = "A new folder for it", HelpName = "FOLDER" };
        var role = SpecOptions.Role();
        var programs = new Option<string?>("--programs") { Description = "Where pg_dump and pg_dumpall are [the newest on this machine]", HelpName = "FOLDER" };
        var command = new Command(
            "export",
            "Export all databases, roles and settings in PostgreSQL's own formats, with instructions to run them anywhere without Beffroi. "
            + "Tables that app doesn't own need a role that may read everything: --role, a member of pg_read_all_data.")
        {
            name, folder, role, programs,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var (chosen, target) = (result.GetRequiredValue(name), Path.GetFullPath(result.GetRequiredValue(folder)));
            if (Path.Exists(target))
            {
                throw new CliException($"{target} is there already: name a new folder.", ExitCode.Usage);
            }

            var resource = await PostgresCommands.GetAsync(session, chosen, token);
            var found = await ClientPrograms.FindAsync(result.GetValue(programs), MajorOf(resource.Status.ServerVersion ?? resource.Spec.Version), token);
            var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, chosen, result.GetValue(role)), ApiClient.Wire.PostgresCredentials, token);

            // Under another name until it is whole.
            var partial = target + ".partial";
            PrivateFiles.EnsureDirectory(partial);
            try
            {
                var databases = await DumpAsync(session, found, chosen, credentials with { ReaderHost = null, ReaderAddress = null }, partial, token);
                await File.WriteAllTextAsync(Path.Combine(partial, "resource.json"), JsonSerializer.Serialize(resource, ApiClient.Wire.ResourcePostgresSpecPostgresStatus) + "\n", token);
                await File.WriteAllTextAsync(Path.Combine(partial, "README.txt"), ExportReadme.Text(chosen, resource.Status.ServerVersion ?? resource.Spec.Version, TimeProvider.System.GetUtcNow()), token);
                await WriteDigestsAsync(partial, token);
                Directory.Move(partial, target);
                return session.Confirm(
                    new JsonObject { ["folder"] = target, ["databases"] = new JsonArray([.. databases.Select(d => (JsonNode)d)]) },
                    $"{chosen} is exported to {target}: {string.Join(", ", databases)}. README.txt there says how to run it anywhere; SHA256SUMS, that it is whole. It is not encrypted: keep it so.");
            }
            catch
            {
                Directory.Delete(partial, recursive: true);
                throw;
            }
        });
    }

    private static async Task<List<string>> DumpAsync(Session session, ClientPrograms programs, string name, PostgresCredentials credentials, string target, CancellationToken cancellationToken)
    {
        using var psql = new Psql(name, credentials);
        await session.Terminal.Error.WriteLineAsync("Roles and settings…");
        var roles = await programs.ReadAsync("pg_dumpall", psql, ["--database=" + credentials.Database, "--globals-only", "--no-role-passwords", "--no-tablespaces"], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(target, "roles.sql"), ExportedRoles.Of(roles), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(target, "settings.csv"), await psql.RunAsync(Settings, cancellationToken), cancellationToken);
        var databases = (await psql.RunAsync(Databases, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        foreach (var database in databases)
        {
            await session.Terminal.Error.WriteLineAsync($"Database {Columns.Printable(database)}…");
            using var connection = new Psql(name, credentials with { Database = database });
            var file = Path.Combine(target, FileOf(database));
            await programs.WriteAsync("pg_dump", connection, ["--format=custom"], file, cancellationToken);
            await session.Terminal.Error.WriteLineAsync($"  {new ByteSize(new FileInfo(file).Length)}");
        }

        await File.WriteAllTextAsync(Path.Combine(target, "databases.txt"), string.Concat(databases.Select(d => $"{FileOf(d)}\t{d}\n")), cancellationToken);
        return databases;
    }

    /// <summary>A name for a file that is the database's, whatever that is called.</summary>
    private static string FileOf(string database) =>
        string.Concat(Encoding.UTF8.GetBytes(database).Select(b => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' ? ((char)b).ToString() : b.ToString("'%'X2", CultureInfo.InvariantCulture))) + ".dump";

    // As sha256sum(1) reads it.
    private static async Task WriteDigestsAsync(string folder, CancellationToken cancellationToken)
    {
        var lines = new StringBuilder();
        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            await using var file = File.OpenRead(path);
            lines.Append(Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken))).Append("  ").Append(Path.GetFileName(path)).Append('\n');
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "SHA256SUMS"), lines.ToString(), cancellationToken);
    }

    private static int MajorOf(string version) => int.Parse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture);
}
