using Beffroi.Infrastructure.Incus;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure;

/// <summary>
/// Stops every instance of this installation in order and then locks every volume (<c>down</c>): afterwards nothing on the host can be read
/// without the keys. May be repeated after an interruption.
/// </summary>
internal sealed class StopAll(Installation installation, IncusClient incus)
{
    private const int PatienceSeconds = 60;

    /// <param name="say">Told of each thing that was stopped or locked.</param>
    /// <param name="cancellationToken">Stops between two things.</param>
    public async Task RunAsync(Action<string> say, CancellationToken cancellationToken)
    {
        foreach (var instance in (await incus.ListInstancesAsync(cancellationToken)).Where(i => installation.IsOurs(i.Config) && i.Status != "Stopped"))
        {
            try
            {
                await incus.ChangeStateAsync(instance.Project, instance.Name, new IncusStateChange("stop", PatienceSeconds, false), cancellationToken);
            }
            catch (IncusException)
            {
                // It did not come to an end by itself. PostgreSQL recovers from its log.
                await incus.ChangeStateAsync(instance.Project, instance.Name, new IncusStateChange("stop", -1, true), cancellationToken);
            }

            say("stopped instance " + instance.Name);
        }

        foreach (var store in (IVolumeStore[])[new FscryptVolumes(installation), new LuksVolumes(installation)])
        {
            foreach (var copy in store.Copies.List())
            {
                await store.Copies.RemoveAsync(copy.VolumeId, cancellationToken);
                say("removed an unfinished copy of volume " + copy.VolumeId);
            }

            foreach (var volume in store.List())
            {
                await store.LockAsync(volume.VolumeId, cancellationToken);
                say("locked volume " + volume.VolumeId);
            }
        }
    }
}
