using System.Text.Json;
using System.Text.Json.Serialization;

namespace Beffroi.Hosts.Cli.Postgres.Import;

/// <summary>A PostgreSQL elsewhere, as it says itself.</summary>
/// <param name="Major">Its major version.</param>
/// <param name="Databases">Those with something of somebody's in them, by name.</param>
internal sealed record SourceServer(int Major, IReadOnlyList<string> Databases)
{
    /// <summary>Asks a server; one object.</summary>
    public const string Question = """
        select json_build_object(
            'major', current_setting('server_version_num')::int / 10000,
            'databases', (select coalesce(json_agg(datname order by datname), '[]') from pg_database where datallowconn and not datistemplate and datname <> 'postgres'));
        """;

    public static SourceServer Parse(string answer) => JsonSerializer.Deserialize(answer, ImportJson.Default.SourceServer)!;
}

/// <summary>What is in a database elsewhere that matters to who takes it over. Lists hold the first twenty.</summary>
/// <param name="Bytes">What it takes there.</param>
/// <param name="Encoding">Of its text, e.g. <c>UTF8</c>.</param>
/// <param name="Collation">By which it sorts.</param>
/// <param name="Tables">How many.</param>
/// <param name="Extensions">All but <c>plpgsql</c>, with the schema of each.</param>
/// <param name="Untrusted">Functions in languages that reach files or programs, beside extensions'.</param>
/// <param name="EventTriggers">What a superuser alone can make.</param>
/// <param name="ForeignServers">Ways to other servers.</param>
/// <param name="Unreadable">Tables and sequences that who asks may not read.</param>
/// <param name="Owners">Who owns something.</param>
/// <param name="Granted">How many tables have rights granted on them.</param>
/// <param name="Publications">For logical replication from it.</param>
/// <param name="Subscriptions">For logical replication to it.</param>
/// <param name="Tablespaces">Other places of its tables.</param>
/// <param name="Settings">Of the database or of roles in it.</param>
internal sealed record SourceDatabase(
    long Bytes, string Encoding, string Collation, int Tables, IReadOnlyList<SourceExtension> Extensions, IReadOnlyList<string> Untrusted, IReadOnlyList<string> EventTriggers,
    IReadOnlyList<string> ForeignServers, IReadOnlyList<string> Unreadable, IReadOnlyList<string> Owners, int Granted, IReadOnlyList<string> Publications,
    IReadOnlyList<string> Subscriptions, IReadOnlyList<string> Tablespaces, IReadOnlyList<string> Settings)
{
    /// <summary>Asks a database; one object. Nothing that an extension has made counts: the extension makes it again.</summary>
    public const string Question = """
        with own_classes as (
            select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
                and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')),
        own_functions as (
            select p.* from pg_proc p where p.oid >= 16384
                and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
        select json_build_object(
            'bytes', pg_database_size(current_database()),
            'encoding', pg_encoding_to_char((select encoding from pg_database where datname = current_database())),
            'collation', (select coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate) from pg_database d where d.datname = current_database()),
            'tables', (select count(*) from own_classes where relkind in ('r', 'p')),
            'extensions', (select coalesce(json_agg(json_build_object('name', e.extname, 'schema', n.nspname) order by e.extname), '[]') from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'),
            'untrusted', (select coalesce(json_agg(x), '[]') from (select p.oid::regprocedure::text from own_functions p join pg_language l on l.oid = p.prolang where not l.lanpltrusted order by 1 limit 20) s (x)),
            'eventTriggers', (select coalesce(json_agg(x), '[]') from (select t.evtname from pg_event_trigger t where not exists (select from pg_depend d where d.classid = 'pg_event_trigger'::regclass and d.objid = t.oid and d.deptype = 'e') order by 1 limit 20) s (x)),
            'foreignServers', (select coalesce(json_agg(x), '[]') from (select srvname from pg_foreign_server order by 1 limit 20) s (x)),
            'unreadable', (select coalesce(json_agg(x), '[]') from (select oid::regclass::text from own_classes where relkind in ('r', 'p', 'm', 'S') and not case relkind when 'S' then has_sequence_privilege(oid, 'select') else has_table_privilege(oid, 'select') end order by 1 limit 20) s (x)),
            'owners', (select coalesce(json_agg(x), '[]') from (select distinct pg_get_userbyid(relowner) from own_classes order by 1 limit 20) s (x)),
            'granted', (select count(*) from own_classes where relacl is not null),
            'publications', (select coalesce(json_agg(x), '[]') from (select pubname from pg_publication order by 1 limit 20) s (x)),
            'subscriptions', (select coalesce(json_agg(x), '[]') from (select subname from pg_subscription where subdbid = (select oid from pg_database where datname = current_database()) order by 1 limit 20) s (x)),
            'tablespaces', (select coalesce(json_agg(x), '[]') from (select distinct t.spcname from own_classes c join pg_tablespace t on t.oid = c.reltablespace order by 1 limit 20) s (x)),
            'settings', (select coalesce(json_agg(x), '[]') from (select unnest(setconfig) from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database()) order by 1 limit 20) s (x)));
        """;

    /// <summary>Asks how many rows each table has that keeps some; an array of name and number a line.</summary>
    public const string Count = """
        set row_security = off;
        select format('select json_build_array(%L, count(*)) from %s', format('%I.%I', n.nspname, c.relname), format('%I.%I', n.nspname, c.relname))
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        order by 1 \gexec

        """;

    public static SourceDatabase Parse(string answer) => JsonSerializer.Deserialize(answer, ImportJson.Default.SourceDatabase)!;

    /// <summary>What <see cref="Count"/> gave.</summary>
    public static SortedDictionary<string, long> Counts(string answer)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in answer.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var row = JsonDocument.Parse(line);
            counts[row.RootElement[0].GetString()!] = row.RootElement[1].GetInt64();
        }

        return counts;
    }
}

/// <summary>An extension there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schema">Where its things are.</param>
internal sealed record SourceExtension(string Name, string Schema);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SourceServer))]
[JsonSerializable(typeof(SourceDatabase))]
[JsonSerializable(typeof(ImportFinding))]
internal sealed partial class ImportJson : JsonSerializerContext;
