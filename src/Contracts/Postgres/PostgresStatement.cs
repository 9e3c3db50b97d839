namespace Beffroi.Contracts.Postgres;

/// <summary>What statements of one form have cost since the statistics began (PostgreSQL 17 documentation, pg_stat_statements).</summary>
/// <param name="Database">Where they ran.</param>
/// <param name="Role">As whom; null if it is gone.</param>
/// <param name="Calls">How often.</param>
/// <param name="TotalMilliseconds">All of them together.</param>
/// <param name="MeanMilliseconds">One on the average.</param>
/// <param name="MaxMilliseconds">The slowest.</param>
/// <param name="Rows">Rows that they returned or changed.</param>
/// <param name="BlocksRead">Blocks of 8 kB that were not in PostgreSQL's cache.</param>
/// <param name="CacheHits">The part of the blocks that was, 0 to 1; null where none was needed.</param>
/// <param name="Query">The statement, with parameters in place of values.</param>
public sealed record PostgresStatement(
    string Database, string? Role, long Calls, double TotalMilliseconds, double MeanMilliseconds, double MaxMilliseconds, long Rows, long BlocksRead, double? CacheHits, string Query);
