using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>Statements that define something. They take no parameters, so that each is put together from parts that were checked against forms that need no quoting.</summary>
internal static class DataDefinition
{
    /// <summary>Runs one.</summary>
    internal static async Task RunAsync(NpgsqlConnection connection, string definition, CancellationToken cancellationToken)
    {
#pragma warning disable BFR0001
        await using var command = new NpgsqlCommand(definition, connection);
#pragma warning restore BFR0001
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
