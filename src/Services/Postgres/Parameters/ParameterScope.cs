namespace Beffroi.Services.Postgres.Parameters;

/// <summary>The database that settings are for.</summary>
/// <param name="Size">Its nodes' size.</param>
/// <param name="StorageBytes">Of its data volume.</param>
internal sealed record ParameterScope(PostgresSize Size, long StorageBytes)
{
    internal long MemoryBytes => Size.MemoryBytes;

    internal int Cpus => Size.Cpus;
}
