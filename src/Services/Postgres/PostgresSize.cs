using System.Diagnostics.CodeAnalysis;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres;

/// <summary>One row of the table of sizes.</summary>
/// <param name="Name">As in the spec.</param>
/// <param name="Cpus">Whole CPUs.</param>
/// <param name="MemoryBytes">Of the instance, all processes together.</param>
/// <param name="Processes">The most processes and threads in the instance.</param>
/// <param name="RootDiskBytes">Of the instance's own disk (system, logs), without the data volume.</param>
internal sealed record PostgresSize(string Name, int Cpus, long MemoryBytes, int Processes, long RootDiskBytes)
{
    /// <summary>The table, with what an instance needs besides.</summary>
    public static IReadOnlyList<PostgresSize> All { get; } =
        [.. PostgresSizes.All.Select(s => new PostgresSize(s.Name, s.Cpus, ByteSize.GiB(s.MemoryGiB).Bytes, 512 * s.Cpus, ByteSize.GiB(8).Bytes))];

    /// <summary>The size of that name.</summary>
    public static bool TryGet(string? name, [NotNullWhen(true)] out PostgresSize? size) =>
        (size = All.FirstOrDefault(s => s.Name == name)) is not null;
}
