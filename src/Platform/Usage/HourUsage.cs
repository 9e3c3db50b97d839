namespace Beffroi.Platform.Usage;

/// <summary>What a resource took in one hour. Whole seconds, so that sums are exact.</summary>
/// <param name="Resource">Which.</param>
/// <param name="Hour">The hour begins then (UTC).</param>
/// <param name="RunningSeconds">0 to 3600.</param>
/// <param name="StoppedSeconds">Stopped, or deleted and could be brought back. With <paramref name="RunningSeconds"/> 1 to 3600.</param>
/// <param name="NodeSeconds">Of nodes that ran.</param>
/// <param name="CpuSeconds">Of CPUs of what ran.</param>
/// <param name="MemoryByteSeconds">Of memory of what ran.</param>
/// <param name="StorageByteSeconds">Of data volumes.</param>
/// <param name="BackupByteSeconds">Of its backups; null for not known.</param>
internal sealed record HourUsage(
    MeteredResource Resource, DateTimeOffset Hour, int RunningSeconds, int StoppedSeconds, long NodeSeconds, long CpuSeconds, long MemoryByteSeconds, long StorageByteSeconds, long? BackupByteSeconds = 0)
{
    /// <summary>How long it was there.</summary>
    public int Seconds => RunningSeconds + StoppedSeconds;

    /// <summary>From one resource's changes, in their order, of which the first may be long before the hour. Null: it took nothing in it. Pure.</summary>
    public static HourUsage? Of(IReadOnlyList<AllocationChange> changes, DateTimeOffset hour)
    {
        var end = hour.AddHours(1);
        HourUsage? sum = null;
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            var from = change.At > hour ? change.At : hour;
            var to = i + 1 < changes.Count && changes[i + 1].At < end ? changes[i + 1].At : end;
            if (change.EndsAt < to)
            {
                to = change.EndsAt.Value;
            }

            if (to <= from || change.State == "deleted")
            {
                continue;
            }

            var seconds = (int)((to - from).Ticks / TimeSpan.TicksPerSecond);
            var running = change.State == "running" ? seconds : 0;
            sum ??= new HourUsage(change.Resource, hour, 0, 0, 0, 0, 0, 0);
            sum = sum with
            {
                RunningSeconds = sum.RunningSeconds + running,
                StoppedSeconds = sum.StoppedSeconds + seconds - running,
                NodeSeconds = sum.NodeSeconds + (change.Nodes * running),
                CpuSeconds = sum.CpuSeconds + (change.Cpus * running),
                MemoryByteSeconds = sum.MemoryByteSeconds + (change.MemoryBytes * running),
                StorageByteSeconds = sum.StorageByteSeconds + (change.StorageBytes * seconds),
            };
        }

        return sum is { Seconds: > 0 } ? sum : null;
    }
}
