using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests.Postgres;

public sealed class PoolerConfigurationTests
{
    private const string Canary = "SCRAM-SHA-256$4096:canary$canary:canary";

    [Fact]
    public void Who_may_connect_to_the_pooler_and_how()
    {
        Assert.Equal(
            [
                "local pgbouncer beffroi_pooler peer map=console", "local all all reject",
                "host all postgres 0.0.0.0/0 reject", "host all beffroi_replication 0.0.0.0/0 reject", "host all beffroi_rewind 0.0.0.0/0 reject", "host all beffroi_pooler 0.0.0.0/0 reject",
                "host all \"machine\" 0.0.0.0/0 reject", "hostssl all all 0.0.0.0/0 scram-sha-256",
            ],
            Rules(Configuration()));
        var configuration = Configuration();
        configuration.AllowedNetworks.AddRange(["10.93.4.0/24", "10.93.5.7/32"]);
        Assert.Equal(["hostssl all all 10.93.4.0 255.255.255.0 scram-sha-256", "hostssl all all 10.93.5.7 255.255.255.255 scram-sha-256"], Rules(configuration)[^2..]);
        configuration.AllowedNetworks.Add("anywhere");
        Assert.Throws<InvalidOperationException>(() => Rules(configuration));
    }

    [Fact]
    public void Nothing_but_TLS_1_3_is_spoken_and_no_secret_is_in_a_file()
    {
        var lines = Lines(Configuration(), 2);
        Assert.Contains("client_tls_sslmode = require", lines);
        Assert.Contains("client_tls_protocols = tlsv1.3", lines);
        Assert.Contains("auth_type = hba", lines);
        Assert.Contains("auth_query = select name, secret from beffroi_pooler.secret($1)", lines);
        Assert.Contains("auth_dbname = postgres", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("auth_file", StringComparison.Ordinal) || line.Contains("canary", StringComparison.Ordinal));
        Assert.All(lines.Where(line => line.Contains("host=", StringComparison.Ordinal)), line => Assert.Contains("host=/run/", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 4)]
    [InlineData(8, 4)]
    public void There_is_a_process_for_each_CPU_up_to_four_and_each_knows_the_others(int cpus, int processes)
    {
        var configuration = Configuration();
        configuration.Cpus = cpus;
        Assert.Equal(processes, PoolerConfiguration.Processes(configuration));
        var lines = Lines(configuration, processes);
        Assert.Equal(
            Enumerable.Range(1, processes).Select(peer => $"{peer} = host=/run/beffroi-pooler/{peer}"),
            lines.SkipWhile(line => line != "[peers]").Skip(1).TakeWhile(line => line.Length > 0));
        Assert.Contains($"peer_id = {processes}", lines);
        Assert.Contains($"unix_socket_dir = /run/beffroi-pooler/{processes}", lines);
        Assert.Contains("so_reuseport = 1", lines);
    }

    [Theory]
    [InlineData(1, null, 69)]
    [InlineData(2, null, 34)]
    [InlineData(8, "400", 73)]
    [InlineData(4, "9", 1)]
    public void All_processes_together_take_three_quarters_of_customers_connections(int cpus, string? connections, int each)
    {
        var configuration = Configuration();
        configuration.Cpus = cpus;
        if (connections is not null)
        {
            configuration.Parameters["max_connections"] = connections;
        }

        Assert.Equal(each, PoolerConfiguration.Connections(configuration, PostgresSettings.Compute(configuration, 10L << 30)));
        Assert.Contains($"max_db_connections = {each}", Lines(configuration, 1));
    }

    [Fact]
    public void A_role_with_few_connections_has_no_larger_pool()
    {
        var lines = Lines(Configuration(), 1);
        Assert.Equal(["reporting = max_user_connections=2"], lines.SkipWhile(line => line != "[users]").Skip(1).TakeWhile(line => line.Length > 0));
    }

    [Theory]
    [InlineData("statement", 100)]
    [InlineData("transaction\nadmin_users = app", 100)]
    [InlineData("session", 9)]
    [InlineData("session", 5001)]
    public void What_is_no_kind_of_pooler_is_refused(string mode, int clients)
    {
        var configuration = Configuration();
        configuration.Pooler = new() { Mode = mode, MaxClients = clients };
        Assert.Throws<InvalidOperationException>(() => Lines(configuration, 1));
    }

    [Fact]
    public void By_PostgreSQLs_socket_customers_come_where_there_is_a_pooler_and_only_with_a_password()
    {
        var configuration = Configuration();
        var rules = Hba(configuration);
        Assert.Equal(
            [
                "local all postgres peer map=node", "local replication beffroi_replication peer map=node", "local all beffroi_replication peer map=node", "local postgres beffroi_rewind peer map=node",
                "local postgres beffroi_pooler peer map=node", "local all beffroi_pooler reject", "local all beffroi_rewind reject", "local all \"machine\" reject", "local all all scram-sha-256",
                "local all all reject",
            ],
            rules.Where(rule => rule.StartsWith("local", StringComparison.Ordinal)));
        Assert.Contains("host all beffroi_pooler all reject", rules);
        Assert.Equal(new AccessRule("all", "", "", "scram-sha-256"), NodeConfiguration.Rules(configuration)[0]);
        Assert.Contains("node beffroi-pooler beffroi_pooler", Strings(configuration, "pg_ident"));
        configuration.Pooler = null;
        Assert.DoesNotContain(Hba(configuration), rule => rule.StartsWith("local", StringComparison.Ordinal) && !rule.EndsWith("reject", StringComparison.Ordinal) && !rule.EndsWith("map=node", StringComparison.Ordinal));
        Assert.DoesNotContain("node beffroi-pooler beffroi_pooler", Strings(configuration, "pg_ident"));
    }

    [Fact]
    public void Clients_are_told_whatever_they_call_themselves()
    {
        Assert.Equal(
            [new PoolerConsole.Client(7, "app", "10.0.0.1"), new PoolerConsole.Client(9, "other", "10.0.0.2")],
            PoolerConsole.Parse("type,user,database,addr,application_name,id\nC,app,app,10.0.0.1,\"odd, \"\"name\"\"\nC,x,y,10.9.9.9,z,8\",7\nC,other,app,10.0.0.2,,9\nC,beffroi_pooler,pgbouncer,unix,psql,1\n"));
        Assert.Empty(PoolerConsole.Parse(""));
    }

    [Theory]
    [InlineData("app", "10.93.4.7", true)]
    [InlineData("app", "10.93.5.7", false)]
    [InlineData("app", "unix", false)]
    [InlineData("gone", "10.93.4.7", false)]
    [InlineData("machine", "10.93.4.7", false)]
    [InlineData("", "10.93.5.7", true)]
    public void Who_could_not_sign_in_again_does_not_stay(string user, string address, bool stays)
    {
        var configuration = Configuration();
        configuration.AllowedNetworks.Add("10.93.4.0/24");
        Assert.Equal(stays, Pooler.Stays(configuration, new HashSet<string> { "app", "machine" }, new PoolerConsole.Client(1, user, address)));
    }

    private static PostgresConfiguration Configuration() => new()
    {
        ClusterName = "c1",
        MajorVersion = 17,
        MemoryBytes = 1 << 30,
        Cpus = 2,
        ListenAddress = "10.1.2.3",
        Pooler = new() { Mode = "transaction", MaxClients = 1000 },
        Roles =
        {
            new PostgresConfiguration.Types.Role { Name = "app", ScramVerifier = Canary },
            new PostgresConfiguration.Types.Role { Name = "machine", Managed = new() { Login = true, Certificate = true, ConnectionLimit = 5 } },
            new PostgresConfiguration.Types.Role { Name = "reporting", ScramVerifier = Canary, Managed = new() { Login = true, ConnectionLimit = 5 } },
        },
    };

    private static string[] Rules(PostgresConfiguration configuration) =>
        Text(PoolerConfiguration.Shared(configuration, [], [])["/run/beffroi-pooler/hba.conf"]);

    private static string[] Lines(PostgresConfiguration configuration, int process) =>
        Text(PoolerConfiguration.Ini(configuration, PostgresSettings.Compute(configuration, 10L << 30), process));

    private static string[] Text(byte[] content) => Encoding.ASCII.GetString(content).TrimEnd('\n').Split('\n');

    private static string[] Hba(PostgresConfiguration configuration) => Strings(configuration, "pg_hba");

    private static string[] Strings(PostgresConfiguration configuration, string name) =>
        [.. JsonNode.Parse(NodeConfiguration.Patroni(configuration, "m1", PostgresSettings.Compute(configuration, 10L << 30)))!["postgresql"]![name]!.AsArray().Select(rule => (string)rule!)];
}
