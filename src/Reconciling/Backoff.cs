namespace Beffroi.Reconciling;

/// <summary>How long to wait after failures in a row.</summary>
public static class Backoff
{
    /// <summary>The longest wait after this many failures before the present one: doubling from one second, at most ten minutes.</summary>
    public static TimeSpan Ceiling(int failedAttempts) =>
        TimeSpan.FromSeconds(Math.Min(600, Math.Pow(2, Math.Clamp(failedAttempts, 0, 20))));
}
