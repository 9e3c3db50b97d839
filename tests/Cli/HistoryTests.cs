using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Postgres;

namespace Beffroi.Cli.Tests;

public sealed class HistoryTests : IAsyncLifetime
{
    private const string History = Samples.Path + "/postgres/dossiers/metrics/history";
    private readonly CliRun _cli = new();
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _cli.UseContext(_api.Address, _api.AuthorityPem);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _cli.Dispose();
    }

    [Fact]
    public async Task What_was_measured_is_a_table_with_pictures_and_who_is_silent_is_named()
    {
        _api.OnJson("GET " + History, Samples.History, WireJson.Default.PostgresHistory);
        var run = await _cli.RunAsync("postgres", "metrics", "dossiers", "--since", "6h", "--metric", "cpu,wal");
        Assert.Equal(0, run.ExitCode);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Matches("^NODE +METRIC +LEAST +MEAN +MOST +LAST +2026-11-23 12:00 TO 2026-11-23 12:05 UTC$", lines[0]);
        Assert.Matches("^primary 000003 +cpu +0 +1.38 +5.25 +0 +▂ ▃█▁$", lines[1]);
        Assert.Matches("^primary 000003 +wal +0 KiB/s +0.3 KiB/s +4 KiB/s +1.5 KiB/s +▁▁▁▁█$", lines[2]);
        Assert.Contains("n-0192f0c4-0000-7000-8000-000000000004 does not answer now", run.Error, StringComparison.Ordinal);
        Assert.Contains(_api.Requests, r => r.Contains("/history?from=20", StringComparison.Ordinal) && r.EndsWith("&step=450&metric=cpu%2Cwal", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("postgres metrics --since 6h")]
    [InlineData("postgres metrics dossiers --since 6h --prometheus")]
    [InlineData("postgres metrics dossiers --metric cpu")]
    [InlineData("postgres metrics dossiers --since yesterday")]
    public async Task What_does_not_go_together_is_wrong_usage(string command) => Assert.Equal(2, (await _cli.RunAsync(command.Split(' '))).ExitCode);

    [Fact]
    public void A_picture_goes_from_nothing_to_the_largest_number()
    {
        Assert.Equal("▁▅█ ", HistoryTable.Picture([0, 2, 4, null]));
        Assert.Equal("▁▁", HistoryTable.Picture([0, 0]));
        Assert.Equal("  ", HistoryTable.Picture([null, null]));
        Assert.Equal("", HistoryTable.Picture([]));
    }
}
