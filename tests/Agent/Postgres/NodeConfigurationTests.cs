using System.Text.Json.Nodes;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests.Postgres;

public sealed class NodeConfigurationTests
{
    private const string Canary = "SCRAM-SHA-256$4096:canary$canary:canary";
    private static readonly PostgresConfiguration Configuration = new()
    {
        ClusterName = "c1",
        MajorVersion = 17,
        MemoryBytes = 1 << 30,
        Cpus = 1,
        ListenAddress = "10.1.2.3",
        Roles = { new PostgresConfiguration.Types.Role { Name = "app", ScramVerifier = Canary } },
    };

    private readonly JsonNode _patroni = JsonNode.Parse(NodeConfiguration.Patroni(Configuration, "m1", PostgresSettings.Compute(Configuration, 10L << 30)))!;
    private readonly JsonNode _etcd = JsonNode.Parse(NodeConfiguration.Etcd("m1"))!;

    [Fact]
    public void Only_PostgreSQL_listens_beyond_the_instance()
    {
        Assert.Equal("0.0.0.0:5432", (string?)_patroni["postgresql"]!["listen"]);
        Assert.Equal("127.0.0.1:8008", (string?)_patroni["restapi"]!["listen"]);
        Assert.Equal("http://127.0.0.1:2379", (string?)_etcd["listen-client-urls"]);
        Assert.Equal("http://127.0.0.1:2380", (string?)_etcd["listen-peer-urls"]);
    }

    [Fact]
    public void All_data_is_on_the_volume()
    {
        Assert.StartsWith("/data/", (string?)_etcd["data-dir"], StringComparison.Ordinal);
        Assert.StartsWith("/data/", (string?)_patroni["postgresql"]!["data_dir"], StringComparison.Ordinal);
        Assert.StartsWith("/run/", (string?)_patroni["postgresql"]!["pgpass"], StringComparison.Ordinal);
    }

    // The first rule that matches counts: each connection is tried against the rules as PostgreSQL would.
    [Theory]
    [InlineData("local", "postgres", "postgres", "peer")]
    [InlineData("local", "replication", "beffroi_replication", "peer")]
    [InlineData("local", "app", "app", "reject")]
    [InlineData("hostssl", "app", "app", "scram-sha-256")]
    [InlineData("hostssl", "app", "postgres", "reject")]
    [InlineData("hostssl", "app", "beffroi_replication", "reject")]
    [InlineData("hostssl", "replication", "app", "reject")]
    [InlineData("hostnossl", "app", "app", "reject")]
    [InlineData("hostnossl", "app", "postgres", "reject")]
    public void Who_may_connect_and_how(string kind, string database, string user, string method) => Assert.Equal(method, Decide(kind, database, user));

    [Fact]
    public void No_rule_trusts_or_takes_a_plain_password() => Assert.DoesNotContain(Rules(), rule => rule[^1] is "trust" or "password" or "md5");

    [Fact]
    public void What_is_not_set_any_more_is_forgotten()
    {
        var dynamic = NodeConfiguration.Dynamic(Configuration, PostgresSettings.Compute(Configuration, 10L << 30));
        var parameters = NodeConfiguration.Change(dynamic)["postgresql"]!["parameters"]!.AsObject();
        Assert.True(parameters.TryGetPropertyValue("max_locks_per_transaction", out var locks) && locks is null);
        Assert.Equal("100", (string?)parameters["max_connections"]);
        Assert.False(dynamic["postgresql"]!["parameters"]!.AsObject().ContainsKey("max_locks_per_transaction"));
    }

    [Fact]
    public void Settings_are_where_Patroni_looks_for_them()
    {
        var own = _patroni["postgresql"]!["parameters"]!.AsObject();
        var shared = _patroni["bootstrap"]!["dcs"]!["postgresql"]!["parameters"]!.AsObject();

        Assert.All(own, setting => Assert.False(PostgresSettings.IsShared(setting.Key)));
        Assert.All(shared, setting => Assert.True(PostgresSettings.IsShared(setting.Key)));
        Assert.Equal(PostgresSettings.Compute(Configuration, 10L << 30).Count, own.Count + shared.Count);
    }

    [Fact]
    public void No_file_has_a_password_in_it()
    {
        Assert.DoesNotContain("canary", _patroni.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("password\"", _patroni.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Strange_values_stay_values()
    {
        const string strange = "'\"\n: {evil: true} #";
        var settings = PostgresSettings.Compute(Configuration, 10L << 30);
        settings["application_name"] = strange;
        var parsed = JsonNode.Parse(NodeConfiguration.Patroni(Configuration, "m1", settings))!;

        Assert.Equal(strange, (string?)parsed["postgresql"]!["parameters"]!["application_name"]);
    }

    [Fact]
    public void Among_several_nodes_everything_that_leaves_the_instance_is_mutual_TLS()
    {
        var (patroni, etcd) = (Several(strict: false), JsonNode.Parse(NodeConfiguration.EtcdMember("m1", "c", "10.1.2.3", "", joins: true))!);

        Assert.Equal("required", (string?)patroni["restapi"]!["verify_client"]);
        Assert.Equal("10.1.2.3:8008", (string?)patroni["restapi"]!["listen"]);
        Assert.False((bool)patroni["ctl"]!["insecure"]!);
        Assert.All(
            ((string?)etcd["listen-client-urls"])!.Split(','),
            url => Assert.True(url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal)));
        Assert.StartsWith("https://", (string?)etcd["listen-peer-urls"], StringComparison.Ordinal);
        foreach (var transport in (string[])["client-transport-security", "peer-transport-security"])
        {
            Assert.True((bool)etcd[transport]!["client-cert-auth"]!);
            Assert.NotNull((string?)etcd[transport]!["trusted-ca-file"]);
        }

        foreach (var role in (string[])["replication", "rewind"])
        {
            Assert.Equal("verify-full", (string?)patroni["postgresql"]!["authentication"]![role]!["sslmode"]);
        }

        var rules = Hba(patroni);
        Assert.Equal(["hostssl", "replication", "beffroi_replication", "all", "cert", "map=peers"], rules.First(r => r[0] != "local" && r[1] == "replication"));
        Assert.DoesNotContain(rules, rule => rule[0] is "host" or "hostnossl" && rule[4] != "reject");
    }

    [Fact]
    public void Where_a_customers_authority_is_believed_a_node_is_known_by_its_address_too()
    {
        var rules = Hba(Several(strict: false, authority: "any"));
        Assert.Equal(["hostssl", "replication", "beffroi_replication", "10.1.2.3/32", "cert", "map=peers"], rules.First(r => r[0] != "local" && r[1] == "replication"));
        Assert.All(rules.Where(r => r.Contains("map=peers")), rule => Assert.NotEqual("all", rule[3]));

        // A word that stands for everybody stands for a role of that name alone.
        var configuration = Configuration.Clone();
        configuration.ClientAuthorities.Add("any");
        configuration.AllowedNetworks.Add("10.2.0.0/16");
        configuration.Roles.Add(new PostgresConfiguration.Types.Role { Name = "all", Managed = new() { Login = true, Certificate = true } });
        rules = Hba(JsonNode.Parse(NodeConfiguration.Patroni(configuration, "m1", PostgresSettings.Compute(configuration, 10L << 30)))!);
        Assert.Equal(["hostssl", "all", "\"all\"", "10.2.0.0", "255.255.0.0", "cert"], rules[^3]);
        Assert.Equal(["hostssl", "all", "all", "10.2.0.0", "255.255.0.0", "scram-sha-256"], rules[^2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_commit_waits_for_another_node_and_failing_over_is_quick(bool strict)
    {
        var dcs = Several(strict)["bootstrap"]!["dcs"]!;
        Assert.Equal("quorum", (string?)dcs["synchronous_mode"]);
        Assert.Equal(strict, (bool)dcs["synchronous_mode_strict"]!);
        Assert.True((bool)dcs["failsafe_mode"]!);
        Assert.True((bool)dcs["postgresql"]!["use_pg_rewind"]!);
        // Patroni's own rule for a lock that nobody takes from a primary that still serves.
        Assert.True((int)dcs["loop_wait"]! + (2 * (int)dcs["retry_timeout"]!) <= (int)dcs["ttl"]!);
    }

    [Fact]
    public void Readers_go_to_the_first_replica_that_streams_or_else_to_the_leader()
    {
        static JsonObject Members(params string[] members) => new()
        {
            ["members"] = new JsonArray([.. members.Select(m => m.Split(' ')).Select(m => (JsonNode)new JsonObject { ["name"] = m[0], ["role"] = m[1], ["state"] = m[2] })]),
        };

        Assert.Equal("b", NodeGuard.Reader(Members("c quorum_standby streaming", "b quorum_standby streaming", "a leader running")));
        Assert.Equal("c", NodeGuard.Reader(Members("c replica streaming", "b replica stopped", "a leader running")));
        Assert.Equal("a", NodeGuard.Reader(Members("b replica starting", "a leader running")));
        Assert.Null(NodeGuard.Reader(Members("a leader stopped")));
        Assert.Null(NodeGuard.Reader(null));
    }

    private static JsonNode Several(bool strict, string? authority = null)
    {
        var configuration = Configuration.Clone();
        configuration.ClientAuthorities.Add(authority is null ? [] : [authority]);
        configuration.Cluster = new PostgresConfiguration.Types.Cluster { WriterAddress = "10.1.2.8", ReaderAddress = "10.1.2.9", Strict = strict };
        foreach (var name in (string[])["m1", "m2", "m3"])
        {
            configuration.Cluster.Members.Add(new PostgresConfiguration.Types.Member { Name = name, Address = "10.1.2.3", Founder = true });
        }

        return JsonNode.Parse(NodeConfiguration.Patroni(configuration, "m1", PostgresSettings.Compute(configuration, 10L << 30)))!;
    }

    private static bool Matches(string field, string value, string all = "all") => field == value || field == all;

    private string Decide(string kind, string database, string user) =>
        Rules().First(rule =>
            (rule[0] == kind || (rule[0] == "host" && kind.StartsWith("host", StringComparison.Ordinal)))
            // "all" does not match the word replication (PostgreSQL 17, 20.1).
            && (database == "replication" ? rule[1] == "replication" || user == database : Matches(rule[1], database))
            && Matches(rule[2], user)) is var found && found[0] == "local" ? found[3] : found[4];

    private string[][] Rules() => Hba(_patroni);

    private static string[][] Hba(JsonNode patroni) => [.. patroni["postgresql"]!["pg_hba"]!.AsArray().Select(rule => ((string?)rule)!.Split(' '))];
}
