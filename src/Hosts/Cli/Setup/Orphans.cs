using System.Globalization;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// Processes of a service whose runsv was killed: nothing would restart or stop them, and beside a second one of their kind they
/// would go on with what must have ended, such as starting instances.
/// </summary>
internal static class Orphans
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Ends those of the named services, at first politely.</summary>
    public static async Task EndAsync(SetupContext context, IEnumerable<string> services, CancellationToken cancellationToken)
    {
        foreach (var service in services)
        {
            // PostgreSQL's fast shutdown; see Service.
            foreach (var signal in new[] { service == "store" ? "-INT" : "-TERM", "-KILL" })
            {
                var orphans = Find(context, service);
                foreach (var orphan in orphans)
                {
                    await context.Processes.TryAsync("kill", [signal, orphan.Id.ToString(CultureInfo.InvariantCulture)], cancellationToken);
                }

                var deadline = context.Time.GetUtcNow() + Patience;
                while (orphans.Count > 0 && Find(context, service).Count > 0 && context.Time.GetUtcNow() < deadline)
                {
                    await Task.Delay(100, cancellationToken);
                }
            }
        }
    }

    private static List<HostProcess> Find(SetupContext context, string service)
    {
        var all = HostProcess.All().ToList();
        var watchers = all.Where(p => p.Arguments[0] == "runsv").Select(p => p.Id).ToHashSet();
        return [.. all.Where(p => !watchers.Contains(p.Parent) && Is(context, service, p.Arguments))];
    }

    private static bool Is(SetupContext context, string service, string[] arguments) => service switch
    {
        "server" => arguments is [var program, "--config", _] && program == context.Programs + "/server/beffroid",
        // With a verb behind it is a command of `down`.
        "host" => arguments is [var program, "--config", _] && program == context.Programs + "/host/beffroi-host",
        "store" => arguments is [var program, "-D", var directory] && Path.GetFileName(program) == "postgres" && directory == Store.DirectoryOf(context.Installation),
        "lxcfs" => context.Record.OwnsIncus && arguments is ["lxcfs", "/var/lib/lxcfs"],
        "incusd" => context.Record.OwnsIncus && arguments is ["/usr/libexec/incus/incusd", "--group", "incus-admin"],
        _ => false,
    };
}
