using System.Text.Json.Nodes;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Any process is killed, the host is started anew: nothing is lost, and what need not stop does not.</summary>
public sealed class FailureTests(InstalledProduct product)
{
    private const string Ask = "select count(*) from hundred";

    [Fact]
    public async Task The_database_serves_while_the_control_plane_is_dead_and_the_control_plane_comes_back()
    {
        await KeepAsync();
        using var probe = new Availability(product);

        await BeginAsync("before-kill");
        Assert.Equal(1, Files.Kill(Server));
        Assert.Equal(1, Files.Kill(Host));
        Assert.Equal(1, Files.Kill(Store));
        await InstalledProduct.EventuallyAsync("the API answers", async () => (await product.CliAsync("postgres", "list")).ExitCode == 0);
        await EndAsync("before-kill");
        await KilledWhileItDeletesAsync();

        Assert.Empty(await probe.EndAsync());
    }

    [Fact]
    public async Task The_database_serves_while_incusd_is_dead_and_work_goes_on_after_it_is_back()
    {
        await KeepAsync();
        using var probe = new Availability(product);
        var incusd = (await Commands.RunAsync("pgrep", ["-f", "^/usr/libexec/incus/incusd --group"])).Trim();
        var arguments = (await File.ReadAllTextAsync($"/proc/{incusd}/cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);

        await BeginAsync("half-made");
        System.Diagnostics.Process.GetProcessById(int.Parse(incusd, System.Globalization.CultureInfo.InvariantCulture)).Kill();
        await BeginAsync("without-incus");
        await InstalledProduct.EventuallyAsync("the failure is told", async () =>
            (await product.CliAsync("postgres", "show", "without-incus")).Output.Contains("tried again", StringComparison.Ordinal)
            || (await IncusAnswersAsync()));

        if (!await IncusAnswersAsync())
        {
            await Commands.RunAsync("setsid", ["--fork", "sh", "-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. arguments]);
        }

        await EndAsync("half-made");
        await EndAsync("without-incus");
        Assert.Empty(await probe.EndAsync());
    }

    [Theory]
    [InlineData("beffroi-agent"), InlineData("patroni"), InlineData("postgres"), InlineData("etcd")]
    public async Task A_killed_process_of_the_instance_comes_back_and_nothing_is_lost(string process)
    {
        await KeepAsync();
        var pattern = process == "patroni" ? "beffroi/patroni" : process == "postgres" ? "bin/postgres" : process;
        var before = await InInstanceAsync("pgrep", "-o", "-f", pattern);
        await InInstanceAsync("pkill", "-KILL", "-f", pattern);
        await InstalledProduct.EventuallyAsync("it runs anew", async () => await InInstanceAsync("sh", "-c", $"pgrep -o -f [{pattern[0]}]{pattern[1..]} || true") is { Length: > 0 } after && after != before);
        await InstalledProduct.EventuallyAsync("the database answers with what was kept", async () => (await QueryAsync(Ask)).Output == "100\n");
        await InstalledProduct.EventuallyAsync("it is ready", async () =>
            (await product.CliAsync("postgres", "show", "first", "-o", "json")).Output.Contains("\"ready\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_restart_of_the_host_everything_is_there_again()
    {
        await KeepAsync();
        var (project, _) = await InstanceAsync();

        // As a host that lost its power: services, instances and mounts gone, none of them in order.
        Assert.Equal(1, KillSupervisor());
        Assert.Equal(1, Files.Kill(Server));
        Assert.Equal(1, Files.Kill(Host));
        Assert.Equal(1, Files.Kill(Store));
        await Commands.RunAsync("incus", ["--project", project, "stop", "--force", "--all"]);
        foreach (var volume in product.Volumes())
        {
            await product.RunAsync("/bin/umount", ["--lazy", $"{product.Installation.State}/volumes/{volume}/mount"]);
        }

        var up = await product.UpAsync();
        Assert.True(up.ExitCode == 0, up.Output + up.Error);
        await InstalledProduct.EventuallyAsync("the database answers with what was kept", async () => (await QueryAsync(Ask)).Output == "100\n");
        await CreateAndDeleteAsync("after-restart");
    }

    [Fact]
    public async Task When_the_supervisor_is_killed_its_orphans_are_not_left_running_beside_new_ones()
    {
        await KeepAsync();
        Assert.Equal(1, KillSupervisor());
        Assert.Equal(1, Files.Count(Server));

        var up = await product.UpAsync();
        Assert.True(up.ExitCode == 0, up.Output + up.Error);
        Assert.Equal(1, Files.Count(Server));
        Assert.Equal(1, Files.Count(Host));
        Assert.Equal(1, Files.Count(Store));
        await InstalledProduct.EventuallyAsync("the database answers with what was kept", async () => (await QueryAsync(Ask)).Output == "100\n");
        await CreateAndDeleteAsync("after-orphans");
    }

    private string Server => product.Installation.Programs + "/current/server/beffroid";

    private string Host => product.Installation.Programs + "/current/host/beffroi-host";

    private string[] Store => [.. Directory.GetFiles("/usr/lib/postgresql", "postgres", SearchOption.AllDirectories).Take(1), "-D", product.Installation.State + "/store"];

    /// <summary>Asks for a database that no spare fits, and leaves it in the midst of being made.</summary>
    private async Task BeginAsync(string name)
    {
        var create = await product.CliAsync("postgres", "create", name, "--storage", "1GiB", "--deletion-protection", "off", "--no-wait");
        Assert.True(create.ExitCode == 0, create.Error);
    }

    private async Task EndAsync(string name)
    {
        await InstalledProduct.EventuallyAsync(name + " is ready", async () =>
            (await product.CliAsync("postgres", "show", name, "-o", "json")).Output.Contains("\"ready\"", StringComparison.Ordinal));
        Assert.Equal(0, (await product.CliAsync("postgres", "delete", name, "--yes")).ExitCode);
    }

    /// <summary>What touches the host is killed again and again until the deletion is done.</summary>
    private async Task KilledWhileItDeletesAsync()
    {
        await BeginAsync("after-kill");
        var shown = "";
        await InstalledProduct.EventuallyAsync("it is ready", async () =>
            (shown = (await product.CliAsync("postgres", "show", "after-kill", "-o", "json")).Output).Contains("\"ready\"", StringComparison.Ordinal));
        var volume = JsonNode.Parse(shown)!["id"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal);
        Assert.Contains(volume, product.Volumes());
        Assert.Equal(0, (await product.CliAsync("postgres", "delete", "after-kill", "--yes", "--no-wait")).ExitCode);
        for (var kill = 0; kill < 8; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250));
            Files.Kill(Host);
        }

        await InstalledProduct.EventuallyAsync("it is gone", async () => (await product.CliAsync("postgres", "show", "after-kill")).ExitCode == 3);
        Assert.DoesNotContain(volume, product.Volumes());
    }

    /// <summary>Kills runsvdir and every runsv below it, but none of the services.</summary>
    private int KillSupervisor()
    {
        var killed = Files.Kill("runsvdir", "-P", product.Installation.State + "/services");
        foreach (var service in Directory.GetDirectories(product.Installation.State + "/services").Select(Path.GetFileName))
        {
            Files.KillIn(product.Installation.State + "/services/", "runsv", service!);
        }

        return killed;
    }

    /// <summary>A hundred rows, each committed.</summary>
    private async Task KeepAsync()
    {
        await InstalledProduct.EventuallyAsync("the database takes what is to be kept", async () =>
            (await QueryAsync("drop table if exists hundred; create table hundred as select g from generate_series(1, 100) g")).ExitCode == 0);
    }

    private async Task CreateAndDeleteAsync(string name)
    {
        var create = await product.CliAsync("postgres", "create", name, "--storage", "1GiB", "--deletion-protection", "off");
        Assert.True(create.ExitCode == 0, create.Output + create.Error);
        var delete = await product.CliAsync("postgres", "delete", name, "--yes");
        Assert.True(delete.ExitCode == 0, delete.Output + delete.Error);
    }

    private Task<Outcome> QueryAsync(string sql) => Availability.QueryAsync(product, sql);

    private async Task<string> InInstanceAsync(params string[] command)
    {
        var (project, instance) = await InstanceAsync();
        return await Commands.RunAsync("incus", ["--project", project, "exec", instance, "--", .. command]);
    }

    /// <summary>The instance of the database «first»: the one that has its volume.</summary>
    private async Task<(string Project, string Instance)> InstanceAsync()
    {
        var show = await product.CliAsync("postgres", "show", "first", "-o", "json");
        var id = JsonNode.Parse(show.Output)!["id"]!.GetValue<string>();
        foreach (var item in JsonNode.Parse(await Commands.RunAsync("incus", ["list", "--all-projects", "--format", "json"]))!.AsArray())
        {
            if (item!["devices"]?["data"]?["source"]?.GetValue<string>().Contains(id.Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal) == true)
            {
                return (item["project"]!.GetValue<string>(), item["name"]!.GetValue<string>());
            }
        }

        throw new InvalidOperationException("No instance has the volume of first.");
    }

    private static async Task<bool> IncusAnswersAsync()
    {
        try
        {
            await Commands.RunAsync("incus", ["query", "/1.0"]).WaitAsync(TimeSpan.FromSeconds(3));
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            return false;
        }
    }
}
