using System.Diagnostics.CodeAnalysis;
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
    /// <summary>The table.</summary>
    public static IReadOnlyList<PostgresSize> All { get; } =
    [
        Of("s1", 1, 1, 512),
        Of("s2", 2, 4, 1024),
        Of("s4", 4, 16, 2048),
        Of("s8", 8, 32, 4096),
    ];

    /// <summary>The size of that name.</summary>
    public static bool TryGet(string? name, [NotNullWhen(true)] out PostgresSize? size) =>
        (size = All.FirstOrDefault(s => s.Name == name)) is not null;

    private static PostgresSize Of(string name, int cpus, long memoryGiB, int processes) =>
        new(name, cpus, ByteSize.GiB(memoryGiB).Bytes, processes, ByteSize.GiB(8).Bytes);
}
