namespace Beffroi.Contracts;

/// <summary>What was taken over some hours, and what that costs. Hours are as the store's clock counted them, to six decimals; the cost is of the exact seconds.</summary>
/// <param name="CpuHours">Of CPUs of what ran: one CPU for an hour is 1.</param>
/// <param name="MemoryGiBHours">Of memory of what ran, in GiB for an hour.</param>
/// <param name="StorageGiBHours">Of data volumes, of what was stopped too.</param>
/// <param name="BackupGiBHours">Of what backups added to their repository, in the hours of which it is known.</param>
/// <param name="BackupUnknownHours">Of how many hours of resources that have backups nobody knows what those took. They are in no sum.</param>
/// <param name="NodeHours">Of nodes that ran.</param>
/// <param name="RunningHours">Of resources that ran.</param>
/// <param name="StoppedHours">Of resources that were stopped, or deleted and could be brought back: they take storage.</param>
/// <param name="Cost">In the price list's currency, to two decimals, halves away from zero; null where no price held in any of the hours.</param>
/// <param name="UnpricedHours">Of how many hours of resources no price held. They are in no cost.</param>
public sealed record UsageAmounts(
    decimal CpuHours, decimal MemoryGiBHours, decimal StorageGiBHours, decimal BackupGiBHours, decimal BackupUnknownHours, decimal NodeHours, decimal RunningHours, decimal StoppedHours,
    decimal? Cost, decimal UnpricedHours);

/// <summary>A part of what was taken.</summary>
/// <param name="Space">Of which space, by the name that it had; null where all are together.</param>
/// <param name="Kind">Of a resource, e.g. <c>postgres</c>; null where it isn't of one.</param>
/// <param name="Name">The resource's; it stays when the resource is gone.</param>
/// <param name="ResourceId">The resource's: of two that had the same name one after the other, each has its own.</param>
/// <param name="From">The day or hour begins then (UTC); null where it is of the whole time.</param>
/// <param name="Amounts">What was taken.</param>
public sealed record UsagePart(string? Space, string? Kind, string? Name, Guid? ResourceId, DateTimeOffset? From, UsageAmounts Amounts);

/// <summary>What an organization or a space took.</summary>
/// <param name="Organization">Whose.</param>
/// <param name="Space">Of which space; null for the organization as a whole.</param>
/// <param name="Since">From this hour on (UTC).</param>
/// <param name="Until">Up to the beginning of this hour.</param>
/// <param name="RecordedFrom">Before that, nothing was recorded: what was taken then is not known.</param>
/// <param name="RecordedUntil">Hours from then on are not recorded yet.</param>
/// <param name="Currency">Of each cost; null where there is no price list.</param>
/// <param name="Total">Of all of it. Costs of the parts are rounded each for itself, so that their sum may differ by some cents.</param>
/// <param name="By"><c>total</c>, <c>space</c>, <c>resource</c>, <c>day</c> or <c>hour</c>.</param>
/// <param name="Parts">In order of time, or of names; at most 5000.</param>
public sealed record UsageReport(
    string Organization, string? Space, DateTimeOffset Since, DateTimeOffset Until, DateTimeOffset RecordedFrom, DateTimeOffset RecordedUntil, string? Currency, UsageAmounts Total, string By,
    IReadOnlyList<UsagePart> Parts);

/// <summary>What an organization took in a month, for its invoice: sums, with no name of any space or resource.</summary>
/// <param name="Organization">Its name.</param>
/// <param name="CpuHours">As in <see cref="UsageAmounts"/>.</param>
/// <param name="MemoryGiBHours">As there.</param>
/// <param name="StorageGiBHours">As there.</param>
/// <param name="BackupGiBHours">As there.</param>
/// <param name="BackupUnknownHours">As there.</param>
/// <param name="Cost">As there.</param>
/// <param name="UnpricedHours">As there.</param>
public sealed record OrganizationUsage(
    string Organization, decimal CpuHours, decimal MemoryGiBHours, decimal StorageGiBHours, decimal BackupGiBHours, decimal BackupUnknownHours, decimal? Cost, decimal UnpricedHours);

/// <summary>What all organizations took in a month.</summary>
/// <param name="Month">Its first day.</param>
/// <param name="RecordedFrom">Before that, nothing was recorded.</param>
/// <param name="RecordedUntil">Hours from then on are not recorded yet.</param>
/// <param name="Currency">Of each cost; null where there is no price list.</param>
/// <param name="Organizations">Those that took anything, in order of name.</param>
public sealed record MonthlyUsage(DateOnly Month, DateTimeOffset RecordedFrom, DateTimeOffset RecordedUntil, string? Currency, IReadOnlyList<OrganizationUsage> Organizations);

/// <summary>Prices to declare.</summary>
/// <param name="From">The day (UTC) from which they hold. Not in the past; not today either, if a price list holds today.</param>
/// <param name="Currency">Three capital letters (ISO 4217), e.g. <c>EUR</c>. The same in all price lists.</param>
/// <param name="CpuHour">One CPU for an hour. Each price is 0 to 1000000, with at most ten decimals; one that is left out is refused, and not taken for 0.</param>
/// <param name="MemoryGiBHour">1 GiB of memory for an hour.</param>
/// <param name="StorageGiBHour">1 GiB of a data volume for an hour.</param>
/// <param name="BackupGiBHour">1 GiB of backups for an hour.</param>
public sealed record PutPriceList(DateOnly From, string Currency, decimal? CpuHour, decimal? MemoryGiBHour, decimal? StorageGiBHour, decimal? BackupGiBHour);

/// <summary>Prices as they were declared.</summary>
/// <param name="From">The day (UTC) from which they hold, until the next price list's.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="CpuHour">One CPU for an hour.</param>
/// <param name="MemoryGiBHour">1 GiB of memory for an hour.</param>
/// <param name="StorageGiBHour">1 GiB of a data volume for an hour.</param>
/// <param name="BackupGiBHour">1 GiB of backups for an hour.</param>
/// <param name="DeclaredAt">When it was declared, UTC.</param>
public sealed record PriceList(DateOnly From, string Currency, decimal CpuHour, decimal MemoryGiBHour, decimal StorageGiBHour, decimal BackupGiBHour, DateTimeOffset DeclaredAt);

/// <summary>The price lists.</summary>
/// <param name="Current">The one that holds today; null for none: then nothing has a price.</param>
/// <param name="Lists">Every one that held, holds or will hold, the newest first.</param>
public sealed record PriceLists(PriceList? Current, IReadOnlyList<PriceList> Lists);
