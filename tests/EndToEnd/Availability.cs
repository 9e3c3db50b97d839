using System.Diagnostics;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Writes to the database «first» again and again, each time on a new connection, and notes what got no answer and what was acknowledged and lost.</summary>
internal sealed class Availability : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<IReadOnlyList<string>> _asking;

    public Availability(InstalledProduct product) => _asking = AskAsync(product);

    public static Task<Outcome> QueryAsync(InstalledProduct product, string sql)
    {
        var services = $"/root/.config/{product.Installation.Name}/pg_service.conf";
        return product.RunAsync("/usr/bin/env", ["PGSERVICEFILE=" + services, "psql", "service=first connect_timeout=10", "-XAtqc", sql]);
    }

    /// <summary>What went wrong with each write that failed, with when it was asked for (in seconds since the first) and for how long; and what was lost.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await _stop.CancelAsync();
        return await _asking;
    }

    public void Dispose() => _stop.Dispose();

    private async Task<IReadOnlyList<string>> AskAsync(InstalledProduct product)
    {
        var table = "asked_" + Guid.NewGuid().ToString("N");
        var failed = new List<string>();
        var acknowledged = new List<int>();
        var since = Stopwatch.StartNew();
        for (var n = -1; n < 0 || !_stop.IsCancellationRequested; n++)
        {
            var asked = since.Elapsed;
            var outcome = await QueryAsync(product, n < 0 ? $"create table {table} (n int)" : $"insert into {table} values ({n}) returning n");
            if (outcome.ExitCode == 0 && (n < 0 || outcome.Output == n + "\n"))
            {
                acknowledged.Add(n);
            }
            else
            {
                failed.Add($"{asked.TotalSeconds:F2} + {(since.Elapsed - asked).TotalSeconds:F2} s: {outcome.Output} {outcome.Error}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        var kept = (await QueryAsync(product, "select n from " + table)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
        failed.AddRange(acknowledged.Where(n => n >= 0).Except(kept).Select(n => $"{n} was acknowledged and is not there."));
        await QueryAsync(product, "drop table " + table);
        return failed;
    }
}
