using System.Collections.Concurrent;
using System.Diagnostics;

namespace Beffroi.Chaos;

/// <summary>A write that PostgreSQL acknowledged.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="Number">Its number; a writer's numbers grow and are never used twice.</param>
/// <param name="Began">Stopwatch ticks when it was sent.</param>
/// <param name="Ended">Stopwatch ticks when the acknowledgement had come.</param>
/// <param name="Timeline">PostgreSQL's timeline in which it was written.</param>
/// <param name="Endpoint">Whether it was sent to the writers' endpoint rather than to a node itself.</param>
public sealed record Write(int Writer, long Number, long Began, long Ended, int Timeline, bool Endpoint);

/// <summary>
/// The set checker: every acknowledged write must be in the database afterwards; and no write may be acknowledged in an older timeline that began
/// after one had been acknowledged in a newer: then there would have been two primaries. Safe for concurrent use.
/// </summary>
public sealed class Acknowledged
{
    private readonly ConcurrentQueue<Write> _writes = new();

    /// <summary>How many there are.</summary>
    public int Count => _writes.Count;

    /// <summary>Notes one.</summary>
    public void Add(Write write) => _writes.Enqueue(write);

    /// <summary>Those that are not among what was read.</summary>
    public IReadOnlyList<Write> Lost(IReadOnlySet<(int Writer, long Number)> read) => [.. _writes.Where(w => !read.Contains((w.Writer, w.Number)))];

    /// <summary>Those that a second primary acknowledged.</summary>
    public IReadOnlyList<Write> OfASecondPrimary()
    {
        var found = new List<Write>();
        var writes = _writes.ToArray();
        foreach (var timeline in writes.Select(w => w.Timeline).Distinct())
        {
            var newer = writes.Where(w => w.Timeline > timeline).Select(w => w.Ended).DefaultIfEmpty(long.MaxValue).Min();
            found.AddRange(writes.Where(w => w.Timeline == timeline && w.Began > newer));
        }

        return found;
    }

    /// <summary>
    /// How long after <paramref name="since"/> (Stopwatch ticks) writers could write again: until the end of the longest time without an acknowledged
    /// write at the endpoint that began or lasted after it. Null if nothing was acknowledged after it.
    /// </summary>
    public (TimeSpan Recovered, TimeSpan Gap)? After(long since)
    {
        var times = _writes.Where(w => w.Endpoint).Select(w => w.Ended).Order().ToList();
        var (longest, end) = (0L, 0L);
        for (var i = 1; i < times.Count; i++)
        {
            if (times[i] > since && times[i] - times[i - 1] > longest)
            {
                (longest, end) = (times[i] - times[i - 1], times[i]);
            }
        }

        return end == 0 ? null : (Stopwatch.GetElapsedTime(since, end), Stopwatch.GetElapsedTime(0, longest));
    }
}
