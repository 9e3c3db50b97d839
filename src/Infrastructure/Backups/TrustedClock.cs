using System.Globalization;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Backups;

/// <summary>
/// The time that locks end by: the machine's clock, but never more than a little faster than time has passed since it was last looked at, and never
/// backwards. Whoever sets the clock forward does not open a lock. While this program doesn't run, at most a day is believed to have passed.
/// Not thread-safe.
/// </summary>
internal sealed class TrustedClock(Installation installation, TimeProvider time)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromDays(1);
    private readonly string _path = installation.State + "/host/locks/clock";
    private DateTimeOffset? _known;
    private long _stamp;

    /// <summary>Now; written down before it is returned.</summary>
    public DateTimeOffset Now()
    {
        var wall = time.GetUtcNow();
        var latest = _known is { } known ? known + time.GetElapsedTime(_stamp) + Tolerance : Read() + LongestRest;
        var now = latest is { } most && wall > most ? most : wall;
        now = (_known ?? Read()) is { } before && now < before ? before : now;
        (_known, _stamp) = (now, time.GetTimestamp());
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllText(_path + ".new", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        File.Move(_path + ".new", _path, overwrite: true);
        return now;
    }

    private DateTimeOffset? Read() =>
        File.Exists(_path) && long.TryParse(File.ReadAllText(_path), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
