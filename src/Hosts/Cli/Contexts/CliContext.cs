using System.Text.Json.Serialization;

namespace Beffroi.Hosts.Cli.Contexts;

/// <summary>Where to send requests and as whom.</summary>
/// <param name="Server">The API's address.</param>
/// <param name="CaFile">PEM of the one authority to trust; null for those of the machine.</param>
/// <param name="TokenFile">File, readable by its owner alone, with the bearer token on one line.</param>
/// <param name="Space">The default for <c>--space</c>, <c>organization/space</c>.</param>
/// <param name="Side"><c>operator</c> where the server is the operator's interface; null for the customers'.</param>
/// <param name="SessionFile">File, readable by its owner alone, with the session that a sign-in began; it is used rather than the token.</param>
internal sealed record CliContext(string Server, string? CaFile, string? TokenFile, string? Space, string? Side = null, string? SessionFile = null)
{
    public const string OperatorSide = "operator";

    [JsonIgnore]
    public bool IsOperator => Side == OperatorSide;
}

/// <summary>The CLI's configuration file.</summary>
/// <param name="Current">The context used when none is named.</param>
/// <param name="Contexts">By name.</param>
internal sealed record CliConfiguration(string? Current, SortedDictionary<string, CliContext> Contexts);

/// <summary>How the configuration file is read and written.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CliConfiguration))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;
