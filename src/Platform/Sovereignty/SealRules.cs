using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Policy;

namespace Beffroi.Platform.Sovereignty;

/// <summary>Whether what is known speaks against a level. What nobody declared contradicts nothing and bears nothing out: it is told apart. Pure.</summary>
internal static class SealRules
{
    /// <summary>What <see cref="SealRule.Asks"/> can be.</summary>
    public static IReadOnlyList<string> Known { get; } =
        ["no-control-outside-eu", "holdings", "operator-in-eu", "no-foreign-law", "storage-in-eu", "no-access-outside-eea", "no-critical-supplier", "no-critical-licence"];

    /// <summary>What was found against it, and whether that contradicts it or is something that nobody declared; null if nothing was.</summary>
    public static (bool Contradicts, LocalText Found)? Check(SealRule rule, SealBasis basis) => rule.Asks switch
    {
        "no-control-outside-eu" => Control(basis.Declared.Owners ?? []),
        "holdings" => Held(rule.Holdings!, basis.Declared.Owners ?? []),
        "operator-in-eu" => Country(basis.Declared.Country),
        "no-foreign-law" => ForeignLaw(basis),
        "storage-in-eu" => Storage(basis.Declared.Sites ?? []),
        "no-access-outside-eea" => Access(basis.Parties),
        "no-critical-supplier" => Suppliers(basis),
        "no-critical-licence" => Licences(basis),
        _ => throw new InvalidOperationException($"The rule {rule.Id} asks for what nobody knows."),
    };

    /// <summary>Services that stop, in words.</summary>
    public static LocalText Said(IReadOnlyList<Stopped> services) => new(
        string.Join(", ", services.Select(s => $"{s.Entry.Id} ({Words(s.Moment).En}, through {s.Chain()[0]})")),
        string.Join(", ", services.Select(s => $"{s.Entry.Id} ({Words(s.Moment).Fr}, par {s.Chain()[0]})")));

    private static LocalText Words(Moment moment) => moment.Name switch
    {
        Moment.AtOnce => new("at once", "aussitôt"),
        Moment.AtExpiry => new("at the next expiry", "à la prochaine échéance"),
        _ => new("at the next failure", "à la prochaine panne"),
    };

    private static (bool, LocalText)? Control(IReadOnlyList<ZoneOwner> owners) =>
        owners.Count == 0 ? NoHolders
        : owners.FirstOrDefault(o => o.OutsideEu && o.Controls) is { } one
            ? (true, new($"{one.Name}, outside the European Union, has a veto or names most of a governing body.", $"{one.Name}, hors de l'Union européenne, a un veto ou nomme la majorité d'un organe de direction."))
        : null;

    private static (bool, LocalText)? Held(HoldingThresholds most, IReadOnlyList<ZoneOwner> owners)
    {
        if (owners.Count == 0)
        {
            return NoHolders;
        }

        (LocalText What, Holdings Held)[] parts = [(new("capital", "capital"), new(owners, o => o.Capital)), (new("votes", "droits de vote"), new(owners, o => o.Votes))];
        foreach (var (what, held) in parts)
        {
            if (held.Largest is { } largest && largest.Share > most.Each)
            {
                return (true, new($"{largest.Name}, outside the European Union, has {Percent(largest.Share)} ({what.En}).", $"{largest.Name}, hors de l'Union européenne, a {Percent(largest.Share)} ({what.Fr})."));
            }

            if (held.Outside > most.Together)
            {
                return (true, new(
                    $"Holders outside the European Union have {Percent(held.Outside)} together ({what.En}).", $"Les détenteurs hors de l'Union européenne ont ensemble {Percent(held.Outside)} ({what.Fr})."));
            }
        }

        foreach (var (what, held) in parts)
        {
            if ((held.Largest?.Share ?? 0) + held.Undeclared > most.Each || held.Outside + held.Undeclared > most.Together)
            {
                return (false, new($"Nobody declared who holds {Percent(held.Undeclared)} ({what.En}).", $"Personne n'a déclaré qui détient {Percent(held.Undeclared)} ({what.Fr})."));
            }
        }

        return null;
    }

    private static (bool, LocalText)? Country(string? country) =>
        country is null ? (false, new("The zone does not declare its operator's country.", "La zone ne déclare pas le pays de son exploitant."))
        : !Countries.InEu(country) ? (true, new($"The operator is under the law of {country}.", $"L'exploitant relève du droit de {country}."))
        : null;

    private static (bool, LocalText)? ForeignLaw(SealBasis basis)
    {
        var laws = (basis.Declared.ForeignLaws ?? []).Where(l => !Countries.InEu(l.Country)).ToList();
        var parties = basis.Parties.Where(p => p.Hosting.ForeignLaw is not null || p.OutsideEea == true).Select(p => p.Name).ToList();
        if (laws.Count + parties.Count > 0)
        {
            return (true, new(
                string.Join("; ", [.. laws.Select(l => $"{Law(l)}, through {l.Entry}, as of {Day(l.On)}"), .. parties.Select(p => $"{p} takes part in hosting and is exposed to a third country's law")]) + ".",
                string.Join(" ; ", [.. laws.Select(l => $"{Law(l)}, par {l.Entry}, au {Day(l.On)}"), .. parties.Select(p => $"{p} prend part à l'hébergement et est exposé au droit d'un pays tiers")]) + "."));
        }

        return basis.Declared.ForeignLaws is null ? (false, new("The zone does not declare which foreign laws it is exposed to.", "La zone ne déclare pas à quelles lois étrangères elle est exposée.")) : null;
    }

    private static (bool, LocalText)? Storage(IReadOnlyList<ZoneSite> sites)
    {
        var outside = string.Join(", ", sites.Where(s => !Countries.InEu(s.Country)).Select(s => $"{s.Name} ({s.Country})"));
        return sites.Count == 0 ? (false, new("The zone does not declare where its sites are.", "La zone ne déclare pas où sont ses sites."))
            : outside.Length > 0 ? (true, new($"Not in the European Union: {outside}.", $"Pas dans l'Union européenne : {outside}."))
            : null;
    }

    private static (bool, LocalText)? Access(IReadOnlyList<HostingParty> parties)
    {
        var access = string.Join(", ", parties.Where(p => p.Hosting.Access is { Count: > 0 }).Select(p => $"{p.Name} ({string.Join(", ", p.Hosting.Access!)})"));
        return parties.Count == 0 ? (false, new("The register says of nobody that they take part in hosting.", "Le registre ne dit de personne qu'il prend part à l'hébergement."))
            : access.Length > 0 ? (true, new($"Access from outside the European Economic Area: {access}.", $"Accès depuis l'extérieur de l'Espace économique européen : {access}."))
            : null;
    }

    private static (bool, LocalText)? Suppliers(SealBasis basis)
    {
        if (basis.ServicesWithout(basis.Register.Where(e => e.Jurisdiction is { } country && !Countries.InEea(country))) is { Count: > 0 } stopping)
        {
            var said = Said(stopping);
            return (true, new($"Without suppliers outside the European Economic Area, these stop: {said.En}.", $"Sans les fournisseurs hors de l'Espace économique européen s'arrêtent : {said.Fr}."));
        }

        if (basis.ServicesWithout(basis.Register.Where(e => e.Kind == EntryKinds.Supplier && basis.Law(e) is null)) is { Count: > 0 } perhaps)
        {
            var said = Said(perhaps);
            return (false, new($"These depend on suppliers of whom nobody told under which law they are: {said.En}.", $"Ceux-ci dépendent de fournisseurs dont personne n'a dit de quel droit ils relèvent : {said.Fr}."));
        }

        return Simulations.Gaps(basis.Register) is [var gap, ..] ? (false, gap) : null;
    }

    private static (bool, LocalText)? Licences(SealBasis basis)
    {
        var bought = basis.Register.Where(e => e is { Kind: EntryKinds.Software or EntryKinds.Licence, LicenceKind: not "free" }).ToList();
        if (basis.ServicesWithout(bought.Where(e => e.LicenceKind is not null && basis.OutsideEea(e) == true)) is { Count: > 0 } stopping)
        {
            var said = Said(stopping);
            return (true, new($"These stop with what is not free and comes from outside the European Economic Area: {said.En}.", $"S'arrêtent avec ce qui n'est pas libre et vient de l'extérieur de l'Espace économique européen : {said.Fr}."));
        }

        if (basis.ServicesWithout(bought.Where(e => basis.OutsideEea(e) ?? true)) is { Count: > 0 } perhaps)
        {
            var said = Said(perhaps);
            return (false, new($"Nobody told of what these stop with whether it is free, or under which law: {said.En}.", $"De ce avec quoi ceux-ci s'arrêtent, personne n'a dit si c'est libre, ni de quel droit cela relève : {said.Fr}."));
        }

        return null;
    }

    private static (bool, LocalText) NoHolders => (false, new("The zone does not declare who holds its operator.", "La zone ne déclare pas qui détient son exploitant."));

    private static string Law(ForeignLaw law) => $"{law.Law} ({law.Country})";

    internal static string Day(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    internal static string Percent(decimal share) => share.ToString("0.####", CultureInfo.InvariantCulture) + " %";
}
