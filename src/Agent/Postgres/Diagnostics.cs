using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// What a customer looks at in a running server over a connection of their own: its log's files and what its statements cost. It goes from PostgreSQL to the customer
/// and nowhere else, as both have the customer's words in them. In the database <c>postgres</c>, where customers can't make anything.
/// </summary>
internal static class Diagnostics
{
    // The names are those that PostgreSQL itself finds in its directory of logs, so that no path can be put into them.
    private static readonly string[] Definitions =
    [
        "create extension if not exists pg_stat_statements",
        "create schema if not exists beffroi",
        """
        create or replace function beffroi.log_files() returns table (name text, size bigint, modification timestamptz)
            language sql stable security definer set search_path = pg_catalog
            as $$ select f.name, f.size, f.modification from pg_ls_logdir() f where f.name like '%.json' order by f.name $$
        """,
        """
        create or replace function beffroi.read_log(name text, start bigint, length integer) returns bytea
            language sql stable security definer set search_path = pg_catalog
            as $$ select pg_read_binary_file(current_setting('log_directory') || '/' || f.name, greatest(start, 0), least(greatest(length, 0), 1048576), true)
                  from pg_ls_logdir() f where f.name = read_log.name and f.name like '%.json' $$
        """,
        "revoke all on all functions in schema beffroi from public",
        "grant usage on schema beffroi to pg_monitor",
        "grant execute on all functions in schema beffroi to pg_monitor",
        "grant execute on function pg_stat_statements_reset(oid, oid, bigint, boolean) to ",
    ];

    private static readonly string Version = "Beffroi " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(';', Definitions))))[..16];

    /// <summary>Makes what is missing or of another version of the agent's, on a connection to <c>postgres</c>. <paramref name="first"/> may begin the statistics anew.</summary>
    internal static async Task EnsureAsync(NpgsqlConnection connection, string first, CancellationToken cancellationToken)
    {
        await using var present = new NpgsqlCommand("select obj_description(to_regnamespace('beffroi')::oid, 'pg_namespace') = $1", connection) { Parameters = { new() { Value = Version } } };
        if (await present.ExecuteScalarAsync(cancellationToken) is true)
        {
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var definition in Definitions)
        {
            await DataDefinition.RunAsync(connection, definition.EndsWith(' ') ? definition + Identifier.Quote(first) : definition, cancellationToken);
        }

        await DataDefinition.RunAsync(connection, $"comment on schema beffroi is '{Version}'", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
