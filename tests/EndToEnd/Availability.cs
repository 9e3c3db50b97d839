using System.Diagnostics;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Asks the database «first» again and again, each time on a new connection, and counts the questions that got no answer.</summary>
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

    /// <summary>What went wrong with each question that failed, with when it was asked (in seconds since the first) and for how long.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await _stop.CancelAsync();
        return await _asking;
    }

    public void Dispose() => _stop.Dispose();

    private async Task<IReadOnlyList<string>> AskAsync(InstalledProduct product)
    {
        var failed = new List<string>();
        var since = Stopwatch.StartNew();
        while (!_stop.IsCancellationRequested)
        {
            var asked = since.Elapsed;
            var outcome = await QueryAsync(product, "select 1");
            if (outcome is not { ExitCode: 0, Output: "1\n" })
            {
                failed.Add($"{asked.TotalSeconds:F2} + {(since.Elapsed - asked).TotalSeconds:F2} s: {outcome.Output} {outcome.Error}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        return failed;
    }
}
