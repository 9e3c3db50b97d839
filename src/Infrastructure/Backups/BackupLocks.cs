using System.Collections.Concurrent;
using System.Text.Json;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Infrastructure.Backups;

/// <summary>
/// Locks what is finished in backup repositories until its date. Nothing that comes through the port unlocks it: not another policy, not the removal of the
/// volume. The caller serialises calls on one volume. Failures are <see cref="InfrastructureException"/>.
/// </summary>
internal sealed class BackupLocks(Installation installation, IVolumeStore volumes, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _directory = installation.State + "/host/locks";
    private readonly TrustedClock _clock = new(installation, time);
    private readonly Lock _clockLock = new();
    private readonly ConcurrentDictionary<Guid, Dictionary<string, long>> _known = new();
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _swept = new();

    /// <summary>Volumes that have a policy.</summary>
    public IReadOnlyList<Guid> Volumes() => Directory.Exists(_directory)
        ? [.. Directory.EnumerateFiles(_directory, "*.json").Select(f => Guid.TryParseExact(Path.GetFileNameWithoutExtension(f), "N", out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty)]
        : [];

    /// <summary>Sets how long stanzas' files are locked from now on. A stanza that is left out keeps its policy.</summary>
    public BackupLockState Ensure(EnsureBackupLocks request)
    {
        var before = Policy(request.VolumeId);
        var after = new Dictionary<Guid, int>(before);
        foreach (var stanza in request.Stanzas)
        {
            after[stanza.Stanza] = stanza.Days;
        }

        if (!after.OrderBy(p => p.Key).SequenceEqual(before.OrderBy(p => p.Key)) || !File.Exists(PathOf(request.VolumeId)))
        {
            Directory.CreateDirectory(_directory, OwnerOnly);
            var path = PathOf(request.VolumeId);
            File.WriteAllText(path + ".new", JsonSerializer.Serialize(after, BackupJson.Default.DictionaryGuidInt32));
            File.Move(path + ".new", path, overwrite: true);
            LibC.FlushDirectory(_directory);
        }

        Sweep(request.VolumeId);
        return State(request.VolumeId);
    }

    /// <summary>Locks what has been finished since, and releases what is due.</summary>
    public void Sweep(Guid volume)
    {
        if (!volumes.IsUnlocked(volume))
        {
            return;
        }

        var (mount, data) = (VolumeDirectory.MountOf(installation, volume), VolumeDirectory.DataOf(installation, volume));
        DateTimeOffset now;
        lock (_clockLock)
        {
            now = _clock.Now();
        }

        using var root = LibC.OpenDirectory(data);
        var known = Known(volume);
        var seen = new Dictionary<string, long>();
        foreach (var path in RepositoryLayout.Fixed)
        {
            using var directory = LockedFile.Open(root, path);
            directory?.KeepEntries();
        }

        foreach (var (stanza, days) in Policy(volume))
        {
            foreach (var path in RepositoryLayout.Changing(stanza))
            {
                using var file = LockedFile.Open(root, path);
                if (file is not null)
                {
                    InfoVault.Keep(mount, path, file, now);
                }
            }

            foreach (var path in RepositoryLayout.Finished(data, stanza))
            {
                // Less than nothing: it could not be opened the last time.
                if (!known.TryGetValue(path, out var until) || until < 0)
                {
                    until = LockNew(root, path, now.AddDays(days).ToUnixTimeSeconds());
                }

                seen[path] = until > 0 && until < now.ToUnixTimeSeconds() ? Release(root, path) : until;
            }
        }

        _known[volume] = seen;
        _swept[volume] = now;
    }

    /// <summary>What is locked, as of the last sweep.</summary>
    public BackupLockState State(Guid volume)
    {
        var known = Known(volume);
        var locked = known.Values.Where(until => until > 0).ToList();
        return new BackupLockState(
            locked.Count,
            locked.Count > 0 ? DateTimeOffset.FromUnixTimeSeconds(locked.Max()) : null,
            _swept.TryGetValue(volume, out var at) ? at : null);
    }

    /// <summary>Refuses to remove a volume on which something is locked. Its key must be loaded to tell; without it, the policy's existence is enough.</summary>
    public void RefuseRemoval(Guid volume)
    {
        if (!File.Exists(PathOf(volume)))
        {
            return;
        }

        Sweep(volume);
        if (!volumes.IsUnlocked(volume) || State(volume) is { Files: > 0 })
        {
            throw new InfrastructureException(
                $"The volume {volume} holds backups that are locked until {State(volume).LockedUntil?.ToString("u", System.Globalization.CultureInfo.InvariantCulture) ?? "a date that can't be read without its key"}: it can't be removed before.");
        }

        File.Delete(PathOf(volume));
    }

    /// <summary>Gives a copy of the volume's data, at <paramref name="copy"/>, the locks that its files have; dates and places are copied with them.</summary>
    public void CarryOver(Guid volume, string copy)
    {
        if (!File.Exists(PathOf(volume)))
        {
            return;
        }

        var data = VolumeDirectory.DataOf(installation, volume);
        using var from = LibC.OpenDirectory(data);
        using var to = LibC.OpenDirectory(copy);
        foreach (var (path, _) in RepositoryLayout.All(data))
        {
            using var original = LockedFile.Open(from, path);
            using var copied = LockedFile.Open(to, path);
            if (original is not null && copied is not null)
            {
                copied.TakeLocksOf(original);
            }
        }
    }

    /// <summary>A volume whose contents lie somewhere else now: what is locked is read anew.</summary>
    public void Forget(Guid volume) => _known.TryRemove(volume, out _);

    /// <summary>
    /// Puts back what was moved and what was rewritten: every locked file to where it was locked, and each <c>*.info</c> to the first version that was
    /// seen, from which the tool finds the rest. The volume must not be in use.
    /// </summary>
    public BackupLockState Repair(Guid volume)
    {
        var (mount, data) = (VolumeDirectory.MountOf(installation, volume), VolumeDirectory.DataOf(installation, volume));
        if (!volumes.IsUnlocked(volume))
        {
            throw new InfrastructureException($"The volume {volume} is locked: unlock it before it is repaired.");
        }

        RepositoryRepair.Run(mount, data, Policy(volume).Keys);
        _known.TryRemove(volume, out _);
        Sweep(volume);
        return State(volume);
    }

    private static long LockNew(SafeFileHandle root, string path, long until)
    {
        using var file = LockedFile.Open(root, path);
        if (file is null)
        {
            return -1;
        }

        // Locked before this process began, or released since; a date, once given, is never given anew.
        if (file.LockedUntil is { } before && (file.IsImmutable || before < until))
        {
            if (!file.IsImmutable && before > 0)
            {
                file.Lock(path, before);
            }

            return before;
        }

        file.Lock(path, until);
        return until;
    }

    private static long Release(SafeFileHandle root, string path)
    {
        using var file = LockedFile.Open(root, path);
        if (file is { IsImmutable: true })
        {
            file.SetImmutable(false);
        }

        // Seen, and not locked.
        return 0;
    }

    private Dictionary<string, long> Known(Guid volume) => _known.GetOrAdd(volume, _ => []);

    private Dictionary<Guid, int> Policy(Guid volume) => File.Exists(PathOf(volume))
        ? JsonSerializer.Deserialize(File.ReadAllText(PathOf(volume)), BackupJson.Default.DictionaryGuidInt32) ?? []
        : [];

    private string PathOf(Guid volume) => _directory + "/" + volume.ToString("N") + ".json";
}
