using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

/// <summary>Configuration of beffroi-host: <c>host.json</c> in the installation's configuration directory, written by <c>up</c>.</summary>
/// <param name="Installation">Its name, see <see cref="Kernel.Installation"/>.</param>
/// <param name="SpaceRange">Where spaces' /24s are cut from, in CIDR form.</param>
/// <param name="AgentPort">TCP port of the agent channel on each space's gateway.</param>
/// <param name="StoragePool">The Incus pool of instances' root disks; null for the installation's own.</param>
/// <param name="IncusSocket">Incus' unix socket.</param>
/// <param name="Encryption"><c>auto</c>, <c>fscrypt</c> or <c>luks</c>.</param>
public sealed record HostOptions(
    string Installation = "beffroi",
    string SpaceRange = "10.93.0.0/16",
    int AgentPort = 7443,
    string? StoragePool = null,
    string IncusSocket = "/var/lib/incus/unix.socket",
    string Encryption = "auto")
{
    /// <summary>Reads and checks a configuration file.</summary>
    /// <exception cref="InfrastructureException">It can't be read, or a value is not valid; the message names it.</exception>
    public static HostOptions Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var options = JsonSerializer.Deserialize(file, HostOptionsJson.Default.HostOptions) ?? throw new JsonException("The file is empty.");
            options.Check();
            return options;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException or FormatException)
        {
            throw new InfrastructureException($"The configuration {path} is not usable: {e.Message}", e);
        }
    }

    internal Installation ToInstallation() => new(Installation);

    internal SpaceSubnet ToSubnet() => new(IPNetwork.Parse(SpaceRange));

    internal string Pool => StoragePool ?? ToInstallation().StoragePool;

    private void Check()
    {
        _ = ToInstallation();
        var range = IPNetwork.Parse(SpaceRange);
        if (range.PrefixLength is < 8 or > 24 || range.BaseAddress.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
        {
            throw new FormatException("SpaceRange is an IPv4 range from /8 to /24, such as 10.93.0.0/16.");
        }

        if (AgentPort is < 1 or > 65535)
        {
            throw new FormatException("AgentPort is 1 to 65535.");
        }

        if (Encryption is not ("auto" or "fscrypt" or "luks"))
        {
            throw new FormatException("Encryption is auto, fscrypt or luks.");
        }
    }
}

/// <summary>How <see cref="HostOptions"/> is written: <c>JsonSerializer.Serialize(options, HostOptionsJson.Default.HostOptions)</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(HostOptions))]
public sealed partial class HostOptionsJson : JsonSerializerContext;
