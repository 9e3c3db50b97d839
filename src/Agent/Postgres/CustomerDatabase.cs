using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>A connection to a customer's database as PostgreSQL's superuser, over the instance's own socket. Nothing of the customer's tables is read.</summary>
internal static class CustomerDatabase
{
    /// <summary>Opens one. Names are looked for in PostgreSQL's own catalogue alone, as the customer may have made others.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellationToken)
    {
        // A customer's own databases have any names.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = PostgresPaths.Socket,
            Username = "postgres",
            Database = database,
            ApplicationName = "beffroi-agent",
            Timeout = 3,
            CommandTimeout = 60,
            Pooling = false,
            Options = "-c search_path=pg_catalog -c default_transaction_read_only=off",
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
