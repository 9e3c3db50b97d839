namespace Beffroi.Services.Postgres;

/// <summary>
/// Extensions that a customer may create. The list is a security boundary: pgextwlist runs their scripts as superuser, so only
/// extensions that give no way to the file system, to programs or to other roles' rights belong on it.
/// </summary>
internal static class PostgresExtensions
{
    internal static IReadOnlyList<string> Allowed { get; } =
    [
        "btree_gin", "btree_gist", "citext", "cube", "earthdistance", "fuzzystrmatch", "hstore", "intarray", "isn", "ltree",
        "pg_stat_statements", "pg_trgm", "pgcrypto", "seg", "tablefunc", "tsm_system_rows", "tsm_system_time", "unaccent",
        "uuid-ossp", "vector",
    ];
}
