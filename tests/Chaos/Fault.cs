using Beffroi.Testing;

namespace Beffroi.Chaos;

/// <summary>Something that goes wrong, and how it ends.</summary>
/// <param name="Name">For the table.</param>
/// <param name="BeginAsync">Makes it go wrong on this node.</param>
/// <param name="EndAsync">Puts right what doesn't mend itself.</param>
public sealed record Fault(string Name, Func<Node, Task> BeginAsync, Func<Node, Task> EndAsync)
{
    /// <summary>All that there are, on the primary's node; those of the control plane need its installation's name.</summary>
    public static IReadOnlyList<Fault> All(string installation) =>
    [
        Once("kill-postgres", node => SignalAsync(node, "KILL", "head -n1 /data/postgresql/*/postmaster.pid")),
        Once("kill-patroni", node => SignalAsync(node, "KILL", "systemctl show --property=MainPID --value beffroi-patroni.service")),
        Once("kill-etcd", node => SignalAsync(node, "KILL", "systemctl show --property=MainPID --value beffroi-etcd.service")),
        Once("kill-agent", node => SignalAsync(node, "KILL", "systemctl show --property=MainPID --value beffroi-agent.service")),
        new("stop-postgres", node => SignalAsync(node, "STOP", "pgrep -x postgres"), node => SignalAsync(node, "CONT", "pgrep -x postgres || true")),
        new(
            "stop-patroni",
            node => SignalAsync(node, "STOP", "systemctl show --property=MainPID --value beffroi-patroni.service"),
            node => SignalAsync(node, "CONT", "systemctl show --property=MainPID --value beffroi-patroni.service")),
        new("cut-node", node => LinkAsync(node, "down"), node => LinkAsync(node, "up")),
        Once("kill-beffroid", async node =>
        {
            await Commands.RunAsync("pkill", ["-KILL", "-xf", new Kernel.Installation(installation).Programs + "/current/server/beffroid.*"]);
            await SignalAsync(node, "KILL", "head -n1 /data/postgresql/*/postmaster.pid");
        }),
    ];

    private static Fault Once(string name, Func<Node, Task> begin) => new(name, begin, _ => Task.CompletedTask);

    // A process that is gone meanwhile is no failure of the test.
    private static Task<string> SignalAsync(Node node, string signal, string find) =>
        Database.InAsync(node, "sh", "-c", "for pid in $(" + find + "); do [ \"$pid\" = 0 ] || kill -" + signal + " $pid 2>/dev/null || true; done");

    private static async Task LinkAsync(Node node, string state)
    {
        var link = (await Commands.RunAsync("incus", ["--project", node.Project, "config", "get", node.Instance, "volatile.eth0.host_name"])).Trim();
        await Commands.RunAsync("ip", ["link", "set", link, state]);
    }
}
