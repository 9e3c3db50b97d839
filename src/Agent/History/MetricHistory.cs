using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.History;

/// <summary>
/// What was measured of this node, on its encrypted volume: each measurement of the last day, and of every five minutes of the last five weeks the mean, the least and the most. A seal closes it
/// with the volume, and who destroys the volume's key destroys it. One writer; readers at any time.
/// </summary>
internal sealed class MetricHistory : IDisposable
{
    // How many measurements a summary is of, and then of each slot the mean, the least and the most.
    private const int CoarseWidth = 1 + (3 * HistoryCatalogue.Slots);
    private readonly HistoryRing _fine;
    private readonly HistoryRing _coarse;
    private long _summarized;

    private MetricHistory(HistoryRing fine, HistoryRing coarse) => (_fine, _coarse) = (fine, coarse);

    /// <summary>Bytes that it takes: always the same.</summary>
    internal static long Size => HistoryRing.Size(HistoryCatalogue.FineCount, HistoryCatalogue.Slots) + HistoryRing.Size(HistoryCatalogue.CoarseCount, CoarseWidth);

    /// <summary>Opens it in a directory that exists.</summary>
    /// <exception cref="IOException">It can't be opened or made.</exception>
    internal static MetricHistory Open(string directory)
    {
        var fine = HistoryRing.Open(Path.Combine(directory, "fine.ring"), HistoryCatalogue.FineStep, HistoryCatalogue.FineCount, HistoryCatalogue.Slots);
        try
        {
            return new(fine, HistoryRing.Open(Path.Combine(directory, "coarse.ring"), HistoryCatalogue.CoarseStep, HistoryCatalogue.CoarseCount, CoarseWidth));
        }
        catch
        {
            fine.Dispose();
            throw;
        }
    }

    /// <summary>Keeps a measurement, and sums up what is complete by now.</summary>
    /// <param name="now">When it was made.</param>
    /// <param name="numbers">By slot; NaN for what is not known.</param>
    /// <exception cref="IOException">There is no room, or the volume is gone.</exception>
    internal void Append(DateTimeOffset now, ReadOnlySpan<float> numbers)
    {
        var seconds = now.ToUnixTimeSeconds();
        _fine.Write(Down(seconds, HistoryCatalogue.FineStep), numbers);
        var current = Down(seconds, HistoryCatalogue.CoarseStep);
        if (_summarized > current)
        {
            // The clock has gone back: what it comes by again is summed up anew, and what it left out when it went ahead is made up for, as after a start.
            _summarized = 0;
        }

        // After a start also what an agent before this one has not come to; never more than there are measurements of.
        var oldest = current - ((long)HistoryCatalogue.FineCount * HistoryCatalogue.FineStep) + HistoryCatalogue.CoarseStep;
        Span<float> summary = stackalloc float[CoarseWidth];
        for (var bucket = Math.Max(oldest, _summarized); bucket < current; bucket += HistoryCatalogue.CoarseStep)
        {
            if ((_summarized != 0 || !_coarse.TryRead(bucket, summary)) && TrySummarize(bucket, summary))
            {
                _coarse.Write(bucket, summary);
            }
        }

        _summarized = current;
    }

    /// <summary>
    /// Some series over a time. Points of less than five minutes come from the measurements themselves, others from the summaries; where the last of these is not made yet, from the measurements.
    /// </summary>
    /// <param name="slots">Of the series; -1 for one that is not known here.</param>
    /// <param name="from">Unix seconds, a multiple of <paramref name="step"/>.</param>
    /// <param name="to">Not part of it.</param>
    /// <param name="step">Seconds that a point stands for: a multiple of that of the measurements, and of the summaries' where it is not less.</param>
    internal NodeHistory Read(IReadOnlyList<int> slots, long from, long to, int step)
    {
        var points = (int)((to - from) / step);
        var gathered = slots.Select(_ => new HistoryPoints(points)).ToArray();
        var covered = from;
        if (step >= HistoryCatalogue.CoarseStep)
        {
            _coarse.Read(from, to, (time, numbers) =>
            {
                covered = time + HistoryCatalogue.CoarseStep;
                for (var i = 0; i < gathered.Length; i++)
                {
                    if (slots[i] >= 0)
                    {
                        var at = 1 + (3 * slots[i]);
                        gathered[i].Add((int)((time - from) / step), numbers[0], numbers[at], numbers[at + 1], numbers[at + 2]);
                    }
                }
            });
        }

        _fine.Read(covered, to, (time, numbers) =>
        {
            for (var i = 0; i < gathered.Length; i++)
            {
                if (slots[i] >= 0)
                {
                    var number = numbers[slots[i]];
                    gathered[i].Add((int)((time - from) / step), 1, number, number, number);
                }
            }
        });
        var history = new NodeHistory();
        history.Series.AddRange(gathered.Select(series => series.ToMessage()));
        return history;
    }

    /// <summary>Every measurement that is kept of a time, see <see cref="HistoryRing.Read"/>.</summary>
    internal void ReadFine(long from, long to, ReadRecord take) => _fine.Read(from, to, take);

    /// <summary>Answers a question, or says why not.</summary>
    internal AgentAnswer Answer(AgentQuestion question)
    {
        var answer = new AgentAnswer { Id = question.Id };
        if (question.History is not { } asked)
        {
            answer.Problem = "This agent does not know such a question.";
        }
        else if (asked.Step <= 0 || asked.Step % (asked.Step < HistoryCatalogue.CoarseStep ? HistoryCatalogue.FineStep : HistoryCatalogue.CoarseStep) != 0
            || asked.From < 0 || asked.From % asked.Step != 0 || asked.To % asked.Step != 0 || asked.To < asked.From
            || (asked.To - asked.From) / asked.Step > HistoryCatalogue.MostPoints || asked.Series.Count > HistoryCatalogue.Slots)
        {
            answer.Problem = "The question's times are not valid.";
        }
        else
        {
            answer.History = Read([.. asked.Series.Select(name => HistoryCatalogue.ByName.TryGetValue(name, out var series) ? series.Slot : -1)], asked.From, asked.To, asked.Step);
        }

        return answer;
    }

    public void Dispose()
    {
        _fine.Dispose();
        _coarse.Dispose();
    }

    private static long Down(long seconds, int step) => seconds - (seconds % step);

    // False where nothing was measured in that time.
    private bool TrySummarize(long bucket, Span<float> summary)
    {
        var measured = 0;
        var points = Enumerable.Range(0, HistoryCatalogue.Slots).Select(_ => new HistoryPoints(1)).ToArray();
        _fine.Read(bucket, bucket + HistoryCatalogue.CoarseStep, (_, numbers) =>
        {
            measured++;
            for (var slot = 0; slot < points.Length; slot++)
            {
                points[slot].Add(0, 1, numbers[slot], numbers[slot], numbers[slot]);
            }
        });
        summary[0] = measured;
        for (var slot = 0; slot < points.Length; slot++)
        {
            (summary[1 + (3 * slot)], summary[2 + (3 * slot)], summary[3 + (3 * slot)]) = points[slot].At(0);
        }

        return measured > 0;
    }
}

/// <summary>A series' points while they are gathered.</summary>
internal sealed class HistoryPoints(int count)
{
    private readonly double[] _weights = new double[count];
    private readonly double[] _sums = new double[count];
    private readonly float[] _least = new float[count];
    private readonly float[] _most = new float[count];

    /// <summary>Adds to a point what <paramref name="weight"/> measurements were; what is not a number is passed over, as is a point outside.</summary>
    internal void Add(int point, float weight, float average, float least, float most)
    {
        if ((uint)point >= (uint)_weights.Length || !float.IsFinite(average) || !(weight > 0))
        {
            return;
        }

        var first = _weights[point] == 0;
        _weights[point] += weight;
        _sums[point] += (double)average * weight;
        _least[point] = first ? least : Math.Min(_least[point], least);
        _most[point] = first ? most : Math.Max(_most[point], most);
    }

    /// <summary>A point; NaN where nothing was added.</summary>
    internal (float Average, float Least, float Most) At(int point) =>
        _weights[point] == 0 ? (float.NaN, float.NaN, float.NaN) : ((float)(_sums[point] / _weights[point]), _least[point], _most[point]);

    internal NodeHistory.Types.Series ToMessage()
    {
        var series = new NodeHistory.Types.Series();
        for (var point = 0; point < _weights.Length; point++)
        {
            var (average, least, most) = At(point);
            series.Average.Add(average);
            series.Minimum.Add(least);
            series.Maximum.Add(most);
        }

        return series;
    }
}
