using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Roles that were of the customer's spec and are not any more. They can't sign in from then on; one that owns nothing is dropped, with what it was granted. What it
/// owns is nobody else's to have by itself (a function that runs with its owner's rights would run with somebody else's), so such a role stays until the first
/// role, which becomes a member of it, has given that away.
/// </summary>
internal static class RetiredRoles
{
    /// <summary>Takes away what can be, and returns the names of those that stay.</summary>
    internal static async Task<IReadOnlyList<string>> RemoveAsync(NpgsqlConnection connection, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var staying = new List<string>();
        foreach (var name in await FindAsync(connection, configuration, cancellationToken))
        {
            try
            {
                if (!await RemoveAsync(connection, name, cancellationToken))
                {
                    staying.Add(name);
                    await GiveToFirstAsync(connection, configuration, name, cancellationToken);
                }
            }
            catch (PostgresException e)
            {
                // A database that lets nobody in, or somebody who goes on using it. The name was in the spec once; the text could have others.
                staying.Add(name);
                Log.Write($"A role that is not wanted any more stays, with SQLSTATE {e.SqlState}: {name}");
            }
        }

        return [.. staying.Distinct()];
    }

    private static async Task<IReadOnlyList<string>> FindAsync(NpgsqlConnection connection, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        await using var command = new NpgsqlCommand(
            "select rolname::text from pg_authid where shobj_description(oid, 'pg_authid') = $1 and not rolname = any($2) and not rolsuper order by rolname", connection)
        {
            Parameters = { new() { Value = Roles.Mark }, new() { Value = configuration.Roles.Select(role => role.Name).ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            // Whoever makes roles by SQL can comment on them, whatever their names are.
            if (CustomerRoles.IsName(reader.GetString(0)))
            {
                found.Add(reader.GetString(0));
            }
        }

        return found;
    }

    /// <summary>Whether it is gone. It is signed out in any case.</summary>
    private static async Task<bool> RemoveAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using (var login = new NpgsqlCommand("select rolcanlogin or rolpassword is not null from pg_authid where rolname = $1", connection) { Parameters = { new() { Value = name } } })
        {
            if (await login.ExecuteScalarAsync(cancellationToken) is true)
            {
                await DataDefinition.RunAsync(connection, $"alter role {Identifier.Quote(name)} nologin password null", cancellationToken);
                await Roles.SignOutAsync(connection, cancellationToken);
            }
        }

        var (owns, databases) = await DependenciesAsync(connection, name, cancellationToken);
        if (owns)
        {
            return false;
        }

        foreach (var database in databases)
        {
            if (!await DropGrantsAsync(name, database, cancellationToken))
            {
                return false;
            }
        }

        await DataDefinition.RunAsync(connection, "drop role " + Identifier.Quote(name), cancellationToken);
        return true;
    }

    /// <summary>Whether anything is its own, in whatever database, and where something was granted to it.</summary>
    private static async Task<(bool Owns, IReadOnlyList<string> Databases)> DependenciesAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        var (owns, databases) = (false, new List<string>());
        await using var command = new NpgsqlCommand("""
            select coalesce(d.datname::text, 'postgres'), bool_or(s.deptype = 'o') from pg_shdepend s left join pg_database d on d.oid = s.dbid
            where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_authid where rolname = $1) group by 1
            """, connection) { Parameters = { new() { Value = name } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            databases.Add(reader.GetString(0));
            owns |= reader.GetBoolean(1);
        }

        return (owns, databases);
    }

    // What drops grants drops what is owned as well: nobody makes anything meanwhile, in any database, for as long as this takes.
    private static async Task<bool> DropGrantsAsync(string name, string database, CancellationToken cancellationToken)
    {
        await using var connection = await CustomerDatabase.OpenAsync(database, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await DataDefinition.RunAsync(connection, "set local lock_timeout = '2s'", cancellationToken);
        await DataDefinition.RunAsync(connection, "lock table pg_catalog.pg_shdepend in share row exclusive mode", cancellationToken);
        if ((await DependenciesAsync(connection, name, cancellationToken)).Owns)
        {
            return false;
        }

        await DataDefinition.RunAsync(connection, "drop owned by " + Identifier.Quote(name), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    // So that it can be emptied: reassign owned, drop owned. What it was a member of by the spec goes first, or the first role would be that too.
    private static async Task GiveToFirstAsync(NpgsqlConnection connection, PostgresConfiguration configuration, string name, CancellationToken cancellationToken)
    {
        await Roles.TakeAllAsync(connection, name, cancellationToken);
        var first = Roles.First(configuration);
        await using var has = new NpgsqlCommand("select pg_has_role($1, $2, 'usage')", connection) { Parameters = { new() { Value = first }, new() { Value = name } } };
        if (await has.ExecuteScalarAsync(cancellationToken) is not true)
        {
            await DataDefinition.RunAsync(connection, $"grant {Identifier.Quote(name)} to {Identifier.Quote(first)}", cancellationToken);
        }
    }
}
