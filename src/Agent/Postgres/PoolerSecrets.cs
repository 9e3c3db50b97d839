using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// What the pooler checks customers' passwords by: their SCRAM verifiers, which PostgreSQL gives it one by one, at each sign-in, so that it keeps none and a password that
/// is replaced or a role that is gone counts at once. In the database <c>postgres</c>, where customers can't make anything.
/// </summary>
internal static class PoolerSecrets
{
    /// <summary>As PgBouncer asks (its documentation, «auth_query»).</summary>
    internal const string Query = $"select name, secret from {NodeConfiguration.PoolerRole}.secret($1)";

    // Customers' roles that sign in with a password and whose time is not over; PgBouncer goes on as such a role or not at all.
    private const string Roles = """
        from pg_catalog.pg_authid r where r.rolcanlogin and not r.rolsuper and not r.rolreplication and not r.rolbypassrls
            and r.rolname <> 'postgres' and not starts_with(r.rolname::text, 'beffroi_') and not starts_with(r.rolname::text, 'pg_')
            and r.rolpassword like 'SCRAM-SHA-256$%' and (r.rolvaliduntil is null or r.rolvaliduntil > now())
        """;

    private static readonly string[] Definitions =
    [
        $"alter role {NodeConfiguration.PoolerRole} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit password null valid until 'infinity'",
        $"create schema if not exists {NodeConfiguration.PoolerRole}",
        $"""
        create or replace function {NodeConfiguration.PoolerRole}.secret(wanted text) returns table (name text, secret text)
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as $$ select r.rolname::text, r.rolpassword {Roles} and r.rolname = wanted $$
        """,
        $"revoke all on function {NodeConfiguration.PoolerRole}.secret(text) from public",
        $"grant usage on schema {NodeConfiguration.PoolerRole} to {NodeConfiguration.PoolerRole}",
        $"grant execute on function {NodeConfiguration.PoolerRole}.secret(text) to {NodeConfiguration.PoolerRole}",
    ];

    private static readonly string Version = "Beffroi " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(';', Definitions))))[..16];

    /// <summary>Makes the role and its function, or takes both away, on a primary and a connection to <c>postgres</c>.</summary>
    internal static async Task EnsureAsync(NpgsqlConnection connection, bool wanted, CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand("""
            select coalesce(obj_description(to_regnamespace($1)::oid, 'pg_namespace'), ''), exists (select from pg_roles where rolname = $1),
                exists (select from pg_auth_members m join pg_roles r on r.oid in (m.roleid, m.member) where r.rolname = $1)
            """, connection) { Parameters = { new() { Value = NodeConfiguration.PoolerRole } } };
        var (version, exists, shared) = ("", false, false);
        await using (var reader = await look.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (version, exists, shared) = (reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2));
        }

        // Whoever made it by SQL before there was a pooler would be the pooler.
        if (version.Length == 0 && exists && shared)
        {
            if (wanted)
            {
                Log.Write($"There is a role {NodeConfiguration.PoolerRole} that SQL has made: without it gone there is no pooler.");
            }

            return;
        }

        if (!wanted && (exists || version.Length > 0))
        {
            await DataDefinition.RunAsync(connection, $"drop schema if exists {NodeConfiguration.PoolerRole} cascade", cancellationToken);
            await DataDefinition.RunAsync(connection, "drop role if exists " + NodeConfiguration.PoolerRole, cancellationToken);
        }
        else if (wanted && (version != Version || !exists))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (!exists)
            {
                await DataDefinition.RunAsync(connection, "create role " + NodeConfiguration.PoolerRole, cancellationToken);
            }

            foreach (var definition in Definitions)
            {
                await DataDefinition.RunAsync(connection, definition, cancellationToken);
            }

            await DataDefinition.RunAsync(connection, $"comment on schema {NodeConfiguration.PoolerRole} is '{Version}'", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Names of the roles that may sign in through the pooler, but for those that the configuration has sign in with a certificate; null where it gets no secrets.</summary>
    internal static async Task<IReadOnlySet<string>?> RolesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var given = new NpgsqlCommand("select to_regprocedure($1 || '.secret(text)') is not null", connection) { Parameters = { new() { Value = NodeConfiguration.PoolerRole } } };
        if (await given.ExecuteScalarAsync(cancellationToken) is not true)
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand($"select r.rolname::text {Roles}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }
}
