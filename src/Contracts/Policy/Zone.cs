using Beffroi.Contracts.Evidence;

namespace Beffroi.Contracts.Policy;

/// <summary>A zone, with what its operator declares of it.</summary>
/// <param name="Name">As in a space's <c>zone</c>.</param>
/// <param name="Declaration">What is declared; what isn't there is not known, and no rule takes it for granted.</param>
/// <param name="NonEuCapital">What holders outside the EU have of the operator's capital together, and what nobody declared, resolved along chains, in percent.</param>
/// <param name="NonEuVotes">The same of the votes.</param>
/// <param name="ChangedAt">When it was declared, UTC; null if it never was.</param>
public sealed record Zone(string Name, ZoneDeclaration Declaration, decimal NonEuCapital, decimal NonEuVotes, DateTimeOffset? ChangedAt);

/// <summary>What an operator declares of a zone: all of it, every time.</summary>
/// <param name="Country">Under which country's law its operator is, ISO 3166-1 alpha-2.</param>
/// <param name="Operator">The legal person that operates it.</param>
/// <param name="Commercial">Whether it is a commercial offer, as rule R9 means it; also if left out.</param>
/// <param name="Isolation">What every instance is at least kept apart by: <c>container</c>, <c>vm</c> or <c>confidential-vm</c>.</param>
/// <param name="Sites">Where data is stored.</param>
/// <param name="Owners">Who holds the operator, directly or through whom.</param>
/// <param name="Qualifications">What it holds of those who qualify and certify.</param>
/// <param name="ForeignLaws">Laws of other countries that it is exposed to.</param>
public sealed record ZoneDeclaration(
    string? Country = null,
    string? Operator = null,
    bool? Commercial = null,
    string? Isolation = null,
    IReadOnlyList<ZoneSite>? Sites = null,
    IReadOnlyList<ZoneOwner>? Owners = null,
    IReadOnlyList<ZoneQualification>? Qualifications = null,
    IReadOnlyList<ForeignLaw>? ForeignLaws = null);

/// <summary>A place where data is stored.</summary>
/// <param name="Name">The operator's; unique in the zone.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record ZoneSite(string Name, string Country);

/// <summary>A share that somebody holds in the operator, or in another holder.</summary>
/// <param name="Name">Who holds it; the same name is the same holder.</param>
/// <param name="OutsideEu">Whether they have their seat, administration or main establishment outside the European Union.</param>
/// <param name="Capital">Of the capital, in percent, 0 to 100.</param>
/// <param name="Votes">Of the votes, in percent, 0 to 100.</param>
/// <param name="Through">The name of the holder in which this share is; null: it is in the operator itself.</param>
/// <param name="Controls">Whether they can veto decisions or name most members of the governing bodies, by contract or by statute.</param>
public sealed record ZoneOwner(string Name, bool OutsideEu, decimal Capital, decimal Votes, string? Through = null, bool Controls = false);

/// <summary>What somebody who qualifies or certifies has decided of the zone.</summary>
/// <param name="Kind"><c>secnumcloud</c>, <c>european-equivalent</c> or <c>hds</c>.</param>
/// <param name="By">Who decided it.</param>
/// <param name="Reference">The decision's or certificate's number.</param>
/// <param name="From">The first day on which it holds.</param>
/// <param name="Until">The last.</param>
/// <param name="Activities">Of HDS's six, those that it is for; null of another kind.</param>
public sealed record ZoneQualification(string Kind, string By, string Reference, DateOnly From, DateOnly Until, IReadOnlyList<int>? Activities = null);

/// <summary>A law of another country to which the zone is exposed, through something in the register of what the installation depends on.</summary>
/// <param name="Law">Which, e.g. FISA, section 702.</param>
/// <param name="Country">Whose law it is, ISO 3166-1 alpha-2.</param>
/// <param name="Entry">The id of the register's entry that is under it.</param>
/// <param name="On">Of which day this is.</param>
/// <param name="Mitigation">What is done about it, and the risk that is left.</param>
public sealed record ForeignLaw(string Law, string Country, string Entry, DateOnly On, LocalText Mitigation);
