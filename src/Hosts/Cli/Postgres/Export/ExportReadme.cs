using System.Globalization;

namespace Beffroi.Hosts.Cli.Postgres.Export;

/// <summary>What stands beside an export for whoever has nothing but it. A test does what it says.</summary>
internal static class ExportReadme
{
    public static string Text(string name, string version, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $$"""
        The PostgreSQL {{name}} as of {{at:u}}, from version {{version}}. Nothing of Beffroi is needed to run it.

        databases.txt   a line for each database: its file and its name
        *.dump          each of them in PostgreSQL's custom format (pg_dump); plain SQL with: pg_restore --file=out.sql FILE
        roles.sql       roles, memberships and their settings, without passwords (pg_dumpall)
        settings.csv    settings that were not PostgreSQL's defaults; some are of the place where it ran
        resource.json   what was asked for and observed there
        SHA256SUMS      of all these: sha256sum --check SHA256SUMS

        It is consistent by database: each as of the moment when its dump began. It is not encrypted.

        On any PostgreSQL of the same or a newer major version, in this folder, as its superuser:

            psql -X -q -v ON_ERROR_STOP=1 -d postgres -f roles.sql
            for file in *.dump; do pg_restore --create --exit-on-error --dbname=postgres -- "./$file"; done
            psql -X -d postgres -c '\password app'

        A role that is there already is an error of the first line: remove it from roles.sql. Extensions that a database uses have to be installed on that machine; pg_restore --list FILE shows them.

        """);
}
