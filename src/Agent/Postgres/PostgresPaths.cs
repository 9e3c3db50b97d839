namespace Beffroi.Agent.Postgres;

/// <summary>Where things are. Whatever holds data or a secret is on the encrypted volume, which is mounted at /data.</summary>
internal static class PostgresPaths
{
    internal const string Volume = "/data";
    internal const string Etcd = Volume + "/etcd";
    internal const string EtcdConfiguration = Etcd + "/etcd.yml";
    internal const string Patroni = Volume + "/patroni";
    internal const string PatroniConfiguration = Patroni + "/patroni.yml";
    internal const string PatroniPeers = Patroni + "/peers";
    internal const string PatroniLock = Patroni + "/lock";
    internal const string Peer = Patroni + "/tls";
    internal const string Restarted = Volume + "/agent/restarted";
    internal const string History = Volume + "/agent/history";
    internal const string Log = Volume + "/log";
    internal const string Postgres = Volume + "/postgresql";
    internal const string Tls = Postgres + "/tls";
    internal const string ClientAuthorities = Tls + "/clients.pem";
    internal const string ClientAuthoritiesRead = Volume + "/agent/clients";
    internal const string Initdb = "/usr/lib/beffroi/initdb";
    internal const string Socket = "/run/postgresql";

    /// <summary>In memory: the pooler's configuration is written again whenever the instance starts.</summary>
    internal const string Pooler = "/run/beffroi-pooler";

    internal static string Binaries(int majorVersion) => $"/usr/lib/postgresql/{majorVersion}/bin";

    internal static string Data(int majorVersion) => $"{Postgres}/{majorVersion}";
}
