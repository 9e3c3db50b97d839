namespace Beffroi.Contracts;

/// <summary>How much an organization or a space may have at once.</summary>
/// <param name="Cpus">Whole CPUs of all resources together; null for no limit.</param>
/// <param name="Memory">e.g. <c>64GiB</c>; null for no limit.</param>
/// <param name="Storage">Of data volumes, e.g. <c>2TiB</c>; null for no limit.</param>
/// <param name="Resources">The most resources of a kind, e.g. <c>postgres</c>: 5; a kind that isn't there has no limit.</param>
public sealed record QuotaLimits(long? Cpus = null, string? Memory = null, string? Storage = null, IReadOnlyDictionary<string, long>? Resources = null);

/// <summary>What is used.</summary>
/// <param name="Cpus">Whole CPUs.</param>
/// <param name="Memory">e.g. <c>3GiB</c>.</param>
/// <param name="Storage">Of data volumes.</param>
/// <param name="Resources">Of each kind.</param>
public sealed record QuotaUse(long Cpus, string Memory, string Storage, IReadOnlyDictionary<string, long> Resources);

/// <summary>A quota and what is used of it.</summary>
/// <param name="Organization">Whose.</param>
/// <param name="Space">Of which space; null for the organization as a whole.</param>
/// <param name="Limits">What is allowed.</param>
/// <param name="Used">What there is, things being deleted included.</param>
public sealed record Quota(string Organization, string? Space, QuotaLimits Limits, QuotaUse Used);
