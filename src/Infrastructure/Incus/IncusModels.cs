using System.Text.Json;
using System.Text.Json.Serialization;

namespace Beffroi.Infrastructure.Incus;

// The parts of Incus' REST API (https://linuxcontainers.org/incus/docs/main/rest-api/) that this host uses; other fields are ignored.

/// <summary>Around every answer; <see cref="Operation"/> is the path of a background operation that it started.</summary>
internal sealed record IncusAnswer(string Type, string? Operation, int ErrorCode, string? Error, JsonElement Metadata);

internal sealed record IncusServer(string ApiStatus, IncusEnvironment Environment);

internal sealed record IncusEnvironment(string ServerVersion, string Firewall);

internal sealed record IncusOperation(string Id, int StatusCode, string? Err, JsonElement Metadata);

internal sealed record IncusProject(string Name, Dictionary<string, string> Config, string? Description = null);

/// <param name="Name">Also the interface's.</param>
/// <param name="Config">Keys and values.</param>
/// <param name="Type"><c>bridge</c>.</param>
/// <param name="Status"><c>Created</c>; <c>Pending</c> or <c>Errored</c> when its creation was interrupted.</param>
internal sealed record IncusNetwork(string Name, Dictionary<string, string> Config, string? Type = null, string? Status = null);

internal sealed record IncusStoragePool(string Name, string Driver, Dictionary<string, string> Config, string? Description = null);

internal sealed record IncusImage(string Fingerprint, List<IncusAlias>? Aliases);

internal sealed record IncusAlias(string Name, string? Target = null, string? Description = null);

internal sealed record IncusFingerprint(string Fingerprint);

internal sealed record IncusInstance(
    string Name,
    string Status,
    string Project,
    Dictionary<string, string> Config,
    Dictionary<string, Dictionary<string, string>> Devices,
    List<string> Profiles,
    string Architecture,
    bool Ephemeral);

internal sealed record IncusInstanceSource(string Type, string Fingerprint);

internal sealed record NewIncusInstance(
    string Name,
    string Type,
    List<string> Profiles,
    Dictionary<string, string> Config,
    Dictionary<string, Dictionary<string, string>> Devices,
    IncusInstanceSource Source);

/// <summary>What may be changed of an instance; PUT replaces all of it.</summary>
internal sealed record IncusInstanceChange(
    string Architecture,
    bool Ephemeral,
    List<string> Profiles,
    Dictionary<string, string> Config,
    Dictionary<string, Dictionary<string, string>> Devices);

/// <param name="Action"><c>start</c>, <c>stop</c>, <c>unfreeze</c>.</param>
/// <param name="Timeout">Seconds; -1 for ever.</param>
/// <param name="Force">Without asking the instance.</param>
internal sealed record IncusStateChange(string Action, int Timeout, bool Force);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IncusAnswer))]
[JsonSerializable(typeof(IncusServer))]
[JsonSerializable(typeof(IncusOperation))]
[JsonSerializable(typeof(IncusProject))]
[JsonSerializable(typeof(List<IncusProject>))]
[JsonSerializable(typeof(IncusNetwork))]
[JsonSerializable(typeof(List<IncusNetwork>))]
[JsonSerializable(typeof(IncusStoragePool))]
[JsonSerializable(typeof(List<IncusImage>))]
[JsonSerializable(typeof(IncusImage))]
[JsonSerializable(typeof(IncusAlias))]
[JsonSerializable(typeof(List<IncusAlias>))]
[JsonSerializable(typeof(IncusFingerprint))]
[JsonSerializable(typeof(IncusInstance))]
[JsonSerializable(typeof(List<IncusInstance>))]
[JsonSerializable(typeof(NewIncusInstance))]
[JsonSerializable(typeof(IncusInstanceChange))]
[JsonSerializable(typeof(IncusStateChange))]
internal sealed partial class IncusJson : JsonSerializerContext;
