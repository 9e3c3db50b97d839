using System.Net;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform;
using Beffroi.Platform.Alerts;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Policy;

namespace Beffroi.Hosts.Server;

/// <summary>What beffroid is told at start: <c>/etc/INSTALLATION/server.json</c>.</summary>
public sealed record ServerOptions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The installation's name: <c>beffroi</c>, or with a suffix.</summary>
    public string Installation { get; init; } = "beffroi";

    /// <summary>Address and port of the API, HTTPS only; port 0 takes a free one.</summary>
    public string Listen { get; init; } = "0.0.0.0:8443";

    /// <summary>
    /// Address and port of the operator's interface, HTTPS only; port 0 takes a free one. An address of the administration network, never a public one (SecNumCloud 9.6).
    /// </summary>
    public string AdminListen { get; init; } = "127.0.0.1:8444";

    /// <summary>PEM file with the API's certificate and its issuers, leaf first.</summary>
    public required string Certificate { get; init; }

    /// <summary>PEM file with its private key.</summary>
    public required string CertificateKey { get; init; }

    /// <summary>The store's connection string, in Npgsql's form.</summary>
    public required string Store { get; init; }

    /// <summary>TCP port on which agents call.</summary>
    public int AgentPort { get; init; } = 7443;

    /// <summary>From which private range, /8 to /24, spaces get their networks.</summary>
    public string SpaceRange { get; init; } = "10.93.0.0/16";

    /// <summary>Networks in CIDR form, besides the Internet, to which customers may have their ledger's witnesses and log collectors; none by default.</summary>
    public IReadOnlyList<string> OutboundNetworks { get; init; } = [];

    /// <summary>The SMTP relay through which alerts are sent by e-mail; none by default.</summary>
    public MailRelay? MailRelay { get; init; }

    /// <summary>SHA-256 of the first administrator's token, 64 hexadecimal digits.</summary>
    public string? AdministratorTokenSha256 { get; init; }

    /// <summary>Where organizations' software keys are kept.</summary>
    public required string KeysDirectory { get; init; }

    /// <summary>Providers of organizations' keys beside the built-in <c>software</c>.</summary>
    public IReadOnlyList<KeyProviderOptions> KeyProviders { get; init; } = [];

    /// <summary>In which provider a new organization's key is made: <c>software</c>, or one of <see cref="KeyProviders"/>.</summary>
    public string DefaultKeyProvider { get; init; } = "software";

    /// <summary>How many seconds an old generation of an organization's key stays after a rotation, 5 to 86400: longer than any transaction that wrapped something under it.</summary>
    public int KeyRetirementSeconds { get; init; } = 60;

    /// <summary>The safeguards of organizations that have set none.</summary>
    public Safeguards DefaultSafeguards { get; init; } = new();

    /// <summary>Where images' bills of materials lie; by default <c>images</c> in the installation's state directory.</summary>
    public string? ImagesDirectory { get; init; }

    /// <summary>The zone in which resources run.</summary>
    public ZoneDescription Zone { get; init; } = new();

    /// <summary>Where tests order crashes; null, as in every installation but a test's, for none.</summary>
    public string? FaultDirectory { get; init; }

    /// <summary>Reads the file that <c>--config</c> or <c>BEFFROI_CONFIG</c> names, else the default installation's.</summary>
    /// <exception cref="ConfigurationException">The file can't be read or used; the message says why, without any value of it.</exception>
    public static ServerOptions Load(string[] args)
    {
        var at = Array.IndexOf(args, "--config");
        var path = at >= 0 && at + 1 < args.Length ? args[at + 1]
            : Environment.GetEnvironmentVariable("BEFFROI_CONFIG") ?? new Installation("beffroi").Configuration + "/server.json";
        try
        {
            var options = JsonSerializer.Deserialize<ServerOptions>(File.ReadAllText(path), Json)
                ?? throw new ConfigurationException($"{path} is empty.");
            options.Check(path);
            return options;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path} can't be read: {failure.Message}", failure);
        }
        catch (JsonException failure)
        {
            throw new ConfigurationException($"{path} is not a valid configuration (at {failure.Path}, line {failure.LineNumber + 1}).", failure);
        }
    }

    /// <summary>The API's end point.</summary>
    internal IPEndPoint EndPoint => IPEndPoint.Parse(Listen);

    /// <summary>The operator's interface's end point.</summary>
    internal IPEndPoint AdminEndPoint => IPEndPoint.Parse(AdminListen);

    /// <summary>What of it the platform needs.</summary>
    internal PlatformOptions ToPlatform() => new()
    {
        ConnectionString = Store,
        KeysDirectory = KeysDirectory,
        KeyProviders = KeyProviders,
        DefaultKeyProvider = DefaultKeyProvider,
        DefaultSafeguards = DefaultSafeguards,
        KeyRetirement = TimeSpan.FromSeconds(KeyRetirementSeconds),
        Zone = Zone,
        SpaceRange = IPNetwork.Parse(SpaceRange),
        OutboundNetworks = [.. OutboundNetworks.Select(n => IPNetwork.Parse(n))],
        MailRelay = MailRelay,
        AdministratorTokenSha256 = AdministratorTokenSha256,
        FaultDirectory = FaultDirectory,
        Issuer = "urn:beffroi:" + Installation,
    };

    private void Check(string path)
    {
        if (!IPEndPoint.TryParse(Listen, out _))
        {
            throw new ConfigurationException($"{path}: Listen must be an address and a port, such as 0.0.0.0:8443.");
        }

        if (KeyRetirementSeconds is < 5 or > 86400)
        {
            throw new ConfigurationException($"{path}: KeyRetirementSeconds must be 5 to 86400.");
        }

        if (!IPEndPoint.TryParse(AdminListen, out var admin) || admin.Address.Equals(IPAddress.Any) || admin.Address.Equals(IPAddress.IPv6Any))
        {
            throw new ConfigurationException($"{path}: AdminListen must be one address, of the administration network, and a port, such as 127.0.0.1:8444; not every address.");
        }

        if (admin.Port != 0 && admin.Port == EndPoint.Port)
        {
            throw new ConfigurationException($"{path}: AdminListen and Listen must have different ports.");
        }

        if (!IPNetwork.TryParse(SpaceRange, out var range) || range.PrefixLength is < 8 or > 24)
        {
            throw new ConfigurationException($"{path}: SpaceRange must be a network of /8 to /24, such as 10.93.0.0/16.");
        }

        if (Zone.Spares is < 0 or > 1)
        {
            throw new ConfigurationException($"{path}: Zone.Spares must be 0 or 1.");
        }

        if (KeyProviders.Select(p => p.Fault()).FirstOrDefault(f => f is not null) is { } fault)
        {
            throw new ConfigurationException($"{path}: {fault}");
        }

        if (MailRelay?.Fault() is { } relay)
        {
            throw new ConfigurationException($"{path}: {relay}");
        }

        if (KeyProviders.Select(p => p.Name).Append("software").ToList() is var names && (names.Distinct().Count() < names.Count || !names.Contains(DefaultKeyProvider)))
        {
            throw new ConfigurationException($"{path}: the KeyProviders need different names, and DefaultKeyProvider must be one of {string.Join(", ", names)}.");
        }

        if (OutboundNetworks.FirstOrDefault(n => !IPNetwork.TryParse(n, out _)) is { } network)
        {
            throw new ConfigurationException($"{path}: OutboundNetworks must be networks such as 10.20.0.0/16; {network} isn't one.");
        }

        if (AgentPort is < 1 or > 65535)
        {
            throw new ConfigurationException($"{path}: AgentPort must be a TCP port, 1 to 65535.");
        }
    }
}

/// <summary>The configuration can't be used. The message is for a person and holds no secret.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
