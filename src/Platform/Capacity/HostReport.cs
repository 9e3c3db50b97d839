using System.Text.Json.Serialization;
using Beffroi.Infrastructure;

namespace Beffroi.Platform.Capacity;

/// <summary>What a host said, as the store keeps it.</summary>
/// <param name="Facts">Numbers and versions.</param>
/// <param name="AvailableMemoryBytes">What could be used without swapping.</param>
/// <param name="Instances">How many there are.</param>
/// <param name="InstancesRunning">How many of them run.</param>
/// <param name="Volumes">How many there are.</param>
/// <param name="Images">The digest of each image that new instances are made from, by its kind.</param>
/// <param name="InstancesByImage">How many instances were made from which digest.</param>
/// <param name="Ciphers">Of the volumes that are open; null from a host process of before it told.</param>
internal sealed record HostReport(
    HostFacts Facts, long AvailableMemoryBytes, int Instances, int InstancesRunning, int Volumes, IReadOnlyDictionary<string, string> Images, IReadOnlyDictionary<string, int> InstancesByImage,
    IReadOnlyList<string>? Ciphers = null);

[JsonSerializable(typeof(HostReport))]
internal sealed partial class CapacityJson : JsonSerializerContext;
