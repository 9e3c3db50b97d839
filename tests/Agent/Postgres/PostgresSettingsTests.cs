using System.Globalization;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using CsCheck;

namespace Beffroi.Agent.Tests.Postgres;

public sealed class PostgresSettingsTests
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    private static readonly Gen<(PostgresConfiguration Configuration, long Volume)> Sizes =
        Gen.Select(Gen.Long[512 * MiB, 1024 * GiB], Gen.Int[1, 128], Gen.Long[GiB, 16384 * GiB])
            .Select(t => (new PostgresConfiguration { MemoryBytes = t.Item1, Cpus = t.Item2 }, t.Item3));

    [Theory]
    [InlineData(1, "262144kB", "100")]
    [InlineData(2, "524288kB", "200")]
    [InlineData(8, "2097152kB", "800")]
    [InlineData(64, "16777216kB", "1000")]
    public void A_quarter_of_the_memory_is_for_shared_buffers(long gibibytes, string buffers, string connections)
    {
        var settings = PostgresSettings.Compute(new PostgresConfiguration { MemoryBytes = gibibytes * GiB, Cpus = 2 }, 10 * GiB);

        Assert.Equal(buffers, settings["shared_buffers"]);
        Assert.Equal(connections, settings["max_connections"]);
    }

    [Fact]
    public void Memory_is_never_promised_twice() => Sizes.Sample(t =>
    {
        var settings = PostgresSettings.Compute(t.Configuration, t.Volume);
        var memory = t.Configuration.MemoryBytes;
        var connections = Number(settings["max_connections"]);
        Assert.True(Bytes(settings["shared_buffers"]) <= memory / 4);
        Assert.True(Bytes(settings["effective_cache_size"]) < memory);
        Assert.True(Bytes(settings["maintenance_work_mem"]) <= memory / 8);
        // One sort in every connection, beside the shared buffers.
        Assert.True(Bytes(settings["work_mem"]) * connections <= Math.Max(memory / 4, 4 * MiB * connections));
    });

    [Fact]
    public void The_log_leaves_room_on_the_volume() => Sizes.Sample(t =>
    {
        var settings = PostgresSettings.Compute(t.Configuration, t.Volume);
        Assert.InRange(Bytes(settings["max_wal_size"]), 1, t.Volume / 8);
        Assert.InRange(Bytes(settings["min_wal_size"]), 32 * MiB, Bytes(settings["max_wal_size"]));
    });

    [Fact]
    public void All_values_are_within_what_PostgreSQL_accepts() => Sizes.Sample(t =>
    {
        var settings = PostgresSettings.Compute(t.Configuration, t.Volume);
        Assert.InRange(Number(settings["max_connections"]), 1, 262143);
        Assert.InRange(Number(settings["max_worker_processes"]), 0, 262143);
        Assert.InRange(Number(settings["max_parallel_workers"]), 0, 1024);
        Assert.InRange(Number(settings["max_parallel_workers_per_gather"]), 0, 1024);
        // Settings in kilobytes, of an int in the unit of each: 8 kB pages, 1 kB, 1 MB.
        Assert.InRange(Bytes(settings["shared_buffers"]) / 8192, 16, 1073741823);
        Assert.InRange(Bytes(settings["effective_cache_size"]) / 8192, 1, int.MaxValue);
        Assert.InRange(Bytes(settings["work_mem"]) / 1024, 64, int.MaxValue);
        Assert.InRange(Bytes(settings["maintenance_work_mem"]) / 1024, 1024, int.MaxValue);
        Assert.InRange(Bytes(settings["max_wal_size"]) / MiB, 2, int.MaxValue);
    });

    [Fact]
    public void Encryption_and_passwords_are_set()
    {
        var settings = PostgresSettings.Compute(
            new PostgresConfiguration { MemoryBytes = GiB, Cpus = 1, AllowedExtensions = { "hstore", "vector" } }, GiB);

        Assert.Equal("on", settings["ssl"]);
        Assert.Equal("TLSv1.3", settings["ssl_min_protocol_version"]);
        Assert.Equal("scram-sha-256", settings["password_encryption"]);
        Assert.Equal("hstore,vector", settings["extwlist.extensions"]);
        Assert.StartsWith("/data/", settings["ssl_key_file"], StringComparison.Ordinal);
    }

    [Fact]
    public void Asked_for_settings_come_last()
    {
        var settings = PostgresSettings.Compute(
            new PostgresConfiguration { MemoryBytes = GiB, Cpus = 1, Parameters = { ["work_mem"] = "16MB", ["max_connections"] = "50" } }, GiB);

        Assert.Equal("16MB", settings["work_mem"]);
        Assert.Equal("50", settings["max_connections"]);
        Assert.Equal("ddl,role", settings["pgaudit.log"]);
        Assert.Equal("none", PostgresSettings.Compute(new PostgresConfiguration { MemoryBytes = GiB, Cpus = 1, Parameters = { ["pgaudit.log"] = "none" } }, GiB)["pgaudit.log"]);
    }

    [Theory]
    [InlineData("archive_command", "true")]
    [InlineData("shared_preload_libraries", "x")]
    [InlineData("work_mem", "1MB' x")]
    [InlineData("work_mem", "1MB\n")]
    [InlineData("work_mem", "")]
    public void What_no_customer_may_set_is_taken_from_nobody(string name, string value) => Assert.Throws<InvalidOperationException>(() =>
        PostgresSettings.Compute(new PostgresConfiguration { MemoryBytes = GiB, Cpus = 1, Parameters = { [name] = value } }, GiB));

    private static long Bytes(string kilobytes) => Number(kilobytes[..^2]) * 1024;

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
