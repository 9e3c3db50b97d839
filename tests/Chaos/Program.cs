using System.Globalization;
using Beffroi.Chaos;
using Beffroi.Testing;

// ./beffroi chaos [--database NAME] [--rounds N] [--fault NAME]... [--stock]
// Rounds of each fault against a database of three nodes of an installed product (BEFFROI_INSTALLATION), which is made if it isn't there. With --stock the
// same rounds again under Patroni's stock settings (ttl 30, loop_wait 10, retry_timeout 10, primary_start_timeout 300). Exit code 1: a write was lost, or
// there were two primaries.
var (name, rounds, stock, chosen) = ("chaos", 10, false, new List<string>());
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--database" when i + 1 < args.Length: name = args[++i]; break;
        case "--rounds" when i + 1 < args.Length: rounds = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--fault" when i + 1 < args.Length: chosen.Add(args[++i]); break;
        case "--stock": stock = true; break;
        default: Console.Error.WriteLine("usage: ./beffroi chaos [--database NAME] [--rounds N] [--fault NAME]... [--stock]"); return 2;
    }
}

var installation = Environment.GetEnvironmentVariable("BEFFROI_INSTALLATION") is { Length: > 0 } given ? given : "beffroi";
var command = "/usr/local/bin/" + installation;
try
{
    await Commands.RunAsync(command, ["postgres", "show", name, "-o", "json"]);
}
catch (InvalidOperationException)
{
    Console.WriteLine($"making {name} …");
    await Commands.RunAsync(command, ["postgres", "create", name, "--availability", "ha", "--storage", "2GiB", "--deletion-protection", "off"]);
}

var faults = Fault.All(installation).Where(f => chosen.Count == 0 || chosen.Contains(f.Name)).ToList();
using var database = await Database.FindAsync(command, name);
List<(string Settings, RoundResult Result)> results = [];
await RunAsync("beffroi");
if (stock)
{
    await ConfigureAsync("ttl=30", "loop_wait=10", "retry_timeout=10", "primary_start_timeout=300");
    await RunAsync("stock");
    await ConfigureAsync("ttl=8", "loop_wait=1", "retry_timeout=3", "primary_start_timeout=0");
}

Console.WriteLine();
Console.WriteLine("| fault | settings | rounds | writes | lost | second primary | p50 s | p95 s | most s |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
foreach (var group in results.GroupBy(r => (r.Result.Fault, r.Settings)))
{
    var times = group.Select(r => r.Result.Recovered.TotalSeconds).Order().ToList();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {group.Key.Fault} | {group.Key.Settings} | {times.Count} | {group.Sum(r => r.Result.Acknowledged)} | {group.Sum(r => r.Result.Lost)} | {group.Sum(r => r.Result.Second)} | {At(times, 0.5):F1} | {At(times, 0.95):F1} | {times[^1]:F1} |"));
}

return results.Any(r => r.Result.Lost + r.Result.Second > 0) ? 1 : 0;

static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];

async Task RunAsync(string settings)
{
    foreach (var fault in faults)
    {
        for (var i = 1; i <= rounds; i++)
        {
            var round = new Round(database);
            await round.PrepareAsync();
            var result = await round.RunAsync(fault);
            results.Add((settings, result));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{settings,-8} {fault.Name,-14} {i,3}  {result.Acknowledged,6} writes, {result.Lost} lost, {result.Second} by a second primary; writing again after {result.Recovered.TotalSeconds:F1} s (gap {result.Gap.TotalSeconds:F1} s)"));
        }
    }
}

async Task ConfigureAsync(params string[] settings)
{
    await database.HealthyAsync(TimeSpan.FromMinutes(3));
    var node = await database.PrimaryAsync() ?? database.Nodes[0];
    await Database.InAsync(node, ["patronictl", "-c", "/data/patroni/patroni.yml", "edit-config", "--quiet", "--force", .. settings.SelectMany(s => new[] { "-s", s })]);
    await Task.Delay(TimeSpan.FromSeconds(15));
}
