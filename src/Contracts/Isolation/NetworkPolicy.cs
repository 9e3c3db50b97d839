namespace Beffroi.Contracts.Isolation;

/// <summary>To where a space's instances may open connections out of the zone. Nothing else leaves; nothing comes in by it.</summary>
/// <param name="Rules">The allow-list; empty for nowhere.</param>
/// <param name="InForce">Whether the packet filter has it; follows a change within a second or two. Of an answer only.</param>
public sealed record Egress(IReadOnlyList<EgressEntry> Rules, bool? InForce = null);

/// <summary>One entry of an allow-list.</summary>
/// <param name="Destination">An IPv4 network in CIDR form, e.g. <c>192.0.2.10/32</c>. Names are not resolved: what a name means is the resolver's to change.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Ports">A port or a range of ports, e.g. <c>443</c> or <c>8000-8010</c>.</param>
public sealed record EgressEntry(string Destination, string Ports, string Protocol = "tcp");

/// <summary>Connections between two spaces of one organization; open only while both sides agree.</summary>
/// <param name="From">The space that asked.</param>
/// <param name="To">The space that is asked, to whose ports connections go.</param>
/// <param name="Ports">e.g. <c>tcp/5432</c>, <c>udp/5000-5010</c>.</param>
/// <param name="Both">Whether connections to the same ports go the other way too.</param>
/// <param name="State"><c>requested</c>, or <c>accepted</c> by both.</param>
/// <param name="InForce">Whether the packet filter has it as it is here; follows a change within a second or two.</param>
/// <param name="RequestedAt">UTC.</param>
/// <param name="AcceptedAt">UTC; null until accepted.</param>
public sealed record Peering(
    string From, string To, IReadOnlyList<string> Ports, bool Both, string State, bool InForce, DateTimeOffset RequestedAt, DateTimeOffset? AcceptedAt);

/// <summary>What a peering shall open: asked for by one side, and said again by the other that accepts exactly this.</summary>
/// <param name="Ports">1 to 16 of e.g. <c>tcp/5432</c>, <c>udp/5000-5010</c>.</param>
/// <param name="Both">Whether connections to the same ports go the other way too.</param>
public sealed record PutPeering(IReadOnlyList<string> Ports, bool Both = false);
