using Beffroi.Contracts.Agents;
using Beffroi.Server.Tests;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.WebConsole.Tests;

/// <summary>What the nodes of a database in use have measured: five weeks of office hours, nights, weekends, and an import that went wrong.</summary>
internal sealed class MeasuredScene(TestServer server, Scene scene)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Of the primary of «dossiers», and of a replica that it gets here.</summary>
    /// <param name="agents">What they answer from.</param>
    /// <param name="days">How far back it goes.</param>
    public async Task PlantAsync(PretendedAgents agents, int days = 34)
    {
        var primary = (Guid)(await scene.ScalarAsync("select a.instance_id from platform.agents a join platform.resources r on r.id = a.resource_id where r.name = 'dossiers'"))!;
        var replica = Guid.CreateVersion7();
        await using var command = server.Store.CreateCommand("""
            with noted as (update platform.resources set internal = jsonb_set(internal, '{nodes}', (internal -> 'nodes') || jsonb_build_array(jsonb_build_object('instanceId', $1, 'volumeId', $1, 'hostNumber', 3)))
                           where name = 'dossiers' and kind = 'postgres' returning id, space_id)
            insert into platform.agents (instance_id, resource_id, space_id, facts, last_seen_at) select $1, id, space_id, $2, now() + interval '1 hour' from noted
            """);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = replica }, new() { Value = new Facts { Postgres = new PostgresFacts { Ready = true, Role = "replica" } }.ToByteArray() } });
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Cancel));
        // The scene's visits take longer than what was seen of an agent is fresh.
        await scene.ExecuteAsync("update platform.agents set last_seen_at = now() + interval '1 hour'");
        var now = DateTimeOffset.UtcNow;
        var moments = Enumerable.Range(0, (days - 1) * 288).Select(i => now.AddDays(-days).AddMinutes(5 * i)).Concat(Enumerable.Range(0, 8640).Select(i => now.AddDays(-1).AddSeconds(10 * i))).ToList();
        // It was stopped for an afternoon, and rests are only of a part of a day.
        agents.Measure(primary, moments.Where(at => (now - at).TotalHours is < 90 or > 93), at => Primary(now, at));
        agents.Measure(replica, moments.Where(at => (now - at).TotalHours is < 30 or > 30.5), at => Replica(at));
    }

    private static Dictionary<string, double> Primary(DateTimeOffset now, DateTimeOffset at)
    {
        var load = Load(at);
        var import = (now - at).TotalMinutes is > 70 and < 95 ? 1 : 0;
        var active = 1 + Math.Round((9 * load) + Noise(at, 1));
        return new()
        {
            ["cpu"] = 0.06 + (1.1 * load) + (0.25 * Noise(at, 2)) + (0.6 * import),
            ["memory"] = (2.1 + (0.7 * load) + (0.05 * Noise(at, 3)) + (0.3 * import)) * (1L << 30),
            ["io-read"] = ((0.4 + (3 * load)) * (0.6 + Noise(at, 4))) * (1 << 20),
            ["io-write"] = ((0.8 + (5 * load) + (22 * import)) * (0.6 + (0.7 * Noise(at, 5)))) * (1 << 20),
            ["storage"] = (18.4 - (0.11 * (now - at).TotalDays) + (0.4 * Fraction(at, 14_400) / 3)) * (1L << 30),
            ["databases"] = (15.9 - (0.1 * (now - at).TotalDays)) * (1L << 30),
            ["connections-active"] = active + (6 * import),
            ["connections-idle"] = 14 + Math.Round(22 * load),
            ["connections-idle-in-transaction"] = import * 3 + (Noise(at, 6) > 0.93 ? 1 : 0),
            ["connections-waiting"] = import * Math.Round(5 * Noise(at, 7)),
            ["locks-waiting"] = import * Math.Round(6 * Noise(at, 7)),
            ["oldest-transaction"] = import == 1 ? 1500 - (((now - at).TotalMinutes - 70) * 60) : 0.4 + (8 * Noise(at, 8) * load),
            ["commits"] = 12 + (310 * load * (0.8 + (0.4 * Noise(at, 9)))),
            ["rollbacks"] = 0.3 + (4 * load * Noise(at, 10)) + (9 * import),
            ["cache-hits"] = 0.997 - (0.02 * Noise(at, 11) * load) - (0.11 * import),
            ["rows-read"] = 900 + (42_000 * load * (0.7 + (0.6 * Noise(at, 12)))),
            ["rows-changed"] = 20 + (900 * load * Noise(at, 13)) + (14_000 * import),
            ["temporary"] = import * 7e6 * (0.5 + Noise(at, 14)) + (Noise(at, 15) > 0.97 ? 9e5 : 0),
            ["deadlocks"] = import == 1 && Noise(at, 16) > 0.9 ? 6 : 0,
            ["wal"] = ((0.05 + (1.4 * load)) * (0.6 + (0.8 * Noise(at, 17))) + (9 * import)) * (1 << 20),
            ["checkpoints"] = Fraction(at, 300) < 0.034 ? 6 : 0,
            ["archive-age"] = 60 * Fraction(at, 60) * (1.2 - load),
            ["dead-rows"] = 0.02 + (0.05 * Fraction(at, 21_600)) + (0.03 * import),
        };
    }

    private static Dictionary<string, double> Replica(DateTimeOffset at)
    {
        var load = Load(at);
        return new()
        {
            ["cpu"] = 0.05 + (0.5 * load) + (0.1 * Noise(at, 22)),
            ["memory"] = (1.7 + (0.3 * load)) * (1L << 30),
            ["replication-lag"] = Noise(at, 23) > 0.6 ? 400_000 * load * Noise(at, 24) : 0,
        };
    }

    // 0 to 1: of office hours on weekdays, smoothly.
    private static double Load(DateTimeOffset at)
    {
        var day = at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 0.2 : 1;
        var hour = at.TimeOfDay.TotalHours;
        var hours = Math.Exp(-Math.Pow((hour - 10.5) / 2.6, 2)) + (0.85 * Math.Exp(-Math.Pow((hour - 15.5) / 2.4, 2))) + (0.12 * Math.Exp(-Math.Pow((hour - 22) / 3, 2)));
        return Math.Min(1, 0.08 + (day * hours * (0.85 + (0.25 * Noise(at, 0)))));
    }

    // 0 to 1, the same at each run, from one moment to the next alike.
    private static double Noise(DateTimeOffset at, int of)
    {
        var place = at.ToUnixTimeSeconds() / 40.0;
        var low = Math.Floor(place);
        var part = place - low;
        return (Hash((long)low, of) * (1 - part)) + (Hash((long)low + 1, of) * part);
    }

    private static double Hash(long place, int of)
    {
        var mixed = unchecked(((ulong)place * 0x9E3779B97F4A7C15) ^ ((ulong)of * 0xC2B2AE3D27D4EB4F));
        mixed ^= mixed >> 29;
        mixed = unchecked(mixed * 0xBF58476D1CE4E5B9);
        mixed ^= mixed >> 32;
        return (mixed & 0xFFFFFF) / (double)0x1000000;
    }

    private static double Fraction(DateTimeOffset at, int seconds) => at.ToUnixTimeSeconds() % seconds / (double)seconds;
}
