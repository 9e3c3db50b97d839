using System.Globalization;
using Beffroi.Bench.Provision;

// Time from the API call to the first successful query over verified TLS: cold (the space has no spare) and warm (it has one), beside the
// floor measured in the same run. Run as root on a machine where `up` has run; BEFFROI_INSTALLATION names another than beffroi.
// It uses the same names again and again: `up` must have run with BEFFROI_DELETION_GRACE_HOURS=0, so that what is deleted is gone.
if (args.Length > 1 || (args.Length == 1 && !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
{
    Console.Error.WriteLine("usage: provision [RUNS]");
    return 2;
}

const string space = "bench";
var runs = args.Length == 1 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
var installed = new Installed(Environment.GetEnvironmentVariable("BEFFROI_INSTALLATION") ?? "beffroi");
using var api = new Api(installed.Api, installed.CaFile, installed.TokenFile, "demo", space);
await using var floor = new Floor(installed.ImageAlias, installed.Pool);
await floor.PrepareAsync();
await api.EnsureSpaceAsync();
await EmptyAsync();

List<double> floors = [], colds = [], warms = [];
for (var run = 1; run <= runs; run++)
{
    await SettleAsync();
    floors.Add(await Floor.MeasureAsync());
    await SettleAsync();
    // The first of a space is cold; then its spare is prepared, and the second is warm.
    colds.Add(await Provision.MeasureAsync(api, "cold"));
    Guid? spare = null;
    await UntilAsync("a spare is ready", async () =>
    {
        (var state, spare) = await installed.SpareAsync("demo", space);
        return state == "ready";
    });
    await SettleAsync();
    warms.Add(await Provision.MeasureAsync(api, "warm"));
    if ((await api.FindAsync("warm"))?.Id != spare)
    {
        Console.Error.WriteLine("The spare was not taken over: this is no measurement of it.");
        return 1;
    }

    await EmptyAsync();
    Console.WriteLine($"run {run,2}  floor {floors[^1],6:F2} s   cold {colds[^1],6:F2} s   warm {warms[^1],6:F2} s");
}

Console.WriteLine();
Console.WriteLine($"             median     p95   ratio of medians   ratio of p95   ({runs} runs, interleaved)");
Say("floor", floors, "incus copy + start + PostgreSQL answers");
Say("warm", warms, "API call to first query over verified TLS, with a spare in the space");
Say("cold", colds, "the same without");
return 0;

void Say(string name, List<double> values, string what) => Console.WriteLine(
    $"{name,-12} {Percentile(values, 50),6:F2} {Percentile(values, 95),7:F2}   {Percentile(values, 50) / Percentile(floors, 50),16:F2}   {Percentile(values, 95) / Percentile(floors, 95),12:F2}   {what}");

// What the work before leaves to the disk isn't part of any.
static Task SettleAsync() => Task.Delay(TimeSpan.FromSeconds(2));

async Task EmptyAsync()
{
    await api.DeleteAsync("cold");
    await api.DeleteAsync("warm");
    await UntilAsync("the space is empty", async () =>
        await api.FindAsync("cold") is null && await api.FindAsync("warm") is null && (await installed.SpareAsync("demo", space)).State == "none");
}

static async Task UntilAsync(string what, Func<Task<bool>> holds)
{
    for (var tries = 0; !await holds(); tries++)
    {
        if (tries == 600)
        {
            throw new TimeoutException("It has not come about within two minutes that " + what + ".");
        }

        await Task.Delay(200);
    }
}

static double Percentile(List<double> values, int percent)
{
    var sorted = values.Order().ToList();
    return sorted[Math.Clamp((int)Math.Ceiling(percent / 100.0 * sorted.Count) - 1, 0, sorted.Count - 1)];
}
