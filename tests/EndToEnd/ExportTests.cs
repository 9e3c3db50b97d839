using System.Text.RegularExpressions;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>The way out, all of it: one command, and a PostgreSQL of Debian's that has never heard of Beffroi has everything. And the way in, from there.</summary>
public sealed class ExportTests(InstalledProduct product)
{
    private const string Programs = "/usr/lib/postgresql/17/bin";

    [Fact]
    public async Task What_was_exported_runs_on_a_plain_postgresql_by_the_instructions_beside_it()
    {
        var work = Directory.CreateTempSubdirectory("beffroi-test-export-").FullName;
        var root = Directory.CreateTempSubdirectory("beffroi-test-debian-").FullName;
        var started = false;
        try
        {
            await SucceedsAsync("postgres", "create", "leaving", "--timeout", "240");
            await SucceedsAsync("postgres", "role", "set", "leaving", "reporting");
            await SucceedsAsync("postgres", "role", "set", "leaving", "exporter", "--member-of", "pg_read_all_data");
            await SucceedsAsync("postgres", "database", "set", "leaving", "records", "--owner", "reporting", "--extension", "vector");
            await SucceedsAsync("postgres", "connect", "leaving", "--", "-qc", "create table visits (id int primary key, note text); insert into visits select n, 'Müller ' || n from generate_series(1, 1000) n; create role clerk; grant select on visits to clerk");
            await SucceedsAsync("postgres", "connect", "leaving", "--role", "reporting", "--", "-qc", "create table vectors (v vector(3)); insert into vectors values ('[1,2,3]')");

            // A Debian with PostgreSQL 17, on a machine whose own Debian has an older one.
            await Commands.RunAsync("tar", ["-x", "-f", InstalledProduct.Sources + "/artifacts/image-cache/postgres/rootfs.tar", "-C", root]);
            Directory.CreateDirectory(root + work);
            await Commands.RunAsync("mount", ["--bind", work, root + work]);
            await Commands.RunAsync("mount", ["--bind", "/dev", root + "/dev"]);
            Directory.CreateDirectory(work + "/programs");
            foreach (var program in (string[])["pg_dump", "pg_dumpall", "pg_restore"])
            {
                await File.WriteAllTextAsync($"{work}/programs/{program}", $"#!/bin/sh\nexec chroot {root} {Programs}/{program} \"$@\"\n");
                File.SetUnixFileMode($"{work}/programs/{program}", UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }

            var folder = work + "/exported";
            // Without a role that may read all of it, it says so and leaves nothing behind.
            var refused = await ExportAsync(work, folder);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("permission denied", refused.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(work, "exported*"));
            var exported = await ExportAsync(work, folder, "--role", "exporter");
            Assert.True(exported.ExitCode == 0, exported.Error);
            Assert.Equal(["README.txt", "SHA256SUMS", "app.dump", "databases.txt", "records.dump", "resource.json", "roles.sql", "settings.csv"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            await Commands.RunAsync("sh", ["-c", $"cd {folder} && sha256sum --check --quiet SHA256SUMS"]);
            Assert.DoesNotContain("beffroi", await File.ReadAllTextAsync(folder + "/roles.sql"), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("SCRAM", await File.ReadAllTextAsync(folder + "/roles.sql"), StringComparison.Ordinal);

            await InsideAsync(root, "/", "mkdir -m 0700 \"$1/data\" \"$1/socket\" && chown postgres \"$1/data\" \"$1/socket\" && chmod 0755 \"$1\" \"$1/exported\" && chmod 0644 \"$1\"/exported/*", work);
            await InsideAsync(root, "/", $"su postgres -c '{Programs}/initdb -D \"{work}/data\" -A trust -c dynamic_shared_memory_type=mmap --no-sync >/dev/null && {Programs}/pg_ctl -D \"{work}/data\" -w -l {work}/data/log -o \"-k {work}/socket -c listen_addresses= -c fsync=off\" start >/dev/null'", work);
            started = true;
            // As the instructions say it, but for the passwords, which one types.
            var instructions = string.Join('\n', Regex.Matches(await File.ReadAllTextAsync(folder + "/README.txt"), "^    (.*)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Where(l => !l.Contains("\\password", StringComparison.Ordinal)));
            Assert.Contains("pg_restore --create", instructions, StringComparison.Ordinal);
            await InsideAsync(root, folder, "set -e\n" + instructions, work);

            Assert.Equal("1000|Müller 7\n", await InsideAsync(root, "/", "psql -XAtq -d app -c \"select count(*), max(note) filter (where id = 7) from visits\"", work));
            Assert.Equal("[1,2,3]\n", await InsideAsync(root, "/", "psql -XAtq -d records -c 'select v from vectors'", work));
            Assert.Equal("reporting|t\n", await InsideAsync(root, "/", "psql -XAtq -d records -c \"select pg_get_userbyid(datdba), pg_has_role('exporter', 'pg_read_all_data', 'member') from pg_database where datname = 'records'\"", work));
            Assert.Equal("t\n", await InsideAsync(root, "/", "psql -XAtq -d app -c \"select has_table_privilege('clerk', 'visits', 'select')\"", work));
            await ComesBackAsync(root, work);
        }
        finally
        {
            if (started)
            {
                await InsideAsync(root, "/", $"su postgres -c '{Programs}/pg_ctl -D \"{work}/data\" -m immediate stop'", work);
            }

            await product.RunAsync("/bin/umount", ["--lazy", root + work, root + "/dev"]);
            await product.CliAsync("postgres", "update", "leaving", "--deletion-protection", "off");
            await product.CliAsync("postgres", "delete", "leaving", "--yes", "--timeout", "240");
            Directory.Delete(work, recursive: true);
            // By itself, so that a mount that is still there keeps it from what is behind it.
            await product.RunAsync("/bin/rm", ["-rf", "--one-file-system", root]);
        }
    }

    /// <summary>Another database, made on the plain one by its superuser, is taken over once nothing stops it.</summary>
    private async Task ComesBackAsync(string root, string work)
    {
        await File.WriteAllTextAsync(work + "/services", $"[old]\nhost={work}/socket\nuser=postgres\ndbname=postgres\n");
        await File.WriteAllTextAsync(work + "/clinic.sql", """
            create role nurse;
            create database clinic owner nurse;
            \c clinic
            create extension vector;
            create table "Patients" (id int generated always as identity primary key, note text, v vector(2));
            insert into "Patients" (note, v) select 'Müller ' || n, array[n, 1]::vector from generate_series(1, 500) n;
            create view recent as select * from "Patients" where id > 400;
            alter table "Patients" owner to nurse;
            grant select on "Patients" to clerk;
            create function refuse() returns event_trigger language plpgsql as 'begin end';
            create event trigger watching on ddl_command_start execute function refuse();

            """);
        await InsideAsync(root, "/", "psql -XAtq -v ON_ERROR_STOP=1 -d postgres -f \"$1/clinic.sql\"", work);
        var look = await ImportAsync(work, "--check");
        Assert.True(look.ExitCode == 1, look.Error);
        Assert.Contains("watching", look.Output, StringComparison.Ordinal);
        Assert.Contains("nurse", look.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, (await ImportAsync(work)).ExitCode);
        Assert.Equal("0", await InLeavingAsync("app", "select count(*) from pg_database where datname = 'clinic'"));
        await InsideAsync(root, "/", "psql -XAtq -d clinic -c 'drop event trigger watching'", work);

        // What only a superuser makes, and is too rare to be looked for: it fails in the middle, and nothing is left of it here.
        await InsideAsync(root, "/", "psql -XAtq -d clinic -c 'create operator class odd for type int using btree as operator 1 <, operator 3 =, operator 5 >, function 1 btint4cmp(int, int)'", work);
        var broken = await ImportAsync(work);
        Assert.True(broken.ExitCode == 1 && broken.Error.Contains("pg_restore failed", StringComparison.Ordinal), broken.Error);
        Assert.Equal("0", await InLeavingAsync("app", "select count(*) from pg_database where datname = 'clinic'"));
        await InsideAsync(root, "/", "psql -XAtq -d clinic -c 'drop operator family odd using btree'", work);

        var came = await ImportAsync(work);
        Assert.True(came.ExitCode == 0, came.Error);
        Assert.Equal("500|Müller 7|app", await InLeavingAsync("clinic", "select count(*), max(note) filter (where id = 7), (select tableowner from pg_tables where tablename = 'Patients') from \"Patients\""));
        Assert.Equal("501", await InLeavingAsync("clinic", "insert into \"Patients\" (note, v) values ('new', '[0,0]') returning id"));
        var again = await ImportAsync(work);
        Assert.True(again.ExitCode == 1 && again.Error.Contains("already", StringComparison.Ordinal), again.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(work, "beffroi-*"));
    }

    private async Task<string> InLeavingAsync(string database, string sql)
    {
        var run = await product.CliAsync("postgres", "connect", "leaving", "--database", database, "--", "-XAtqc", sql);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Trim();
    }

    private Task<Outcome> ImportAsync(string work, params string[] more) => product.RunAsync(
        "/usr/bin/env",
        ["TMPDIR=" + work, $"PGSERVICEFILE={work}/services", product.Command, "postgres", "import", "leaving", "--from", "old", "--database", "clinic", "--programs", work + "/programs", .. more]);

    // Its temporary files where the other Debian sees them too.
    private Task<Outcome> ExportAsync(string work, string folder, params string[] more) =>
        product.RunAsync("/usr/bin/env", ["TMPDIR=" + work, product.Command, "postgres", "export", "leaving", folder, "--programs", work + "/programs", .. more]);

    private async Task SucceedsAsync(params string[] arguments)
    {
        var run = await product.CliAsync(arguments);
        Assert.True(run.ExitCode == 0, string.Join(' ', arguments) + ": " + run.Output + run.Error);
    }

    /// <summary>A script in the Debian that has PostgreSQL 17, as its superuser at its socket; its first parameter is the working folder.</summary>
    private static Task<string> InsideAsync(string root, string folder, string script, string work) => Commands.RunAsync(
        "chroot", [root, "/usr/bin/env", $"PATH={Programs}:/usr/sbin:/usr/bin:/sbin:/bin", $"PGHOST={work}/socket", "PGUSER=postgres", "LC_ALL=C.UTF-8", "sh", "-c", $"cd {folder} && {{ {script}\n}}", "sh", work]);
}
