using Beffroi.Agent.Files;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.History;

/// <summary>
/// Keeps what was measured, and answers questions about it. A volume that is full or gone stops neither measuring nor what is measured: it is tried again with the next measurement. One caller
/// that takes, any number that ask.
/// </summary>
internal sealed class HistoryKeeper(string directory, Account owner, TimeProvider time) : IDisposable
{
    private readonly HistorySampler _sampler = new();
    private volatile MetricHistory? _history;
    private long? _took;
    private bool _told;
    private volatile IReadOnlyList<PostgresConfiguration.Types.Threshold> _crossed = [];

    /// <summary>Which bounds were crossed by the last measurement.</summary>
    internal IReadOnlyList<PostgresConfiguration.Types.Threshold> Crossed => _crossed;

    /// <summary>Keeps a measurement of now; returns whether other bounds are crossed by it than before.</summary>
    /// <param name="measured">See <see cref="HistorySampler.Take"/>.</param>
    /// <param name="thresholds">The bounds that the customer has set.</param>
    internal bool Take(IReadOnlyDictionary<string, double> measured, IReadOnlyList<PostgresConfiguration.Types.Threshold> thresholds)
    {
        var now = time.GetTimestamp();
        var numbers = _sampler.Take(measured, _took is { } took ? time.GetElapsedTime(took, now) : TimeSpan.Zero);
        _took = now;
        try
        {
            var history = Open();
            history.Append(time.GetUtcNow(), numbers);
            _told = false;
            var (before, crossed) = (_crossed, Thresholds.Crossed(history, thresholds, time.GetUtcNow()));
            _crossed = crossed;
            return !before.SequenceEqual(crossed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_told)
            {
                Log.Write("What was measured can't be kept: " + e.Message);
                _told = true;
            }

            return false;
        }
    }

    /// <summary>Answers a question, or says why not.</summary>
    internal AgentAnswer Answer(AgentQuestion question)
    {
        try
        {
            return (_history ?? throw new IOException("nothing was measured yet.")).Answer(question);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return new AgentAnswer { Id = question.Id, Problem = "The history can't be read: " + e.Message };
        }
    }

    public void Dispose() => _history?.Dispose();

    private MetricHistory Open()
    {
        if (_history is null)
        {
            PrivateFile.Directory(directory, owner);
            _history = MetricHistory.Open(directory);
        }

        return _history;
    }
}
