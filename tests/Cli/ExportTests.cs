using Beffroi.Hosts.Cli;
using Beffroi.Hosts.Cli.Postgres.Export;

namespace Beffroi.Cli.Tests;

/// <summary>What leaves the platform is the customer's, and runs elsewhere; the whole way is gone on the installed product.</summary>
public sealed class ExportTests
{
    [Fact]
    public void The_platforms_own_roles_stay_and_nobody_elses()
    {
        const string Globals = """
            SET default_transaction_read_only = off;
            CREATE ROLE app;
            ALTER ROLE app WITH NOSUPERUSER INHERIT CREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS;

            --
            -- User Config "beffroi_replication"
            --

            CREATE ROLE beffroi_replication;
            ALTER ROLE beffroi_replication SET log_statement TO 'none';
            ALTER ROLE beffroi_replication WITH NOSUPERUSER INHERIT LOGIN REPLICATION;
            CREATE ROLE postgres;
            ALTER ROLE postgres WITH SUPERUSER;
            CREATE ROLE postgres_reader;
            CREATE ROLE "beffroi user";
            ALTER ROLE app SET search_path TO 'a', 'b';
            COMMENT ON ROLE beffroi_rewind IS 'x';
            COMMENT ON ROLE app IS 'of the team';
            COMMENT ON ROLE reporting IS 'Managed by Beffroi. Change it in the spec, not here.';
            GRANT pg_monitor TO app WITH ADMIN OPTION, INHERIT TRUE GRANTED BY postgres;
            GRANT app TO "Odd "" Name" WITH INHERIT TRUE GRANTED BY "beffroi user";
            GRANT beffroi_rewind TO app;
            GRANT pg_monitor TO beffroi_rewind GRANTED BY postgres;
            """;
        Assert.Equal(
            """
            SET default_transaction_read_only = off;
            CREATE ROLE app;
            ALTER ROLE app WITH NOSUPERUSER INHERIT CREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS;
            CREATE ROLE postgres_reader;
            CREATE ROLE "beffroi user";
            ALTER ROLE app SET search_path TO 'a', 'b';
            COMMENT ON ROLE app IS 'of the team';
            GRANT pg_monitor TO app WITH ADMIN OPTION, INHERIT TRUE;
            GRANT app TO "Odd "" Name" WITH INHERIT TRUE;

            """, ExportedRoles.Of(Globals + "\n\n"));
    }

    [Fact]
    public async Task Programs_that_are_older_than_the_server_are_refused_with_what_to_install()
    {
        var folder = Directory.CreateTempSubdirectory("beffroi-test-programs-").FullName;
        try
        {
            var none = await Assert.ThrowsAsync<CliException>(() => ClientPrograms.FindAsync(folder, 17, TestContext.Current.CancellationToken));
            Assert.Contains("was not found", none.Message, StringComparison.Ordinal);
            await File.WriteAllTextAsync(folder + "/pg_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)'\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(folder + "/pg_dump", UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var old = await Assert.ThrowsAsync<CliException>(() => ClientPrograms.FindAsync(folder, 17, TestContext.Current.CancellationToken));
            Assert.Contains("is of version 15", old.Message, StringComparison.Ordinal);
            Assert.Contains("postgresql-client-17", old.Message, StringComparison.Ordinal);
            Assert.Equal(folder, (await ClientPrograms.FindAsync(folder, 15, TestContext.Current.CancellationToken)).Folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
