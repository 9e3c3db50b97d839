using Beffroi.Contracts.Postgres;

namespace Beffroi.Services.Postgres;

/// <summary>
/// Extensions that a customer may create. The list is a security boundary: pgextwlist runs their scripts as superuser, so only
/// extensions that give no way to the file system, to programs or to other roles' rights belong on it.
/// </summary>
internal static class PostgresExtensions
{
    /// <summary>In order of name.</summary>
    internal static IReadOnlyList<PostgresExtensionOffer> All { get; } =
    [
        new("btree_gin", "GIN indexes of ordinary types, beside others in one index."),
        new("btree_gist", "GiST indexes of ordinary types, as for exclusion constraints."),
        new("citext", "Text whose case does not count."),
        new("cube", "Boxes in several dimensions."),
        new("earthdistance", "Distances on the earth's surface; needs cube."),
        new("fuzzystrmatch", "How alike words sound or are written."),
        new("hstore", "Keys and values in one column."),
        new("intarray", "Operators and indexes of arrays of integers."),
        new("isn", "International product numbers: ISBN, ISSN, EAN13, UPC."),
        new("ltree", "Labels in a tree."),
        new("pg_stat_statements", "What statements cost, each kind of them together."),
        new("pg_trgm", "Likeness of texts by groups of three letters, and indexes for it."),
        new("pgcrypto", "Hashes, passwords' hashes, encryption."),
        new("seg", "Intervals of numbers with their uncertainty."),
        new("tablefunc", "Tables from rows: crosstab and more."),
        new("tsm_system_rows", "Samples of a number of rows."),
        new("tsm_system_time", "Samples of so much time."),
        new("unaccent", "Text search that ignores accents."),
        new("uuid-ossp", "UUIDs of every kind."),
        new("vector", "Vectors of numbers, and the search for the nearest."),
    ];

    internal static IReadOnlyList<string> Allowed { get; } = [.. All.Select(extension => extension.Name)];
}
