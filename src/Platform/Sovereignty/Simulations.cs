using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Platform.Sovereignty;

/// <summary>Asks the register what would become of the installation: pure, so that the same register and day give the same answer.</summary>
internal static class Simulations
{
    private static readonly LocalText Unaffected = new("Nothing that it depends on stops.", "Rien de ce dont il dépend ne s'arrête.");

    /// <summary>What would stop.</summary>
    /// <param name="entries">The register.</param>
    /// <param name="suppliers">Ids of suppliers that stop.</param>
    /// <param name="countries">Countries all of whose suppliers stop, and what is itself under their law is affected as if its supplier did.</param>
    /// <param name="today">Of which day it is told.</param>
    public static Simulation Run(IReadOnlyList<RegisterEntry> entries, IReadOnlyCollection<string> suppliers, IReadOnlyCollection<string> countries, DateOnly today)
    {
        var gone = suppliers.Concat(entries.Where(e => e.Jurisdiction is { } country && countries.Contains(country)).Select(e => e.Id)).ToHashSet(StringComparer.Ordinal);
        var stopped = Outage.Of(entries, gone, today);
        var anyway = Outage.Of(entries, gone, today, ignoringExpiries: true);
        var stops = stopped.Values.Select(View)
            // An expiry comes on its day; a failure may come before.
            .Concat(anyway.Values.Where(s => s.Moment.Name == Moment.AtFailure && stopped[s.Entry.Id].Moment.Name == Moment.AtExpiry).Select(View))
            .OrderBy(s => Array.IndexOf([Moment.AtOnce, Moment.AtExpiry, Moment.AtFailure], s.When)).ThenBy(s => s.On).ThenBy(s => s.Chain.Count).ThenBy(s => s.Id, StringComparer.Ordinal)
            .ToLookup(s => s.Kind == EntryKinds.BeffroiService);
        return new Simulation(
            [.. entries.Where(e => e.Kind == EntryKinds.Supplier && gone.Contains(e.Id)).Select(e => e.Id).Order(StringComparer.Ordinal)],
            [.. countries.Order(StringComparer.Ordinal)],
            today,
            [.. stops[true], .. entries.Where(e => e.Kind == EntryKinds.BeffroiService && !stopped.ContainsKey(e.Id)).Select(e => GoingOn(e, Unaffected))],
            [.. stops[false].Where(s => !(s.Kind == EntryKinds.Supplier && gone.Contains(s.Id)))],
            [.. entries.Where(e => !stopped.ContainsKey(e.Id) && (gone.Contains(e.Id) || (e.Supplier is { } supplier && stopped.ContainsKey(supplier)))).Select(e => GoingOn(e, e.Reason))],
            countries.Count > 0 ? Unknown(entries) : [],
            Gaps(entries));
    }

    /// <summary>Under which country's law a supplier or its owner is; null if nobody told.</summary>
    public static string? Jurisdiction(IReadOnlyDictionary<string, RegisterEntry> entries, RegisterEntry entry)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = entry; at is not null && seen.Add(at.Id); at = at.Supplier is { } supplier ? entries.GetValueOrDefault(supplier) : null)
        {
            if (at.Jurisdiction is { } country)
            {
                return country;
            }
        }

        return null;
    }

    private static string[] Unknown(IReadOnlyList<RegisterEntry> entries)
    {
        var all = entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
        var supplying = entries.Select(e => e.Supplier).ToHashSet();
        return [.. entries.Where(e => e.Kind == EntryKinds.Supplier && supplying.Contains(e.Id) && Jurisdiction(all, e) is null).Select(e => e.Id).Order(StringComparer.Ordinal)];
    }

    /// <summary>What a register does not know at all.</summary>
    public static LocalText[] Gaps(IReadOnlyList<RegisterEntry> entries)
    {
        (bool Missing, LocalText Said)[] known =
        [
            (!entries.Any(e => e is { Source: EntryKinds.FromOperator, Kind: EntryKinds.Hardware }), new(
                "The operator has entered no hardware: nothing is known of machines, disks and network equipment.",
                "Le prestataire n'a saisi aucun matériel : on ne sait rien des machines, des disques ni des équipements réseau.")),
            (!entries.Any(e => e is { Source: EntryKinds.FromOperator, Kind: EntryKinds.Service }), new(
                "The operator has entered no services: nothing is known of sites, energy, network access and support.",
                "Le prestataire n'a saisi aucun service : on ne sait rien des sites, de l'énergie, des accès réseau ni du support.")),
            (!entries.Any(e => e.Source == EntryKinds.FromImage && e.Version is not null && !ProductRegister.This.HostPackages.ContainsKey(e.Name)), new(
                "No image's bill of materials is there: of what instances are made of, only the names of the chosen packages are known.",
                "Aucun inventaire d'image n'est présent : de ce qui compose les instances, seuls les noms des paquets choisis sont connus.")),
        ];
        return [.. known.Where(k => k.Missing).Select(k => k.Said)];
    }

    private static SimulatedStop View(Stopped stopped) => new(
        stopped.Entry.Id, stopped.Entry.Kind, stopped.Entry.Name, stopped.Moment.Name, stopped.Moment.On == default ? null : stopped.Moment.On, stopped.Reason, stopped.Chain());

    private static SimulatedStop GoingOn(RegisterEntry entry, LocalText reason) => new(entry.Id, entry.Kind, entry.Name, Moment.Never, null, reason, []);
}
