using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Parameters;
using Npgsql;

namespace Beffroi.Agent.Tests.Instance;

/// <summary>A customer's settings and extensions in a real database.</summary>
public sealed class ParameterTests(TestInstance instance) : IClassFixture<TestInstance>
{
    private const string TooManyConnections = "53300";

    [Fact]
    public async Task Each_line_of_the_catalogue_is_as_the_server_has_it()
    {
        var server = JsonNode.Parse(await SuperuserAsync(
            "load 'auto_explain'; select json_object_agg(lower(name), json_build_object('type', vartype, 'unit', unit, 'restart', context = 'postmaster', 'min', min_val, 'max', max_val, 'enum', enumvals)) from pg_settings"))!.AsObject();
        foreach (var definition in ParameterCatalogue.Of("17"))
        {
            var real = Assert.IsType<JsonObject>(server[definition.Name]);
            Assert.Equal((string?)real["type"], definition.Type);
            Assert.Equal((string?)real["unit"], definition.Unit?.Name);
            Assert.True((bool)real["restart"]! == definition.NeedsRestart, definition.Name);
            if (definition.IsNumber)
            {
                var (least, greatest) = (Number(real["min"]), Number(real["max"]));
                Assert.True((double)definition.Least >= least && (double)definition.Greatest <= greatest, $"{definition.Name}: {definition.Least} to {definition.Greatest}, and really {least} to {greatest}");
                Assert.True(definition.Special is not { } special || ((double)special >= least && (double)special <= greatest), definition.Name);
            }
            else if (definition.Type == "enum")
            {
                Assert.Subset(real["enum"]!.AsArray().Select(v => (string?)v).ToHashSet(), definition.Allowed.Select(v => (string?)v).ToHashSet());
            }
        }

        // What PostgreSQL says of itself once a word is wrong is found out only by trying: it does not start with it.
        foreach (var definition in ParameterCatalogue.Of("17").Where(d => d.Type == "string"))
        {
            await SuperuserAsync(string.Join(';', definition.Allowed.Select(value => $"set {definition.Name} = '{value}'")));
        }
    }

    [Fact]
    public async Task Settings_take_effect_wait_for_a_restart_and_go_again()
    {
        await BeginAsync("settings");
        Want(("work_mem", "17MB"), ("statement_timeout", "1s"), ("idle_session_timeout", "1h"), ("timezone", "Europe/Paris"), ("datestyle", "SQL, DMY"), ("max_connections", "40"), ("max_locks_per_transaction", "128"),
            ("auto_explain.log_min_duration", "1s"));
        var facts = (await instance.Plane.WaitAsync(f => f.Postgres.PendingRestartSettings.Count > 0, "a restart is waited for")).Postgres;
        Assert.Equal(["max_connections", "max_locks_per_transaction"], facts.PendingRestartSettings);
        Assert.True(facts is { PendingRestart: true, Ready: true });
        Assert.Equal("17MB", await ShowAsync("work_mem"));
        Assert.Equal("Europe/Paris", await ShowAsync("timezone"));
        Assert.Equal("SQL, DMY", await ShowAsync("datestyle"));
        Assert.Equal("1s", await ShowAsync("auto_explain.log_min_duration"));
        Assert.Equal("100", await ShowAsync("max_connections"));
        Assert.Equal("57014", await instance.RefusedAsync("select pg_sleep(5)"));

        // The platform's own sessions are not the customer's.
        Assert.Equal("0|0|ISO, MDY", await SuperuserAsync("select current_setting('statement_timeout') || '|' || current_setting('idle_session_timeout') || '|' || current_setting('datestyle')"));

        var restarted = Want(("max_connections", "40"), ("max_locks_per_transaction", "128"));
        restarted.Restart = "once";
        instance.Plane.Want(restarted);
        await instance.Plane.WaitAsync(f => f.Postgres is { Restarted: "once", PendingRestart: false, Ready: true }, "nothing waits any more");
        Assert.Equal("40", await ShowAsync("max_connections"));
        Assert.Equal("128", await ShowAsync("max_locks_per_transaction"));
        Assert.Equal("0", await ShowAsync("statement_timeout"));
        Assert.Equal("Etc/UTC", await ShowAsync("timezone"));
        await AllConnectionsTakenAsync();

        restarted = Want();
        restarted.Restart = "twice";
        instance.Plane.Want(restarted);
        await instance.Plane.WaitAsync(f => f.Postgres is { Restarted: "twice", PendingRestart: false, Ready: true }, "all is as it was");
        Assert.Equal("100", await ShowAsync("max_connections"));
        Assert.Equal("64", await ShowAsync("max_locks_per_transaction"));
    }

    [Fact]
    public async Task The_most_of_everything_that_is_accepted_starts()
    {
        await BeginAsync("most");
        // As much as the rules take for the smallest size: shared memory is what they add up.
        var spec = new PostgresSpec(Parameters: new Dictionary<string, string>
        {
            ["max_connections"] = "200",
            ["max_locks_per_transaction"] = "1024",
            ["max_pred_locks_per_transaction"] = "1024",
            ["max_prepared_transactions"] = "200",
            ["pg_stat_statements.max"] = "50000",
            ["shared_buffers"] = "128MB",
            ["track_activity_query_size"] = "16kB",
        });
        Assert.NotEmpty(ParameterRules.Check(spec));
        spec = spec with { Parameters = new Dictionary<string, string>(spec.Parameters!) { ["max_locks_per_transaction"] = "768", ["max_pred_locks_per_transaction"] = "768" } };
        Assert.Empty(ParameterRules.Check(spec));
        var configuration = Want([.. spec.Parameters!.Select(p => (p.Key, p.Value))]);
        configuration.Restart = "more";
        instance.Plane.Want(configuration);
        await instance.Plane.WaitAsync(f => f.Postgres is { Restarted: "more", PendingRestart: false, Ready: true }, "it runs");
        var reserved = long.Parse(await SuperuserAsync("select sum(allocated_size) from pg_shmem_allocations"), CultureInfo.InvariantCulture);
        Assert.InRange(reserved, 128L << 20, 512L << 20);
    }

    [Fact]
    public async Task Extensions_are_made_as_the_owner_and_one_that_is_refused_stops_nothing()
    {
        await instance.ExecuteAsync("create type hstore as (mine text)");
        var configuration = instance.Configuration();
        configuration.Databases[0].Extensions.AddRange(["hstore", "vector"]);
        instance.Plane.Want(configuration);
        var facts = (await instance.Plane.WaitAsync(f => f.Postgres.Extensions.Count == 2, "what there is is told")).Postgres;
        Assert.True(facts.Ready);
        Assert.Equal("42710", facts.Extensions.Single(e => e.Name == "hstore").Refused);
        Assert.NotEqual("", facts.Extensions.Single(e => e.Name == "vector").Version);
        Assert.Equal(5.0, await instance.ScalarAsync<double>("select '[0,0]'::vector <-> '[3,4]'"));

        // Once nothing is in its way, the next change makes it.
        await instance.ExecuteAsync("drop type hstore");
        configuration.Parameters.Add("work_mem", "9MB");
        instance.Plane.Want(configuration);
        await instance.Plane.WaitAsync(f => f.Postgres.Extensions.Count(e => e.Refused.Length == 0) == 2, "both are there");
        Assert.Equal("1", await instance.ScalarAsync<string>("select 'a=>1'::hstore -> 'a'"));

        // They are the owner's to drop.
        await instance.ExecuteAsync("drop extension vector");
        await instance.ExecuteAsync("drop extension hstore");
    }

    [Fact]
    public async Task Everything_of_the_catalogue_is_measured()
    {
        await BeginAsync("metrics");
        await instance.ExecuteAsync("create table if not exists measured as select generate_series(1, 5000) as id");
        await using var idle = await instance.ConnectAsync();
        await using (var begin = new NpgsqlCommand("begin; select 1", idle))
        {
            await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var measured = (await instance.Plane.WaitAsync(
            f => f.Postgres.Metrics.TryGetValue("connections/idle_in_transaction", out var held) && held == 1 && f.Postgres.Metrics.ContainsKey("rows/live"), "a held transaction is seen")).Postgres.Metrics;

        // A container's control group has no account of devices everywhere.
        Assert.Subset(MetricCatalogue.Keys.ToHashSet(), measured.Keys.ToHashSet());
        Assert.DoesNotContain(MetricCatalogue.Keys.Except(measured.Keys), key => !key.StartsWith("io_", StringComparison.Ordinal));
        Assert.Equal(100 - 8, measured["connections_limit"]);
        Assert.InRange(measured["memory_bytes"], 10e6, measured["memory_limit_bytes"]);
        Assert.Equal(1L << 30, measured["memory_limit_bytes"]);
        Assert.InRange(measured["cpu_seconds_total"], 0.1, 1e5);
        Assert.InRange(measured["databases_bytes"], 15e6, 10e9);
        Assert.Equal(0, measured["replicas"]);
        Assert.True(measured["transactions_total/commit"] > 0 && measured["rows_total/inserted"] >= 5000 && measured["wal_bytes_total"] > 0);
    }

    // The agent and Patroni come in all the same.
    private async Task AllConnectionsTakenAsync()
    {
        var open = new List<NpgsqlConnection>();
        try
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(async () =>
            {
                while (true)
                {
                    open.Add(await instance.ConnectAsync());
                }
            });
            Assert.Equal(TooManyConnections, refused.SqlState);
            // Eight are kept for the platform, beside those that it had opened before.
            Assert.InRange(open.Count, 40 - 16, 40 - 8);
            var configuration = Want(("max_connections", "40"), ("max_locks_per_transaction", "128"), ("work_mem", "11MB"));
            configuration.Restart = "once";
            instance.Plane.Want(configuration);
            var version = instance.Plane.Desired.Version;
            await instance.Plane.WaitAsync(f => f.AppliedVersion == version && f.Postgres is { Ready: true }, "a change is applied");
        }
        finally
        {
            foreach (var connection in open)
            {
                await connection.DisposeAsync();
            }
        }
    }

    // As it was made, whatever was tried before.
    private async Task BeginAsync(string name)
    {
        var configuration = Want();
        configuration.Restart = name;
        instance.Plane.Want(configuration);
        await instance.Plane.WaitAsync(f => f.Postgres is { PendingRestart: false, Ready: true } && f.Postgres.Restarted == name, "it is as it was made");
    }

    private PostgresConfiguration Want(params (string Name, string Value)[] parameters)
    {
        var configuration = instance.Configuration();
        foreach (var (name, value) in parameters)
        {
            configuration.Parameters.Add(name, value);
        }

        instance.Plane.Want(configuration);
        return configuration;
    }

    private Task<string> ShowAsync(string name) => instance.ScalarAsync<string>("show " + name);

    private async Task<string> SuperuserAsync(string sql) => (await instance.InAsync("su", "postgres", "-s", "/bin/sh", "-c", $"psql -XAtq -v ON_ERROR_STOP=1 <<'END'\n{sql}\nEND\n")).Trim();

    private static double Number(JsonNode? node) => double.Parse((string)node!, NumberStyles.Float, CultureInfo.InvariantCulture);
}
