using Beffroi.Infrastructure;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>The steps of sealing and unsealing an organization. Stateless and safe for concurrent use.</summary>
internal sealed class SealSteps(NpgsqlDataSource store, KeyProviders providers, IServiceProvider services, ISignals signals, TimeProvider time)
{
    // What does not come back in this time has another trouble than the sealing, which its own conditions tell.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public ISignals Signals => signals;

    /// <summary>Each service stops its instances and closes its volumes, and says so for this very sealing.</summary>
    public KeyStep ServicesStopped => new("services-stopped", "The organization's services are stopped", async (pass, cancel) =>
    {
        await using var connection = await store.OpenConnectionAsync(cancel);
        return Waiting("stop", await SealedOrganizations.NotSealedAsync(connection, pass.OrganizationId, pass.Seal.Epoch, cancel));
    });

    /// <summary>The host is asked too: what it has open counts, not what anyone says.</summary>
    public KeyStep NothingOpen => new("nothing-open", "The host has no volume of it open and runs none of its instances", async (pass, cancel) =>
    {
        var inventory = await Infrastructure.GetInventoryAsync(cancel);
        await using var connection = await store.OpenConnectionAsync(cancel);
        var (spaces, owners) = await SealedOrganizations.IdsAsync(connection, pass.OrganizationId, cancel);
        var volume = inventory.Volumes.FirstOrDefault(v => v.Unlocked && owners.Contains(v.VolumeId));
        var instance = inventory.Instances.FirstOrDefault(i => i.Status != "Stopped" && spaces.Contains(i.SpaceId));
        return volume is not null ? $"The volume {volume.VolumeId} is still open."
            : instance is not null ? $"The instance {instance.InstanceId} still runs."
            : null;
    });

    /// <summary>Every replica gives back what it had opened, now that nothing opens anything more.</summary>
    public static KeyStep MemoryCleared { get; } = new("memory-cleared", "The memory of what was open is given back", async (pass, cancel) =>
    {
        long missing = 0;
        await pass.Lease.WriteAsync(async (connection, token) => missing = await MemoryClearing.DemandAsync(connection, pass.OrganizationId, token), cancel);
        return missing == 0 ? null : $"Waiting for {missing} {(missing == 1 ? "process" : "processes")} of beffroid to give back memory.";
    });

    /// <summary>The provider is asked before anything is started that would need it.</summary>
    public KeyStep KeyUsable => new("key-usable", "The key's provider lets the key be used", async (pass, cancel) =>
    {
        foreach (var generation in pass.Generations.Where(g => g.IsUsable))
        {
            await providers.Get(generation.Provider).CheckAsync(generation.Key, cancel);
        }

        return null;
    });

    /// <summary>From here on keys are handed out again.</summary>
    public KeyStep SealLifted => new("seal-lifted", "The seal is lifted", async (pass, cancel) =>
    {
        if (!pass.Seal.IsSealed)
        {
            return null;
        }

        await pass.Lease.WriteAsync(async (connection, token) =>
        {
            // Against a sealing that is being asked for: one of the two is first, and the other sees it.
            await OrganizationKeyTable.LockAsync(connection, pass.OrganizationId, token);
            // Somebody may have sealed it again at this moment: then this operation is over, and its like comes later.
            if (await KeyOperations.FindRunningAsync(connection, pass.OrganizationId, token) is { } running && running.Shown.Id == pass.Operation!.Id)
            {
                await SealTable.SetAsync(connection, pass.OrganizationId, isSealed: false, "Unsealed.", token);
                await SealedOrganizations.NoteCheckAsync(connection, pass.OrganizationId, null, refused: false, TimeSpan.Zero, token);
                await SealedOrganizations.WakeAsync(connection, pass.OrganizationId, signals, token);
            }
        }, cancel);
        return null;
    });

    /// <summary>What the sealing stopped runs again.</summary>
    public KeyStep ServicesStarted => new("services-started", "The organization's services run again", async (pass, cancel) =>
    {
        await using var connection = await store.OpenConnectionAsync(cancel);
        var missing = await SealedOrganizations.NotStartedAsync(connection, pass.OrganizationId, cancel);
        var began = pass.Operation!.Steps.First(s => s.Name == "services-started").StartedAt;
        return began is { } since && time.GetUtcNow() - since > Patience ? null : Waiting("start", missing);
    });

    // Resolved when used: beffroid's API can be tested without a host.
    private IInfrastructure Infrastructure => (IInfrastructure)services.GetService(typeof(IInfrastructure))!;

    private static string? Waiting(string verb, List<string> names) => names.Count == 0 ? null
        : $"Waiting for {names.Count} to {verb}: {string.Join(", ", names.Take(5))}{(names.Count > 5 ? ", …" : "")}.";
}
