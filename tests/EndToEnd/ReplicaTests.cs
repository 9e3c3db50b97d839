using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>
/// Three beffroid share the work of one store and one host while they are killed, and one at work is paused for longer than its lease. The other two
/// are in network namespaces of their own, as on machines of their own; the store and the host they reach by sockets.
/// </summary>
public sealed class ReplicaTests(InstalledProduct product)
{
    private const string Space = "demo/replicas";
    private static readonly string[] Names = ["east", "north", "west"];
    private static readonly TimeSpan LongerThanALease = TimeSpan.FromSeconds(32);

    private string Program => product.Installation.Programs + "/current/server/beffroid";

    [Fact]
    public async Task Three_replicas_that_are_killed_and_paused_do_everything_once()
    {
        Assert.Equal(0, (await product.CliAsync("space", "create", Space, "--evaluation")).ExitCode);
        var random = new Random(20261124);
        Process[] others = [Start(), Start()];
        try
        {
            await InstalledProduct.EventuallyAsync("three run", () => Task.FromResult(Files.Count(Program) == 3));
            foreach (var name in Names)
            {
                var create = await product.CliAsync("postgres", "create", name, "--space", Space, "--storage", "1GiB", "--deletion-protection", "off", "--no-wait");
                Assert.True(create.ExitCode == 0, create.Error);
            }

            await PauseOneAtWorkAsync();
            for (var strike = 0; strike < 4; strike++)
            {
                await Task.Delay(random.Next(300, 900));
                others = await KillAsync(random.Next(3), others);
            }

            await InstalledProduct.EventuallyAsync("all are ready", async () => await CountAsync("and status->>'state' = 'ready'") == Names.Length);
            foreach (var name in Names)
            {
                var query = await product.CliAsync("postgres", "connect", name, "--space", Space, "--", "-XAtc", "select 'alive'");
                Assert.True(query.Output == "alive\n", query.Output + query.Error);
            }

            await NothingWasDoneTwiceAsync();
            foreach (var name in Names)
            {
                Assert.Equal(0, (await product.CliAsync("postgres", "delete", name, "--space", Space, "--yes", "--no-wait")).ExitCode);
            }

            others = await KillAsync(random.Next(3), others);
            await InstalledProduct.EventuallyAsync("all are gone, and the spare with them", async () => await CountAsync("or spare and space_id = (select id from platform.spaces where name = 'replicas')") == 0);

            // The space's backup repository stays: what it holds is locked.
            Assert.Equal("0", await product.QueryStoreAsync("""
                select count(*) from platform.agents a join platform.spaces s on s.id = a.space_id
                where s.name = 'replicas' and not exists (select from platform.resources r where r.id = a.resource_id and r.kind = 'backup-repository')
                """));
        }
        finally
        {
            foreach (var other in others)
            {
                other.Kill();
                other.Dispose();
            }
        }
    }

    // The lease says who is at work. Whoever goes on after such a pause must find that it has lost it.
    private async Task PauseOneAtWorkAsync()
    {
        var owner = "";
        await InstalledProduct.EventuallyAsync("one is at work", async () =>
            (owner = await product.QueryStoreAsync("select leased_by from reconciling.work where leased_until > clock_timestamp() and kind = 'postgres' limit 1")).Length > 0);
        var process = owner[(owner.LastIndexOf('/') + 1)..];
        await Commands.RunAsync("kill", ["-STOP", process]);
        try
        {
            await Task.Delay(LongerThanALease);
        }
        finally
        {
            await Commands.RunAsync("kill", ["-CONT", process]);
        }
    }

    private async Task<Process[]> KillAsync(int victim, Process[] others)
    {
        if (victim == 2)
        {
            // The installed one; its supervisor starts it again.
            var installed = (await Commands.RunAsync("cat", [product.Installation.State + "/services/server/supervise/pid"])).Trim();
            await Commands.RunAsync("kill", ["-KILL", installed]);
            return others;
        }

        others[victim].Kill();
        await others[victim].WaitForExitAsync();
        others[victim].Dispose();
        var next = Start();
        return victim == 0 ? [next, others[1]] : [others[0], next];
    }

    // Agents are silent while the one that they call is paused, and come anew after it. A configuration is written again once the space's backup
    // repository, which comes about beside its databases, has an address.
    private async Task NothingWasDoneTwiceAsync()
    {
        var twice = await product.QueryStoreAsync("""
            select string_agg(distinct action || ' of ' || path || ': ' || n, ', ') from (
                select entry::jsonb->>'action' as action, entry::jsonb->>'resource' as path, count(*) as n from platform.ledger
                where entry::jsonb->>'resource' like '/v1/organizations/demo/spaces/replicas/postgres/%' and entry::jsonb->>'outcome' = 'done'
                  and entry::jsonb->>'actor' = 'system:postgres' and entry::jsonb->>'action' not in ('postgres.give-up-spare', 'postgres.agent')
                group by entry::jsonb->>'action', entry::jsonb->>'resource', entry::jsonb->>'resourceId' having count(*) > case entry::jsonb->>'action' when 'postgres.configuration' then 2 else 1 end) twice
            """);
        Assert.True(twice.Length == 0, twice);
        var instances = await Commands.RunAsync("incus", ["list", "--all-projects", "--format", "json"]);
        foreach (var id in (await product.QueryStoreAsync("select replace(id::text, '-', '') from platform.resources where name in ('east', 'north', 'west')")).Split('\n'))
        {
            Assert.Single(product.Volumes(), id);
            Assert.Single(JsonNode.Parse(instances)!.AsArray(), i => i!["devices"]?["data"]?["source"]?.GetValue<string>().Contains(id, StringComparison.Ordinal) == true);
        }
    }

    private async Task<int> CountAsync(string condition) => int.Parse(
        await product.QueryStoreAsync($"select count(*) from platform.resources where name in ('east', 'north', 'west') {condition}"), CultureInfo.InvariantCulture);

    private Process Start()
    {
        var user = product.Installation.User;
        var start = new ProcessStartInfo(
            "unshare",
            ["--net", "--", "setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", "--", "sh", "-c", "exec \"$0\" >/dev/null 2>&1", Program])
        { WorkingDirectory = "/", RedirectStandardInput = true };
        start.Environment.Clear();
        start.Environment["BEFFROI_CONFIG"] = product.Installation.Configuration + "/server.json";
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        return Process.Start(start)!;
    }
}
