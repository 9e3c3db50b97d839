using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>A database whose volume fills up, with the real agent beside it.</summary>
public sealed class VolumeTests(PostgresImage image) : IAsyncLifetime
{
    private const string ReadOnlyTransaction = "25006";
    private const string Cancelled = "57014";
    private readonly TestInstance _instance = new(image) { VolumeMebibytes = 1024 };

    public ValueTask InitializeAsync() => _instance.InitializeAsync();

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Fact]
    public async Task Before_it_is_full_writes_end_and_with_room_they_go_on()
    {
        await _instance.ExecuteAsync("create table kept as select generate_series(1, 1000) as id");

        await LeaveAsync(100_000_000, "/data/ballast");

        // One that writes all the while, faster than anybody looks, doesn't get to the end of the volume.
        var refused = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var connection = await _instance.ConnectAsync();
            await using var command = new NpgsqlCommand(
                "do $$ begin create table load (t text); for i in 1..100000 loop insert into load select repeat(md5(random()::text), 32) from generate_series(1, 100); perform pg_sleep(0.02); end loop; end $$", connection)
            {
                CommandTimeout = 300,
            };
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        });
        Assert.Equal(Cancelled, refused.SqlState);

        // What was rolled back is vacuumed away some time: something else than the database fills the volume as well.
        await LeaveAsync(38_000_000, "/data/more");
        var facts = await _instance.Plane.WaitAsync(f => f.Postgres.Archive is { ReadOnly: true }, "it is told");
        Assert.True(facts.Postgres.Ready);
        Assert.Equal(ReadOnlyTransaction, await _instance.RefusedAsync("insert into kept values (0)"));
        Assert.Equal(1000L, await _instance.ScalarAsync<long>("select count(*) from kept"));
        await _instance.ExecuteAsync("begin read write; delete from kept where id > 500; commit");

        await _instance.InAsync("rm", "/data/ballast", "/data/more");
        await _instance.Plane.WaitAsync(f => f.Postgres.Archive is { ReadOnly: false }, "there is room");
        await _instance.ExecuteAsync("insert into kept values (0)");
        Assert.Equal(501L, await _instance.ScalarAsync<long>("select count(*) from kept"));
    }

    private Task<string> LeaveAsync(long bytes, string file) =>
        _instance.InAsync("sh", "-c", $"n=$(($(df --output=avail -B1 /data | tail -n1) - {bytes})); if [ $n -gt 0 ]; then fallocate -l $n {file}; else touch {file}; fi");
}
