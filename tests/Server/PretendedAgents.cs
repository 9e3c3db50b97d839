using System.Collections.Concurrent;
using Beffroi.Agent.History;
using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;

namespace Beffroi.Server.Tests;

/// <summary>Agents that answer from a history as the real ones keep it, without the channel between: that is in tests/Platform.</summary>
public sealed class PretendedAgents : IAgentQuestions, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-agents-").FullName;
    private readonly ConcurrentDictionary<Guid, MetricHistory> _histories = new();

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<(Guid Instance, HistoryQuestion Question)> Asked { get; } = new();

    /// <summary>What an agent says instead of what it keeps.</summary>
    public Func<AgentQuestion, AgentAnswer?>? Otherwise { get; set; }

    /// <summary>An agent measured something at these moments.</summary>
    public void Measure(Guid instance, IEnumerable<DateTimeOffset> moments, Func<DateTimeOffset, IReadOnlyDictionary<string, double>> measured)
    {
        var history = _histories.GetOrAdd(instance, id => MetricHistory.Open(Directory.CreateDirectory(Path.Combine(_directory, id.ToString("N"))).FullName));
        var numbers = new float[HistoryCatalogue.Slots];
        foreach (var moment in moments)
        {
            Array.Fill(numbers, float.NaN);
            foreach (var (series, number) in measured(moment))
            {
                numbers[HistoryCatalogue.ByName[series].Slot] = (float)number;
            }

            history.Append(moment, numbers);
        }
    }

    public Task<AgentAnswer?> AskAsync(Guid instanceId, AgentQuestion question, CancellationToken cancellationToken)
    {
        Asked.Enqueue((instanceId, question.History));
        return Task.FromResult(Otherwise is { } otherwise ? otherwise(question) : _histories.TryGetValue(instanceId, out var history) ? history.Answer(question) : null);
    }

    public void Dispose()
    {
        foreach (var history in _histories.Values)
        {
            history.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
