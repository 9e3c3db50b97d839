using System.Diagnostics;
using System.Globalization;
using Beffroi.Bench.Provision;
using Beffroi.Contracts.Postgres;
using Npgsql;

// Time from the API call to the first successful query over verified TLS, beside the floor measured in the same run.
// Arguments: API CA-FILE TOKEN-FILE ORG/SPACE IMAGE-ALIAS POOL [RUNS]
if (args.Length is < 6 or > 7)
{
    Console.Error.WriteLine("usage: provision API CA-FILE TOKEN-FILE ORG/SPACE IMAGE-ALIAS POOL [RUNS]");
    return 2;
}

var runs = args.Length == 7 ? int.Parse(args[6], CultureInfo.InvariantCulture) : 20;
using var api = new Api(new Uri(args[0]), args[1], args[2], args[3]);
await using var floor = new Floor(args[4], args[5]);
await floor.PrepareAsync();

List<double> floors = [], ours = [];
for (var run = 1; run <= runs; run++)
{
    await SettleAsync();
    floors.Add(await Floor.MeasureAsync());
    await SettleAsync();
    ours.Add(await MeasureAsync("bench-" + run.ToString(CultureInfo.InvariantCulture)));
    Console.WriteLine($"run {run,2}  floor {floors[^1],6:F2} s   beffroi {ours[^1],6:F2} s");
}

Console.WriteLine();
Console.WriteLine($"             median     p95   ({runs} runs, interleaved)");
Console.WriteLine($"floor        {Percentile(floors, 50),6:F2} {Percentile(floors, 95),7:F2}   incus copy + start + PostgreSQL answers");
Console.WriteLine($"beffroi      {Percentile(ours, 50),6:F2} {Percentile(ours, 95),7:F2}   API call to first query over verified TLS");
Console.WriteLine($"ratio        {Percentile(ours, 50) / Percentile(floors, 50),6:F2} {Percentile(ours, 95) / Percentile(floors, 95),7:F2}");
return 0;

// What the deletion before leaves to the disk isn't part of either.
static Task SettleAsync() => Task.Delay(TimeSpan.FromSeconds(2));

async Task<double> MeasureAsync(string name)
{
    var clock = Stopwatch.StartNew();
    await api.CreateAsync(name);
    while (await api.FindAsync(name) is not { Status.Endpoint: not null })
    {
        await Task.Delay(20);
    }

    var credentials = await api.CredentialsAsync(name);
    var ca = Path.GetTempFileName();
    await File.WriteAllTextAsync(ca, credentials.CaCertificate);
    while (!await QueryAsync(credentials, ca))
    {
        await Task.Delay(20);
    }

    var seconds = clock.Elapsed.TotalSeconds;
    File.Delete(ca);
    await api.DeleteAsync(name);
    while (await api.FindAsync(name) is not null)
    {
        await Task.Delay(100);
    }

    return seconds;
}

static async Task<bool> QueryAsync(PostgresCredentials credentials, string ca)
{
    try
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = credentials.Address,
            Port = credentials.Port,
            Database = credentials.Database,
            Username = credentials.Role,
            Password = credentials.Password,
            SslMode = SslMode.VerifyFull,
            RootCertificate = ca,
            Pooling = false,
            Timeout = 2,
        };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select 1", connection);
        return await command.ExecuteScalarAsync() is 1;
    }
    catch (NpgsqlException)
    {
        return false;
    }
    catch (TimeoutException)
    {
        return false;
    }
}

static double Percentile(List<double> values, int percent)
{
    var sorted = values.Order().ToList();
    return sorted[Math.Clamp((int)Math.Ceiling(percent / 100.0 * sorted.Count) - 1, 0, sorted.Count - 1)];
}
