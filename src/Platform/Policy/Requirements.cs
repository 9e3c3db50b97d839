using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;
using Beffroi.Platform.Sovereignty;

namespace Beffroi.Platform.Policy;

/// <summary>Whether a zone is as a rule asks for on a day. What is not declared is not the case. Pure.</summary>
internal static class Requirements
{
    /// <summary>From the weakest to the strongest.</summary>
    public static IReadOnlyList<string> Isolations { get; } = ["container", "vm", "confidential-vm"];

    /// <summary>Whether it is, why, and until which day it can stay so.</summary>
    public static (bool Met, LocalText Why, DateOnly? Until) Check(RuleDefinition rule, ZoneDeclaration zone, PolicyLimits limits, DateOnly today) => rule switch
    {
        { Qualification: { } kinds } => Attested(kinds, rule.Activities ?? [], zone, today),
        { Holdings: { } thresholds } => Held(thresholds, zone),
        { Storage: "eu" } => Placed(zone.Sites, Countries.InEu, new("in the European Union", "dans l'Union européenne")),
        { Storage: "eea" } => Placed(zone.Sites, Countries.InEea, new("in the European Economic Area", "dans l'Espace économique européen")),
        { Isolation: { } least } => Apart(least, zone.Isolation),
        { Limit: "countries" } => Within(limits.Countries ?? [], [zone.Country, .. (zone.Sites ?? []).Select(s => s.Country)], zone.Sites is { Count: > 0 }),
        { Limit: "sites" } => Within(limits.Sites ?? [], (zone.Sites ?? []).Select(s => s.Name), zone.Sites is { Count: > 0 }),
        _ => throw new InvalidOperationException($"The rule {rule.Id} asks for nothing."),
    };

    private static (bool, LocalText, DateOnly?) Attested(IReadOnlyList<string> kinds, IReadOnlyList<int> activities, ZoneDeclaration zone, DateOnly today)
    {
        var declared = (zone.Qualifications ?? []).Where(q => kinds.Contains(q.Kind)).ToList();
        var valid = declared.Where(q => q.From <= today && today <= q.Until).ToList();
        var missing = activities.Where(a => !valid.Any(q => q.Activities?.Contains(a) == true)).ToList();
        var names = string.Join(" / ", kinds);
        if (valid.Count > 0 && missing.Count == 0)
        {
            var attested = string.Join("; ", valid.Select(q => string.Create(CultureInfo.InvariantCulture, $"{q.Kind}: {q.By}, {q.Reference}, {q.Until:yyyy-MM-dd}")));
            // As long as everything that is asked for is attested by something: of each activity the last day, of these the first.
            var until = activities.Count == 0 ? valid.Max(q => q.Until) : activities.Min(a => valid.Where(q => q.Activities?.Contains(a) == true).Max(q => q.Until));
            return (true, new LocalText($"Attested (by, reference, until): {attested}.", $"Attesté (par, référence, jusqu'au) : {attested}."), until);
        }

        var lapsed = declared.Where(q => q.Until < today).OrderByDescending(q => q.Until).FirstOrDefault() is { } last
            ? new LocalText(
                string.Create(CultureInfo.InvariantCulture, $" {last.Reference} of {last.By} lapsed after {last.Until:yyyy-MM-dd}."),
                string.Create(CultureInfo.InvariantCulture, $" {last.Reference} de {last.By} a expiré après le {last.Until:yyyy-MM-dd}."))
            : new LocalText("", "");
        var lacking = string.Join(", ", missing);
        return missing.Count > 0 && valid.Count > 0
            ? (false, new LocalText($"Nothing of {names} that holds today is for activities {lacking}.{lapsed.En}", $"Rien de {names} en vigueur aujourd'hui ne porte sur les activités {lacking}.{lapsed.Fr}"), null)
            : (false, new LocalText($"The zone declares nothing of {names} that holds today.{lapsed.En}", $"La zone ne déclare rien de {names} en vigueur aujourd'hui.{lapsed.Fr}"), null);
    }

    private static (bool, LocalText, DateOnly?) Held(HoldingThresholds thresholds, ZoneDeclaration zone)
    {
        var owners = zone.Owners ?? [];
        if (owners.FirstOrDefault(o => o.OutsideEu && o.Controls) is { } controlling)
        {
            return (false, new LocalText($"{controlling.Name}, outside the European Union, has a veto or names most of a governing body.", $"{controlling.Name}, hors de l'Union européenne, a un veto ou nomme la majorité d'un organe de direction."), null);
        }

        var parts = new[] { (new LocalText("capital", "capital"), new Holdings(owners, o => o.Capital)), (new LocalText("votes", "droits de vote"), new Holdings(owners, o => o.Votes)) };
        foreach (var (what, held) in parts)
        {
            if (held.Largest is { } largest && largest.Share > thresholds.Each)
            {
                return (false, new LocalText(
                    $"{largest.Name}, outside the European Union, has {Percent(largest.Share)} of the {what.En}: more than {Percent(thresholds.Each)}.",
                    $"{largest.Name}, hors de l'Union européenne, a {Percent(largest.Share)} du total ({what.Fr}) : plus de {Percent(thresholds.Each)}."), null);
            }

            if (held.Undeclared > thresholds.Each || held.Outside + held.Undeclared > thresholds.Together)
            {
                return (false, new LocalText(
                    $"Holders outside the European Union have {Percent(held.Outside)} of the {what.En}, and {Percent(held.Undeclared)} are not declared: more than {Percent(thresholds.Each)} of one or {Percent(thresholds.Together)} of all.",
                    $"Les détenteurs hors de l'Union européenne ont {Percent(held.Outside)} ({what.Fr}), et {Percent(held.Undeclared)} ne sont pas déclarés : plus de {Percent(thresholds.Each)} pour l'un ou {Percent(thresholds.Together)} pour tous."), null);
            }
        }

        var said = string.Join(", ", parts.Select(p => $"{p.Item1.En} {Percent(p.Item2.Outside + p.Item2.Undeclared)}"));
        var dit = string.Join(", ", parts.Select(p => $"{p.Item1.Fr} {Percent(p.Item2.Outside + p.Item2.Undeclared)}"));
        return (true, new LocalText($"As declared, outside the European Union or undeclared: {said}.", $"Selon la déclaration, hors de l'Union européenne ou non déclaré : {dit}."), null);
    }

    private static (bool, LocalText, DateOnly?) Placed(IReadOnlyList<ZoneSite>? sites, Func<string, bool> within, LocalText where)
    {
        var outside = (sites ?? []).Where(s => !within(s.Country)).Select(s => $"{s.Name} ({s.Country})").ToList();
        var all = string.Join(", ", (sites ?? []).Select(s => $"{s.Name} ({s.Country})"));
        return sites is not { Count: > 0 } ? NoSites
            : outside.Count > 0 ? (false, new LocalText($"Not {where.En}: {string.Join(", ", outside)}.", $"Pas {where.Fr} : {string.Join(", ", outside)}."), null)
            : (true, new LocalText($"As declared, {where.En}: {all}.", $"Selon la déclaration, {where.Fr} : {all}."), null);
    }

    private static (bool, LocalText, DateOnly?) Apart(string least, string? isolation)
    {
        var order = Isolations.ToList();
        return isolation is null ? (false, new LocalText("The zone does not declare by what instances are kept apart.", "La zone ne déclare pas ce qui sépare les instances."), null)
            : order.IndexOf(isolation) < order.IndexOf(least) ? (false, new LocalText($"Instances are kept apart by {isolation}, not by {least}.", $"Les instances sont séparées par {isolation}, pas par {least}."), null)
            : (true, new LocalText($"As declared, instances are kept apart by {isolation}.", $"Selon la déclaration, les instances sont séparées par {isolation}."), null);
    }

    private static (bool, LocalText, DateOnly?) Within(IReadOnlyList<string> allowed, IEnumerable<string?> places, bool known)
    {
        var beyond = places.Where(p => p is null || !allowed.Contains(p)).Distinct().ToList();
        var list = string.Join(", ", allowed);
        return !known ? NoSites
            : beyond.Contains(null) ? (false, new LocalText("The zone does not declare its operator's country.", "La zone ne déclare pas le pays de son exploitant."), null)
            : beyond.Count > 0 ? (false, new LocalText($"Not of the organization's ({list}): {string.Join(", ", beyond)}.", $"Pas parmi ceux de l'organisation ({list}) : {string.Join(", ", beyond)}."), null)
            : (true, new LocalText($"As declared, all of the organization's ({list}).", $"Selon la déclaration, tous parmi ceux de l'organisation ({list})."), null);
    }

    private static (bool, LocalText, DateOnly?) NoSites => (false, new LocalText("The zone does not declare where its sites are.", "La zone ne déclare pas où sont ses sites."), null);

    private static string Percent(decimal share) => share.ToString("0.####", CultureInfo.InvariantCulture) + " %";
}
