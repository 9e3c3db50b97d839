namespace Beffroi.Reconciling;

/// <summary>How workers behave. The defaults suit production; tests shorten them.</summary>
public sealed record ReconcilingOptions
{
    /// <summary>How long a lease holds without renewal; renewed at a third. After a crash, work is taken over when it runs out.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often due work is looked for when no hint comes.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many things one worker reconciles at a time.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>When settled work is looked at again, give or take a fifth.</summary>
    public TimeSpan SettledInterval { get; init; } = TimeSpan.FromMinutes(5);
}
