using System.Text.Json.Serialization;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>Answer to a verb that returns nothing else.</summary>
internal sealed record Done;

/// <summary>A refusal or failure, in words.</summary>
/// <param name="Type">One of the constants here.</param>
/// <param name="Detail">For a person; holds no secret.</param>
internal sealed record HostProblem(string Type, string Detail)
{
    /// <summary>409: see <see cref="StaleFenceException"/>.</summary>
    public const string StaleFence = "stale-fence";

    /// <summary>500: see <see cref="InfrastructureException"/>.</summary>
    public const string Infrastructure = "infrastructure";

    /// <summary>400: a bug of the caller's.</summary>
    public const string InvalidRequest = "invalid-request";
}

/// <summary>What passes between beffroid and beffroi-host: unknown, missing and null members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(EnsureNetwork))]
[JsonSerializable(typeof(RemoveNetwork))]
[JsonSerializable(typeof(EnsurePolicy))]
[JsonSerializable(typeof(IsolationFacts))]
[JsonSerializable(typeof(EnsureVolume))]
[JsonSerializable(typeof(RekeyVolume))]
[JsonSerializable(typeof(RekeyState))]
[JsonSerializable(typeof(VolumeRequest))]
[JsonSerializable(typeof(EnsureInstance))]
[JsonSerializable(typeof(SetToken))]
[JsonSerializable(typeof(InstanceRequest))]
[JsonSerializable(typeof(EnsureBackupLocks))]
[JsonSerializable(typeof(BackupLockState))]
[JsonSerializable(typeof(NetworkState))]
[JsonSerializable(typeof(VolumeState))]
[JsonSerializable(typeof(InstanceState))]
[JsonSerializable(typeof(HostState))]
[JsonSerializable(typeof(Inventory))]
[JsonSerializable(typeof(HostProblem))]
[JsonSerializable(typeof(Done))]
internal sealed partial class HostJson : JsonSerializerContext;
