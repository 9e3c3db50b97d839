using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Beffroi.Infrastructure.Processes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// Puts volumes under another key: what is in one is copied beside it, encrypted under the new key, and the copy takes its place when it is whole. Until
/// then the volume is what it was, whatever happens; a copy that was interrupted is begun anew. The caller serialises calls on one volume; copies of
/// different volumes go on at once. Failures are <see cref="InfrastructureException"/>.
/// </summary>
/// <param name="installation">Whose volumes.</param>
/// <param name="volumes">The volumes.</param>
/// <param name="carryOver">Told of a volume and of where a copy of its data is, when all is copied but what a copy doesn't take along: locks of backups.</param>
internal sealed class VolumeRekeying(Installation installation, IVolumeStore volumes, Action<Guid, string> carryOver) : IDisposable
{
    private const long Spare = 64 << 20;

    // What a mount holds under the volume's key: what the instance sees, and what the host keeps of it for itself.
    private static readonly string[] Parts = ["data", "vault"];
    private readonly ConcurrentDictionary<Guid, Copying> _running = new();

    /// <summary>Begins a copy, tells how far it is, or has it take the volume's place.</summary>
    public async Task<RekeyState> RunAsync(RekeyVolume request, CancellationToken cancellationToken)
    {
        var id = request.VolumeId;
        if (_running.TryGetValue(id, out var copying) && !copying.IsUnder(request.NewKey))
        {
            await StopAsync(id, cancellationToken);
        }
        else if (copying is { Work.IsCompleted: false })
        {
            return copying.State(id);
        }
        else if (copying is not null)
        {
            _running.TryRemove(id, out _);
            copying.Dispose();
            await copying.Work;
            await volumes.TakeCopyAsync(id, cancellationToken);
        }

        if (await volumes.IsUnderAsync(id, request.NewKey, cancellationToken))
        {
            await volumes.Copies.RemoveAsync(id, cancellationToken);
            await volumes.LockAsync(id, cancellationToken);
            return new RekeyState(id, Done: true, 0, 0);
        }

        await volumes.EnsureAsync(id, request.SizeBytes, request.Key, cancellationToken);
        var size = Used(volumes.MountOf(id));
        RefuseWithoutRoom(size);
        await volumes.Copies.RemoveAsync(id, cancellationToken);
        await volumes.Copies.EnsureAsync(id, request.SizeBytes, request.NewKey, cancellationToken);
        var begun = new Copying(request.NewKey, size, volumes.Copies.MountOf(id), stop => CopyAsync(id, stop));
        _running[id] = begun;
        return begun.State(id);
    }

    /// <summary>Ends a copy that is under way, and removes what there is of it; none is success.</summary>
    public async Task StopAsync(Guid id, CancellationToken cancellationToken)
    {
        if (_running.TryRemove(id, out var copying))
        {
            await copying.StopAsync();
        }

        await volumes.Copies.RemoveAsync(id, cancellationToken);
    }

    /// <summary>Refuses to have a volume used while it is being copied.</summary>
    public void RefuseUse(Guid id)
    {
        if (_running.ContainsKey(id))
        {
            throw new InfrastructureException($"The volume {id} is being copied under another key: it can be used when that is done.");
        }
    }

    /// <summary>Ends all copies; what there is of them is removed the next time.</summary>
    public void Dispose()
    {
        foreach (var copying in _running.Values)
        {
            copying.Dispose();
        }
    }

    private async Task CopyAsync(Guid id, CancellationToken stop)
    {
        var (from, to) = (volumes.MountOf(id), volumes.Copies.MountOf(id));
        foreach (var part in Parts.Where(part => Directory.Exists(from + "/" + part)))
        {
            Fscrypt.CreateLike(to + "/" + part, to + "/data");
            // Owners, modes, times, links and all extended attributes, or it fails (cp(1)); holes stay holes.
            await SystemCommand.RunAsync(
                "cp", ["--recursive", "--no-dereference", "--preserve=mode,ownership,timestamps,links,xattr", "--no-target-directory", "--", from + "/" + part, to + "/" + part],
                cancellationToken: stop);
        }

        carryOver(id, to + "/data");
        LibC.FlushFileSystem(to);
        await volumes.Copies.LockAsync(id, stop);
    }

    private void RefuseWithoutRoom(long bytes)
    {
        var needed = bytes + (bytes / 20) + Spare;
        var room = new DriveInfo(installation.State).AvailableFreeSpace;
        if (room < needed)
        {
            throw new InfrastructureException(string.Create(
                CultureInfo.InvariantCulture,
                $"A volume that goes under another key is on the host's disk twice for a while: {needed >> 20} MiB are needed, and {room >> 20} MiB are free. Make room on the host."));
        }
    }

    private static long Used(string mount) => new DriveInfo(mount) is var drive ? drive.TotalSize - drive.TotalFreeSpace : 0;

    /// <summary>A copy that is under way.</summary>
    private sealed class Copying : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly byte[] _under;
        private readonly long _total;
        private readonly string _mount;

        public Copying(Secret key, long total, string mount, Func<CancellationToken, Task> work)
        {
            (_under, _total, _mount) = (SHA256.HashData(key.Reveal()), total, mount);
            var stop = _stop.Token;
            Work = Task.Run(() => work(stop), stop);
        }

        public Task Work { get; }

        public bool IsUnder(Secret key) => CryptographicOperations.FixedTimeEquals(_under, SHA256.HashData(key.Reveal()));

        public RekeyState State(Guid id) => new(id, Done: false, Mounts.IsMounted(_mount) ? Math.Min(Used(_mount), _total) : _total, _total);

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }

        public void Dispose()
        {
            _stop.Cancel();
            _stop.Dispose();
        }
    }
}
