using Beffroi.Infrastructure.Fencing;
using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Instances;

/// <summary>
/// Instances: made from their image (a copy-on-write snapshot, about 0.2 s), then started. The caller serialises calls on
/// one instance. Failures of Incus are <see cref="IncusException"/>.
/// </summary>
internal sealed class SpaceInstances(Installation installation, InstanceDefinition definition, IVolumeStore volumes, IncusClient incus)
{
    private const int OrderlyStopSeconds = 60;
    private const int RemovalStopSeconds = 10;
    private const int MostAttempts = 5;
    private const string Running = "Running";
    private const string Stopped = "Stopped";

    private readonly KeyedLocks<string> _creating = new();

    /// <summary>Ensures that it exists with these limits and runs.</summary>
    public async Task<InstanceState> EnsureAsync(EnsureInstance request, CancellationToken cancellationToken)
    {
        if (!volumes.IsUnlocked(request.VolumeId))
        {
            throw new InfrastructureException($"The volume {request.VolumeId} is locked: unlock it before its instance starts.");
        }

        var project = installation.ProjectName(request.SpaceId);
        var name = Installation.InstanceName(request.InstanceId);
        var existing = await incus.FindInstanceAsync(project, name, cancellationToken);
        if (existing is { } half && IsHalfMade(half.Value))
        {
            await incus.DeleteInstanceAsync(project, name, cancellationToken);
            existing = null;
        }

        if (existing is not { } found)
        {
            await CreateAsync(project, request, cancellationToken);
            await StartAsync(project, name, cancellationToken);
            return await StateAsync(project, name, cancellationToken);
        }

        definition.Check(found.Value, request);
        if (definition.Change(found.Value, request) is { } change)
        {
            await incus.ChangeInstanceAsync(project, name, change, found.Etag, cancellationToken);
        }

        if (found.Value.Status == "Frozen")
        {
            await incus.ChangeStateAsync(project, name, new IncusStateChange("unfreeze", -1, false), cancellationToken);
        }
        else if (found.Value.Status != Running)
        {
            await StartAsync(project, name, cancellationToken);
        }

        return await StateAsync(project, name, cancellationToken);
    }

    /// <summary>Sets the enrolment token, or removes it when it is empty.</summary>
    public async Task SetTokenAsync(Guid space, Guid id, Secret token, CancellationToken cancellationToken)
    {
        var project = installation.ProjectName(space);
        var name = Installation.InstanceName(id);
        var (instance, etag) = await incus.FindInstanceAsync(project, name, cancellationToken)
            ?? throw new InfrastructureException($"The instance {id} is not there.");
        if (InstanceDefinition.WithToken(instance, token) is { } change)
        {
            await incus.ChangeInstanceAsync(project, name, change, etag, cancellationToken);
        }
    }

    /// <summary>Stops in order, by force after a minute; absence is success.</summary>
    public Task StopAsync(Guid space, Guid id, CancellationToken cancellationToken) =>
        StopAsync(space, id, OrderlyStopSeconds, cancellationToken);

    /// <summary>Stops, not as patiently as what will run again, and deletes; absence is success.</summary>
    public async Task RemoveAsync(Guid space, Guid id, CancellationToken cancellationToken)
    {
        await StopAsync(space, id, RemovalStopSeconds, cancellationToken);
        await incus.DeleteInstanceAsync(installation.ProjectName(space), Installation.InstanceName(id), cancellationToken);
    }

    /// <summary>This installation's instances.</summary>
    public async Task<IReadOnlyList<InstanceState>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await incus.ListInstancesAsync(cancellationToken)).Where(i => installation.IsOurs(i.Config)).Select(Describe).OfType<InstanceState>()];

    /// <summary>The digest of the image that each kind of instance would be made from now.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ImagesAsync(CancellationToken cancellationToken)
    {
        var prefix = installation.ImageAlias("");
        return (await incus.ListAliasesAsync(cancellationToken))
            .Where(a => a.Description == Mark.Alias(installation) && a.Target is not null && a.Name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(a => a.Name[prefix.Length..], a => a.Target!, StringComparer.Ordinal);
    }

    private async Task StopAsync(Guid space, Guid id, int seconds, CancellationToken cancellationToken)
    {
        var project = installation.ProjectName(space);
        var name = Installation.InstanceName(id);
        if (await incus.FindInstanceAsync(project, name, cancellationToken) is not { } found || found.Value.Status == Stopped)
        {
            return;
        }

        try
        {
            await incus.ChangeStateAsync(project, name, new IncusStateChange("stop", seconds, false), cancellationToken);
        }
        catch (IncusException)
        {
            await ForceStopAsync(project, name, cancellationToken);
        }
    }

    // What an incusd killed while creating leaves: its record, without the root disk. Incus notes the templates to apply
    // when the disk is made, and the power state when the instance first ran.
    private static bool IsHalfMade(IncusInstance instance) =>
        instance.Status == Stopped
        && !instance.Config.ContainsKey("volatile.apply_template")
        && !instance.Config.ContainsKey("volatile.last_state.power");

    private InstanceState? Describe(IncusInstance instance)
    {
        var prefix = installation.ProjectName(Guid.Empty).Length - 32;
        return instance.Project.Length == prefix + 32
            && Guid.TryParseExact(instance.Project[prefix..], "N", out var space)
            && instance.Name.StartsWith("i-", StringComparison.Ordinal)
            && Guid.TryParseExact(instance.Name[2..], "N", out var id)
            ? new InstanceState(
                id,
                space,
                instance.Status,
                instance.Devices.GetValueOrDefault("eth0")?.GetValueOrDefault("ipv4.address") ?? "",
                instance.Config.GetValueOrDefault("volatile.base_image") ?? "")
            : null;
    }

    private async Task CreateAsync(string project, EnsureInstance request, CancellationToken cancellationToken)
    {
        if (await incus.FindProjectAsync(project, cancellationToken) is null)
        {
            throw new InfrastructureException($"The space {request.SpaceId} has no network yet: ensure it before its instances.");
        }

        var image = await incus.FindAliasAsync(installation.ImageAlias(request.Image), cancellationToken)
            ?? throw new InfrastructureException($"The image '{request.Image}' is not on this host: run ./beffroi up, which builds and imports it.");
        using var turn = await _creating.EnterAsync("instance", cancellationToken);
        await CreateWithOwnIdsAsync(project, definition.New(request, image.Target ?? image.Name), cancellationToken);
    }

    // Incus picks an instance's user ids before it notes them: of two instances made at the same time both may get the same (seen by `verify
    // isolation`). So this host makes one at a time, and as others may use the same Incus, it looks before the instance ever runs.
    private async Task CreateWithOwnIdsAsync(string project, NewIncusInstance instance, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await incus.CreateInstanceAsync(project, instance, cancellationToken);
            var all = await incus.ListInstancesAsync(cancellationToken);
            var made = all.FirstOrDefault(i => i.Project == project && i.Name == instance.Name);
            if (made is not null && IdMaps.HostIds(made).Count > 0 && !all.Any(other => !ReferenceEquals(other, made) && IdMaps.IsIsolated(other) && IdMaps.Share(made, other)))
            {
                return;
            }

            await incus.DeleteInstanceAsync(project, instance.Name, cancellationToken);
            if (attempt == MostAttempts)
            {
                throw new InfrastructureException("Incus gave the instance user ids that another one has, or none of its own: look at the host's subordinate ids (/etc/subuid).");
            }
        }
    }

    private Task StartAsync(string project, string name, CancellationToken cancellationToken) =>
        incus.ChangeStateAsync(project, name, new IncusStateChange("start", -1, false), cancellationToken);

    private async Task ForceStopAsync(string project, string name, CancellationToken cancellationToken)
    {
        if (await incus.FindInstanceAsync(project, name, cancellationToken) is { } found && found.Value.Status != Stopped)
        {
            await incus.ChangeStateAsync(project, name, new IncusStateChange("stop", -1, true), cancellationToken);
        }
    }

    private async Task<InstanceState> StateAsync(string project, string name, CancellationToken cancellationToken) =>
        await incus.FindInstanceAsync(project, name, cancellationToken) is { } found && Describe(found.Value) is { } state
            ? state
            : throw new InfrastructureException($"The instance {name} disappeared while it was made.");
}
