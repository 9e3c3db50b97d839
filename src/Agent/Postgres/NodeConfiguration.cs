using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Agent.Backup;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// What etcd and Patroni read, as JSON, which is YAML. Pure. Sources: etcd 3.5 «Configuration options», Patroni 4.0 «YAML Configuration Settings»
/// and «Dynamic Configuration Settings».
/// </summary>
internal static class NodeConfiguration
{
    internal const string ReplicationRole = "beffroi_replication";

    private const string EtcdClient = "http://127.0.0.1:2379";
    private const string EtcdPeer = "http://127.0.0.1:2380";

    private static readonly (string Name, string? Value)[] InitdbOptions =
    [
        ("encoding", "UTF8"), ("locale-provider", "builtin"), ("locale", "C.UTF-8"), ("builtin-locale", "C.UTF-8"), ("data-checksums", null),
        // The volume is synced as a whole before the database is first reported ready.
        ("no-sync", null),
    ];

    /// <summary>The arguments with which Patroni calls initdb.</summary>
    internal static IReadOnlyList<string> InitdbArguments(int majorVersion) =>
        [.. InitdbOptions.Select(o => "--" + o.Name + (o.Value is null ? "" : "=" + o.Value)), "--username=postgres", PostgresPaths.Data(majorVersion)];

    /// <summary>An etcd of one member that only this instance reaches; more members join it when the database grows to three nodes.</summary>
    internal static byte[] Etcd(string member) => Bytes(new JsonObject
    {
        ["name"] = member,
        ["data-dir"] = PostgresPaths.Etcd + "/data",
        ["listen-client-urls"] = EtcdClient,
        ["advertise-client-urls"] = EtcdClient,
        ["listen-peer-urls"] = EtcdPeer,
        ["initial-advertise-peer-urls"] = EtcdPeer,
        ["initial-cluster"] = member + "=" + EtcdPeer,
        ["initial-cluster-state"] = "new",
        ["auto-compaction-mode"] = "periodic",
        ["auto-compaction-retention"] = "1h",
        ["quota-backend-bytes"] = 256 << 20,
        // A single member elects itself: nothing is gained by waiting long for others.
        ["heartbeat-interval"] = 50,
        ["election-timeout"] = 500,
        ["log-level"] = "warn",
    });

    /// <summary>Patroni's own file.</summary>
    internal static byte[] Patroni(PostgresConfiguration configuration, string member, SortedDictionary<string, string> settings)
    {
        var version = configuration.MajorVersion;
        return Bytes(new JsonObject
        {
            ["scope"] = configuration.ClusterName,
            ["name"] = member,
            ["restapi"] = new JsonObject { ["listen"] = "127.0.0.1:8008", ["connect_address"] = "127.0.0.1:8008" },
            ["etcd3"] = new JsonObject { ["hosts"] = new JsonArray("127.0.0.1:2379") },
            ["bootstrap"] = RestoreBootstrap.With(
                new JsonObject
                {
                    ["dcs"] = Dynamic(settings),
                    ["initdb"] = new JsonArray([.. InitdbOptions.Select(o => o.Value is null ? (JsonNode)o.Name : new JsonObject { [o.Name] = o.Value })]),
                },
                configuration),
            ["postgresql"] = new JsonObject
            {
                ["listen"] = configuration.ListenAddress + ":5432",
                ["connect_address"] = configuration.ListenAddress + ":5432",
                ["use_unix_socket"] = true,
                ["use_unix_socket_repl"] = true,
                ["data_dir"] = PostgresPaths.Data(version),
                ["bin_dir"] = PostgresPaths.Binaries(version),
                // Ours in the image, which do the same and save a second each: see there.
                ["bin_name"] = new JsonObject { ["initdb"] = PostgresPaths.Initdb, ["pg_isready"] = "/usr/lib/beffroi/pg_isready" },
                ["pgpass"] = "/run/postgresql/.patroni.pgpass",
                ["authentication"] = new JsonObject
                {
                    ["superuser"] = new JsonObject { ["username"] = "postgres" },
                    ["replication"] = new JsonObject { ["username"] = ReplicationRole },
                },
                ["parameters"] = Object(settings.Where(s => !PostgresSettings.IsShared(s.Key))),
                ["pg_hba"] = new JsonArray([.. Hba.Select(rule => JsonValue.Create(rule))]),
                ["pg_ident"] = new JsonArray("node root postgres", "node postgres postgres", "node postgres " + ReplicationRole),
            },
        });
    }

    /// <summary>The part that Patroni keeps in etcd.</summary>
    internal static JsonObject Dynamic(SortedDictionary<string, string> settings) => new()
    {
        ["ttl"] = 30,
        // How soon a dead PostgreSQL is noticed; ttl must be at least loop_wait and twice retry_timeout.
        ["loop_wait"] = 3,
        ["retry_timeout"] = 10,
        ["maximum_lag_on_failover"] = 1 << 20,
        ["postgresql"] = new JsonObject
        {
            ["use_pg_rewind"] = true,
            ["use_slots"] = true,
            ["parameters"] = Object(settings.Where(s => PostgresSettings.IsShared(s.Key))),
        },
    };

    // In order, the first match counts. The superuser exists on the instance's own socket only; over the network there is TLS with SCRAM, or nothing.
    private static readonly string[] Hba =
    [
        "local all postgres peer map=node",
        "local replication " + ReplicationRole + " peer map=node",
        "local all " + ReplicationRole + " peer map=node",
        "local all all reject",
        "host all postgres all reject",
        "host all " + ReplicationRole + " all reject",
        "host replication all all reject",
        "hostssl all all all scram-sha-256",
        "host all all all reject",
    ];

    private static JsonObject Object(IEnumerable<KeyValuePair<string, string>> settings)
    {
        var result = new JsonObject();
        foreach (var (name, value) in settings)
        {
            result[name] = value;
        }

        return result;
    }

    private static byte[] Bytes(JsonObject configuration) => Encoding.UTF8.GetBytes(configuration.ToJsonString() + "\n");
}
