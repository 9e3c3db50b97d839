using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Extensions as configured, in the customer's databases. Made as the database's owner, so that the allow-list (pgextwlist) judges them as if the owner
/// had made them; one that can't be made is told and stops nothing else.
/// </summary>
internal sealed partial class Extensions(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly Dictionary<(string Database, string Name), string> _refused = [];
    private IReadOnlyList<PostgresFacts.Types.Extension> _found = [];
    private DateTimeOffset _foundAt;

    /// <summary>Makes those that are missing.</summary>
    internal async Task EnsureAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        _refused.Clear();
        _foundAt = default;
        foreach (var database in configuration.Databases.Where(d => d.Extensions.Count > 0))
        {
            try
            {
                await EnsureAsync(database, configuration.AllowedExtensions, cancellationToken);
            }
            catch (PostgresException e)
            {
                // The customer's own database, which its owner may close to everybody.
                foreach (var name in database.Extensions)
                {
                    _refused.TryAdd((database.Name, name), e.SqlState);
                }
            }
        }
    }

    /// <summary>What is in the databases, and what was refused: after a change at once, else a minute old at most.</summary>
    internal async Task<IReadOnlyList<PostgresFacts.Types.Extension>> FindAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - _foundAt > Interval)
        {
            var found = new List<PostgresFacts.Types.Extension>();
            foreach (var database in configuration.Databases)
            {
                found.AddRange(await FindAsync(database.Name, cancellationToken));
            }

            (_found, _foundAt) = (found, time.GetUtcNow());
        }

        return _found;
    }

    private async Task<IReadOnlyList<PostgresFacts.Types.Extension>> FindAsync(string database, CancellationToken cancellationToken)
    {
        IReadOnlyList<PostgresFacts.Types.Extension> installed = [];
        try
        {
            await using var connection = await CustomerDatabase.OpenAsync(database, cancellationToken);
            installed = await ReadAsync(connection, database, cancellationToken);
        }
        catch (NpgsqlException)
        {
            // Its owner may have taken it away, or closed it: it comes back with the next change.
        }

        return
        [
            .. installed,
            .. _refused.Where(r => r.Key.Database == database && installed.All(e => e.Name != r.Key.Name))
                .Select(r => new PostgresFacts.Types.Extension { Name = r.Key.Name, Refused = r.Value, Database = database }),
        ];
    }

    private async Task EnsureAsync(PostgresConfiguration.Types.Database database, Google.Protobuf.Collections.RepeatedField<string> allowed, CancellationToken cancellationToken)
    {
        await using var connection = await CustomerDatabase.OpenAsync(database.Name, cancellationToken);
        var installed = (await ReadAsync(connection, database.Name, cancellationToken)).Select(e => e.Name).ToHashSet();
        foreach (var name in database.Extensions.Where(name => !installed.Contains(name)))
        {
            if (!allowed.Contains(name) || !Form().IsMatch(name))
            {
                throw new InvalidOperationException("The configuration names an extension that is not allowed.");
            }

            try
            {
                await CreateAsync(connection, name, database.Owner, cancellationToken);
            }
            catch (PostgresException e)
            {
                // The text may name what is the customer's: the code says what it is.
                _refused[(database.Name, name)] = e.SqlState;
                Log.Write($"An extension is refused with SQLSTATE {e.SqlState}: {name}");
            }
        }
    }

    private static async Task<IReadOnlyList<PostgresFacts.Types.Extension>> ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        var found = new List<PostgresFacts.Types.Extension>();
        await using var command = new NpgsqlCommand("select extname::text, extversion from pg_catalog.pg_extension where extname <> 'plpgsql' order by extname limit 100", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new PostgresFacts.Types.Extension { Name = reader.GetString(0), Version = reader.GetString(1), Database = database });
        }

        return found;
    }

    private static async Task CreateAsync(NpgsqlConnection connection, string name, string owner, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Data definition takes no parameters; both names were checked against forms that need no quoting.
        foreach (var definition in new[]
        {
            "set local role " + Identifier.Quote(owner), "set local search_path = pg_catalog, public", $"create extension if not exists \"{name}\" with schema public cascade",
        })
        {
#pragma warning disable BFR0001
            await using var command = new NpgsqlCommand(definition, connection, transaction);
#pragma warning restore BFR0001
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
