using System.Net;
using System.Text.Json;
using Beffroi.Agent.Bootstrap;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Agent.Probing;

/// <summary>
/// Asks Incus' guest API for more than what is this instance's own. Source: Incus documentation, «Communication between instance and host»:
/// <c>/1.0</c> may be changed in its state only, <c>/1.0/images/…/export</c> only where it was opened.
/// </summary>
internal static class GuestApiAttempts
{
    private static readonly string[] Foreign =
    [
        "/1.0/instances", "/1.0/instances?all-projects=true", "/1.0/projects", "/1.0/networks", "/1.0/certificates", "/1.0/storage-pools", "/1.0/cluster", "/1.0/operations",
        "/internal/containers", "/internal/shutdown", "/1.0/config/../../instances", "/1.0/config/volatile.idmap.base", "/1.0/config/user.beffroi.installation%2f..%2f..%2finstances",
        "/1.0/images/" + "0000000000000000000000000000000000000000000000000000000000000000" + "/export",
    ];

    internal static async Task<Result> RunAsync(GuestApi guest, CancellationToken cancellationToken)
    {
        var got = new List<string>();
        foreach (var path in Foreign)
        {
            if (await guest.StatusAsync(path, cancellationToken) is var status && (int)status < 300)
            {
                got.Add(path);
            }
        }

        // What it may read has to be its own: keys of its own configuration, and no devices but the three that every instance has.
        var (keysStatus, keys) = await guest.ReadAsync("/1.0/config", cancellationToken);
        if (keysStatus == HttpStatusCode.OK)
        {
            got.AddRange(JsonSerializer.Deserialize(keys, ProbingJson.Default.StringArray)!.Where(k => !k.StartsWith("/1.0/config/user.", StringComparison.Ordinal) && !k.StartsWith("/1.0/config/cloud-init.", StringComparison.Ordinal)));
        }

        var (devicesStatus, devices) = await guest.ReadAsync("/1.0/devices", cancellationToken);
        if (devicesStatus == HttpStatusCode.OK)
        {
            using var parsed = JsonDocument.Parse(devices);
            got.AddRange(parsed.RootElement.EnumerateObject().Where(d => d.Name is not ("root" or "eth0" or "data")).Select(d => "device " + d.Name));
        }

        return keysStatus == HttpStatusCode.OK
            ? SocketAttempts.Of(Foreign.Length + 2, got)
            : new Result { Outcome = Outcome.Unable, Detail = "The guest API does not answer." };
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class ProbingJson : System.Text.Json.Serialization.JsonSerializerContext;
