using System.Text.Json;
using System.Text.Json.Serialization;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// What <c>up</c> was told and what it made outside the installation's own directories, kept so that the next <c>up</c> does the
/// same and <c>down --purge</c> removes that and nothing else.
/// </summary>
internal sealed record UpRecord
{
    /// <summary>The checkout it was built from.</summary>
    public string? Sources { get; init; }

    /// <summary>TCP port of the API.</summary>
    public int ApiPort { get; init; } = 8443;

    /// <summary>TCP port of the operator's interface, on the loopback address; null for the next after the API's that the agent channel doesn't have.</summary>
    public int? AdminPort { get; init; }

    /// <summary>TCP port of the operator's interface.</summary>
    [JsonIgnore]
    public int OperatorPort => AdminPort ?? (ApiPort + 1 == AgentPort ? ApiPort + 2 : ApiPort + 1);

    /// <summary>TCP port of the agent channel, on each space's gateway.</summary>
    public int AgentPort { get; init; } = 7443;

    /// <summary>Where the spaces' networks are cut from (CIDR).</summary>
    public string SpaceRange { get; init; } = "10.93.0.0/16";

    /// <summary>Private networks (CIDR) to which the control plane connects on a customer's word.</summary>
    public IReadOnlyList<string> OutboundNetworks { get; init; } = [];

    /// <summary>An existing Incus storage pool to use; null for one of our own.</summary>
    public string? Pool { get; init; }

    /// <summary>Size of our own pool.</summary>
    public string PoolSize { get; init; } = "40GiB";

    /// <summary>How many PostgreSQLs are kept ready in each space that has one: 0 or 1.</summary>
    public int Spares { get; init; } = 1;

    /// <summary>Whether the store is a PostgreSQL of someone else's.</summary>
    public bool ExternalStore { get; init; }

    /// <summary>Whether the demonstration organization is wanted.</summary>
    public bool Demonstration { get; init; } = true;

    /// <summary>Whether lxcfs and incusd run as services of ours.</summary>
    public bool OwnsIncus { get; init; }

    /// <summary>Incus' socket.</summary>
    public string IncusSocket { get; init; } = "/var/lib/incus/unix.socket";

    /// <summary>Debian packages that were newly installed.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Files made for them outside our directories (an apt source, a PostgreSQL default).</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Hash of the image's inputs that was last imported.</summary>
    public string? Image { get; init; }

    /// <summary>Whether the first PostgreSQL was made: once deleted, it stays deleted.</summary>
    public bool FirstDatabaseMade { get; init; }

    /// <summary>Directories in which CLI contexts were written.</summary>
    public IReadOnlyList<string> ContextDirectories { get; init; } = [];

    public static string FileOf(Installation installation) => installation.State + "/up.json";

    /// <summary>Null where nothing is installed.</summary>
    public static UpRecord? Load(Installation installation)
    {
        var file = FileOf(installation);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), UpRecordJson.Default.UpRecord);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CliException($"{file} can only be read by root: run this with sudo.", ExitCode.Failed, e);
        }
    }

    public void Save(Installation installation) =>
        PrivateFiles.WriteIfDifferent(FileOf(installation), JsonSerializer.Serialize(this, UpRecordJson.Default.UpRecord) + "\n");
}

/// <summary>How the record is read and written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(UpRecord))]
internal sealed partial class UpRecordJson : JsonSerializerContext;
