using Beffroi.Contracts;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tenancy;
using Beffroi.Platform.Tests.Identity;
using Beffroi.Platform.Usage;
using Beffroi.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Beffroi.Platform.Tests.Usage;

/// <summary>The history that the store keeps of what is taken, and the hours recorded from it, under everything that comes between.</summary>
public sealed class UsageRecorderTests(PostgresServer server) : IAsyncLifetime
{
    private TestStore _store = null!;
    private SpaceRecord _space = null!;
    private DateTimeOffset _start;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.CreateAsync(server);
        var hospital = (await _store.InTransactionAsync(c => _store.Get<IOrganizations>().CreateAsync(c, "hospital", new PutOrganization("alice", IdentityTests.Hash("token")), Cancel))).Value!.Value;
        _space = (await _store.InTransactionAsync(c => _store.Get<ISpaces>().CreateAsync(c, hospital, "eval", new PutSpace(Evaluation: true), "customer:alice", Cancel))).Value!.Value;
        await using var connection = await _store.OpenAsync();
        _start = (await UsageTable.ProgressAsync(connection, Cancel)).Until;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task The_store_writes_the_history_itself_and_keeps_it_when_the_resource_is_gone()
    {
        var id = await CreateAsync("dossiers", 1, stopped: false);
        await ChangeAsync(id, 1, stopped: false);
        await ChangeAsync(id, 4, stopped: false);
        await ChangeAsync(id, 4, stopped: true);
        // What is rolled back never was.
        await using (var connection = await _store.OpenAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await AdmitAsync(connection, id, 8, false);
        }

        await ResourceAsync((r, c) => r.RequestDeletionAsync(c, id, Guid.CreateVersion7(), TimeSpan.FromHours(72), Cancel));
        await ResourceAsync(async (r, c) => Assert.True(await r.UndoDeletionAsync(c, id, Guid.CreateVersion7(), Cancel)));
        await ResourceAsync((r, c) => r.RequestDeletionAsync(c, id, Guid.CreateVersion7(), TimeSpan.FromHours(72), Cancel));
        await ResourceAsync((r, c) => r.EndGraceAsync(c, id, Guid.CreateVersion7(), Cancel));
        await ResourceAsync((r, c) => r.RemoveAsync(c, id, Cancel));
        Assert.Equal(
            ["running 1", "running 4", "stopped 4", "kept 4 72h", "stopped 4", "kept 4 72h", "deleted 4"],
            await ListAsync("select state || ' ' || cpus || coalesce(' ' || round(extract(epoch from ends_at - at) / 3600) || 'h', '') from platform.usage_changes order by id"));
        Assert.Equal(["eval/postgres/dossiers"], await ListAsync("select distinct space || '/' || kind || '/' || name from platform.usage_changes"));
        Assert.Equal(["0"], await ListAsync("select count(*)::text from platform.demands"));
    }

    [Fact]
    public async Task A_change_is_never_before_an_hour_that_is_recorded_nor_before_the_one_before_it()
    {
        var id = await CreateAsync("dossiers", 1, stopped: false);
        await _store.ExecuteAsync("update platform.usage_progress set closed_until = closed_until + interval '10 hours'");
        await ChangeAsync(id, 2, stopped: false);
        await _store.ExecuteAsync("update platform.usage_progress set closed_until = closed_until - interval '10 hours'");
        await ChangeAsync(id, 3, stopped: false);
        var at = await ListAsync("select extract(epoch from at)::bigint::text from platform.usage_changes order by id");
        var clamped = _start.AddHours(10).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([clamped, clamped], at.Skip(1));
    }

    [Fact]
    public async Task After_an_outage_replicas_together_record_every_hour_once_and_what_each_was()
    {
        var (a, b) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await PlantAsync(a, 1800, "running", 2);
        await PlantAsync(a, (3 * 3600) + 60, "stopped", 2);
        await PlantAsync(a, 20 * 3600, "running", 4);
        await PlantAsync(a, (28 * 3600) + 1, "deleted", 0);
        await PlantAsync(b, 7200, "kept", 1, ends: 90000);
        var settled = _start.AddHours(30).AddMinutes(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(replica => Task.Run(async () =>
        {
            await using var connection = await _store.OpenAsync();
            var recorder = Recorder();
            var (_, until) = await UsageTable.ProgressAsync(connection, Cancel);
            while (until.AddHours(1) <= settled)
            {
                await recorder.RecordHourAsync(connection, settled, Cancel);
                (_, until) = await UsageTable.ProgressAsync(connection, Cancel);
            }
        })));
        Assert.Equal(_start.AddHours(30), await UntilAsync());
        Assert.Equal(["29", "23"], await ListAsync("select count(*)::text from platform.usage_hours group by resource_id order by count(*) desc"));
        Assert.Equal(
            [$"{(3 * 3600) + 60 - 1800 + (8 * 3600) + 1} {(20 * 3600) - (3 * 3600) - 60} {(2 * ((3 * 3600) + 60 - 1800)) + (4 * ((8 * 3600) + 1))}", $"0 {90000 - 7200} 0"],
            await ListAsync("select sum(running_seconds) || ' ' || sum(stopped_seconds) || ' ' || sum(cpu_seconds) from platform.usage_hours group by resource_id order by sum(cpu_seconds) desc"));
        // Nothing is left to do, and doing it again does nothing.
        await using var again = await _store.OpenAsync();
        Assert.False(await Recorder().RecordHourAsync(again, settled, Cancel));
        Assert.Equal(["52"], await ListAsync("select count(*)::text from platform.usage_hours"));
    }

    [Fact]
    public async Task One_that_is_killed_at_its_work_leaves_nothing_and_another_does_it()
    {
        var id = Guid.CreateVersion7();
        await PlantAsync(id, 0, "running", 2);
        var killed = await _store.OpenAsync();
        var transaction = await killed.BeginTransactionAsync(Cancel);
        var hour = (await UsageTable.TakeAsync(killed, Cancel))!.Value;
        await UsageTable.KeepAsync(killed, hour, [.. (await UsageTable.ChangesAsync(killed, hour, Cancel)).GroupBy(c => c.Resource.Id).Select(c => HourUsage.Of([.. c], hour)!)], Cancel);
        await using var connection = await _store.OpenAsync();
        // While it is at it, another does not wait, and does not do the same.
        Assert.False(await Recorder().RecordHourAsync(connection, _start.AddHours(1), Cancel));
        await transaction.RollbackAsync(Cancel);
        await killed.DisposeAsync();
        Assert.True(await Recorder().RecordHourAsync(connection, _start.AddHours(1), Cancel));
        Assert.Equal(["7200"], await ListAsync("select cpu_seconds::text from platform.usage_hours"));
    }

    [Fact]
    public async Task An_hour_waits_for_a_change_in_it_that_is_not_committed_yet()
    {
        await using var changing = await _store.OpenAsync();
        await using var transaction = await changing.BeginTransactionAsync(Cancel);
        var id = Guid.CreateVersion7();
        await InsertAsync(changing, id, "dossiers");
        Assert.Null(await AdmitAsync(changing, id, 1, false));
        await using var recording = await _store.OpenAsync();
        var settled = UsageTable.SettledAsync(recording, Cancel);
        await Task.Delay(300, Cancel);
        Assert.False(settled.IsCompleted);
        await transaction.CommitAsync(Cancel);
        var now = await settled;
        Assert.Equal(["true"], await ListAsync($"select (at <= timestamptz '{now:O}')::text from platform.usage_changes"));
        // And who changes something next is told a later time.
        await ChangeAsync(id, 2, stopped: false);
        Assert.Equal(["true"], await ListAsync($"select (at >= date_trunc('second', timestamptz '{now:O}'))::text from platform.usage_changes order by id desc limit 1"));
    }

    [Fact]
    public async Task What_backups_take_is_known_of_the_hour_that_has_just_ended_and_made_up_of_none()
    {
        var (known, unknown) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await PlantAsync(known, 0, "running", 1);
        await PlantAsync(unknown, 0, "running", 1);
        var recorder = Recorder(new Meter(known, 1000));
        await using var connection = await _store.OpenAsync();
        var settled = _start.AddHours(3).AddMinutes(1);
        for (var hour = 0; hour < 3; hour++)
        {
            Assert.True(await recorder.RecordHourAsync(connection, settled, Cancel));
        }

        Assert.Equal(
            ["unknown", "unknown", "3600000"],
            await ListAsync($"select coalesce(backup_byte_seconds::text, 'unknown') from platform.usage_hours where resource_id = '{known}' order by hour"));
        Assert.Equal(["unknown"], await ListAsync($"select distinct coalesce(backup_byte_seconds::text, 'unknown') from platform.usage_hours where resource_id = '{unknown}'"));
    }

    [Fact]
    public async Task Sums_are_by_space_resource_and_time_with_the_price_that_held_in_each_hour()
    {
        var (a, b) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await PlantAsync(a, 0, "running", 2);
        await PlantAsync(b, 0, "stopped", 2);
        await using var connection = await _store.OpenAsync();
        var tomorrow = DateOnly.FromDateTime(_start.UtcDateTime).AddDays(1);
        var hoursToday = (int)(UsageQueries.Midnight(tomorrow) - _start).TotalHours;
        for (var hour = 0; hour < hoursToday + 2; hour++)
        {
            Assert.True(await Recorder().RecordHourAsync(connection, _start.AddHours(hoursToday + 2), Cancel));
        }

        async Task<UsageReport> ReportAsync(string by) => (await UsageQueries.ReportAsync(connection, (_space.OrganizationId, "hospital"), null, _start, _start.AddDays(3), by, Cancel))!;
        var unpriced = await ReportAsync("total");
        Assert.Equal((null, null, 2m * (hoursToday + 2), 2m * (hoursToday + 2)), (unpriced.Currency, unpriced.Total.Cost, unpriced.Total.UnpricedHours, unpriced.Total.CpuHours));
        Assert.Empty(unpriced.Parts);

        Assert.Null(await DeclareAsync(tomorrow, 1));
        // Before it holds, another for the same day takes its place.
        Assert.Null(await DeclareAsync(tomorrow, 5));
        var resources = await ReportAsync("resource");
        Assert.Equal("EUR", resources.Currency);
        // Two hours of two CPUs at 5 are priced; today is not.
        Assert.Equal([(20m, hoursToday), (0m, (decimal)hoursToday)], resources.Parts.OrderByDescending(p => p.Amounts.Cost).Select(p => (p.Amounts.Cost!.Value, p.Amounts.UnpricedHours)));
        Assert.Equal((20m, 2m * hoursToday), (resources.Total.Cost, resources.Total.UnpricedHours));
        var days = await ReportAsync("day");
        Assert.Equal([null, 20m], days.Parts.Select(p => p.Amounts.Cost));
        Assert.Equal("eval", Assert.Single((await ReportAsync("space")).Parts).Space);
        Assert.Equal(hoursToday + 2, (await ReportAsync("hour")).Parts.Count);
        var month = await UsageQueries.MonthAsync(connection, new DateOnly(tomorrow.Year, tomorrow.Month, 1), Cancel);
        Assert.Equal(("hospital", 20m), Assert.Single(month.Organizations) is var o ? (o.Organization, o.Cost) : default);

        Task<Kernel.Problem?> DeclareAsync(DateOnly from, decimal cpu) => _store.InTransactionAsync(c =>
        {
            var list = new PutPriceList(from, "EUR", cpu, 0, 0, 0);
            return PriceTable.DeclareAsync(c, list, System.Text.Json.JsonSerializer.Serialize(list, WireJson.Default.PutPriceList), "operator:olga", Cancel);
        });
    }

    [Fact]
    public async Task After_25_months_records_go_and_what_holds_since_before_stays()
    {
        var (gone, there) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        const int Long = -27 * 31 * 86400;
        await PlantAsync(gone, Long, "running", 1);
        await PlantAsync(gone, Long + 3600, "deleted", 0);
        await PlantAsync(there, Long, "running", 1);
        await PlantAsync(there, Long + 3600, "running", 2);
        await _store.ExecuteAsync($"""
            insert into platform.usage_hours (resource_id, hour, organization_id, space_id, space, kind, name, running_seconds, stopped_seconds, node_seconds, cpu_seconds, memory_byte_seconds, storage_byte_seconds)
            select '{there}', date_trunc('hour', now(), 'UTC') - age, '{_space.OrganizationId}', '{_space.Id}', 'eval', 'postgres', 'x', 3600, 0, 0, 0, 0, 0
            from unnest(array[interval '24 months', interval '26 months']) age
            """);
        await new Pruning(_store.Source, TimeProvider.System, NullLogger<Pruning>.Instance).PruneAsync(Cancel);
        Assert.Equal([$"{there} 2"], await ListAsync("select resource_id || ' ' || cpus from platform.usage_changes"));
        Assert.Equal(["1"], await ListAsync("select count(*)::text from platform.usage_hours"));
    }

    private static ResourceStore Resources { get; } = new();

    private UsageRecorder Recorder(params IReadOnlyList<IBackupMeter> meters) => new(_store.Source, meters, TimeProvider.System, NullLogger<UsageRecorder>.Instance);

    private async Task<Guid> CreateAsync(string name, long cpus, bool stopped)
    {
        var id = Guid.CreateVersion7();
        await _store.InTransactionAsync(async c =>
        {
            await InsertAsync(c, id, name);
            Assert.Null(await AdmitAsync(c, id, cpus, stopped));
            return 0;
        });
        return id;
    }

    private async Task InsertAsync(NpgsqlConnection connection, Guid id, string name) => Assert.True(await Resources.InsertAsync(
        connection, new NewResource(id, "postgres", _space.Id, name, new Dictionary<string, string>(), "{}", "{}"), Guid.CreateVersion7(), Cancel));

    private Task<Kernel.Problem?> AdmitAsync(NpgsqlConnection connection, Guid id, long cpus, bool stopped) =>
        _store.Get<IQuotas>().AdmitAsync(connection, _space, id, new Demand("postgres", cpus, cpus << 30, 10L << 30, 1, stopped), Cancel);

    private Task<int> ChangeAsync(Guid id, long cpus, bool stopped) => _store.InTransactionAsync(async c =>
    {
        Assert.Null(await AdmitAsync(c, id, cpus, stopped));
        return 0;
    });

    private Task<int> ResourceAsync(Func<IResources, NpgsqlConnection, Task> change) => _store.InTransactionAsync(async c =>
    {
        await change(Resources, c);
        return 0;
    });

    // A change as the store would have written it, so many seconds after the first hour began.
    private Task PlantAsync(Guid id, int second, string state, long cpus, int? ends = null) => _store.ExecuteAsync($"""
        insert into platform.usage_changes (at, resource_id, organization_id, space_id, space, kind, name, state, ends_at, cpus, memory_bytes, storage_bytes, nodes)
        values (timestamptz '{_start.AddSeconds(second):O}', '{id}', '{_space.OrganizationId}', '{_space.Id}', 'eval', 'postgres', 'x', '{state}',
            {(ends is { } end ? $"timestamptz '{_start.AddSeconds(end):O}'" : "null")}, {cpus}, {cpus << 30}, {10L << 30}, 1)
        """);

    private async Task<DateTimeOffset> UntilAsync()
    {
        await using var connection = await _store.OpenAsync();
        return (await UsageTable.ProgressAsync(connection, Cancel)).Until;
    }

    private async Task<IReadOnlyList<string>> ListAsync(string sql)
    {
        await using var command = _store.Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private sealed class Meter(Guid resource, long bytes) : IBackupMeter
    {
        public string Kind => "postgres";

        public Task<IReadOnlyDictionary<Guid, long>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyDictionary<Guid, long>>(new Dictionary<Guid, long> { [resource] = bytes });
    }
}
