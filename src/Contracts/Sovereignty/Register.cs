using Beffroi.Contracts.Evidence;

namespace Beffroi.Contracts.Sovereignty;

/// <summary>Something the installation depends on, or one of Beffroi's own services that depend on it.</summary>
/// <param name="Id">In paths and edges: <c>nuget:npgsql</c>, <c>debian:openssl</c>, <c>keys</c>; what the operator entered has a resource's name.</param>
/// <param name="Kind"><c>supplier</c>, <c>software</c>, <c>service</c>, <c>licence</c>, <c>hardware</c>, or <c>beffroi-service</c>: what customers use.</param>
/// <param name="Name">For people.</param>
/// <param name="Source">Who says so: <c>product</c> (this program), <c>image</c> (the images' bills of materials), <c>host</c> (the host's package database) or <c>operator</c>.</param>
/// <param name="Stops">What becomes of it when its supplier stops: <c>at-once</c>, <c>at-expiry</c>, <c>at-failure</c> (the next time it fails or has to start again) or <c>never</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Carries">What stops with it.</param>
/// <param name="Version">Several versions, comma-separated, where several are in use; null if it has none or nobody told.</param>
/// <param name="Supplier">The id of who supplies it; of a supplier: of who owns it. Null if nobody told.</param>
/// <param name="Jurisdiction">Under which country's law it is, ISO 3166-1 alpha-2; null: its supplier's, or unknown.</param>
/// <param name="Licence">The licence's name, in SPDX's words where it has one.</param>
/// <param name="LicenceKind"><c>free</c>, <c>perpetual</c> or <c>subscription</c>; null if it has none or nobody told.</param>
/// <param name="Expires">The last day of the licence or contract; null if it has none or nobody told.</param>
/// <param name="Redundancy">What several entries of the same name carry stops only when all of them have.</param>
/// <param name="Hosting">Its part in hosting health data; null if it has none.</param>
/// <param name="ChangedAt">When the operator entered it, UTC; null for what others say.</param>
public sealed record RegisterEntry(
    string Id,
    string Kind,
    string Name,
    string Source,
    string Stops,
    LocalText Reason,
    IReadOnlyList<CarriedEntry> Carries,
    string? Version = null,
    string? Supplier = null,
    string? Jurisdiction = null,
    string? Licence = null,
    string? LicenceKind = null,
    DateOnly? Expires = null,
    string? Redundancy = null,
    HostingRole? Hosting = null,
    DateTimeOffset? ChangedAt = null);

/// <summary>What an entry carries.</summary>
/// <param name="Id">Which entry.</param>
/// <param name="Stops">When that one stops once this one has: <c>at-once</c> (also if left out), or <c>at-failure</c>: it runs on until it has to start again.</param>
public sealed record CarriedEntry(string Id, string? Stops = null);

/// <summary>Somebody's part in hosting health data, as HDS v2 (EXI 31) has it published.</summary>
/// <param name="Role">What they do.</param>
/// <param name="Activities">Of HDS's six: 1 sites, 2 hardware, 3 virtual infrastructure, 4 application platform, 5 administration of the health system, 6 backup.</param>
/// <param name="Access">Countries outside the European Economic Area from which they may have access, ISO 3166-1 alpha-2; empty: from none.</param>
/// <param name="ForeignLaw">To which third country's law they are exposed, and what is done about it; null: to none, by the operator's word.</param>
/// <param name="Hds">Their HDS certificate; null if they have none.</param>
/// <param name="SecNumCloud">ANSSI's decision on them; null if they have none.</param>
public sealed record HostingRole(
    LocalText Role, IReadOnlyList<int> Activities, IReadOnlyList<string>? Access = null, LocalText? ForeignLaw = null, HostingCertificate? Hds = null, HostingCertificate? SecNumCloud = null);

/// <summary>What somebody was given by whoever checked them.</summary>
/// <param name="By">By whom.</param>
/// <param name="Reference">Its number.</param>
/// <param name="Until">Its last day.</param>
public sealed record HostingCertificate(string By, string Reference, DateOnly Until);

/// <summary>What the operator enters: the fields are those of <see cref="RegisterEntry"/>.</summary>
/// <param name="Kind"><c>supplier</c>, <c>software</c>, <c>service</c>, <c>licence</c> or <c>hardware</c>.</param>
/// <param name="Name">1 to 200 characters.</param>
/// <param name="Stops"><c>at-once</c>, <c>at-expiry</c>, <c>at-failure</c> or <c>never</c>.</param>
/// <param name="Reason">1 to 1000 characters in each language.</param>
/// <param name="Carries">32 at most; ids of entries of the product or of the operator.</param>
/// <param name="Version">100 characters at most.</param>
/// <param name="Supplier">The id of an entry of kind supplier.</param>
/// <param name="Jurisdiction">ISO 3166-1 alpha-2.</param>
/// <param name="Licence">200 characters at most.</param>
/// <param name="LicenceKind"><c>free</c>, <c>perpetual</c> or <c>subscription</c>.</param>
/// <param name="Expires">The last day.</param>
/// <param name="Redundancy">A resource's name.</param>
/// <param name="Hosting">Of suppliers and services only.</param>
public sealed record PutRegisterEntry(
    string Kind,
    string Name,
    string Stops,
    LocalText Reason,
    IReadOnlyList<CarriedEntry>? Carries = null,
    string? Version = null,
    string? Supplier = null,
    string? Jurisdiction = null,
    string? Licence = null,
    string? LicenceKind = null,
    DateOnly? Expires = null,
    string? Redundancy = null,
    HostingRole? Hosting = null);

/// <summary>What would become of the installation if suppliers stopped today.</summary>
/// <param name="Suppliers">Who stops, by id: those asked for, and those of the countries asked for.</param>
/// <param name="Countries">The countries asked for.</param>
/// <param name="On">Of which day it is told, UTC.</param>
/// <param name="Services">Each of Beffroi's services, with when it stops; <c>never</c> if it goes on.</param>
/// <param name="Stopping">What else stops, in order of when.</param>
/// <param name="GoingOn">What they supply and runs on without them, with why.</param>
/// <param name="UnknownJurisdiction">Suppliers, by id, of whom nobody told under which law they are: a country's question says nothing of them.</param>
/// <param name="Gaps">What the register does not know at all, so that this answer doesn't either.</param>
public sealed record Simulation(
    IReadOnlyList<string> Suppliers,
    IReadOnlyList<string> Countries,
    DateOnly On,
    IReadOnlyList<SimulatedStop> Services,
    IReadOnlyList<SimulatedStop> Stopping,
    IReadOnlyList<SimulatedStop> GoingOn,
    IReadOnlyList<string> UnknownJurisdiction,
    IReadOnlyList<LocalText> Gaps);

/// <summary>When something stops. What stops at an expiry and, if it comes first, at a failure, is there twice.</summary>
/// <param name="Id">What.</param>
/// <param name="Kind">Of which kind it is.</param>
/// <param name="Name">For people.</param>
/// <param name="When"><c>at-once</c>, <c>at-expiry</c>, <c>at-failure</c> or <c>never</c>.</param>
/// <param name="On">The last day before it stops; null if it has none or nobody told.</param>
/// <param name="Reason">Why the first thing in the chain that depends on the supplier stops, or why this goes on.</param>
/// <param name="Chain">Ids from the supplier down to this; empty for what does not stop.</param>
public sealed record SimulatedStop(string Id, string Kind, string Name, string When, DateOnly? On, LocalText Reason, IReadOnlyList<string> Chain);

/// <summary>Who takes part in hosting health data, from where they may have access and under which law they are: HDS v2, EXI 31.</summary>
/// <param name="Zone">Where the data is.</param>
/// <param name="At">When it was made, UTC.</param>
/// <param name="ChangedAt">When the operator changed the register last, UTC; null if they never did.</param>
/// <param name="Parties">In order of name.</param>
public sealed record HostingDisclosure(string Zone, DateTimeOffset At, DateTimeOffset? ChangedAt, IReadOnlyList<HostingParty> Parties);

/// <summary>One who takes part.</summary>
/// <param name="Id">In the register.</param>
/// <param name="Name">For people.</param>
/// <param name="Jurisdiction">Under which country's law they are, ISO 3166-1 alpha-2; null if nobody told.</param>
/// <param name="Hosting">Their part.</param>
/// <param name="OutsideEea">Whether they are under a law of a country outside the European Economic Area; null if nobody told.</param>
public sealed record HostingParty(string Id, string Name, string? Jurisdiction, HostingRole Hosting, bool? OutsideEea);
