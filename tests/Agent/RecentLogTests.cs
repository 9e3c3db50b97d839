using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests;

/// <summary>What an agent keeps of its own log.</summary>
public sealed class RecentLogTests
{
    [Fact]
    public void Lines_go_where_they_went_and_the_newest_are_kept_within_bounds()
    {
        using var output = new StringWriter();
        var time = new SteppingTime();
        using var log = new RecentLog(output, time);
        for (var i = 1; i <= AgentLog.MostLines + 3; i++)
        {
            log.WriteLine($"line {i}");
        }

        // The key is two UTF-16 code units of which one would have room.
        log.WriteLine(new string('x', AgentLog.LongestLine - 1) + "🔑");
        Assert.StartsWith("line 1" + output.NewLine + "line 2", output.ToString(), StringComparison.Ordinal);
        var all = Ask(AgentLog.MostLines).Log.Lines;
        Assert.Equal((AgentLog.MostLines, "line 5", 1_700_000_000_004), (all.Count, all[0].Text, all[0].At));
        Assert.Equal(new string('x', AgentLog.LongestLine - 1), all[^1].Text);
        Assert.Equal([$"line {AgentLog.MostLines + 3}", all[^1].Text], Ask(2).Log.Lines.Select(l => l.Text));
        Assert.NotEmpty(Ask(0).Problem);
        Assert.NotEmpty(Ask(AgentLog.MostLines + 1).Problem);

        AgentAnswer Ask(int lines)
        {
            var answer = log.Answer(new AgentQuestion { Id = 7, Log = new LogQuestion { Lines = lines } });
            Assert.Equal(7, answer.Id);
            return answer;
        }
    }

    /// <summary>A millisecond later each time it is asked.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _now = 1_700_000_000_000;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(_now++);
    }
}
