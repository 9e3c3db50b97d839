using System.Globalization;
using Beffroi.Bench.Ledger;

// The ledger beside what it is measured against, in the same run.
// Arguments: [ENTRIES …], the sizes of the logs to verify; 1000000 if there are none. Or `requests`: those alone.
if (args is ["requests"])
{
    await Requests.RunAsync();
    return;
}

long[] sizes = args.Length == 0 ? [1_000_000] : [.. args.Select(a => long.Parse(a, CultureInfo.InvariantCulture))];

await using (var appends = await Appends.StartAsync())
{
    await appends.AdmissionAsync();
    await appends.ThroughputAsync();
    await appends.ProofsAsync();
    await appends.MemoryAsync();
}

await Requests.RunAsync();

foreach (var size in sizes)
{
    await Verification.RunAsync(size);
}
