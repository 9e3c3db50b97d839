using System.Diagnostics;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Waits for something outside to become true.</summary>
internal static class Waiting
{
    /// <summary>Looks at once and then five times a second; fails the step with <paramref name="otherwise"/> after <paramref name="limit"/>.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, TimeSpan limit, string otherwise, CancellationToken cancellationToken, Func<IReadOnlyList<string>>? tail = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new SetupException(otherwise, tail?.Invoke());
            }

            await Task.Delay(200, cancellationToken);
        }
    }
}
