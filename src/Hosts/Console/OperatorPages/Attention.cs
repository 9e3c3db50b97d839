using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>Something that one of the operator's people should look at.</summary>
/// <param name="Level"><c>bad</c>: it is wrong now; <c>busy</c>: it will be; empty: to know.</param>
/// <param name="Text">What it is.</param>
/// <param name="Path">Where it shows, below <c>/console</c>.</param>
internal sealed record Attention(string Level, string Text, string Path)
{
    /// <summary>How long before its end something is told of.</summary>
    public const int DaysBefore = 60;

    private const double LeastMemory = 0.10, LeastStorage = 0.15, MostNetworks = 0.9;

    /// <summary>All that is seen in what the API has shown, the worst first; what this person may not see is null.</summary>
    public static IReadOnlyList<Attention> Of(
        ConsoleTexts t, DateOnly today, IReadOnlyList<Zone> zones, IReadOnlyList<ZoneCapacity> capacities, IReadOnlyList<ZoneImage> images, IReadOnlyList<LockboxRequest>? requests,
        IReadOnlyList<OperatorAccount>? people, IReadOnlyList<RegisterEntry>? register, IReadOnlyList<AccessReviewDue>? reviews) =>
        [
            .. capacities.SelectMany(c => OfCapacity(t, c))
                .Concat(images.Where(i => !i.Current && i.Instances > 0).Select(i => new Attention("", t.OldImage(i.Instances, i.Digest[..12]), "/images")))
                .Concat(zones.SelectMany(z => OfZone(t, today, z)))
                .Concat(OfRequests(t, requests ?? []))
                .Concat(OfPeople(t, people))
                .Concat((reviews ?? []).Where(r => r.State is "due-soon" or "overdue").Select(r => new Attention(r.State == "overdue" ? "bad" : "busy", t.OwnReviewDue(r), "/people")))
                .Concat((register ?? []).SelectMany(e => OfEntry(t, today, e)))
                .OrderBy(a => a.Level switch { "bad" => 0, "busy" => 1, _ => 2 }),
        ];

    /// <summary>How something with a last day stands: <c>bad</c> after it, <c>busy</c> shortly before, else empty.</summary>
    public static string Ending(DateOnly today, DateOnly until) => until < today ? "bad" : until.DayNumber - today.DayNumber <= DaysBefore ? "busy" : "";

    private static IEnumerable<Attention> OfCapacity(ConsoleTexts t, ZoneCapacity c)
    {
        if (c.Hosts.Count == 0)
        {
            yield return new("bad", t.NoHostHeard(c.Zone), "/hosts");
        }

        foreach (var host in c.Hosts)
        {
            if (host.State == "silent")
            {
                yield return new("bad", t.HostSilent(host.Name, host.HeardAt), "/hosts");
                continue;
            }

            if (host.MemoryAvailableBytes < host.MemoryBytes * LeastMemory)
            {
                yield return new("busy", t.ShortMemory(host.Name, host.MemoryAvailableBytes), "/hosts");
            }

            if (host.StorageAvailableBytes < host.StorageBytes * LeastStorage)
            {
                yield return new("busy", t.ShortStorage(host.Name, host.StorageAvailableBytes), "/hosts");
            }
        }

        if (c.Hosts.Count > 0 && c.Allocated.MemoryBytes > c.Hosts.Sum(h => h.MemoryBytes))
        {
            yield return new("busy", t.TooMuchMemory(c.Zone), "/hosts");
        }

        if (c.Hosts.Count > 0 && c.Allocated.StorageBytes > c.Hosts.Sum(h => h.StorageBytes))
        {
            yield return new("busy", t.TooMuchStorage(c.Zone), "/hosts");
        }

        if (c.Spaces >= c.MostSpaces * MostNetworks)
        {
            yield return new("busy", t.FewNetworks(c.Spaces, c.MostSpaces), "/hosts");
        }

        if (c.Agents.Silent > 0)
        {
            yield return new("busy", t.SilentAgents(c.Agents.Silent, c.Agents.Known), "/hosts");
        }
    }

    private static IEnumerable<Attention> OfZone(ConsoleTexts t, DateOnly today, Zone zone)
    {
        if (zone.ChangedAt is null)
        {
            yield return new("busy", t.Undeclared(zone.Name), "/zones/" + zone.Name);
        }

        foreach (var held in zone.Declaration.Qualifications ?? [])
        {
            if (Ending(today, held.Until) is { Length: > 0 } level)
            {
                yield return new(level, t.QualificationEnds(t.QualificationOf(held.Kind), held.Reference, zone.Name, held.Until, level == "bad"), "/zones/" + zone.Name);
            }
        }
    }

    private static IEnumerable<Attention> OfRequests(ConsoleTexts t, IReadOnlyList<LockboxRequest> requests)
    {
        foreach (var request in requests.Where(r => r.State is "open" or "waiting"))
        {
            yield return new("", request.State == "open" ? t.RequestOpen(request.Operator, request.Organization, request.OpenUntil) : t.RequestWaits(request.Operator, request.Organization, request.ExpiresAt), $"/lockbox/{request.Id:D}");
        }
    }

    private static IEnumerable<Attention> OfPeople(ConsoleTexts t, IReadOnlyList<OperatorAccount>? people)
    {
        if (people is not null && people.Count(p => p.Kind == "user" && p.State == "active" && p.Roles.Contains(PeopleEndpoint.Administrator)) < 2)
        {
            yield return new("busy", t.OneAdministrator, "/people");
        }
    }

    private static IEnumerable<Attention> OfEntry(ConsoleTexts t, DateOnly today, RegisterEntry entry)
    {
        foreach (var (until, what) in new[] { (entry.Expires, entry.Name), (entry.Hosting?.Hds?.Until, entry.Name + ", HDS"), (entry.Hosting?.SecNumCloud?.Until, entry.Name + ", SecNumCloud") })
        {
            if (until is { } day && Ending(today, day) is { Length: > 0 } level)
            {
                yield return new(level, t.EntryEnds(what, day, level == "bad"), "/register");
            }
        }
    }
}
