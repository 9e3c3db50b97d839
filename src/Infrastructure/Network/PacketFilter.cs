using System.Text;
using Beffroi.Infrastructure.Processes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Network;

/// <summary>
/// Keeps the nftables tables of this installation in force (see <see cref="PacketFilterRules"/>). Applied whole or not at all, one
/// application at a time, and again whenever a network is ensured and every minute. What somebody changed meanwhile is noticed before it is
/// put right, so that a repair never hides that there was something to repair. Safe for concurrent use.
/// </summary>
internal sealed class PacketFilter(Installation installation, SpaceSubnet range, int agentPort, SpacePolicies policies, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private string? _applied;
    private FilterRepair? _lastRepair;

    /// <summary>When the rules were last found other than they had been put in force; null if never since this process started.</summary>
    public FilterRepair? LastRepair => Volatile.Read(ref _lastRepair);

    /// <summary>Puts the rules in force. Returns what was found wrong before, or null.</summary>
    /// <exception cref="InfrastructureException">nft refuses.</exception>
    public async Task<FilterRepair?> ApplyAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var found = _applied is null ? null : await ListAsync(cancellationToken);
            var repair = found == _applied ? null : new FilterRepair(time.GetUtcNow(), found is "" ? "The rules were gone." : "The rules had been changed.");
            var rules = PacketFilterRules.Render(installation, range, agentPort, policies.Load());
            await SystemCommand.RunAsync("nft", ["-f", "-"], Encoding.ASCII.GetBytes(rules), cancellationToken);
            _applied = await ListAsync(cancellationToken);
            if (repair is not null)
            {
                Volatile.Write(ref _lastRepair, repair);
            }

            return repair;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Whether the rules in force are those that were put in force last, looked at now; nothing is repaired.</summary>
    public async Task<bool> IsIntactAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return _applied is not null && await ListAsync(cancellationToken) == _applied;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes the tables away; absence is success.</summary>
    /// <exception cref="InfrastructureException">nft refuses.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken) =>
        await SystemCommand.RunAsync("nft", ["-f", "-"], Encoding.ASCII.GetBytes(PacketFilterRules.Removal(installation)), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    // Both tables as nft prints them, without counters; nothing where a table is gone.
    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var family in (string[])["inet", "arp"])
        {
            try
            {
                text.Append(await SystemCommand.RunAsync("nft", ["--stateless", "list", "table", family, installation.Name], cancellationToken: cancellationToken));
            }
            catch (InfrastructureException)
            {
                // No such table.
            }
        }

        return text.ToString();
    }
}

/// <summary>The packet filter's rules were not as they had been put in force, and are again.</summary>
/// <param name="At">When that was noticed (UTC).</param>
/// <param name="What">A sentence for a person.</param>
public sealed record FilterRepair(DateTimeOffset At, string What);
