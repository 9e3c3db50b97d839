using System.Net;
using Beffroi.Contracts;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Policy;

namespace Beffroi.Platform;

/// <summary>What the platform is told at start; from <c>server.json</c>.</summary>
public sealed record PlatformOptions
{
    /// <summary>Of the store's PostgreSQL, in Npgsql's form.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Where organizations' software keys are kept; created with mode 0700 if missing. Back it up apart from the store.</summary>
    public required string KeysDirectory { get; init; }

    /// <summary>Providers of organizations' keys beside the built-in <c>software</c>.</summary>
    public IReadOnlyList<KeyProviderOptions> KeyProviders { get; init; } = [];

    /// <summary>In which provider a new organization's key is made.</summary>
    public string DefaultKeyProvider { get; init; } = SoftwareKeys.ProviderName;

    /// <summary>How often a provider is asked whether it still lets an organization's key be used.</summary>
    public TimeSpan KeyCheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a provider has to refuse before the organization is sealed for it: longer than a connection or a renewed token takes to come back.</summary>
    public TimeSpan KeyRefusalPatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long an old generation of an organization's key stays after a rotation: longer than any transaction that wrapped something under it.
    /// </summary>
    public TimeSpan KeyRetirement { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The safeguards of organizations that have set none.</summary>
    public Safeguards DefaultSafeguards { get; init; } = new();

    /// <summary>The zone in which resources run.</summary>
    public ZoneDescription Zone { get; init; } = new();

    /// <summary>From which private range, /8 to /24, spaces get their /24 networks.</summary>
    public IPNetwork SpaceRange { get; init; } = IPNetwork.Parse("10.93.0.0/16");

    /// <summary>
    /// Networks that are not on the Internet to which the platform may connect on a customer's word (a witness, a log collector). None by default:
    /// then a customer can't make it reach what only the operator's machines reach.
    /// </summary>
    public IReadOnlyList<IPNetwork> OutboundNetworks { get; init; } = [];

    /// <summary>Through which mail is sent; null for none: then nobody can be told of alerts by e-mail.</summary>
    public MailRelay? MailRelay { get; init; }

    /// <summary>
    /// SHA-256 of the first administrator's bearer token, 64 hexadecimal digits. Another value at a later start replaces
    /// the token; null leaves it as it is.
    /// </summary>
    public string? AdministratorTokenSha256 { get; init; }

    /// <summary>What service accounts address the assertions to that they sign (<c>aud</c>): tells this installation from others.</summary>
    public string Issuer { get; init; } = "urn:beffroi:beffroi";

    /// <summary>Where tests order crashes (see <see cref="Steps.FaultPoints"/>); null, as in every installation but a test's, for none.</summary>
    public string? FaultDirectory { get; init; }
}
