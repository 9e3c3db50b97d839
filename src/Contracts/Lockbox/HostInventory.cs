namespace Beffroi.Contracts.Lockbox;

/// <summary>What breaking the glass opens: the host's own list of what is on it. Ids, states and sizes; no name that a customer gave, no key and nothing of what is in it.</summary>
/// <param name="OpenUntil">UTC; nothing is shown afterwards.</param>
/// <param name="At">When the host was asked, UTC.</param>
/// <param name="Zone">Of which zone.</param>
/// <param name="Host">What it is called; null where its program is older than this question, as with all that is null here.</param>
/// <param name="StartedAt">When it was switched on, UTC.</param>
/// <param name="Cpus">Logical processors.</param>
/// <param name="Load">On average over a minute (proc_loadavg(5)).</param>
/// <param name="MemoryBytes">All of it.</param>
/// <param name="MemoryAvailableBytes">What could be used without swapping (proc_meminfo(5), MemAvailable).</param>
/// <param name="StorageBytes">Of the file system that volumes lie on.</param>
/// <param name="StorageAvailableBytes">What is free there.</param>
/// <param name="Spaces">Ids of the spaces with a network on it.</param>
/// <param name="Instances">All of this installation's.</param>
/// <param name="Volumes">All of this installation's.</param>
public sealed record HostInventory(
    DateTimeOffset OpenUntil,
    DateTimeOffset At,
    string Zone,
    string? Host,
    DateTimeOffset? StartedAt,
    int? Cpus,
    double? Load,
    long? MemoryBytes,
    long MemoryAvailableBytes,
    long? StorageBytes,
    long? StorageAvailableBytes,
    IReadOnlyList<Guid> Spaces,
    IReadOnlyList<HostInstance> Instances,
    IReadOnlyList<HostVolume> Volumes);

/// <summary>An instance on a host.</summary>
/// <param name="Id">Its own; the host calls it by this.</param>
/// <param name="Space">The id of its space.</param>
/// <param name="Status">Incus' word: <c>Running</c>, <c>Stopped</c>, <c>Frozen</c>, <c>Error</c>.</param>
/// <param name="ImageDigest">SHA-256 of the image it was made from, hexadecimal.</param>
public sealed record HostInstance(Guid Id, Guid Space, string Status, string ImageDigest);

/// <summary>A volume on a host.</summary>
/// <param name="Id">Its own.</param>
/// <param name="SizeBytes">Of its image or device.</param>
/// <param name="Unlocked">Whether its key is loaded.</param>
/// <param name="Encryption"><c>fscrypt</c> or <c>luks</c>.</param>
public sealed record HostVolume(Guid Id, long SizeBytes, bool Unlocked, string Encryption);
