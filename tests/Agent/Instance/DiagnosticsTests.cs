using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>The log and the statistics of statements, as a customer reads them in a real database.</summary>
public sealed class DiagnosticsTests(TestInstance instance) : IClassFixture<TestInstance>
{
    [Fact]
    public async Task A_customer_reads_the_log_and_nothing_beside_it()
    {
        var word = "word" + Guid.NewGuid().ToString("N");
        await instance.RefusedAsync($"select '{word}'::text || 1/0");
        await using var connection = await instance.ConnectAsync(database: "postgres");
        var entry = await FindAsync(connection, word);
        Assert.Equal(("ERROR", "app", "app", "22012"), ((string?)entry["error_severity"], (string?)entry["user"], (string?)entry["dbname"], (string?)entry["state_code"]));
        Assert.Contains(word, (string?)entry["statement"], StringComparison.Ordinal);

        // Only files that PostgreSQL itself finds among its logs, and no more than a mebibyte at a time.
        foreach (var name in (string[])["../postgresql/17/PG_VERSION", "/etc/passwd", "", "postgresql-.log"])
        {
            Assert.Equal(DBNull.Value, await ReadAsync(connection, name, 0, 100) ?? DBNull.Value);
        }

        var newest = (await FilesAsync(connection))[^1];
        Assert.Equal(10, ((byte[])(await ReadAsync(connection, newest.Name, -5, 10))!).Length);
        Assert.InRange(((byte[])(await ReadAsync(connection, newest.Name, 0, int.MaxValue))!).Length, 10, 1 << 20);
        await instance.ExecuteAsync("create role unmonitored login password 'a password of 20 letters'");
        try
        {
            await using var other = await instance.ConnectAsync("unmonitored", "a password of 20 letters", "postgres");
            await using var refused = new NpgsqlCommand("select * from beffroi.log_files()", other);
            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => refused.ExecuteScalarAsync(TestContext.Current.CancellationToken))).SqlState);
        }
        finally
        {
            await instance.ExecuteAsync("drop role unmonitored");
        }

        // Nothing of the platform's own statements, of which some hold verifiers.
        Assert.DoesNotContain("SCRAM-SHA-256$", await AllAsync(connection), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_measured_is_kept_on_the_volume_and_told_when_it_is_asked()
    {
        // Each ten seconds; a rate takes two measurements. What waits for a replica, a repository or the host's account is not there.
        string[] series = ["memory", "memory-share", "storage", "storage-share", "connections-idle", "connections-share", "locks-waiting", "commits", "rows-read", "cache-hits", "wal", "checkpoints"];
        for (var asked = 1; ; asked++)
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 10 * 10;
            var question = new AgentQuestion { Id = asked, History = new HistoryQuestion { Series = { series }, From = now - 300, To = now + 10, Step = 10 } };
            Assert.True(instance.Plane.Questions.Writer.TryWrite(question));
            var answer = await instance.Plane.Answers.Reader.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal(asked, answer.Id);
            var known = answer.History?.Series.Select(s => s.Average.Any(float.IsFinite)).ToList() ?? [];
            if (known.Count == series.Length && known.All(k => k))
            {
                var shares = answer.History!.Series[3].Average.Where(float.IsFinite).ToList();
                Assert.All(shares, share => Assert.InRange(share, 0.0001f, 1));
                break;
            }

            Assert.True(asked < 60, answer.Problem + " " + string.Join(", ", series.Where((_, i) => known.Count > i && !known[i])));
            await Task.Delay(1000, TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, Directory.GetFiles(instance.VolumeDirectory + "/agent/history").Length);
    }

    [Fact]
    public async Task What_statements_cost_is_known_in_all_databases_and_can_begin_anew()
    {
        await instance.ExecuteAsync("create table if not exists counted (id int)");
        for (var i = 0; i < 3; i++)
        {
            await instance.ExecuteAsync($"select count(*) from counted where id = {i}");
        }

        await using var connection = await instance.ConnectAsync(database: "postgres");
        await using (var calls = new NpgsqlCommand("select calls from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = 'app' and query like 'select count(*) from counted%'", connection))
        {
            Assert.Equal(3L, await calls.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }

        await using (var reset = new NpgsqlCommand("select pg_stat_statements_reset()", connection))
        {
            await reset.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }

        await using var left = new NpgsqlCommand("select count(*) from pg_stat_statements where query like '%from counted%'", connection);
        Assert.Equal(0L, await left.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        await using var made = new NpgsqlCommand("create table mine (id int)", connection);
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => made.ExecuteNonQueryAsync(TestContext.Current.CancellationToken))).SqlState);
    }

    [Fact]
    public async Task Who_does_what_is_in_the_log_and_no_session_can_keep_it_out_or_make_it_up()
    {
        await instance.ExecuteAsync("create table patients (name text); create role auditor; grant select on patients to auditor");
        await instance.ExecuteAsync("create role visitor login password 'never-in-a-log'");
        await using var connection = await instance.ConnectAsync(database: "postgres");
        var made = await FindAsync(connection, "create role visitor");
        Assert.StartsWith("AUDIT: SESSION,", (string?)made["message"], StringComparison.Ordinal);
        Assert.Contains(",ROLE,CREATE ROLE,", (string?)made["message"], StringComparison.Ordinal);
        Assert.Equal(("LOG", "app", "app", null, null), ((string?)made["error_severity"], (string?)made["user"], (string?)made["dbname"], (string?)made["context"], (string?)made["statement"]));
        Assert.Contains(",DDL,CREATE TABLE,", (string?)(await FindAsync(connection, "create table patients"))["message"], StringComparison.Ordinal);

        // One table's readers, without everybody's statements.
        var configuration = instance.Configuration();
        configuration.Parameters.Add("pgaudit.role", "auditor");
        configuration.Parameters.Add("pgaudit.log", "ddl,role,misc_set");
        instance.Plane.Want(configuration);
        var version = instance.Plane.Desired.Version;
        await instance.Plane.WaitAsync(f => f.AppliedVersion == version, "it is applied");
        await instance.ExecuteAsync("select 'of-nobody'; select name, 'of-patients' from patients");
        Assert.Contains("AUDIT: OBJECT,", (string?)(await FindAsync(connection, "of-patients"))["message"], StringComparison.Ordinal);
        Assert.Contains(",READ,SELECT,TABLE,public.patients,", (string?)(await FindAsync(connection, "of-patients"))["message"], StringComparison.Ordinal);

        Assert.Equal("42501", await instance.RefusedAsync("set pgaudit.log = 'none'"));
        Assert.Equal("42501", await instance.RefusedAsync("alter role app set pgaudit.log = 'none'"));
        Assert.Equal("42501", await instance.RefusedAsync("alter database app set pgaudit.role = ''"));
        await instance.ExecuteAsync("do $$ begin raise log 'AUDIT: SESSION,1,1,ROLE,DROP ROLE,,,made-up,<none>'; end $$");
        var forged = await FindAsync(connection, "made-up");
        Assert.NotNull(forged["context"]);
        Assert.NotNull(forged["statement"]);

        // Of everything, what the platform measures is not: what it changes is, without what nobody shall read.
        configuration = instance.Configuration();
        configuration.Parameters.Add("pgaudit.log", "all");
        instance.Plane.Want(configuration);
        version = instance.Plane.Desired.Version;
        await instance.Plane.WaitAsync(f => f.AppliedVersion == version, "it is applied");
        await Task.Delay(TimeSpan.FromSeconds(12), TestContext.Current.CancellationToken);
        await instance.ExecuteAsync("select 'the-last'");
        await FindAsync(connection, "the-last");
        var all = (await AllAsync(connection)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var platform = all.Where(e => (string?)e["user"] == "postgres" && ((string?)e["message"])!.StartsWith("AUDIT: ", StringComparison.Ordinal)).Select(e => ((string?)e["message"])!.Split(',')[3]).Distinct().ToList();
        Assert.Subset(new HashSet<string> { "DDL", "ROLE" }, platform.ToHashSet());
        Assert.Contains("ROLE", platform);
        Assert.DoesNotContain(all, e => e.ToJsonString().Contains("SCRAM-SHA-256$", StringComparison.Ordinal) || e.ToJsonString().Contains("never-in-a-log", StringComparison.Ordinal));
        instance.Plane.Want(instance.Configuration());
    }

    private static async Task<JsonNode> FindAsync(NpgsqlConnection connection, string word)
    {
        for (var look = 0; look < 100; look++)
        {
            if ((await AllAsync(connection)).Split('\n').FirstOrDefault(line => line.Contains(word, StringComparison.Ordinal)) is { } line)
            {
                return JsonNode.Parse(line)!;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("It is not logged.");
    }

    private static async Task<string> AllAsync(NpgsqlConnection connection)
    {
        var all = new MemoryStream();
        foreach (var (name, size) in await FilesAsync(connection))
        {
            for (long at = 0; at < size; at += 1 << 20)
            {
                all.Write((byte[])(await ReadAsync(connection, name, at, 1 << 20))!);
            }
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    private static async Task<List<(string Name, long Size)>> FilesAsync(NpgsqlConnection connection)
    {
        var files = new List<(string, long)>();
        await using var command = new NpgsqlCommand("select name, size from beffroi.log_files()", connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            files.Add((reader.GetString(0), reader.GetInt64(1)));
        }

        return files;
    }

    private static async Task<object?> ReadAsync(NpgsqlConnection connection, string name, long start, int length)
    {
        await using var command = new NpgsqlCommand("select beffroi.read_log($1, $2, $3)", connection) { Parameters = { new() { Value = name }, new() { Value = start }, new() { Value = length } } };
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
