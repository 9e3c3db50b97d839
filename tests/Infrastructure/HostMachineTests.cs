namespace Beffroi.Infrastructure.Tests;

/// <summary>What the kernel and the system tell of this machine is read as it is.</summary>
public sealed class HostMachineTests
{
    [Fact]
    public void Numbers_and_versions_are_those_of_this_machine()
    {
        var now = DateTimeOffset.UtcNow;
        var facts = HostMachine.Facts("/var/lib/no-such/volumes", "6.0.4", now);
        Assert.Equal((Environment.MachineName, "6.0.4", Environment.ProcessorCount), (facts.Name, facts.Incus, facts.Cpus));
        Assert.True(facts.MemoryBytes > HostMachine.AvailableMemory());
        Assert.InRange(facts.StorageAvailableBytes, 1, facts.StorageBytes);
        Assert.InRange(facts.StartedAt, now.AddYears(-20), now);
        Assert.True(facts.Load >= 0);
        Assert.Contains("Debian", facts.System, StringComparison.Ordinal);
        Assert.DoesNotContain('"', facts.System);
        Assert.Matches(@"^[0-9]+\.[0-9]+", facts.Kernel);
        Assert.Matches("^[0-9]", facts.Program);
    }
}
