using System.Text.RegularExpressions;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Stopping everything and starting it again, as for a restart of the machine.</summary>
public sealed class RestartTests(InstalledProduct product)
{
    [Fact]
    public async Task After_down_nothing_can_be_read_and_after_up_the_data_is_there()
    {
        var psql = Regex.Match(product.UpOutput, @"PGSERVICEFILE=\S+ psql service=first").Value;
        await ShellAsync(psql + " -Xqc 'create table if not exists kept (note text); truncate kept' -c \"insert into kept values ('still here')\"");

        var down = await product.RunAsync(product.Command, ["down"]);
        Assert.True(down.ExitCode == 0, down.Output + down.Error);
        Assert.Equal(1, (await product.CliAsync("status")).ExitCode);
        Assert.Equal(5, (await product.CliAsync("postgres", "list")).ExitCode);
        Assert.DoesNotContain(await File.ReadAllLinesAsync("/proc/mounts"), l => l.Contains(product.Installation.State + "/", StringComparison.Ordinal));

        var up = await product.UpAsync();
        Assert.True(up.ExitCode == 0, up.Output + up.Error);
        Assert.Equal("still here\n", await ShellAsync(psql + " -XAtc 'select note from kept'"));
    }

    private async Task<string> ShellAsync(string command)
    {
        var run = await product.RunAsync("/bin/sh", ["-c", command]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
