namespace Beffroi.EndToEnd.Tests;

/// <summary>Asks the database «first» again and again, each time on a new connection, and counts the questions that got no answer.</summary>
internal sealed class Availability : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<int> _asking;

    public Availability(InstalledProduct product) => _asking = AskAsync(product);

    public static Task<Outcome> QueryAsync(InstalledProduct product, string sql)
    {
        var services = $"/root/.config/{product.Installation.Name}/pg_service.conf";
        return product.RunAsync("/usr/bin/env", ["PGSERVICEFILE=" + services, "psql", "service=first connect_timeout=10", "-XAtqc", sql]);
    }

    /// <summary>How many questions failed.</summary>
    public async Task<int> EndAsync()
    {
        await _stop.CancelAsync();
        return await _asking;
    }

    public void Dispose() => _stop.Dispose();

    private async Task<int> AskAsync(InstalledProduct product)
    {
        var failed = 0;
        while (!_stop.IsCancellationRequested)
        {
            failed += (await QueryAsync(product, "select 1")).Output == "1\n" ? 0 : 1;
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        return failed;
    }
}
