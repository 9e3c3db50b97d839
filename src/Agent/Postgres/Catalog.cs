using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Roles and databases as configured, over the instance's own socket as PostgreSQL's superuser. Nothing of the customer's is read.
/// </summary>
internal sealed class Catalog : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = new NpgsqlSlimDataSourceBuilder(
        $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-agent;Timeout=3;Command Timeout=30;Maximum Pool Size=3;Options=-c default_transaction_read_only=off").Build();

    /// <summary>Whether PostgreSQL answers here and is a primary.</summary>
    internal async Task<bool> IsPrimaryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = _source.CreateCommand("select not pg_is_in_recovery()");
            return await command.ExecuteScalarAsync(cancellationToken) is true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Ensures roles first, then databases.</summary>
    internal async Task EnsureAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        foreach (var role in configuration.Roles)
        {
            await EnsureRoleAsync(connection, role, cancellationToken);
        }

        foreach (var database in configuration.Databases)
        {
            await EnsureDatabaseAsync(connection, database, cancellationToken);
        }
    }

    /// <summary>PostgreSQL's version, e.g. 17.12, as it says itself.</summary>
    internal async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("select split_part(current_setting('server_version'), ' ', 1)");
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>How many bytes of what has been received are not replayed yet, on a replica.</summary>
    internal async Task<long> LagAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("select coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::bigint");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Has PostgreSQL read its certificate again.</summary>
    internal async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("select pg_reload_conf()");
        await command.ExecuteScalarAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static async Task EnsureRoleAsync(NpgsqlConnection connection, PostgresConfiguration.Types.Role role, CancellationToken cancellationToken)
    {
        var name = Identifier.Quote(role.Name);
        if (!await ExistsAsync(connection, "select exists (select from pg_roles where rolname = $1)", role.Name, cancellationToken))
        {
            await RunAsync(connection, "create role " + name, cancellationToken);
        }

        // Never superuser, replication or bypassrls, whatever it may have become.
        await RunAsync(
            connection,
            $"alter role {name} login nosuperuser noreplication nobypassrls {(role.CreateDatabase ? "createdb" : "nocreatedb")} {(role.CreateRole ? "createrole" : "nocreaterole")}",
            cancellationToken);
        await SetVerifierAsync(connection, role, name, cancellationToken);
        foreach (var group in role.MemberOf)
        {
            await RunAsync(connection, $"grant {PredefinedRole(group)} to {name} with admin option", cancellationToken);
        }
    }

    private static async Task SetVerifierAsync(
        NpgsqlConnection connection, PostgresConfiguration.Types.Role role, string name, CancellationToken cancellationToken)
    {
        if (!role.ScramVerifier.StartsWith("SCRAM-SHA-256$", StringComparison.Ordinal) || role.ScramVerifier.AsSpan().ContainsAny('\'', '\\'))
        {
            throw new InvalidOperationException("The configuration has a password verifier of an unknown form.");
        }

        await using var present = new NpgsqlCommand("select rolpassword = $2 from pg_authid where rolname = $1", connection)
        {
            Parameters = { new() { Value = role.Name }, new() { Value = role.ScramVerifier } },
        };
        if (await present.ExecuteScalarAsync(cancellationToken) is not true)
        {
            await RunAsync(connection, $"alter role {name} password '{role.ScramVerifier}'", cancellationToken);
        }
    }

    private static async Task EnsureDatabaseAsync(
        NpgsqlConnection connection, PostgresConfiguration.Types.Database database, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, "select exists (select from pg_database where datname = $1)", database.Name, cancellationToken))
        {
            await RunAsync(connection, $"create database {Identifier.Quote(database.Name)} owner {Identifier.Quote(database.Owner)}", cancellationToken);
        }
    }

    private static string PredefinedRole(string name) =>
        name is "pg_monitor" or "pg_signal_backend" or "pg_maintain" or "pg_checkpoint" or "pg_use_reserved_connections" or "pg_create_subscription"
            ? name
            : throw new InvalidOperationException("The configuration grants a role that is not for customers.");

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    // The only place in the product where a statement is put together: data definition takes no parameters. Every part was checked above
    // against a form that needs no quoting.
    private static async Task RunAsync(NpgsqlConnection connection, string definition, CancellationToken cancellationToken)
    {
#pragma warning disable BFR0001
        await using var command = new NpgsqlCommand(definition, connection);
#pragma warning restore BFR0001
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
