using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;
using static Beffroi.Platform.Sovereignty.SealRules;

namespace Beffroi.Platform.Sovereignty;

/// <summary>What stands behind each objective, from the zone's declaration and the register. It gives no level. Pure.</summary>
internal static class SealFacts
{
    private const string Zone = "zone", Register = "register", Platform = "platform";

    /// <summary>Of one objective; none of what only the operator can tell.</summary>
    public static IReadOnlyList<SovereigntyFact> Of(string objective, SealBasis basis) => objective switch
    {
        "SOV-1" => [Operator(basis), .. Holders(basis), Together(basis)],
        "SOV-2" => [Operator(basis), Together(basis), .. ForeignLaws(basis), .. Exposed(basis)],
        "SOV-3" => [Sites(basis), Keys(basis)],
        "SOV-4" => [Operator(basis), .. Access(basis)],
        "SOV-5" => [ByLaw(basis), AtOnce(basis), .. Simulations.Gaps(basis.Register).Select(gap => new SovereigntyFact(Register, gap))],
        "SOV-6" => [Free(basis)],
        "SOV-7" => [.. Attested(basis)],
        _ => [],
    };

    private static SovereigntyFact Operator(SealBasis basis) => Declared(basis, (basis.Declared.Operator, basis.Declared.Country) switch
    {
        (null, null) => new("The zone does not declare who operates it.", "La zone ne déclare pas qui l'exploite."),
        (var name, null) => new($"Operated by {name}; its country is not declared.", $"Exploitée par {name} ; son pays n'est pas déclaré."),
        (null, var country) => new($"Its operator is under the law of {country}, and not named.", $"Son exploitant relève du droit de {country}, et n'est pas nommé."),
        var (name, country) => new($"Operated by {name}, under the law of {country}.", $"Exploitée par {name}, sous le droit de {country}."),
    });

    private static IEnumerable<SovereigntyFact> Holders(SealBasis basis) => (basis.Declared.Owners ?? []).Select(o => Declared(basis, new(
        $"{o.Name}, {(o.OutsideEu ? "outside" : "in")} the European Union, has {Percent(o.Capital)} of the capital and {Percent(o.Votes)} of the votes of {o.Through ?? "the operator"}{(o.Controls ? ", and a veto or most of a governing body" : "")}.",
        $"{o.Name}, {(o.OutsideEu ? "hors de" : "dans")} l'Union européenne, a {Percent(o.Capital)} du capital et {Percent(o.Votes)} des droits de vote de {o.Through ?? "l'exploitant"}{(o.Controls ? ", et un veto ou la majorité d'un organe de direction" : "")}.")));

    private static SovereigntyFact Together(SealBasis basis) => Declared(basis, new(
        $"Outside the European Union or not declared: {Percent(basis.Zone.NonEuCapital)} of the capital, {Percent(basis.Zone.NonEuVotes)} of the votes.",
        $"Hors de l'Union européenne ou non déclaré : {Percent(basis.Zone.NonEuCapital)} du capital, {Percent(basis.Zone.NonEuVotes)} des droits de vote."));

    private static IEnumerable<SovereigntyFact> ForeignLaws(SealBasis basis) => basis.Declared.ForeignLaws switch
    {
        null => [Declared(basis, new("The zone does not declare which foreign laws it is exposed to.", "La zone ne déclare pas à quelles lois étrangères elle est exposée."))],
        [] => [Declared(basis, new("To no foreign law, declares the zone.", "À aucune loi étrangère, déclare la zone."))],
        var laws => laws.Select(l => Declared(basis, new(
            $"{l.Law} ({l.Country}), through {l.Entry}, as of {Day(l.On)}: {l.Mitigation.En}", $"{l.Law} ({l.Country}), par {l.Entry}, au {Day(l.On)} : {l.Mitigation.Fr}"))),
    };

    private static IEnumerable<SovereigntyFact> Exposed(SealBasis basis) => basis.Parties.Where(p => p.Hosting.ForeignLaw is not null || p.OutsideEea is null or true).Select(p => Entered(basis, new(
        $"{p.Name} takes part in hosting. {p.Hosting.ForeignLaw?.En ?? (p.OutsideEea is null ? "Under which law it is, nobody told." : "It, or who owns it, is under the law of a country outside the European Economic Area.")}",
        $"{p.Name} prend part à l'hébergement. {p.Hosting.ForeignLaw?.Fr ?? (p.OutsideEea is null ? "Personne n'a dit de quel droit il relève." : "Lui, ou qui le détient, relève du droit d'un pays hors de l'Espace économique européen.")}")));

    private static SovereigntyFact Sites(SealBasis basis)
    {
        var sites = string.Join(", ", (basis.Declared.Sites ?? []).Select(s => $"{s.Name} ({s.Country})"));
        return Declared(basis, sites.Length == 0
            ? new("The zone does not declare where its sites are.", "La zone ne déclare pas où sont ses sites.")
            : new($"Data is stored at: {sites}.", $"Les données sont stockées à : {sites}."));
    }

    private static SovereigntyFact Keys(SealBasis basis)
    {
        var providers = string.Join(", ", basis.KeyProviders.Select(p => p.Name == p.Kind ? p.Name : $"{p.Name} ({p.Kind})"));
        return new(Platform, new(
            $"Each organization has a key of its own, over every key of its data. What can hold it here: {providers}.",
            $"Chaque organisation a une clé à elle, au-dessus de toutes celles de ses données. Ce qui peut la tenir ici : {providers}."));
    }

    private static IEnumerable<SovereigntyFact> Access(SealBasis basis) => basis.Parties.Count == 0
        ? [Entered(basis, new("The register says of nobody that they take part in hosting.", "Le registre ne dit de personne qu'il prend part à l'hébergement."))]
        : basis.Parties.Select(p => Entered(basis, new(
            $"{p.Name}: {p.Hosting.Role.En}. Access from outside the European Economic Area: {(p.Hosting.Access is { Count: > 0 } access ? string.Join(", ", access) : "none, says the operator")}.",
            $"{p.Name} : {p.Hosting.Role.Fr}. Accès depuis l'extérieur de l'Espace économique européen : {(p.Hosting.Access is { Count: > 0 } from ? string.Join(", ", from) : "aucun, selon le prestataire")}.")));

    private static SovereigntyFact ByLaw(SealBasis basis)
    {
        var laws = basis.Register.Where(e => e.Kind == EntryKinds.Supplier).GroupBy(basis.Law).OrderBy(g => g.Key is null).ThenByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        string Said(string unknown) => string.Join(", ", laws.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key ?? unknown} {g.Count()}")));
        return Entered(basis, new($"Suppliers, by the law that they are under: {Said("not known")}.", $"Fournisseurs, selon le droit dont ils relèvent : {Said("inconnu")}."));
    }

    private static SovereigntyFact AtOnce(SealBasis basis)
    {
        var critical = basis.Register.Where(e => e.Kind == EntryKinds.Supplier)
            .Select(e => (Supplier: e, Services: string.Join(", ", basis.ServicesWithout([e]).Where(s => s.Moment.Name == Moment.AtOnce).Select(s => s.Entry.Id))))
            .Where(c => c.Services.Length > 0).OrderBy(c => c.Supplier.Id, StringComparer.Ordinal).ToList();
        string Said(string unknown) => string.Join("; ", critical.Select(c => $"{c.Supplier.Name} ({basis.Law(c.Supplier) ?? unknown}): {c.Services}"));
        return Entered(basis, critical.Count == 0
            ? new("No service of the platform stops at once if one supplier does.", "Aucun service de la plateforme ne s'arrête aussitôt si un fournisseur s'arrête.")
            : new($"What stops at once if one supplier does: {Said("law not known")}.", $"Ce qui s'arrête aussitôt si un fournisseur s'arrête : {Said("droit inconnu")}."));
    }

    private static SovereigntyFact Free(SealBasis basis)
    {
        var software = basis.Register.Where(e => e.Kind is EntryKinds.Software or EntryKinds.Licence).ToList();
        var (free, untold) = (software.Count(e => e.LicenceKind == "free"), software.Count(e => e.LicenceKind is null));
        var bought = software.Count - free - untold;
        var share = Percent(software.Count == 0 ? 0 : decimal.Round(100m * free / software.Count, 1));
        return Entered(basis, new(
            string.Create(CultureInfo.InvariantCulture, $"Of {software.Count} programs, packages and licences, {free} are free ({share}), {bought} are bought, and of {untold} nobody told."),
            string.Create(CultureInfo.InvariantCulture, $"Sur {software.Count} programmes, paquets et licences, {free} sont libres ({share}), {bought} sont achetés, et de {untold} personne n'a rien dit.")));
    }

    private static IEnumerable<SovereigntyFact> Attested(SealBasis basis) => basis.Declared.Qualifications is not { Count: > 0 } held
        ? [Declared(basis, new("The zone declares nothing that anybody attested.", "La zone ne déclare rien que quiconque ait attesté."))]
        : held.Select(q => Declared(basis, new(
            $"{q.Kind}: attested by {q.By}, {q.Reference}, from {Day(q.From)} until {Day(q.Until)}{(q.Until < basis.Today ? " (expired)" : q.From > basis.Today ? " (not yet)" : "")}.",
            $"{q.Kind} : attesté par {q.By}, {q.Reference}, du {Day(q.From)} au {Day(q.Until)}{(q.Until < basis.Today ? " (expiré)" : q.From > basis.Today ? " (pas encore)" : "")}.")));

    private static SovereigntyFact Declared(SealBasis basis, LocalText text) => new(Zone, text, basis.Zone.ChangedAt);

    private static SovereigntyFact Entered(SealBasis basis, LocalText text) => new(Register, text, basis.RegisterChangedAt);
}
