using System.Collections.Concurrent;
using System.Globalization;
using Beffroi.Infrastructure.Volumes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Fencing;

/// <summary>
/// Remembers the highest lease epoch seen of each resource, one small file each, on disk before anything is done in its
/// name; and lets only one epoch at a time work for a resource: a call that was let in has ended before a worker with a
/// newer epoch starts, while calls of one worker may work side by side. Thread-safe.
/// </summary>
internal sealed class Fences(Installation installation)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _directory = installation.State + "/host/fences";
    private readonly ConcurrentDictionary<Guid, long> _highest = new();
    private readonly ConcurrentDictionary<Guid, Working> _working = new();
    private readonly KeyedLocks<Guid> _turns = new();

    /// <summary>Checks the epoch, and waits until calls of older ones have ended; dispose what is returned when done.</summary>
    /// <exception cref="StaleFenceException">A higher epoch was seen.</exception>
    public async Task<IDisposable> EnterAsync(Fence fence, CancellationToken cancellationToken)
    {
        using var turn = await _turns.EnterAsync(fence.ResourceId, cancellationToken);
        var highest = _highest.GetOrAdd(fence.ResourceId, Read);
        if (fence.Epoch < highest)
        {
            throw new StaleFenceException(
                $"The lease with epoch {fence.Epoch} on {fence.ResourceId} has passed to another worker (epoch {highest}): nothing was changed.");
        }

        if (fence.Epoch > highest)
        {
            Write(fence);
            _highest[fence.ResourceId] = fence.Epoch;
        }

        // Whoever waits here holds the turn: nobody else comes in meanwhile.
        var working = _working.GetOrAdd(fence.ResourceId, _ => new Working());
        await working.EnterAsync(fence.Epoch, cancellationToken);
        return working;
    }

    private string PathOf(Guid id) => _directory + "/" + id.ToString("N");

    private long Read(Guid id)
    {
        try
        {
            return long.Parse(File.ReadAllText(PathOf(id)), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
        catch (FormatException e)
        {
            throw new InfrastructureException($"The fence {PathOf(id)} is damaged: restore it, or delete it once no other worker runs.", e);
        }
    }

    private void Write(Fence fence)
    {
        Directory.CreateDirectory(_directory, OwnerOnly);
        var path = PathOf(fence.ResourceId);
        using (var file = File.OpenHandle(path + ".new", FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, System.Text.Encoding.ASCII.GetBytes(fence.Epoch.ToString(CultureInfo.InvariantCulture)), 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(path + ".new", path, overwrite: true);
        LibC.FlushDirectory(_directory);
    }

    /// <summary>The calls that are at work for one resource, all of one epoch. Disposed once for each.</summary>
    private sealed class Working : IDisposable
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _epoch;
        private int _calls;

        public async Task EnterAsync(long epoch, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task ended;
                lock (_lock)
                {
                    if (_calls == 0 || _epoch == epoch)
                    {
                        _epoch = epoch;
                        _calls++;
                        return;
                    }

                    ended = _ended.Task;
                }

                await ended.WaitAsync(cancellationToken);
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                if (--_calls == 0)
                {
                    _ended.SetResult();
                    _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
    }
}
