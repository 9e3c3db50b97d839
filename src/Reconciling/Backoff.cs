namespace Beffroi.Reconciling;

/// <summary>How long to wait after failures in a row: exponential, with full jitter, so that things that failed together don't come back together.</summary>
public static class Backoff
{
    private const double CapSeconds = 600;

    /// <summary>The longest wait after a failure that came after this many others in a row: doubling from one second, at most ten minutes.</summary>
    public static TimeSpan Ceiling(int failedAttempts) =>
        TimeSpan.FromSeconds(Math.Min(CapSeconds, Math.Pow(2, Math.Clamp(failedAttempts, 0, 20))));

    /// <summary>A wait drawn evenly from zero to the ceiling.</summary>
    internal static TimeSpan Draw(int failedAttempts, Random random) => Ceiling(failedAttempts) * random.NextDouble();
}
