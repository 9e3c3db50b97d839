using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Platform.Sovereignty;

/// <summary>Something that stops, and through what.</summary>
/// <param name="Entry">What.</param>
/// <param name="Moment">When.</param>
/// <param name="Reason">Why the first thing in the chain that depends on a supplier stops.</param>
/// <param name="Through">What it stops with; null where the outage begins.</param>
internal sealed record Stopped(RegisterEntry Entry, Moment Moment, LocalText Reason, Stopped? Through)
{
    /// <summary>Ids from where the outage begins down to this.</summary>
    public IReadOnlyList<string> Chain()
    {
        var chain = new List<string>();
        for (var at = this; at is not null; at = at.Through)
        {
            chain.Add(at.Entry.Id);
        }

        chain.Reverse();
        return chain;
    }
}

/// <summary>
/// What stops, and when, if suppliers stop: a pure function over the register's graph. The soonest is settled first, as in Dijkstra's algorithm with the later of two moments in the place of the sum of two
/// lengths; each entry is settled once, so cycles end.
/// </summary>
internal sealed class Outage
{
    private readonly DateOnly _today;
    private readonly bool _ignoringExpiries;
    private readonly Dictionary<string, RegisterEntry> _entries;
    private readonly ILookup<string, RegisterEntry> _suppliedBy;
    private readonly Dictionary<(string Redundancy, string Carried), Share> _shares = [];
    private readonly Dictionary<string, Stopped> _stopped = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Stopped, (Moment Moment, int Order)> _waiting = new();
    private int _order;

    private Outage(IReadOnlyList<RegisterEntry> entries, DateOnly today, bool ignoringExpiries)
    {
        (_today, _ignoringExpiries) = (today, ignoringExpiries);
        _entries = entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
        _suppliedBy = entries.Where(e => e.Supplier is not null).ToLookup(e => e.Supplier!, StringComparer.Ordinal);
        foreach (var (redundancy, carried) in entries.Where(e => e.Redundancy is not null).SelectMany(e => e.Carries.Select(c => c.Id).Distinct().Select(c => (e.Redundancy!, c))))
        {
            var share = _shares.GetValueOrDefault((redundancy, carried));
            _shares[(redundancy, carried)] = new Share((share?.Left ?? 0) + 1, Moment.Now);
        }
    }

    /// <summary>What stops, by id.</summary>
    /// <param name="entries">The register. An edge to what isn't in it leads nowhere.</param>
    /// <param name="gone">Ids of what is affected itself: a supplier stops at once, anything else as when its supplier does.</param>
    /// <param name="today">Of which day it is told.</param>
    /// <param name="ignoringExpiries">Whether nothing expires: what is then left stops even if every licence lasted.</param>
    public static IReadOnlyDictionary<string, Stopped> Of(IReadOnlyList<RegisterEntry> entries, IReadOnlySet<string> gone, DateOnly today, bool ignoringExpiries = false) =>
        new Outage(entries, today, ignoringExpiries).Run(gone);

    private Dictionary<string, Stopped> Run(IReadOnlySet<string> gone)
    {
        foreach (var entry in _entries.Values.Where(e => gone.Contains(e.Id)))
        {
            Wait(entry, entry.Kind == EntryKinds.Supplier ? Moment.Now : OwnOf(entry), null);
        }

        while (_waiting.TryDequeue(out var next, out _))
        {
            if (_stopped.TryAdd(next.Entry.Id, next))
            {
                Follow(next);
            }
        }

        return _stopped;
    }

    private void Follow(Stopped stopped)
    {
        foreach (var supplied in _suppliedBy[stopped.Entry.Id])
        {
            Wait(supplied, Moment.Later(stopped.Moment, OwnOf(supplied)), stopped);
        }

        foreach (var carried in stopped.Entry.Carries.GroupBy(c => c.Id, StringComparer.Ordinal))
        {
            var moment = Moment.Later(stopped.Moment, carried.Min(c => Moment.Of(c)));
            if (stopped.Entry.Redundancy is { } redundancy)
            {
                var share = _shares[(redundancy, carried.Key)];
                share = _shares[(redundancy, carried.Key)] = new Share(share.Left - 1, Moment.Later(share.Latest, moment));
                if (share.Left > 0)
                {
                    continue;
                }

                moment = share.Latest;
            }

            if (_entries.TryGetValue(carried.Key, out var entry))
            {
                Wait(entry, moment, stopped);
            }
        }
    }

    private Moment OwnOf(RegisterEntry entry) => Moment.Of(entry, _today, _ignoringExpiries);

    private void Wait(RegisterEntry entry, Moment moment, Stopped? through)
    {
        if (moment != Moment.NoMoment && !_stopped.ContainsKey(entry.Id))
        {
            var reason = through is null || through.Entry.Kind == EntryKinds.Supplier ? entry.Reason : through.Reason;
            _waiting.Enqueue(new Stopped(entry, moment, reason, through), (moment, _order++));
        }
    }

    /// <summary>What several entries carry together.</summary>
    /// <param name="Left">How many of them have not stopped.</param>
    /// <param name="Latest">By when those that have stopped are missed.</param>
    private sealed record Share(int Left, Moment Latest);
}
