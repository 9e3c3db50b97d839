using System.Text;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;

namespace Beffroi.Agent;

/// <summary>
/// Writes lines on to where they go, and keeps the newest in memory for whom the customer lets see them. Its own thread-safety is that of <see cref="Console.SetError"/>, which lets one writer in
/// at a time; lines may be read meanwhile.
/// </summary>
/// <param name="output">Where lines go.</param>
/// <param name="time">The clock.</param>
internal sealed class RecentLog(TextWriter output, TimeProvider time) : TextWriter
{
    private readonly Lock _lock = new();
    private readonly Queue<AgentLog.Types.Line> _lines = new(AgentLog.MostLines);

    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) => output.Write(value);

    public override void WriteLine(string? value)
    {
        output.WriteLine(value);
        var line = new AgentLog.Types.Line { At = time.GetUtcNow().ToUnixTimeMilliseconds(), Text = (value ?? "").Shortened(AgentLog.LongestLine) };
        lock (_lock)
        {
            if (_lines.Count == AgentLog.MostLines)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    /// <summary>Answers a question for the log, or says why not.</summary>
    internal AgentAnswer Answer(AgentQuestion question)
    {
        if (question.Log.Lines is <= 0 or > AgentLog.MostLines)
        {
            return new AgentAnswer { Id = question.Id, Problem = "The question's number of lines is not valid." };
        }

        var log = new AgentLog();
        lock (_lock)
        {
            log.Lines.AddRange(_lines.TakeLast(question.Log.Lines));
        }

        return new AgentAnswer { Id = question.Id, Log = log };
    }
}
