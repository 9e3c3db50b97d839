using System.Globalization;
using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Roles and databases as configured, over the instance's own socket as PostgreSQL's superuser. Nothing of the customer's is read.
/// </summary>
internal sealed class Catalog(TimeProvider time) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = Source();
    private readonly Roles _roles = new(time);
    private readonly List<PostgresFacts.Types.Refusal> _refusals = [];

    private static readonly string[] OwnRoles = ["postgres", NodeConfiguration.ReplicationRole, NodeConfiguration.RewindRole, NodeConfiguration.PoolerRole];

    private static readonly string[] OwnSettings =
    [
        "statement_timeout=0", "transaction_timeout=0", "lock_timeout=0", "idle_in_transaction_session_timeout=0", "idle_session_timeout=0", "temp_file_limit=-1",
        "datestyle=ISO, MDY", "intervalstyle=postgres", "bytea_output=hex",
        // A statement of the agent's can have a verifier in it.
        "log_min_error_statement=panic", "log_min_duration_statement=-1", "log_min_duration_sample=-1",
        // What the platform changes is told as anybody's; that it measures every few seconds is not.
        $"pgaudit.log={CustomerSettings.Audited}", "pgaudit.log_parameter=off",
    ];

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

    /// <summary>Roles and databases that PostgreSQL did not let be as configured when that was last tried.</summary>
    internal IReadOnlyList<PostgresFacts.Types.Refusal> Refusals => [.. _refusals];

    /// <summary>Managed roles that are not configured any more and are still there.</summary>
    internal IReadOnlyList<string> Retired { get; private set; } = [];

    /// <summary>Ensures roles first, then databases; then takes away roles that are not wanted any more. Whether the platform's own roles have settings that they had not.</summary>
    internal async Task<bool> EnsureAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await PoolerSecrets.EnsureAsync(connection, configuration.Pooler is not null, cancellationToken);
        var own = await EnsureOwnRolesAsync(connection, cancellationToken);
        _refusals.Clear();
        _refusals.AddRange(await _roles.EnsureAsync(connection, configuration, cancellationToken));
        var owners = await OwnersAsync(connection, configuration, cancellationToken);
        foreach (var database in configuration.Databases)
        {
            await EnsureDatabaseAsync(connection, database, owners.GetValueOrDefault(database.Name), cancellationToken);
        }

        Retired = await RetiredRoles.RemoveAsync(connection, configuration, cancellationToken);
        await Diagnostics.EnsureAsync(connection, Roles.First(configuration), cancellationToken);
        return own;
    }

    /// <summary>Has Patroni connect anew, which it does whenever a session of its ends: one that began before its role had its settings goes by the customer's.</summary>
    internal async Task RenewSessionsAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' and application_name like 'Patroni%' and backend_type = 'client backend'");
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Ends sessions on this node of managed roles that can't sign in any more, of whoever has come from where nobody may any more, and of roles that need a certificate
    /// those without one, and those of before the present authorities.
    /// </summary>
    internal async Task SignOutAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await Roles.SignOutAsync(connection, cancellationToken);
        if (configuration.AllowedNetworks.Count > 0)
        {
            await using var command = new NpgsqlCommand("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where backend_type = 'client backend' and client_addr is not null and not usename = any($2) and not client_addr <<= any($1::inet[])
                """, connection)
            {
                Parameters = { new() { Value = configuration.AllowedNetworks.ToArray() }, new() { Value = OwnRoles } },
            };
            await command.ExecuteScalarAsync(cancellationToken);
        }

        if (NodeConfiguration.Certified(configuration).ToArray() is { Length: > 0 } certified)
        {
            await using var command = new NpgsqlCommand("""
                select count(pg_terminate_backend(a.pid)) from pg_stat_activity a left join pg_stat_ssl s on s.pid = a.pid
                where a.backend_type = 'client backend' and a.usename = any($1) and (s.client_dn is null or a.backend_start < $2)
                """, connection)
            {
                Parameters = { new() { Value = certified }, new() { Value = ClientAuthorities.ReadAt } },
            };
            await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Whether these settings stand in PostgreSQL's own file, which Patroni writes, and nothing else that a customer may set, and these rules of access;
    /// then PostgreSQL has read both when this returns.
    /// </summary>
    internal async Task<bool> HasReadAsync(
        IReadOnlyDictionary<string, string> settings, IReadOnlyList<AccessRule> rules, CancellationToken cancellationToken)
    {
        var written = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            var replica = false;
            await using (var file = new NpgsqlCommand(
                "select name, coalesce(setting, ''), pg_is_in_recovery() from pg_file_settings where sourcefile like '%/postgresql.conf' and name is not null order by seqno", connection))
            await using (var reader = await file.ExecuteReaderAsync(cancellationToken))
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    (written[reader.GetString(0)], replica) = (reader.GetString(1), reader.GetBoolean(2));
                }
            }

            if (!Stand(written, settings, replica) || !(await RulesAsync(connection, cancellationToken)).SequenceEqual(rules))
            {
                return false;
            }

            // This session follows the server, so that what it has read the server has read.
            await using var reload = new NpgsqlCommand("select pg_conf_load_time() from pg_reload_conf()", connection);
            var before = (DateTime)(await reload.ExecuteScalarAsync(cancellationToken))!;
            await using var read = new NpgsqlCommand("select pg_conf_load_time() > $1", connection) { Parameters = { new() { Value = before } } };
            for (var look = 0; look < 200; look++)
            {
                if (await read.ExecuteScalarAsync(cancellationToken) is true)
                {
                    return true;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            }

            return false;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<List<AccessRule>> RulesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rules = new List<AccessRule>();
        await using var command = new NpgsqlCommand("""
            select user_name[1], coalesce(address, ''), coalesce(netmask, ''), auth_method from pg_hba_file_rules
            where type in ('hostssl', 'local') and auth_method <> 'reject' and not user_name[1] = any($1) order by line_number
            """, connection) { Parameters = { new() { Value = OwnRoles } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rules.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        }

        return rules;
    }

    /// <summary>Whether what is wanted stands in a file, and nothing else that a customer may set. Pure.</summary>
    internal static bool Stand(IReadOnlyDictionary<string, string> written, IReadOnlyDictionary<string, string> wanted, bool replica)
    {
        return wanted.All(s => written.TryGetValue(s.Key, out var value) && (value == s.Value || KeptHigher(s.Key, value, s.Value)))
            && written.All(w => !ComesAndGoes(w.Key.ToLowerInvariant()) || wanted.ContainsKey(w.Key.ToLowerInvariant()) || IsDefault(w.Key, w.Value));

        static bool ComesAndGoes(string name) => CustomerSettings.Names.Contains(name) || name == PostgresSettings.ClientAuthorities;

        // Patroni writes its own defaults of those that it shares between nodes.
        bool IsDefault(string name, string value) => PostgresSettings.SharedDefaults.TryGetValue(name, out var unset) && (value == unset || KeptHigher(name, value, unset));

        // A replica can't have less than its primary had: there Patroni keeps the higher value until it can be lowered.
        bool KeptHigher(string name, string value, string than) =>
            replica && PostgresSettings.SharedDefaults.ContainsKey(name) && int.TryParse(value, CultureInfo.InvariantCulture, out var has) && int.TryParse(than, CultureInfo.InvariantCulture, out var wants) && has > wants;
    }

    /// <summary>Names of settings that wait for a restart of PostgreSQL.</summary>
    internal async Task<IReadOnlyList<string>> PendingAsync(IReadOnlyDictionary<string, string> wanted, CancellationToken cancellationToken)
    {
        var pending = new List<string>();
        await using var command = _source.CreateCommand("select name, setting, pending_restart from pg_settings where pending_restart or name = any($1) order by name");
        command.Parameters.Add(new() { Value = PostgresSettings.SharedDefaults.Keys.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            // Patroni gives these on the command line, where PostgreSQL doesn't look for changes.
            var name = reader.GetString(0);
            if (reader.GetBoolean(2)
                || (PostgresSettings.SharedDefaults.TryGetValue(name, out var unset) && reader.GetString(1) != wanted.GetValueOrDefault(name, unset)))
            {
                pending.Add(name.ToLowerInvariant());
            }
        }

        return pending;
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

    /// <summary>Who may sign in through the pooler; null where PostgreSQL gives it no secrets.</summary>
    internal async Task<IReadOnlySet<string>?> PooledRolesAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        return await PoolerSecrets.RolesAsync(connection, cancellationToken);
    }

    /// <summary>Has PostgreSQL read its certificate again.</summary>
    internal async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await using var command = _source.CreateCommand("select pg_reload_conf()");
        await command.ExecuteScalarAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlDataSource Source()
    {
        var builder = new NpgsqlSlimDataSourceBuilder(
            $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-agent;Timeout=3;Command Timeout=30;Maximum Pool Size=3;Options=-c default_transaction_read_only=off {PostgresSettings.OwnAudit}");
        builder.EnableArrays();
        return builder.Build();
    }

    // A customer's limits, formats and logging are for the customer's sessions: a backup or a switchover must not end by them, and no statement of the agent's is logged.
    private static async Task<bool> EnsureOwnRolesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        await using (var command = new NpgsqlCommand("""
            select r.rolname, w.setting from pg_roles r cross join unnest($2) as w (setting)
                left join pg_db_role_setting s on s.setrole = r.oid and s.setdatabase = 0
            where r.rolname = any($1) and not w.setting = any(coalesce(s.setconfig, '{}'))
            """, connection) { Parameters = { new() { Value = OwnRoles }, new() { Value = OwnSettings } } })
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var (role, setting) = (reader.GetString(0), reader.GetString(1).Split('='));
                missing.Add($"alter role {role} set {setting[0]} = '{setting[1]}'");
            }
        }

        foreach (var definition in missing)
        {
            await DataDefinition.RunAsync(connection, definition, cancellationToken);
        }

        return missing.Count > 0;
    }

    /// <summary>Who owns which of the configured databases, of those that are there.</summary>
    private static async Task<Dictionary<string, string>> OwnersAsync(NpgsqlConnection connection, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("select datname::text, pg_get_userbyid(datdba)::text from pg_database where datname = any($1)", connection)
        {
            Parameters = { new() { Value = configuration.Databases.Select(database => database.Name).ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            owners[reader.GetString(0)] = reader.GetString(1);
        }

        return owners;
    }

    private async Task EnsureDatabaseAsync(NpgsqlConnection connection, PostgresConfiguration.Types.Database database, string? present, CancellationToken cancellationToken)
    {
        var (name, owner) = (Identifier.Quote(database.Name), Identifier.Quote(database.Owner));
        try
        {
            if (present is null)
            {
                // Not from template1, in which a customer's session may be, or may have left something.
                await DataDefinition.RunAsync(connection, $"create database {name} owner {owner} template template0", cancellationToken);
            }
            else if (present != database.Owner)
            {
                await DataDefinition.RunAsync(connection, $"alter database {name} owner to {owner}", cancellationToken);
            }
        }
        catch (PostgresException e)
        {
            _refusals.Add(new PostgresFacts.Types.Refusal { Kind = "database", Name = database.Name, SqlState = e.SqlState });
        }
    }
}
