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
    internal const string RewindRole = "beffroi_rewind";
    internal const string PoolerRole = "beffroi_pooler";

    private const string EtcdClient = "http://127.0.0.1:2379";
    private const string LoopbackPeer = "http://127.0.0.1:2380";

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
        ["listen-peer-urls"] = LoopbackPeer,
        ["initial-advertise-peer-urls"] = LoopbackPeer,
        ["initial-cluster"] = member + "=" + LoopbackPeer,
        ["initial-cluster-state"] = "new",
        ["auto-compaction-mode"] = "periodic",
        ["auto-compaction-retention"] = "1h",
        ["quota-backend-bytes"] = 256 << 20,
        // A single member elects itself: nothing is gained by waiting long for others.
        ["heartbeat-interval"] = 50,
        ["election-timeout"] = 500,
        ["log-level"] = "warn",
    });

    /// <summary>Where a member's etcd is reached by the others.</summary>
    internal static string EtcdPeer(string address) => $"https://{address}:2380";

    /// <summary>
    /// An etcd among the database's nodes. Every connection that leaves the instance is mutual TLS with certificates of the database's own authority.
    /// </summary>
    /// <param name="member">Its name.</param>
    /// <param name="token">The cluster's name: etcds of different databases never take each other for their own.</param>
    /// <param name="address">Its own.</param>
    /// <param name="initial">The members that it begins with; empty once it has begun.</param>
    /// <param name="joins">Whether they were there before.</param>
    internal static byte[] EtcdMember(string member, string token, string address, string initial, bool joins)
    {
        static JsonObject Tls() => new()
        {
            ["cert-file"] = PeerCertificate.ChainIn(EtcdNode.Tls),
            ["key-file"] = PeerCertificate.KeyIn(EtcdNode.Tls),
            ["trusted-ca-file"] = PeerCertificate.AuthorityIn(EtcdNode.Tls),
            ["client-cert-auth"] = true,
        };

        var content = new JsonObject
        {
            ["name"] = member,
            ["data-dir"] = PostgresPaths.Etcd + "/data",
            ["listen-client-urls"] = $"{EtcdClient},https://{address}:2379",
            ["advertise-client-urls"] = $"https://{address}:2379",
            ["listen-peer-urls"] = EtcdPeer(address),
            ["initial-advertise-peer-urls"] = EtcdPeer(address),
            ["client-transport-security"] = Tls(),
            ["peer-transport-security"] = Tls(),
            ["auto-compaction-mode"] = "periodic",
            ["auto-compaction-retention"] = "1h",
            ["quota-backend-bytes"] = 256 << 20,
            ["heartbeat-interval"] = 100,
            ["election-timeout"] = 1000,
            ["log-level"] = "warn",
        };
        if (initial.Length > 0)
        {
            content["initial-cluster"] = initial;
            content["initial-cluster-state"] = joins ? "existing" : "new";
            content["initial-cluster-token"] = token;
        }

        return Bytes(content);
    }

    /// <summary>Patroni's own file.</summary>
    internal static byte[] Patroni(PostgresConfiguration configuration, string member, SortedDictionary<string, string> settings)
    {
        var version = configuration.MajorVersion;
        return Bytes(new JsonObject
        {
            ["scope"] = configuration.ClusterName,
            ["name"] = member,
            ["restapi"] = Api(configuration),
            ["ctl"] = new JsonObject
            {
                ["insecure"] = false,
                ["cacert"] = PeerCertificate.AuthorityIn(PostgresPaths.Peer),
                ["certfile"] = PeerCertificate.ChainIn(PostgresPaths.Peer),
                ["keyfile"] = PeerCertificate.KeyIn(PostgresPaths.Peer),
            },
            ["etcd3"] = new JsonObject
            {
                // The instance's own to begin with; it names the others, which are reached by TLS.
                ["hosts"] = new JsonArray("127.0.0.1:2379"),
                ["cacert"] = PeerCertificate.AuthorityIn(PostgresPaths.Peer),
                ["cert"] = PeerCertificate.ChainIn(PostgresPaths.Peer),
                ["key"] = PeerCertificate.KeyIn(PostgresPaths.Peer),
            },
            ["bootstrap"] = RestoreBootstrap.With(
                new JsonObject
                {
                    ["dcs"] = Dynamic(configuration, settings),
                    ["initdb"] = new JsonArray([.. InitdbOptions.Select(o => o.Value is null ? (JsonNode)o.Name : new JsonObject { [o.Name] = o.Value })]),
                },
                configuration),
            ["postgresql"] = new JsonObject
            {
                // Also on the endpoint's addresses, which come and go.
                ["listen"] = "0.0.0.0:5432",
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
                    ["replication"] = Peer(ReplicationRole),
                    ["rewind"] = Peer(RewindRole),
                },
                ["basebackup"] = new JsonArray(new JsonObject { ["checkpoint"] = "fast" }),
                ["parameters"] = Object(settings.Where(s => !PostgresSettings.IsShared(s.Key))),
                ["pg_hba"] = new JsonArray([.. PeersHba(configuration).Concat(Hba(configuration)).Select(rule => JsonValue.Create(rule))]),
                ["pg_ident"] = new JsonArray(
                [
                    "node root postgres", "node postgres postgres", "node postgres " + ReplicationRole, "node postgres " + RewindRole,
                    "peers /^[0-9a-f-]{36}$ " + ReplicationRole, "peers /^[0-9a-f-]{36}$ " + RewindRole,
                    .. configuration.Pooler is null ? [] : (string[])[$"node {PoolerConfiguration.Account} {PoolerRole}"],
                ]),
            },
        });
    }

    /// <summary>The part that Patroni keeps in etcd.</summary>
    internal static JsonObject Dynamic(PostgresConfiguration configuration, SortedDictionary<string, string> settings)
    {
        var dynamic = Alone(settings);
        if (configuration.Cluster is { } cluster)
        {
            var several = cluster.Members.Count > 1;

            // A lost node is replaced when its lock has run out: as short as Patroni's own rule (loop_wait + 2 * retry_timeout) allows.
            (dynamic["ttl"], dynamic["loop_wait"], dynamic["retry_timeout"]) = (8, 1, 3);
            dynamic["failsafe_mode"] = several;
            dynamic["synchronous_mode"] = several ? "quorum" : false;
            dynamic["synchronous_mode_strict"] = several && cluster.Strict;
            dynamic["synchronous_node_count"] = 1;
            // A crashed primary is not waited for where another can take over.
            dynamic["primary_start_timeout"] = several ? 0 : 300;
        }

        return dynamic;
    }

    /// <summary>What makes the part that Patroni keeps in etcd the same as <see cref="Dynamic"/>: it forgets only what is null (RFC 7396).</summary>
    internal static JsonObject Change(JsonObject dynamic)
    {
        var change = (JsonObject)dynamic.DeepClone();
        var parameters = (JsonObject)change["postgresql"]!["parameters"]!;
        foreach (var name in PostgresSettings.SharedDefaults.Keys.Where(name => !parameters.ContainsKey(name)))
        {
            parameters[name] = null;
        }

        return change;
    }

    private static JsonObject Alone(SortedDictionary<string, string> settings) => new()
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

    private static JsonObject Api(PostgresConfiguration configuration)
    {
        var address = (configuration.Cluster is null ? "127.0.0.1" : configuration.ListenAddress) + ":8008";
        var api = new JsonObject { ["listen"] = address, ["connect_address"] = address };
        if (configuration.Cluster is not null)
        {
            api["certfile"] = PeerCertificate.ChainIn(PostgresPaths.Peer);
            api["keyfile"] = PeerCertificate.KeyIn(PostgresPaths.Peer);
            api["cafile"] = PeerCertificate.AuthorityIn(PostgresPaths.Peer);
            // For reading, too: who is no node of this database learns nothing.
            api["verify_client"] = "required";
        }

        return api;
    }

    // By certificate, both ways: the server's is of the space's authority, with its address in it; the client's of the database's own.
    private static JsonObject Peer(string role) => new()
    {
        ["username"] = role,
        ["sslmode"] = "verify-full",
        ["sslrootcert"] = PostgresPaths.Tls + "/chain.pem",
        ["sslcert"] = PeerCertificate.ChainIn(PostgresPaths.Peer),
        ["sslkey"] = PeerCertificate.KeyIn(PostgresPaths.Peer),
    };

    // The nodes of this database among themselves, before the rules for everybody. PostgreSQL believes all authorities alike: where a customer has some, which could
    // certify a node's name too, a node is also known by its address.
    private static IEnumerable<string> PeersHba(PostgresConfiguration configuration) =>
        (configuration.Cluster?.Members ?? []).Select(member => configuration.ClientAuthorities.Count > 0 ? member.Address + "/32" : "all").Distinct().SelectMany(from => (string[])
        [
            $"hostssl replication {ReplicationRole} {from} cert map=peers",
            $"hostssl postgres {RewindRole} {from} cert map=peers",
        ]);

    // In order, the first match counts. The superuser exists on the instance's own socket only; over the network there is TLS with a certificate or with SCRAM, or nothing.
    private static IEnumerable<string> Hba(PostgresConfiguration configuration) =>
    [
        "local all postgres peer map=node",
        "local replication " + ReplicationRole + " peer map=node",
        "local all " + ReplicationRole + " peer map=node",
        "local postgres " + RewindRole + " peer map=node",
        .. PoolerHba(configuration),
        "local all all reject",
        "host all postgres all reject",
        "host all " + ReplicationRole + " all reject",
        "host all " + RewindRole + " all reject",
        "host all " + PoolerRole + " all reject",
        "host replication all all reject",
        .. NetworkRules(configuration).Select(rule => $"hostssl all {(rule.Method == ByCertificate ? Identifier.Quote(rule.Role) : rule.Role)} {rule.Address}{(rule.Mask.Length > 0 ? " " + rule.Mask : "")} {rule.Method}"),
        "host all all all reject",
    ];

    // Where there is a pooler: it alone asks for secrets, as itself; and customers come through it by the socket, with a password as over the network. PostgreSQL doesn't
    // see a certificate of theirs then, nor their address, which the pooler's own rules are for.
    private static IEnumerable<string> PoolerHba(PostgresConfiguration configuration) => configuration.Pooler is null ? [] :
    [
        $"local postgres {PoolerRole} peer map=node",
        $"local all {PoolerRole} reject",
        $"local all {RewindRole} reject",
        .. Certified(configuration).Select(role => $"local all {Identifier.Quote(role)} reject"),
        $"local all all {ByPassword}",
    ];

    /// <summary>Roles that sign in with a certificate.</summary>
    internal static IEnumerable<string> Certified(PostgresConfiguration configuration) =>
        configuration.Roles.Where(role => role.Managed is { Login: true, Certificate: true }).Select(role => role.Name);

    /// <summary>How customers sign in from where, in the order of PostgreSQL's rules; without an address: through the pooler.</summary>
    internal static IReadOnlyList<AccessRule> Rules(PostgresConfiguration configuration) =>
        [.. configuration.Pooler is null ? [] : (AccessRule[])[new("all", "", "", ByPassword)], .. NetworkRules(configuration)];

    private static IEnumerable<AccessRule> NetworkRules(PostgresConfiguration configuration) =>
        Certified(configuration).Select(role => (Role: role, Method: ByCertificate)).Append((Role: "all", Method: ByPassword))
            .SelectMany(way => Networks(configuration).Select(network => new AccessRule(way.Role, network.Address, network.Mask, way.Method)));

    private const string ByCertificate = "cert";
    private const string ByPassword = "scram-sha-256";

    /// <summary>From where customers connect: addresses with masks, or <c>all</c>.</summary>
    internal static IReadOnlyList<(string Address, string Mask)> Networks(PostgresConfiguration configuration) =>
        configuration.AllowedNetworks.Count == 0
            ? [("all", "")]
            : [.. configuration.AllowedNetworks.Select(text => CustomerNetworks.Parse(text) is { } network
                ? (network.BaseAddress.ToString(), CustomerNetworks.MaskOf(network))
                : throw new InvalidOperationException("The configuration allows a network in a form that is not accepted."))];

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
