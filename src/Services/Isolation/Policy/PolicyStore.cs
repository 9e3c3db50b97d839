using Beffroi.Infrastructure;
using Beffroi.Reconciling;
using Dapper;
using Npgsql;

namespace Beffroi.Services.Isolation.Policy;

/// <summary>A peering as it is stored, seen from nowhere.</summary>
internal sealed record PeeringRow(
    Guid FromId, string FromName, int FromIndex, Guid ToId, string ToName, int ToIndex, string PortList, bool BothWays, DateTime RequestedAt, DateTime? AcceptedAt, bool InForce)
{
    /// <summary>As they were asked for.</summary>
    public IReadOnlyList<string> Ports => PortList.Split(' ');

    /// <summary>What it opens to one of its two spaces; nothing until it is accepted.</summary>
    public IEnumerable<PeerRule> RulesOf(Guid spaceId)
    {
        var to = AcceptedAt is null ? (int?)null : spaceId == FromId ? ToIndex : BothWays ? FromIndex : null;
        return to is { } index ? Ports.Select(p => ProtocolPorts.Parse(p)!.Value).Select(s => new PeerRule(index, s.Protocol, s.First, s.Last)) : [];
    }
}

/// <summary>What spaces open of themselves. On the caller's connection, changes in its transaction. Safe for concurrent use.</summary>
internal sealed class PolicyStore(ISignals signals)
{
    /// <summary>The work kind of the reconciler that puts it in force; the id is the space's.</summary>
    public const string Kind = "space-policy";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    /// <summary>The allow-list, in order.</summary>
    public static async Task<IReadOnlyList<EgressRule>> EgressAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<EgressRule>(new CommandDefinition("""
            select destination as Destination, protocol as Protocol, first_port as FirstPort, last_port as LastPort from platform.egress_rules
            where space_id = @spaceId order by destination, protocol, first_port
            """, new { spaceId }, cancellationToken: cancellationToken))).AsList();

    /// <summary>Holds the space's policy until the transaction ends.</summary>
    public static Task LockAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition("""
            insert into platform.space_policies (space_id, generation, applied_generation) values (@spaceId, 0, 0) on conflict do nothing;
            select 1 from platform.space_policies where space_id = @spaceId for update
            """, new { spaceId }, cancellationToken: cancellationToken));

    /// <summary>Replaces the allow-list, which must be valid, as <paramref name="by"/> asked (so in each change: as ledger entries name actors), and has it put in force.</summary>
    public async Task SetEgressAsync(NpgsqlConnection connection, Guid spaceId, IReadOnlyList<EgressRule> rules, string by, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition("delete from platform.egress_rules where space_id = @spaceId", new { spaceId }, cancellationToken: cancellationToken));
        foreach (var rule in rules)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "insert into platform.egress_rules (space_id, destination, protocol, first_port, last_port) values (@spaceId, @Destination, @Protocol, @FirstPort, @LastPort)",
                new { spaceId, rule.Destination, rule.Protocol, rule.FirstPort, rule.LastPort }, cancellationToken: cancellationToken));
        }

        await ChangedAsync(connection, spaceId, by, cancellationToken);
    }

    /// <summary>Whether the packet filter has the newest.</summary>
    public static Task<bool> IsInForceAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select coalesce((select generation = applied_generation from platform.space_policies where space_id = @spaceId), true)", new { spaceId }, cancellationToken: cancellationToken));

    /// <summary>The peerings that a space is one side of.</summary>
    public static async Task<IReadOnlyList<PeeringRow>> PeeringsAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<PeeringRow>(new CommandDefinition("""
            select f.id as FromId, f.name as FromName, f.network_index as FromIndex, t.id as ToId, t.name as ToName, t.network_index as ToIndex, array_to_string(p.ports, ' ') as PortList,
                   p.both_ways as BothWays, p.requested_at as RequestedAt, p.accepted_at as AcceptedAt,
                   not exists (select 1 from platform.space_policies g where g.space_id in (p.from_space_id, p.to_space_id) and g.generation <> g.applied_generation) as InForce
            from platform.peerings p join platform.spaces f on f.id = p.from_space_id join platform.spaces t on t.id = p.to_space_id
            where p.from_space_id = @spaceId or p.to_space_id = @spaceId order by f.name, t.name
            """, new { spaceId }, cancellationToken: cancellationToken))).AsList();

    /// <summary>Asks for a peering, or for another in its place, which has to be accepted anew.</summary>
    public async Task RequestAsync(NpgsqlConnection connection, Guid from, Guid to, IReadOnlyList<string> ports, bool both, string by, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into platform.peerings (from_space_id, to_space_id, ports, both_ways) values (@from, @to, @ports, @both)
            on conflict (from_space_id, to_space_id) do update set ports = excluded.ports, both_ways = excluded.both_ways, requested_at = now(), accepted_at = null
            """, new { from, to, ports = ports.ToArray(), both }, cancellationToken: cancellationToken));
        await BothChangedAsync(connection, from, to, by, cancellationToken);
    }

    /// <summary>The other side agrees.</summary>
    public async Task AcceptAsync(NpgsqlConnection connection, Guid from, Guid to, string by, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            "update platform.peerings set accepted_at = now() where from_space_id = @from and to_space_id = @to", new { from, to }, cancellationToken: cancellationToken));
        await BothChangedAsync(connection, from, to, by, cancellationToken);
    }

    /// <summary>Ends every peering between two spaces; tells whether there was one.</summary>
    public async Task<bool> RemoveAsync(NpgsqlConnection connection, Guid one, Guid other, string by, CancellationToken cancellationToken)
    {
        var gone = await connection.ExecuteAsync(new CommandDefinition("""
            delete from platform.peerings where (from_space_id = @one and to_space_id = @other) or (from_space_id = @other and to_space_id = @one)
            """, new { one, other }, cancellationToken: cancellationToken));
        if (gone > 0)
        {
            await BothChangedAsync(connection, one, other, by, cancellationToken);
        }

        return gone > 0;
    }

    /// <summary>What a space's policy is now, with its generation.</summary>
    public static async Task<(long Generation, IReadOnlyList<EgressRule> Egress, IReadOnlyList<PeerRule> Peers)> ReadAsync(
        NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken)
    {
        var generation = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "select coalesce(max(generation), 0) from platform.space_policies where space_id = @spaceId", new { spaceId }, cancellationToken: cancellationToken));
        var peers = (await PeeringsAsync(connection, spaceId, cancellationToken)).SelectMany(p => p.RulesOf(spaceId));
        return (generation, await EgressAsync(connection, spaceId, cancellationToken), ProtocolPorts.Merge(peers));
    }

    /// <summary>Who asked for the generation, as ledger entries name them; null if there is another by now.</summary>
    public static Task<string?> RequesterAsync(NpgsqlConnection connection, Guid spaceId, long generation, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "select requested_by from platform.space_policies where space_id = @spaceId and generation = @generation", new { spaceId, generation }, cancellationToken: cancellationToken));

    /// <summary>Notes what the packet filter has.</summary>
    public static Task AppliedAsync(NpgsqlConnection connection, Guid spaceId, long generation, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "update platform.space_policies set applied_generation = @generation where space_id = @spaceId", new { spaceId, generation }, cancellationToken: cancellationToken));

    private async Task BothChangedAsync(NpgsqlConnection connection, Guid one, Guid other, string by, CancellationToken cancellationToken)
    {
        // In one order everywhere.
        foreach (var space in new[] { one, other }.Order())
        {
            await ChangedAsync(connection, space, by, cancellationToken);
        }
    }

    private async Task ChangedAsync(NpgsqlConnection connection, Guid spaceId, string by, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into platform.space_policies as p (space_id, requested_by) values (@spaceId, @by)
            on conflict (space_id) do update set generation = p.generation + 1, requested_by = excluded.requested_by
            """, new { spaceId, by }, cancellationToken: cancellationToken));
        await signals.SignalAsync(connection, new WorkKey(Kind, spaceId), Deadline, cancellationToken);
    }
}
