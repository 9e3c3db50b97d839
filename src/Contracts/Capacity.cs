namespace Beffroi.Contracts;

/// <summary>What a zone has, what is used of it and what is promised: numbers of the operator's own machines, and sums over all organizations. Nothing of any one of them.</summary>
/// <param name="Zone">Which.</param>
/// <param name="Hosts">In order of name; empty until one has been heard.</param>
/// <param name="Allocated">What all resources together were admitted with, those being deleted included.</param>
/// <param name="Promised">What all organizations' quotas allow together.</param>
/// <param name="Organizations">How many there are.</param>
/// <param name="Spaces">How many networks are taken of the zone's range.</param>
/// <param name="MostSpaces">How many the range has room for.</param>
/// <param name="Agents">Of all instances.</param>
public sealed record ZoneCapacity(
    string Zone, IReadOnlyList<ZoneHost> Hosts, AllocatedCapacity Allocated, PromisedCapacity Promised, int Organizations, int Spaces, int MostSpaces, ZoneAgents Agents);

/// <summary>A host, as it was when it was last heard.</summary>
/// <param name="Name">Its own.</param>
/// <param name="State"><c>answering</c>, or <c>silent</c>: not heard for two minutes.</param>
/// <param name="HeardAt">UTC.</param>
/// <param name="StartedAt">When it was switched on, UTC.</param>
/// <param name="Cpus">Logical processors.</param>
/// <param name="Load">Processes that run or wait for a processor or a disk, on average over a minute (proc_loadavg(5)).</param>
/// <param name="MemoryBytes">All of it.</param>
/// <param name="MemoryAvailableBytes">What could be used without swapping (proc_meminfo(5), MemAvailable).</param>
/// <param name="StorageBytes">Of the file system that data volumes lie on.</param>
/// <param name="StorageAvailableBytes">What is free there. Volumes grow into it: it can be less than what they were promised.</param>
/// <param name="Instances">How many there are.</param>
/// <param name="InstancesRunning">How many of them run.</param>
/// <param name="Volumes">Encrypted data volumes.</param>
/// <param name="Versions">Of what runs on it.</param>
public sealed record ZoneHost(
    string Name,
    string State,
    DateTimeOffset HeardAt,
    DateTimeOffset StartedAt,
    int Cpus,
    double Load,
    long MemoryBytes,
    long MemoryAvailableBytes,
    long StorageBytes,
    long StorageAvailableBytes,
    int Instances,
    int InstancesRunning,
    int Volumes,
    HostVersions Versions);

/// <summary>Versions on a host.</summary>
/// <param name="System">The distribution, e.g. <c>Debian GNU/Linux 13 (trixie)</c>.</param>
/// <param name="Kernel">The running kernel's release.</param>
/// <param name="Incus">The running daemon's.</param>
/// <param name="Program">Of beffroi-host.</param>
public sealed record HostVersions(string System, string Kernel, string Incus, string Program);

/// <summary>What was admitted.</summary>
/// <param name="Cpus">Whole CPUs.</param>
/// <param name="MemoryBytes">Of instances.</param>
/// <param name="StorageBytes">Of data volumes, as they may become.</param>
/// <param name="Resources">How many of each kind.</param>
public sealed record AllocatedCapacity(long Cpus, long MemoryBytes, long StorageBytes, IReadOnlyDictionary<string, long> Resources);

/// <summary>What quotas allow together; null where an organization has no limit.</summary>
/// <param name="Cpus">Whole CPUs.</param>
/// <param name="MemoryBytes">Of instances.</param>
/// <param name="StorageBytes">Of data volumes.</param>
public sealed record PromisedCapacity(long? Cpus, long? MemoryBytes, long? StorageBytes);

/// <summary>Agents of all instances, in numbers.</summary>
/// <param name="Known">How many have ever called.</param>
/// <param name="Silent">How many of them have not for half a minute. A stopped instance's is silent too.</param>
/// <param name="Versions">How many are of which version.</param>
public sealed record ZoneAgents(int Known, int Silent, IReadOnlyDictionary<string, int> Versions);

/// <summary>An image on a zone's hosts.</summary>
/// <param name="Kind">What it is for, e.g. <c>postgres</c>; null where only older instances have it.</param>
/// <param name="Digest">SHA-256, hexadecimal.</param>
/// <param name="Current">Whether new instances are made from it.</param>
/// <param name="Instances">How many were made from it and are still there.</param>
/// <param name="BuiltAt">UTC. This and what follows is from its bill of materials; null where that isn't at hand.</param>
/// <param name="Debian">Its release with the point release, e.g. <c>13.2</c>.</param>
/// <param name="Postgres">Debian's version of the server's package.</param>
/// <param name="Agent">The agent's version.</param>
/// <param name="Packages">How many of Debian's packages are in it.</param>
public sealed record ZoneImage(
    string? Kind, string Digest, bool Current, int Instances, DateTimeOffset? BuiltAt = null, string? Debian = null, string? Postgres = null, string? Agent = null, int? Packages = null);
