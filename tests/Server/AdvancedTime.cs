namespace Beffroi.Server.Tests;

/// <summary>The machine's clock, ahead by what a test says; its timers are those of the machine.</summary>
internal sealed class AdvancedTime : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
