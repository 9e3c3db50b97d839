using Beffroi.Contracts.Policy;
using Beffroi.Contracts.Sovereignty;

namespace Beffroi.Platform.Sovereignty;

/// <summary>What is known of a zone on a day: its declaration, the register, and who can hold customers' keys. Immutable.</summary>
internal sealed class SealBasis
{
    private readonly Dictionary<string, RegisterEntry> _all;

    /// <summary>Of these.</summary>
    /// <param name="zone">What is declared.</param>
    /// <param name="register">All entries.</param>
    /// <param name="keyProviders">Name and kind of each provider of organizations' keys.</param>
    /// <param name="today">The day, UTC.</param>
    public SealBasis(Zone zone, IReadOnlyList<RegisterEntry> register, IReadOnlyList<(string Name, string Kind)> keyProviders, DateOnly today)
    {
        (Zone, Register, KeyProviders, Today) = (zone, register, keyProviders, today);
        _all = register.ToDictionary(e => e.Id, StringComparer.Ordinal);
        Parties = HostingDisclosures.Of(zone.Name, register, default).Parties;
    }

    public Zone Zone { get; }

    public ZoneDeclaration Declared => Zone.Declaration;

    public IReadOnlyList<RegisterEntry> Register { get; }

    public IReadOnlyList<(string Name, string Kind)> KeyProviders { get; }

    public DateOnly Today { get; }

    /// <summary>When the operator changed the register last; null if it never did.</summary>
    public DateTimeOffset? RegisterChangedAt => Register.Max(e => e.ChangedAt);

    /// <summary>Who takes part in hosting, by name.</summary>
    public IReadOnlyList<HostingParty> Parties { get; }

    /// <summary>Whether an entry, its supplier or who owns it is under a law of a country outside the European Economic Area; null if nobody told.</summary>
    public bool? OutsideEea(RegisterEntry entry) => HostingDisclosures.OutsideEea(_all, entry);

    /// <summary>Under which country's law an entry is; null if nobody told.</summary>
    public string? Law(RegisterEntry entry) => Simulations.Jurisdiction(_all, entry);

    /// <summary>Beffroi's services that stop if these entries go, the soonest first.</summary>
    public IReadOnlyList<Stopped> ServicesWithout(IEnumerable<RegisterEntry> gone) =>
    [
        .. Outage.Of(Register, gone.Select(e => e.Id).ToHashSet(StringComparer.Ordinal), Today).Values
            .Where(s => s.Entry.Kind == EntryKinds.BeffroiService).OrderBy(s => s.Moment).ThenBy(s => s.Entry.Id, StringComparer.Ordinal),
    ];
}
