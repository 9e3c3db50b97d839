using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>A supervised service.</summary>
/// <param name="Name">Also of its directory and its log.</param>
/// <param name="Run">The script that becomes it.</param>
/// <param name="Terminate">A script to end it with in place of SIGTERM (runsv(8), control/t), where that isn't right.</param>
internal sealed record Service(string Name, string Run, string? Terminate = null)
{
    /// <summary>All there may be, in the order in which they need each other.</summary>
    public static IReadOnlyList<string> InOrder { get; } = ["lxcfs", "incusd", "store", "host", "server"];

    private const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static Service Lxcfs() => new("lxcfs", Script("""
        # A lxcfs that was killed leaves a dead mount behind.
        stat /var/lib/lxcfs/proc >/dev/null 2>&1 || umount -l /var/lib/lxcfs 2>/dev/null
        mkdir -p /var/lib/lxcfs
        exec lxcfs /var/lib/lxcfs
        """));

    public static Service Incusd() => new("incusd", Script("""
        until mountpoint -q /var/lib/lxcfs; do sleep 0.2; done
        exec /usr/libexec/incus/incusd --group incus-admin
        """));

    public static Service Store(Installation installation) => new("store", Script($"""
        install -d -m 0755 {installation.Run}
        install -d -o postgres -g {installation.User} -m 0750 {Setup.Store.SocketDirectory(installation)}
        exec setpriv --reuid=postgres --regid=postgres --init-groups --no-new-privs -- env -i PATH={SystemPath} LANG=C.UTF-8 \
          {Setup.Store.Binaries(installation)}/postgres -D {Setup.Store.DirectoryOf(installation)}
        """),
        // PostgreSQL's fast shutdown: at SIGTERM it would wait for every client to leave.
        "#!/bin/sh\nkill -INT \"$(cat supervise/pid)\"\n");

    public static Service Host(Installation installation, string programs, string incusSocket) => new("host", Script($"""
        install -d -m 0755 {installation.Run}
        until [ -S {incusSocket} ]; do sleep 0.2; done
        exec env -i PATH={SystemPath} LANG=C.UTF-8 DOTNET_gcServer=0 DOTNET_TieredPGO=0 \
          {programs}/host/beffroi-host --config {ConfigurationFiles.HostFile(installation)}
        """));

    /// <summary>No capability, no way to gain one, and an environment that holds nothing but this.</summary>
    public static Service Server(Installation installation, string programs, bool ownStore) => new("server", Script($"""
        {(ownStore ? $"until [ -S {Setup.Store.SocketDirectory(installation)}/.s.PGSQL.5432 ]; do sleep 0.2; done" : "")}
        until [ -S {installation.HostSocket} ]; do sleep 0.2; done
        cd {installation.State}/server
        exec env -i PATH={SystemPath} LANG=C.UTF-8 DOTNET_gcServer=0 DOTNET_TieredPGO=0 \
          setpriv --reuid={installation.User} --regid={installation.User} --init-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- \
          {programs}/server/beffroid --config {ConfigurationFiles.ServerFile(installation)}
        """));

    private static string Script(string body) => "#!/bin/sh\n# Written by beffroi up.\nexec 2>&1\n" + body + "\n";
}
